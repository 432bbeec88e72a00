"""A heat map's layer: its cells as they are printed, else by their colours, and the lines between them.

Leaves out: names of rows and columns, which the answer tells (series.py), and how pixels are read (heat.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from model.layout import Frame
from model.nano import measure, printed
from model.nano.axismap import AxisMap
from model.nano.fitting import fitted_layer
from model.nano.places import ruler
from model.nano.sight import Sight
from model.nano.spec import LayerSpec, SeriesSpec

Ends = tuple[float, float] | None
_OFF = 0.3  # of a cell: how far an axis may be from counting them
_POINTS = 0.72  # of a pixel, in pictures of 100 dpi


def heat_layer(
    words: Sequence[str], rows: Sequence[str], columns: Sequence[str], cols: int, frame: Frame, sight: Sight
) -> LayerSpec:
    """Cells of rows with names, or none, and of `cols` columns. A few separate colours are numbered, and named in the
    place of a colour map."""
    told = printed.cells(len(rows), cols, frame, sight) if "cells" in words else None
    few = measure.flat_cells(len(rows), cols, frame, sight)
    texts: Sequence[tuple[str, ...]] = told[1] if told else [()] * len(rows)
    values: Sequence[Sequence[float]]
    if few is not None:
        words, values = [*(word for word in words if word[:5] != "cmap:"), f"cmap:{','.join(few[0])}"], few[1]
    else:
        values = told[0] if told else _shades(words, len(rows), cols, frame, sight)
    series = [
        SeriesSpec(tuple(row), label=name, written=text) for row, name, text in zip(values, rows, texts, strict=True)
    ]
    series[0] = _lined(series[0], len(rows), cols, frame, sight)
    return fitted_layer(LayerSpec("heat", tuple(series), tuple(columns), words=tuple(words)))


def as_counted(layer: LayerSpec, x: Ends, y: Ends) -> LayerSpec:
    """The layer as its axes count the cells: a mesh from edge to edge, an image from middle to middle.

    `x` and `y` are the limits of the axes, None where they name the cells, or tell nothing.
    """
    if layer.kind != "heat" or x is None or y is None:
        return layer
    first, last = min(x), min(y)
    counts = max(x) - first - len(layer.series[0].y), max(y) - last - len(layer.series)
    if max(map(abs, counts)) > _OFF or abs(first - last) > _OFF:
        return layer
    words = tuple(word for word in layer.words if word != "mesh")
    if abs(first) <= _OFF / 2:
        return replace(layer, words=(*words, "mesh"))
    return replace(layer, words=words) if abs(first + 0.5) <= _OFF / 2 else layer


def _lined(row: SeriesSpec, rows: int, cols: int, frame: Frame, sight: Sight) -> SeriesSpec:
    """The first row with the lines between all cells, their width in half points."""
    found = measure.lines_of_cells(rows, cols, frame, sight)
    if found is None:
        return row
    return replace(row, colours=(found[0],), size=(max(0.5, round(2 * _POINTS * found[1]) / 2),))


def _shades(words: Sequence[str], rows: int, cols: int, frame: Frame, sight: Sight) -> list[list[float]]:
    """Values of cells by their colours: by the numbers at the bar, else as shares of the panel's height."""
    cmap = next((name[5:] for name in words if name.startswith("cmap:")), "viridis")
    places = measure.cells(rows, cols, cmap, frame, sight)
    _, y0, _, y1 = sight.box(frame)
    bar = ruler(frame, "right", "lin", sight) or AxisMap(y1, 0.0, y0, 1.0)
    step = 1 / sight.slots.height
    return [[bar.rounded(place, step) for place in row] for row in places or [[0.5] * cols] * rows]
