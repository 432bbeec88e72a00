"""How far a panel's data reach, and where on its frame they lie, so that limits, rules and notes find their places.

Leaves out: layers on a second axis, and kinds whose axes are not made of data.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from model.nano.spans import bar_spans, floats
from model.nano.spec import LayerSpec, PanelSpec, SeriesSpec

_FROM_ZERO = ("bar", "hist", "area")
_MARGIN = 0.05


def extent(panel: PanelSpec, axis: str) -> tuple[float, float] | None:
    """The lowest and highest value along an axis; None where the axis has names instead of numbers."""
    values: list[float] = []
    for layer in panel.layers:
        if "twin" in layer.words:
            continue
        lying = "horizontal" in layer.words
        if (axis == "y") != lying:
            values += _heights(layer)
        elif layer.categories or layer.kind in ("box", "violin"):
            return None
        else:
            values += _along(layer)
    return (min(values), max(values)) if values else None


def _heights(layer: LayerSpec) -> list[float]:
    if layer.kind == "bar":
        spread = [value for one in layer.series if one.hi for ends in (one.hi, one.lo) for value in ends]
        return [*(value for span in bar_spans(layer) for ends in span for value in ends), *spread]
    rows = [series.y for series in layer.series]
    if "stacked" in layer.words:
        return [0.0, *(float(total) for total in np.cumsum(rows, axis=0).ravel())]
    base = [0.0] if layer.kind in _FROM_ZERO else []
    spread = [value for series in layer.series for ends in (series.hi, series.lo) for value in ends]
    return [*base, *(value for row in rows for value in row), *spread]


def _along(layer: LayerSpec) -> list[float]:
    return [value for series in layer.series for value in (series.x or layer.x)]


def marks(panel: PanelSpec) -> np.ndarray | None:
    """Where something is drawn, in shares of the frame; None for panels whose places are not known."""
    ends_y = panel.y.limits or extent(panel, "y")
    first = panel.layers[0]
    if ends_y is None or any({"horizontal", "twin"} & set(layer.words) for layer in panel.layers):
        return None
    if any(floats(one) or min(one.y) < 0 for layer in panel.layers if layer.kind == "bar" for one in layer.series):
        return None
    found = [
        place
        for layer in panel.layers
        for series in layer.series
        for place in _places(panel, layer, series, ends_y, len(first.series))
    ]
    return np.array(found) if found else None


def _places(
    panel: PanelSpec, layer: LayerSpec, series: SeriesSpec, ends_y: tuple[float, float], rows: int
) -> Iterable[tuple[float, float]]:
    ups = _shares(series.y, ends_y, panel.y.log, panel.y.limits is not None)
    if layer.kind in ("box", "violin"):
        index = layer.series.index(series)
        across = (index + 0.5) / len(layer.series)
        return [(across, float(up)) for up in np.linspace(ups.min(), ups.max(), 6)]
    x = (np.asarray(layer.x[:-1]) + np.asarray(layer.x[1:])) / 2 if layer.kind == "hist" else series.x or layer.x
    x = x if len(x) else np.arange(len(series.y))
    ends_x = panel.x.limits or (float(min(x)), float(max(x)))
    sides = _shares(x, ends_x, panel.x.log, panel.x.limits is not None)
    if layer.kind in _FROM_ZERO:
        whole = rows if "stacked" in layer.words else 1
        return [
            (float(side), float(level)) for side, up in zip(sides, ups, strict=True)
            for level in np.linspace(0, min(1.0, up * whole), 8)
        ]  # fmt: skip
    return _joined(sides, ups) if layer.kind == "line" else list(zip(map(float, sides), map(float, ups), strict=True))


def _joined(sides: np.ndarray, ups: np.ndarray) -> list[tuple[float, float]]:
    """Points of a line, and places between them."""
    order = np.argsort(sides, kind="stable")
    between = np.interp(steps := np.linspace(sides.min(), sides.max(), 40), sides[order], ups[order])
    return [
        *zip(map(float, steps), map(float, between), strict=True),
        *zip(map(float, sides), map(float, ups), strict=True),
    ]


def _shares(values: Iterable[float], ends: tuple[float, float], log: bool, fixed: bool) -> np.ndarray:
    """Places along the frame; matplotlib leaves a margin where the ends are not fixed."""
    numbers, (low, high) = np.asarray(list(values), float), ends
    if log:
        numbers, low, high = np.log10(np.maximum(numbers, 1e-12)), np.log10(low), np.log10(high)
    shares = (numbers - low) / ((high - low) or 1.0)
    return shares if fixed else _MARGIN + (1 - 2 * _MARGIN) * shares
