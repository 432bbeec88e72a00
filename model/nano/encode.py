"""Spec -> tokens, for training: what the built-in model should have answered for a picture drawn from the spec.

Values become places on the picture by the figure's true limits; texts become slots by a pointer that knows which hint
came from which text. Leaves out: making hints from a picture (training/synthesis).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from model.nano.axismap import AxisMap
from model.nano.grammar import coarse_colour, position, small, word
from model.nano.slots import Slots
from model.nano.spec import Box, FigureSpec, LayerSpec, PanelSpec, SeriesSpec

_SAME_COLOUR = 40  # largest channel-wise distance at which a paint stands for a colour


class Pointer(Protocol):
    """Says which slots show a text; an empty tuple where none does. Lines of one text are separate slots."""

    def slots(self, text: str, near: tuple[float, float]) -> tuple[int, ...]: ...


@dataclass(frozen=True, slots=True)
class Ruler:
    """One drawn axis: how values become places, and the two slots whose numbers calibrate it, if they can be read."""

    map: AxisMap
    slots: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class DrawnPanel:
    """Where a panel came to stand: its frame as fractions of the picture, and its axes."""

    frame: Box
    x: Ruler
    y: Ruler
    colorbar: Ruler | None = None


def encode(spec: FigureSpec, drawn: Sequence[DrawnPanel], slots: Slots, pointer: Pointer) -> str:
    """The answer as raw text: the reading in a think block, then the program."""
    writer = _Writer(slots, pointer)
    grid = spec.rows * spec.cols > 1
    parts = [word("think"), small(spec.rows), small(spec.cols)]
    for panel, place in zip(spec.panels, drawn, strict=True):
        parts += [word("panel"), *(map(small, panel.cell) if grid else ()), *reading(panel, place)]
    parts += [word("/think"), word("prog")]
    parts += [word(f"style:{spec.style}")] if spec.style else []
    for panel, place in zip(spec.panels, drawn, strict=True):
        parts += [word("panel"), *writer.panel(panel, place)]
    parts += [word("suptitle"), *writer.ref(spec.title, (0.5, 0.0))] if spec.title else []
    return "".join([*parts, word("/prog")])


def reading(panel: PanelSpec, drawn: DrawnPanel) -> list[str]:
    """Kind, number of series, legend, frame and axes: what can be checked against the figure later."""
    parts = [word(f"kind:{panel.layers[0].kind}"), small(len(panel.layers[0].series))]
    parts += [word("legend")] if panel.legend else []
    if panel.layers[0].kind == "pie":
        return parts
    parts += [word("frame"), *map(position, drawn.frame)]
    for name, axis, ruler in (("xcal", panel.x, drawn.x), ("ycal", panel.y, drawn.y)):
        if ruler.slots:
            parts += [
                word(name),
                *(f"<s{slot}>" for slot in ruler.slots),
                *([word("log")] if axis.log else []),
            ]
    return parts


class _Writer:
    def __init__(self, slots: Slots, pointer: Pointer) -> None:
        self.slots, self.pointer = slots, pointer

    def ref(self, text: str, near: tuple[float, float]) -> list[str]:
        """A text as slots, its lines joined; spelled where the hints do not have it."""
        found = self.pointer.slots(text, near)
        if not found:
            return [word("q"), text.replace("<", "("), word("/q")]
        parts = [f"<s{found[0]}>"]
        for slot in found[1:]:
            parts += [word("nl"), f"<s{slot}>"]
        return parts

    def refs(self, texts: Iterable[str], nears: Iterable[tuple[float, float]]) -> list[str]:
        return [token for text, near in zip(texts, nears, strict=True) for token in self.ref(text, near)]

    def colour(self, colour: str) -> str:
        """The paint of that colour, or a coarse token where no paint is near."""

        def distance(other: str) -> int:
            return max(abs(int(colour[i : i + 2], 16) - int(other[i : i + 2], 16)) for i in (1, 3, 5))

        near = [(distance(paint.colour), index) for index, paint in enumerate(self.slots.paints)]
        best = min(near, default=(999, 0))
        return f"<c{best[1]}>" if best[0] <= _SAME_COLOUR else coarse_colour(colour)

    def panel(self, panel: PanelSpec, drawn: DrawnPanel) -> list[str]:
        x0, y0, x1, y1 = drawn.frame
        middle, centre = (x0 + x1) / 2, (y0 + y1) / 2
        parts = [token for layer in panel.layers for token in self.layer(layer, drawn)]
        for rule in panel.rules:
            ruler = drawn.x if rule.axis == "x" else drawn.y
            parts += [
                word("vline" if rule.axis == "x" else "hline"),
                position(ruler.map.position(rule.value)),
            ]
            parts += [self.colour(rule.colour), word(f"line:{rule.style}")]
        parts += [word("title"), *self.ref(panel.title, (middle, y0))] if panel.title else []
        parts += [word("xlabel"), *self.ref(panel.x.label, (middle, y1))] if panel.x.label else []
        parts += [word("ylabel"), *self.ref(panel.y.label, (x0, centre))] if panel.y.label else []
        parts += [word("legend"), word(f"loc:{panel.legend}")] if panel.legend else []
        parts += [word("grid"), word(f"axis-{panel.grid}")] if panel.grid else []
        return [*parts, word("open")] if panel.open_frame else parts

    def layer(self, layer: LayerSpec, drawn: DrawnPanel) -> list[str]:
        parts = [word(f"kind:{layer.kind}"), *map(word, layer.words)]
        if layer.categories:
            parts += [word("cats"), *self.refs(layer.categories, self._category_places(layer, drawn))]
        parts += self._shared_x(layer, drawn)
        tops = [0.0] * max(len(series.y) for series in layer.series)
        for row, series in enumerate(layer.series):
            if "stacked" in layer.words:
                tops = [a + b for a, b in zip(tops, series.y, strict=True)]
            parts += self.series(layer, series, drawn, tops if "stacked" in layer.words else series.y, row)
        return parts

    def _category_places(self, layer: LayerSpec, drawn: DrawnPanel) -> list[tuple[float, float]]:
        """Where the labels of a layer's categories should stand: beside the axis, or around a pie."""
        x0, y0, x1, y1 = drawn.frame
        count = len(layer.categories)
        if layer.kind == "pie":
            return [((x0 + x1) / 2, (y0 + y1) / 2)] * count
        spread = [drawn.y if "horizontal" in layer.words else drawn.x][0].map
        first = 1 if layer.kind == "box" else 0
        if "horizontal" in layer.words:
            return [(x0, spread.position(first + i)) for i in range(count)]
        return [(spread.position(first + i), y1) for i in range(count)]

    def _shared_x(self, layer: LayerSpec, drawn: DrawnPanel) -> list[str]:
        """The abscissae that all series share; for a heat map the two numbers that calibrate its colorbar."""
        if layer.kind == "heat" and drawn.colorbar and drawn.colorbar.slots:
            return [word("lin"), *(f"<s{slot}>" for slot in drawn.colorbar.slots)]
        if not layer.x:
            return []
        across = drawn.y.map if "horizontal" in layer.words else drawn.x.map
        places = [position(across.position(value)) for value in layer.x]
        if layer.kind == "hist":
            return [word("lin"), places[0], places[-1], small(len(places) - 1)]
        if _evenly(layer.x):
            return [word("lin"), places[0], places[-1]]
        return [word("xs"), *places]

    def series(
        self, layer: LayerSpec, series: SeriesSpec, drawn: DrawnPanel, y: Sequence[float], row: int
    ) -> list[str]:
        along = drawn.x.map if "horizontal" in layer.words else drawn.y.map
        parts = [word("ser"), *(self.colour(colour) for colour in series.colours)]
        if series.label:
            near = self._label_place(layer, drawn, row)
            parts += [word("lab"), *self.ref(series.label, near)]
        parts += [word(name) for name in series.words]
        if layer.kind == "scatter":
            return [*parts, word("y"), *self._points(series, drawn)]
        parts += [word("y"), *self._values(layer, series, drawn, y, along, row)]
        for name, ends in (("hi", series.hi), ("lo", series.lo)):
            parts += [word(name), *(position(along.position(value)) for value in ends)] if ends else []
        return parts

    def _points(self, series: SeriesSpec, drawn: DrawnPanel) -> list[str]:
        parts = []
        for x, y in zip(series.x, series.y, strict=True):
            parts += [position(drawn.x.map.position(x)), position(drawn.y.map.position(y))]
        return parts

    def _label_place(self, layer: LayerSpec, drawn: DrawnPanel, row: int) -> tuple[float, float]:
        x0, y0, x1, y1 = drawn.frame
        return (x0, drawn.y.map.position(row)) if layer.kind == "heat" else ((x0 + x1) / 2, (y0 + y1) / 2)

    def _values(
        self,
        layer: LayerSpec,
        series: SeriesSpec,
        drawn: DrawnPanel,
        y: Sequence[float],
        along: AxisMap,
        row: int,
    ) -> list[str]:
        if layer.kind == "pie":
            return self._pie_values(layer, series, drawn)
        if layer.kind == "heat":
            return self._cell_values(layer, series, drawn, row)
        places = [along.position(value) for value in y]
        if "labels" not in layer.words or "stacked" in layer.words:
            return [position(place) for place in places]
        near = [(place, 0.5) if "horizontal" in layer.words else (0.5, place) for place in places]
        return [self._printed(f"{v:g}", n) or position(p) for v, n, p in zip(series.y, near, places, strict=True)]

    def _printed(self, text: str, near: tuple[float, float]) -> str:
        """The slot of a printed number; "" where OCR lost it."""
        found = self.pointer.slots(text, near)
        readable = len(found) == 1 and self.slots.number(found[0]) is not None
        return f"<s{found[0]}>" if readable else ""

    def _pie_values(self, layer: LayerSpec, series: SeriesSpec, drawn: DrawnPanel) -> list[str]:
        decimals = next((name[-1] for name in layer.words if name.startswith("percent")), "")
        total = sum(series.y)
        x0, y0, x1, y1 = drawn.frame
        near = ((x0 + x1) / 2, (y0 + y1) / 2)
        shares = [value / total for value in series.y]
        printed = [self._printed(f"{100 * share:.{decimals}f}%", near) if decimals else "" for share in shares]
        return [slot or position(share) for slot, share in zip(printed, shares, strict=True)]

    def _cell_values(self, layer: LayerSpec, series: SeriesSpec, drawn: DrawnPanel, row: int) -> list[str]:
        if "cells" in layer.words:
            places = [(drawn.x.map.position(column), drawn.y.map.position(row)) for column in range(len(series.y))]
            cells = [self._printed(f"{v:g}", near) for v, near in zip(series.y, places, strict=True)]
            return [slot or word("missing") for slot in cells]
        assert drawn.colorbar is not None, "cells without printed numbers are read off a colorbar"
        return [position(drawn.colorbar.map.position(value)) for value in series.y]


def _evenly(values: Sequence[float]) -> bool:
    steps = [b - a for a, b in itertools.pairwise(values)]
    return len(values) > 2 and max(steps) - min(steps) <= 1e-6 * max(map(abs, steps))
