"""Odd specs made drawable: lists of unlike length, what does not fit the axes, values that no drawing call takes.

What Python and matplotlib ask for, so that every spec gives a program that runs: for what an answer says (series.py)
and for what a program is written of (writer.py). Leaves out: what is known of the picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from model.nano.spans import per_name
from model.nano.spec import AxisSpec, FigureSpec, LayerSpec, PanelSpec, SeriesSpec

_ROUND = ("radar", "rose")
_SOLID = ("surface", "bars3d", "points3d", "curve3d")
_BARE_OF_AXES = ("pie", "graph", "treemap")
_SHARED_X = ("bar", "line", "scatter", "hist", "area", "errorbar", "box", "violin")  # can stand on a second axis

Values = tuple[float, ...]


def projection(panel: PanelSpec) -> str:
    """The axes that a panel needs: "polar", "3d" or "" for ordinary ones."""
    kind = panel.layers[0].kind if panel.layers else ""
    return "polar" if kind in _ROUND else "3d" if kind in _SOLID else ""


def without_axes(panel: PanelSpec) -> bool:
    """Whether the panel shows neither frame nor ticks."""
    return bool(panel.layers) and panel.layers[0].kind in _BARE_OF_AXES


def on_twin(layer: LayerSpec) -> bool:
    return "twin" in layer.words and layer.kind in _SHARED_X


def fitted(spec: FigureSpec) -> FigureSpec:
    """The figure with every panel drawable, its cells inside the grid."""
    panels = []
    for panel in map(_panel, spec.panels):
        row0, row1, col0, col1 = panel.cell
        row0, col0 = min(row0, spec.rows - 1), min(col0, spec.cols - 1)
        cell = (row0, max(row0, min(row1, spec.rows - 1)), col0, max(col0, min(col1, spec.cols - 1)))
        panels.append(replace(panel, cell=cell))
    return replace(spec, panels=tuple(panels))


def _panel(panel: PanelSpec) -> PanelSpec:
    layers = [fitted_layer(layer) for layer in panel.layers if any(series.y for series in layer.series)]
    panel = replace(panel, layers=tuple(layers))
    needed = projection(panel)
    together = [one for one in layers if _goes_with(one, layers[0])]
    panel = replace(panel, layers=tuple(together[:1] if without_axes(panel) else together))
    x, y, right = (_axis(axis, log=not needed) for axis in (panel.x, panel.y, panel.right))
    if needed == "polar":
        x = replace(x, limits=None)  # angles go round in any case
    if without_axes(panel):
        names = (x.label, y.label) if panel.layers[0].kind == "pie" else ("", "")
        panel, x, y = replace(panel, rules=()), AxisSpec(names[0]), AxisSpec(names[1])
    return replace(panel, x=x, y=y, right=right)


def _goes_with(layer: LayerSpec, first: LayerSpec) -> bool:
    """Whether two layers can share axes."""
    one, other = PanelSpec((layer,)), PanelSpec((first,))
    return projection(one) == projection(other) and without_axes(one) == without_axes(other)


def _axis(axis: AxisSpec, log: bool) -> AxisSpec:
    log = log and axis.log
    ends = axis.limits or (0.0, 0.0)
    good = ends[0] != ends[1] and all(map(math.isfinite, ends)) and (not log or min(ends) > 0)
    return replace(axis, log=log, limits=ends if good else None)


def fitted_layer(layer: LayerSpec) -> LayerSpec:
    """A layer of lists that fit each other; it must have a series with values."""
    series = tuple(_finite_series(series) for series in layer.series if series.y)
    return _FITS[layer.kind](replace(layer, series=series, x=_finite(layer.x)))


def _finite(values: Values) -> Values:
    return tuple(value if math.isfinite(value) else 0.0 for value in values)


def _finite_series(series: SeriesSpec) -> SeriesSpec:
    y, x, hi, lo, size = map(_finite, (series.y, series.x, series.hi, series.lo, series.size))
    return replace(series, y=y, x=x, hi=hi, lo=lo, size=size)


def _cut(values: Values, count: int, other: float | None = None) -> Values:
    """Cut to `count`, or padded with the last value or with `other`."""
    last = values[-1] if values and other is None else other or 0.0
    return (values + (last,) * count)[:count]


def _names(names: tuple[str, ...], count: int) -> tuple[str, ...]:
    return (names + ("",) * count)[:count] if names else ()


def _each(layer: LayerSpec, change: Callable[[SeriesSpec], SeriesSpec]) -> LayerSpec:
    return replace(layer, series=tuple(map(change, layer.series)))


def _same_length(series: SeriesSpec, count: int) -> SeriesSpec:
    hi, lo, size = (_cut(values, count) if values else () for values in (series.hi, series.lo, series.size))
    return replace(
        series, y=_cut(series.y, count), x=_cut(series.x, count) if series.x else (), hi=hi, lo=lo, size=size
    )


def _along(layer: LayerSpec) -> LayerSpec:
    """Series over shared categories or abscissae, else the commonest length wins; those with their own x keep theirs,
    except bars.
    """
    if layer.categories and len(layer.x) != len(layer.categories):
        layer = replace(layer, x=())
    lengths = [len(series.y) for series in layer.series]
    count = len(layer.categories) or len(layer.x) or max(lengths, key=lengths.count)
    free = layer.kind != "bar" and "stacked" not in layer.words and not layer.categories
    shared = layer.categories or layer.x or (free and all(series.x for series in layer.series))
    layer = layer if shared else replace(layer, x=tuple(float(i) for i in range(count)))
    return _each(layer, lambda series: _same_length(series, len(series.y) if free and series.x else count))


def _bins(layer: LayerSpec) -> LayerSpec:
    edges: Values = tuple(sorted(set(layer.x)))
    if len(edges) < 2:
        edges = tuple(float(i) for i in range(len(layer.series[0].y) + 1))
    layer = replace(layer, x=edges)
    return _each(layer, lambda series: replace(series, y=_cut(series.y, len(edges) - 1)))


def _rows_of_cells(layer: LayerSpec) -> LayerSpec:
    width = max(len(series.y) for series in layer.series)
    layer = replace(layer, categories=_names(layer.categories, width))
    return _each(layer, lambda series: replace(series, y=_cut(series.y, width)))


def _five_numbers(layer: LayerSpec) -> LayerSpec:
    """As many names as boxes, or fewer where several stand at each."""
    rows = per_name(len(layer.series), len(layer.categories))
    layer = replace(layer, categories=_names(layer.categories, len(layer.series) // rows))
    return _each(layer, lambda series: replace(series, y=tuple(sorted(_cut(series.y, 5)))))


def _shares(layer: LayerSpec) -> LayerSpec:
    """Only one series of a pie or treemap can be shown; a whole of nothing is cut into equal parts."""
    series = layer.series[0]
    shares = tuple(max(value, 0.0) for value in series.y)
    if not any(shares):
        shares = (1.0,) * len(shares)
    categories = _names(layer.categories, len(shares))
    return replace(layer, series=(replace(series, y=shares),), categories=categories)


def _positive_shares(layer: LayerSpec) -> LayerSpec:
    """A treemap has no room for nothing."""
    layer = _shares(layer)
    series, categories = layer.series[0], layer.categories
    kept = [i for i, share in enumerate(series.y) if share > 0]
    colours = tuple(series.colours[i] for i in kept) if len(series.colours) == len(series.y) else series.colours
    series = replace(series, y=tuple(series.y[i] for i in kept), colours=colours)
    return replace(layer, series=(series,), categories=tuple(categories[i] for i in kept) if categories else ())


def _around(layer: LayerSpec) -> LayerSpec:
    count = len(layer.categories) or max(len(series.y) for series in layer.series)
    return _each(layer, lambda series: _same_length(replace(series, x=()), count))


def _hills(layer: LayerSpec) -> LayerSpec:
    def hill(series: SeriesSpec) -> SeriesSpec:
        width = tuple(abs(value) for value in series.lo[:1] if value)
        return replace(
            series, x=_cut(series.x, 1), y=_cut(series.y, 1), hi=_cut(series.hi, 1, 1.0), lo=_cut(width, 1, 1.0)
        )

    return _each(layer, hill)


def _arrows(layer: LayerSpec) -> LayerSpec:
    def grid(series: SeriesSpec) -> SeriesSpec:
        ends = [
            values if len(values) == 2 and values[0] != values[1] else (-3.0, 3.0) for values in (series.x, series.y)
        ]
        size = tuple(float(min(40, max(2, round(value)))) for value in _cut(series.hi, 2, 10.0))
        return replace(series, x=ends[0], y=ends[1], hi=size)

    return _each(layer, grid)


def _nodes(layer: LayerSpec) -> LayerSpec:
    series = layer.series[0]
    count = len(series.y)
    edges = [
        (round(a), round(b))
        for a, b in zip(series.hi, series.lo, strict=False)
        if 0 <= round(a) < count and 0 <= round(b) < count
    ]
    x, y = (tuple(min(1.0, max(0.0, place)) for place in places) for places in (_cut(series.x, count), series.y))
    one = replace(series, x=x, y=y, hi=tuple(a for a, _ in edges), lo=tuple(b for _, b in edges))
    return replace(layer, series=(one,), categories=_names(layer.categories, count))


def _space(layer: LayerSpec) -> LayerSpec:
    return _each(layer, lambda one: replace(one, x=_cut(one.x, len(one.y)), hi=_cut(one.hi, len(one.y))))


_FITS: dict[str, Callable[[LayerSpec], LayerSpec]] = {
    "bar": _along, "line": _along, "scatter": _along, "area": _along, "errorbar": _along, "hist": _bins,
    "heat": _rows_of_cells, "box": _five_numbers, "violin": _five_numbers, "pie": _shares, "treemap": _positive_shares,
    "radar": _around, "rose": _around, "contour": _hills, "surface": _hills, "quiver": _arrows, "graph": _nodes,
    "bars3d": _space, "points3d": _space, "curve3d": _space,
}  # fmt: skip
