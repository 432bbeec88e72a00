"""Correction turns: a first answer with a realistic fault, what the loop says of it, and the right answer again.

The cold start that MM-ReCoder found necessary (arXiv 2604.01600): without it a model repeats its program. Faults are
made in the spec, so that the faulty answer is one that the built-in model could have written.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from model.nano.codec import feedback_parts, picture
from model.nano.decode import decode
from model.nano.drawn import Ink
from model.nano.encode import encode
from model.nano.spec import FigureSpec, LayerSpec, PanelSpec
from model.nano.writer import write
from model.records import Difference, Feedback, Pixels
from training.synthesis.draw import Undrawable, draw
from training.synthesis.pairs import Pair, SlotPointer
from training.synthesis.placed import drawn_panels

SHARE = 0.12
"""Share of rows with a correction turn; they cost a second picture and a second answer."""


@dataclass(frozen=True)
class Row:
    """What the trainer reads: text before the answer in pieces between pictures, and the pictures."""

    prompt: str
    answer: str
    pictures: list[Pixels] = field(repr=False)
    draft: str = ""
    feedback: tuple[str, str] = ("", "")  # before and after the rendered picture

    def texts(self) -> dict[str, object]:
        texts: dict[str, object] = {"prompt": self.prompt, "answer": self.answer}
        return texts | ({"draft": self.draft, "feedback": list(self.feedback)} if self.draft else {})


def corrected(pair: Pair) -> Row:
    """The pair as a row, now and then with a faulty first turn before the right answer."""
    rng = np.random.default_rng((pair.seed, 1, pair.view))
    plain = Row(pair.prompt, pair.answer, [pair.pixels])
    if rng.random() >= SHARE:
        return plain
    part, spec = _faulty(pair.spec, rng)
    places = drawn_panels(pair.spec, pair.drawing.facts)
    draft = encode(spec, places, Ink(pair.reading.sight, SlotPointer(pair.reading))) if spec != pair.spec else ""
    return _with_turn(plain, pair, part, draft) if draft and draft != pair.answer else plain


def _with_turn(plain: Row, pair: Pair, part: str, draft: str) -> Row:
    """The draft is decoded and drawn as the loop would, so that its picture is the one the model will see."""
    drafted = decode(draft, pair.reading.sight)
    if drafted is None:
        return plain
    try:
        drawing = draw(write(drafted))
    except Undrawable:
        return plain
    feedback = Feedback(pixels=drawing.pixels, differences=(Difference(part, ""),))
    before, _, after = feedback_parts(feedback)
    return replace(
        plain,
        pictures=[*plain.pictures, picture(drawing.pixels)],
        draft=draft,
        feedback=(before.text, after.text),
    )


def _faulty(spec: FigureSpec, rng: np.random.Generator) -> tuple[str, FigureSpec]:
    """A spec with one fault in one panel, and the part of the score that the fault hurts."""
    index = int(rng.integers(len(spec.panels)))
    fault = _FAULTS[int(rng.integers(len(_FAULTS)))]
    part, panel = fault(spec.panels[index], rng)
    panels = (*spec.panels[:index], panel, *spec.panels[index + 1 :])
    return part, replace(spec, panels=panels)


def _first_layer(panel: PanelSpec, layer: LayerSpec) -> PanelSpec:
    return replace(panel, layers=(layer, *panel.layers[1:]))


def _no_legend(panel: PanelSpec, _rng: np.random.Generator) -> tuple[str, PanelSpec]:
    return "text", replace(panel, legend="")


def _no_labels(panel: PanelSpec, _rng: np.random.Generator) -> tuple[str, PanelSpec]:
    return "text", replace(panel, title="", x=replace(panel.x, label=""), y=replace(panel.y, label=""))


def _wrong_kind(panel: PanelSpec, _rng: np.random.Generator) -> tuple[str, PanelSpec]:
    layer = panel.layers[0]
    swap = {"line": "bar", "area": "line", "errorbar": "line", "hist": "line"}
    if layer.kind not in swap or not (layer.categories or layer.x):
        return "kind", panel
    rows = tuple(replace(one, hi=(), lo=(), words=()) for one in layer.series)
    return "kind", _first_layer(panel, replace(layer, kind=swap[layer.kind], words=(), series=rows))


def _swapped_colours(panel: PanelSpec, _rng: np.random.Generator) -> tuple[str, PanelSpec]:
    layer = panel.layers[0]
    if len(layer.series) < 2 or not all(one.colours for one in layer.series):
        return "colour", panel
    turned = [*(one.colours for one in layer.series[1:]), layer.series[0].colours]
    rows = tuple(replace(one, colours=colours) for one, colours in zip(layer.series, turned, strict=True))
    return "colour", _first_layer(panel, replace(layer, series=rows))


def _lost_series(panel: PanelSpec, _rng: np.random.Generator) -> tuple[str, PanelSpec]:
    layer = panel.layers[0]
    return "data", _first_layer(panel, replace(layer, series=layer.series[:-1])) if len(layer.series) > 1 else panel


def _values_off(panel: PanelSpec, rng: np.random.Generator) -> tuple[str, PanelSpec]:
    layer = panel.layers[0]
    if layer.kind not in ("bar", "line", "area", "hist", "errorbar"):
        return "data", panel
    rows = tuple(
        replace(
            one, y=tuple(float(y * share) for y, share in zip(one.y, rng.uniform(0.5, 1.3, len(one.y)), strict=True))
        )
        for one in layer.series
    )
    return "data", _first_layer(panel, replace(layer, series=rows))


_FAULTS = (_no_legend, _no_labels, _wrong_kind, _swapped_colours, _lost_series, _values_off)
