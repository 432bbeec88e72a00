"""One training pair: a chart drawn from a spec, what the built-in model is shown of it, and what it should answer.

real table -> spec -> program -> execute -> filter -> picture, facts, hints -> tokens. A pair is named by its seed.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from model.nano import grammar
from model.nano.asking import prompt
from model.nano.drawn import Ink, Pointer
from model.nano.encode import encode
from model.nano.sight import picture
from model.nano.spec import FigureSpec
from model.nano.writer import write
from model.records import Chart, Hints, Pixels
from training.synthesis import looks
from training.synthesis.charts import ChartSampler
from training.synthesis.draw import Drawing, Undrawable, draw
from training.synthesis.framing import recoloured, reframed
from training.synthesis.ocrlike import Reading, read_like_ocr
from training.synthesis.placed import drawn_panels
from training.synthesis.weather import weathered

MOST_SLOTS = 120  # a picture with more texts than slots cannot be answered by pointing


@dataclass(frozen=True)
class Pair:
    """`clean` is the chart as it was drawn, `drawing` what became of it on its way; `spec` and `reading` are of that.

    `pixels` as the model sees them (square); `prompt` and `answer` are raw text of model/nano/grammar.py.
    """

    seed: int
    view: int
    family: str
    kind: str
    fingerprint: str
    program: str = field(repr=False)
    prompt: str = field(repr=False)
    answer: str = field(repr=False)
    pixels: Pixels = field(repr=False)
    clean: Drawing = field(repr=False)
    drawing: Drawing = field(repr=False)
    spec: FigureSpec = field(repr=False)
    reading: Reading = field(repr=False)

    @property
    def chart(self) -> Chart:
        """The chart as a person would give it, with its imitated hints."""
        sight = self.reading.sight
        hints = Hints(sight.slots.texts, sight.slots.paints)
        return Chart(f"drawn-{self.seed}", f"{self.kind}-{self.seed}", sight.pixels, hints)


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
    plain = write(spec)
    chart = _Chart(seed, family, fingerprint(plain), looks.dress(plain, looks.sample(rng)))
    drawing = draw(chart.program)
    _check(drawing)
    pairs = [_pair(chart, 0, drawing, spec)]
    for view in range(1, count):
        other = np.random.default_rng((seed, 2, view))
        framed = reframed(drawing, other)
        pairs.append(_pair(chart, view, *recoloured(framed, spec, other)))
    return pairs


def fingerprint(program: str) -> str:
    """The same for programs that differ in nothing but colours and the size of the figure."""
    bare = re.sub(r'"#[0-9a-f]{6}"|figsize=\([^)]*\)|style\.use\([^)]*\)', "", program)
    return hashlib.blake2b(bare.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class _Chart:
    """What the views of one seed share."""

    seed: int
    family: str
    fingerprint: str
    program: str


def _pair(chart: _Chart, view: int, drawing: Drawing, spec: FigureSpec) -> Pair:
    rng = np.random.default_rng((chart.seed, 3, view))
    shown, spec = weathered(drawing, spec, rng)
    reading = read_like_ocr(shown.facts, shown.pixels, rng)
    answer = encode(spec, drawn_panels(spec, shown.facts), Ink(reading.sight, SlotPointer(reading)))
    if len(answer) > grammar.MOST_CHARS:
        raise Undrawable("the answer is too long for the small model")
    return Pair(
        seed=chart.seed,
        view=view,
        family=chart.family,
        kind=spec.panels[0].layers[0].kind,
        fingerprint=chart.fingerprint,
        program=chart.program,
        prompt=prompt(reading.sight),
        answer=answer,
        pixels=picture(shown.pixels),
        clean=drawing,
        drawing=shown,
        spec=spec,
        reading=reading,
    )


def stream(first: int, sampler: ChartSampler, count: int = 1) -> Iterator[Pair]:
    """Views of the seeds from `first` on. Seeds that fail the filter are passed over, and those that repeat a chart of
    this stream; so is one that brings up a fault of ours, which is told on stderr, because a night's drawing must not
    end with it."""
    known: set[str] = set()
    for seed in itertools.count(first):
        try:
            found = views(seed, sampler, count)
        except Undrawable:
            continue
        except Exception:
            print(f"seed {seed} brought up a fault:", file=sys.stderr)
            traceback.print_exc()
            continue
        if found[0].fingerprint not in known:
            known.add(found[0].fingerprint)
            yield from found


def _check(drawing: Drawing) -> None:
    texts = (*drawing.facts.texts, *drawing.facts.tick_texts)
    if len(texts) > MOST_SLOTS:
        raise Undrawable("more texts than slots")
    if not drawing.facts.axes:
        raise Undrawable("no axes")
