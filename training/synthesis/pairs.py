"""One training pair: a chart drawn from a spec, what the built-in model is shown of it, and what it should answer.

real table -> spec -> program -> execute -> filter -> picture, facts, hints -> tokens. A pair is named by its seed.
"""

from __future__ import annotations

import io
import itertools
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from model.nano.asking import prompt
from model.nano.codec import picture
from model.nano.drawn import Ink, Pointer
from model.nano.encode import encode
from model.nano.spec import FigureSpec
from model.nano.writer import write
from model.records import Pixels
from training.synthesis import looks
from training.synthesis.charts import ChartSampler
from training.synthesis.draw import Drawing, Undrawable, draw
from training.synthesis.framing import recoloured, reframed
from training.synthesis.ocrlike import Reading, read_like_ocr
from training.synthesis.placed import drawn_panels

MOST_SLOTS = 120  # a picture with more texts than slots cannot be answered by pointing
MOST_ANSWER_CHARS = 2600


@dataclass(frozen=True)
class Pair:
    """`pixels` as the model sees them (square); `prompt` and `answer` are raw text of model/nano/grammar.py."""

    seed: int
    view: int
    family: str
    kind: str
    program: str = field(repr=False)
    prompt: str = field(repr=False)
    answer: str = field(repr=False)
    pixels: Pixels = field(repr=False)
    drawing: Drawing = field(repr=False)
    spec: FigureSpec = field(repr=False)
    reading: Reading = field(repr=False)


class SlotPointer(Pointer):
    """Points by what is known of the drawing: which hint came from which text."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def slots(self, text: str, near: tuple[float, float]) -> tuple[int, ...]:
        return self.reading.slots_of(text, near)


VIEWS = 3
"""Pictures made of one drawing: drawing costs most, and margins, colours and OCR errors differ from view to view."""


def make(seed: int, sampler: ChartSampler) -> Pair:
    """The first view of a seed. Raises Undrawable where the chart fails the filter."""
    return views(seed, sampler, 1)[0]


def views(seed: int, sampler: ChartSampler, count: int = VIEWS) -> list[Pair]:
    """A chart drawn once and shown `count` times: first as it was drawn, then with other margins and colours."""
    rng = np.random.default_rng(seed)
    spec, family = sampler.sample(rng)
    program = looks.dress(write(spec), looks.sample(rng))
    drawing = draw(program)
    _check(drawing)
    pairs = [_pair(seed, 0, family, program, drawing, spec)]
    for view in range(1, count):
        other = np.random.default_rng((seed, 2, view))
        framed = reframed(drawing, other)
        pairs.append(_pair(seed, view, family, program, *recoloured(framed, spec, other)))
    return pairs


def _pair(seed: int, view: int, family: str, program: str, drawing: Drawing, spec: FigureSpec) -> Pair:
    rng = np.random.default_rng((seed, 3, view))
    shown = weathered(drawing.pixels, rng)
    reading = read_like_ocr(drawing.facts, shown, rng)
    answer = encode(spec, drawn_panels(spec, drawing.facts), Ink(reading.sight, SlotPointer(reading)))
    if len(answer) > MOST_ANSWER_CHARS:
        raise Undrawable("the answer is too long for the small model")
    kind = spec.panels[0].layers[0].kind
    asked = prompt(reading.sight)
    return Pair(seed, view, family, kind, program, asked, answer, picture(shown), drawing, spec, reading)


def stream(first: int, sampler: ChartSampler, count: int = 1) -> Iterator[Pair]:
    """Views of the seeds from `first` on. Seeds that fail the filter are passed over; so is one that brings up a fault
    of ours, which is told on stderr, because a night's drawing must not end with it."""
    for seed in itertools.count(first):
        try:
            found = views(seed, sampler, count)
        except Undrawable:
            continue
        except Exception:
            print(f"seed {seed} brought up a fault:", file=sys.stderr)
            traceback.print_exc()
            continue
        yield from found


def _check(drawing: Drawing) -> None:
    texts = (*drawing.facts.texts, *drawing.facts.tick_texts)
    if len(texts) > MOST_SLOTS:
        raise Undrawable("more texts than slots")
    if not drawing.facts.axes:
        raise Undrawable("no axes")


def weathered(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """What happens to real pictures now and then: JPEG, or a rescaled screenshot; same size afterwards."""
    how = rng.random()
    image = Image.fromarray(pixels)
    if how < 0.12:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=int(rng.integers(55, 96)))
        return np.asarray(Image.open(buffer).convert("RGB"))
    if how < 0.2:
        share = rng.uniform(0.6, 0.95)
        small = image.resize(
            (max(1, int(image.width * share)), max(1, int(image.height * share))), Image.Resampling.BICUBIC
        )
        return np.asarray(small.resize(image.size, Image.Resampling.BICUBIC))
    return pixels
