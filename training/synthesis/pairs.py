"""One training pair: a chart drawn from a spec, what the built-in model is shown of it, and what it should answer.

real table -> spec -> program -> execute -> filter -> picture, facts, hints -> tokens. A pair is named by its seed.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from model.nano.axismap import AxisMap
from model.nano.codec import picture
from model.nano.encode import DrawnPanel, Pointer, Ruler, encode
from model.nano.slots import parse_number
from model.nano.spec import FigureSpec, PanelSpec
from model.nano.writer import write
from model.paint import paints
from model.records import AxesFacts, FigureFacts, Pixels, TextBox
from training.synthesis import looks
from training.synthesis.charts import ChartSampler
from training.synthesis.draw import Drawing, Undrawable, draw
from training.synthesis.framing import recoloured, reframed
from training.synthesis.ocrlike import Reading, read_like_ocr

MOST_SLOTS = 90  # a picture with more texts than slots cannot be answered by pointing
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
    facts = drawing.facts
    reading = read_like_ocr(facts, paints(shown, (*facts.texts, *facts.tick_texts)), rng)
    answer = encode(spec, drawn_panels(spec, facts, reading), reading.slots, SlotPointer(reading))
    if len(answer) > MOST_ANSWER_CHARS:
        raise Undrawable("the answer is too long for the small model")
    kind = spec.panels[0].layers[0].kind
    prompt = reading.slots.prompt()
    return Pair(seed, view, family, kind, program, prompt, answer, picture(shown), drawing, spec, reading)


def stream(first: int, sampler: ChartSampler, count: int = 1) -> Iterator[Pair]:
    """Views of the seeds from `first` on; seeds that fail the filter are passed over."""
    seed = first
    while True:
        with contextlib.suppress(Undrawable):
            yield from views(seed, sampler, count)
        seed += 1


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


def drawn_panels(spec: FigureSpec, facts: FigureFacts, reading: Reading) -> list[DrawnPanel]:
    """Where each panel of a spec came to stand in its picture."""
    panels, bars = _split(spec, facts)
    drawn = []
    for panel, axes in zip(spec.panels, panels, strict=True):
        bar = bars.pop(0) if "colorbar" in panel.layers[0].words else None
        drawn.append(_drawn_panel(panel, axes, bar, reading))
    return drawn


def _split(spec: FigureSpec, facts: FigureFacts) -> tuple[list[AxesFacts], list[AxesFacts]]:
    """Axes of the panels and of their colorbars. A grid with spans makes its axes one by one, others all at once."""
    spans = any(panel.cell[0] != panel.cell[1] or panel.cell[2] != panel.cell[3] for panel in spec.panels)
    count = len(spec.panels)
    if not spans:
        return list(facts.axes[:count]), list(facts.axes[count:])
    queue, panels, bars = list(facts.axes), [], []
    for panel in spec.panels:
        panels.append(queue.pop(0))
        if "colorbar" in panel.layers[0].words:
            bars.append(queue.pop(0))
    return panels, bars


def _drawn_panel(panel: PanelSpec, axes: AxesFacts, bar: AxesFacts | None, reading: Reading) -> DrawnPanel:
    width, height = reading.slots.width, reading.slots.height
    x0, y0, x1, y1 = axes.box
    frame = (x0 / width, y0 / height, x1 / width, y1 / height)
    named = any(layer.categories for layer in panel.layers) or panel.layers[0].kind in ("bar", "box", "heat")
    flat = named and "horizontal" in panel.layers[0].words
    x = _ruler(axes, "x", reading, panel.x.log, ticks=not named or flat)
    y = _ruler(axes, "y", reading, panel.y.log, ticks=not flat and panel.layers[0].kind not in ("heat", "pie"))
    return DrawnPanel(frame, x, y, _ruler(bar, "y", reading, False, ticks=True) if bar else None)


def _ruler(axes: AxesFacts, name: str, reading: Reading, log: bool, *, ticks: bool) -> Ruler:
    x0, y0, x1, y1 = axes.box
    low, high = axes.x_limits if name == "x" else axes.y_limits
    ends = (x0, x1) if name == "x" else (y1, y0)
    size = reading.slots.width if name == "x" else reading.slots.height
    found = AxisMap.through(ends[0] / size, low, ends[1] / size, high, log)
    if found is None:
        raise Undrawable(f"the {name} axis runs from {low} to {high}")
    labels = axes.x_ticks if name == "x" else axes.y_ticks
    return Ruler(found, _calibrating(labels, reading) if ticks else None)


def _calibrating(labels: tuple[tuple[float, TextBox], ...], reading: Reading) -> tuple[int, int] | None:
    """The slots of the outermost tick labels whose numbers OCR read rightly."""
    size = reading.slots.width, reading.slots.height
    readable = []
    for value, box in labels:
        near = ((box.x0 + box.x1) / 2 / size[0], (box.y0 + box.y1) / 2 / size[1])
        slot = reading.slot_of(box.text, near)
        number = reading.slots.number(slot) if slot >= 0 else None
        if number is not None and number == parse_number(box.text):
            readable.append((value, slot))
    readable.sort()
    return (readable[0][1], readable[-1][1]) if len(readable) >= 2 else None
