"""Makes the parts of a decoded layer fit each other, so that the program that is written of it runs.

Lists are cut or padded to one length, edges rise, shares are positive. Leaves out: reading tokens (series.py).
"""

from __future__ import annotations

from dataclasses import replace

from model.nano.spec import LayerSpec, SeriesSpec


def settle(layer: LayerSpec) -> LayerSpec | None:
    """Makes the parts of a layer fit each other, so that the program that is written of it runs."""
    if layer.kind in ("line", "area", "errorbar", "bar", "radar", "rose"):
        return _settle_along(layer)
    if layer.kind == "hist":
        return _settle_bins(layer)
    if layer.kind == "heat":
        width = max(len(row.y) for row in layer.series)
        rows = tuple(replace(row, y=_fit(row.y, width)) for row in layer.series)
        return replace(layer, series=rows, categories=_names(layer.categories, width))
    if layer.kind in ("box", "violin"):
        rows = tuple(replace(row, y=tuple(sorted(_fit(row.y, 5)))) for row in layer.series)
        return replace(layer, series=rows, categories=_names(layer.categories, len(rows)))
    if layer.kind in ("pie", "treemap"):
        row = layer.series[0]
        shares = tuple(max(share, 0.0) for share in row.y)
        if sum(shares) <= 0:
            return None
        return replace(layer, series=(replace(row, y=shares),), categories=_names(layer.categories, len(shares)))
    return layer


def _settle_bins(layer: LayerSpec) -> LayerSpec:
    """Edges must rise: an axis that was read backwards is turned, and edges that coincide are counted instead."""
    edges = sorted(layer.x)
    if len(set(edges)) < max(2, len(edges)):
        edges = [float(i) for i in range(min(31, len(layer.series[0].y)) + 1)]
    rows = tuple(replace(row, y=_fit(row.y, len(edges) - 1)) for row in layer.series)
    return replace(layer, series=rows, x=tuple(edges))


def _settle_along(layer: LayerSpec) -> LayerSpec | None:
    """Series over shared categories or abscissae: the commonest length wins, the rest is cut or padded."""
    lengths = [len(row.y) for row in layer.series]
    count = len(layer.categories) or len(layer.x) or max(set(lengths), key=lengths.count)
    if layer.kind == "bar" and not layer.categories and not layer.x:
        layer = replace(layer, x=tuple(float(i) for i in range(count)))
    rows = tuple(_fit_row(row, count) for row in layer.series)
    if "stacked" in layer.words:
        rows = _unstacked(rows)
    x = layer.x if layer.categories or len(layer.x) == count else tuple(float(i) for i in range(count))
    return replace(layer, series=rows, x=() if layer.categories else x)


def _unstacked(rows: tuple[SeriesSpec, ...]) -> tuple[SeriesSpec, ...]:
    """The answer names the top of each stacked part; a program adds up heights."""
    below = [0.0] * len(rows[0].y)
    found = []
    for row in rows:
        heights = (max(0.0, top - base) for top, base in zip(row.y, below, strict=True))
        found.append(replace(row, y=tuple(float(f"{height:.6g}") for height in heights), hi=(), lo=()))
        below = [max(top, base) for top, base in zip(row.y, below, strict=True)]
    return tuple(found)


def _fit_row(row: SeriesSpec, count: int) -> SeriesSpec:
    y = _fit(row.y, count)
    hi = tuple(map(max, _fit(row.hi, count), y)) if row.hi else ()
    lo = tuple(map(min, _fit(row.lo, count), y)) if row.lo else ()
    return replace(row, y=y, hi=hi, lo=lo)


def _fit(values: tuple[float, ...], count: int) -> tuple[float, ...]:
    """Cut to `count`, or padded with the last value."""
    return (values + (values[-1:] or (0.0,)) * count)[:count]


def _names(names: tuple[str, ...], count: int) -> tuple[str, ...]:
    return (names + ("",) * count)[:count] if names else ()
