"""Values over a plane and in space: heat maps, contours, fields of arrows, surfaces, 3-D bars, points and curves.

Leaves out: angles of view, and surfaces that are not made of hills.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from model.nano import grammar
from model.nano.spec import AxisSpec, LayerSpec, PanelSpec, SeriesSpec
from training.synthesis.kinds_kit import Kit, Values, rounded

_LIGHT = ("Blues", "Greens", "Oranges", "YlGnBu", "YlOrRd", "coolwarm", "RdYlGn", "Spectral", "GnBu", "PuBu", "Reds")
_WINDOWS = ((-3.0, 3.0), (-2.0, 2.0), (0.0, 1.0), (0.0, 10.0), (-5.0, 5.0), (-1.0, 1.0), (0.0, 100.0), (0.0, 5.0))
_LETTERS = ("x", "y", "z"), ("X", "Y", "Z"), ("$x$", "$y$", "$z$"), ("X axis", "Y axis", "Z axis")


def heat(kit: Kit) -> PanelSpec:
    how = kit.weighted({"table": 0.56, "field": 0.2, "mesh": 0.12, "few": 0.12})
    panel = _field(kit) if how == "field" else _counted_mesh(kit) if how == "mesh" else _table(kit)
    panel = _of_few_colours(kit, panel) if how == "few" else panel
    share = {"table": 0.25, "field": 0.0, "mesh": 0.6, "few": 0.5}[how]
    panel = _with_lines(kit, panel, "mesh" in panel.layers[0].words) if kit.chance(share) else panel
    return replace(panel, square=panel.x.limits is None and kit.chance(0.5))


def _table(kit: Kit) -> PanelSpec:
    """Named rows and columns; numbers in the cells, a colour bar, or both."""
    rows, cols = kit.count(2, 9), kit.count(2, 10)
    square = kit.chance(0.35)
    rows = cols if square else rows
    written = kit.chance(0.62)
    while written and not kit.fits(rows * cols):
        rows, cols = (rows - 1, cols - 1) if square else (max(2, rows - 1), max(2, cols - 1))
    cells = _cells(kit, rows, cols, square)
    names = kit.categories(cols, 12)
    sides = names if square else kit.categories(rows, 16) if kit.chance(0.93) else ("",) * rows
    series = tuple(SeriesSpec(values, label=name) for values, name in zip(cells, sides, strict=True))
    words = (["cells"] if written else []) + (["colorbar"] if not written or kit.chance(0.6) else [])
    words += [*kit.some(0.05, "mesh"), f"cmap:{kit.pick(_LIGHT)}" if written and kit.chance(0.55) else kit.cmap()]
    x, y = kit.axes()
    return PanelSpec((LayerSpec("heat", series, names, words=tuple(words)),), x, y)


def _counted_mesh(kit: Kit) -> PanelSpec:
    """Cells that the axes count, mostly from below."""
    rows, cols = kit.count(4, 12), kit.count(5, 14)
    cells = [rounded(row, 2) for row in kit.rng.random((rows, cols)) * kit.pick((1.0, 1.0, 10.0, 100.0))]
    layer = LayerSpec("heat", tuple(map(SeriesSpec, cells)), words=("mesh", *kit.some(0.6, "colorbar"), kit.cmap()))
    ends = (0.0, float(rows)) if kit.chance(0.85) else (float(rows), 0.0)
    x, y = kit.axes(categorical=False)
    return PanelSpec((layer,), AxisSpec(x.label, (0.0, float(cols))), AxisSpec(y.label, ends))


def _of_few_colours(kit: Kit, panel: PanelSpec) -> PanelSpec:
    """The cells number two to six separate colours; what stands in them is written apart from that."""
    layer = panel.layers[0]
    count = kit.count(2, 6)
    colours, rows, cols = kit.colours(count), len(layer.series), len(layer.series[0].y)
    if rows * cols < 3 * count or len(set(colours)) < count:
        return panel
    numbers = kit.rng.integers(0, count, (rows, cols)).astype(float)
    numbers.flat[kit.rng.choice(rows * cols, count, replace=False)] = np.arange(count)
    series = tuple(
        replace(one, y=tuple(row), written=tuple(f"{value:g}" for value in one.y) if "cells" in layer.words else ())
        for one, row in zip(layer.series, numbers.tolist(), strict=True)
    )
    words = (*(word for word in layer.words if word[:5] != "cmap:"), f"cmap:{','.join(colours)}")
    return replace(panel, layers=(replace(layer, series=series, words=words),))


def _with_lines(kit: Kit, panel: PanelSpec, mesh: bool) -> PanelSpec:
    """Lines between the cells: black ones of a mesh, white ones of a table, some of another colour."""
    layer = panel.layers[0]
    black, white = "#000000", "#ffffff"
    colour = kit.pick((black, black, black, white) if mesh else (white, white, black, "#808080"))
    first = replace(layer.series[0], colours=(colour,), size=(kit.pick((1.0, 1.0, 1.5, 2.0, 3.0, 4.0)),))
    return replace(panel, layers=(replace(layer, series=(first, *layer.series[1:])),))


def _cells(kit: Kit, rows: int, cols: int, square: bool) -> list[Values]:
    """Correlations, confusions of classes, shares, or a table."""
    how = kit.weighted({"table": 0.5, "shares": 0.25, "signed": 0.25} if not square else {"pairs": 0.5, "hits": 0.5})
    if how == "table":
        return kit.columns(cols, rows, positive=False)
    decimals = kit.pick((1, 2, 2))
    if how == "pairs":
        half = kit.rng.uniform(-1, 1, (rows, cols))
        cells = np.round((half + half.T) / 2, decimals)
        np.fill_diagonal(cells, 1.0)
    elif how == "hits":
        cells = kit.rng.integers(0, 12, (rows, cols)).astype(float)
        np.fill_diagonal(cells, kit.rng.integers(40, 120, rows))
    else:
        cells = np.round(kit.rng.uniform(-1 if how == "signed" else 0, 1, (rows, cols)), decimals)
    return [tuple(float(value) + 0.0 for value in row) for row in cells]


def _field(kit: Kit) -> PanelSpec:
    """Many cells over numbers: a smooth surface, now and then with noise; mostly an image, some a mesh."""
    rows, cols = kit.count(8, 24), kit.count(8, 28)
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : cols * 1j]
    cells = np.zeros((rows, cols))
    for _ in range(kit.count(1, 3)):
        a, b = kit.rng.uniform(-0.8, 0.8, 2)
        cells += kit.rng.uniform(0.4, 1) * np.exp(-((x - a) ** 2 + (y - b) ** 2) / kit.rng.uniform(0.2, 1.2))
    cells = (cells + kit.rng.normal(0, kit.pick((0.0, 0.02, 0.1, 0.4)), cells.shape)) * kit.pick(
        (1.0, 1.0, 10.0, 100.0)
    )
    series = tuple(SeriesSpec(rounded(row, 2)) for row in cells)
    words = (*kit.some(0.85, "colorbar"), kit.cmap())
    across, up = kit.axes(categorical=False)
    if not kit.chance(0.5):
        return PanelSpec((LayerSpec("heat", series, words=words),), across, up)
    layer = LayerSpec("heat", series, words=(*kit.some(0.25, "mesh"), *words))
    return PanelSpec((layer,), AxisSpec(across.label, kit.pick(_WINDOWS)), AxisSpec(up.label, kit.pick(_WINDOWS)))


def _plane(kit: Kit) -> tuple[AxisSpec, AxisSpec]:
    """Two axes with fixed ends, named by letters or by quantities."""
    first = kit.pick(_WINDOWS)
    alike = [one for one in _WINDOWS if 0.5 <= (one[1] - one[0]) / (first[1] - first[0]) <= 2]  # hills are round
    second = first if kit.chance(0.7) else kit.pick(alike)
    names = kit.pick(_LETTERS) if kit.chance(0.5) else (kit.label(), kit.label())
    return AxisSpec(names[0], first), AxisSpec(names[1], second)


def _hills(kit: Kit, x: AxisSpec, y: AxisSpec, most: int) -> tuple[SeriesSpec, ...]:
    assert x.limits and y.limits
    spans = x.limits[1] - x.limits[0], y.limits[1] - y.limits[0]
    top = float(kit.pick((1, 1, 1, 2, 10, 100)))
    found = []
    for index in range(kit.count(1, most)):
        centre = kit.rng.uniform(0.2, 0.8, 2) if index or kit.chance(0.6) else np.array((0.5, 0.5))
        height = kit.rng.uniform(0.4, 1) * (-1 if index and kit.rng.random() < 0.35 else 1)
        numbers = (
            x.limits[0] + centre[0] * spans[0],
            y.limits[0] + centre[1] * spans[1],
            height * top,
            min(spans) * kit.rng.uniform(0.1, 0.28),
        )
        a, b, h, w = (float(f"{number:.2g}") for number in numbers)
        found.append(SeriesSpec((b,), (a,), hi=(h,), lo=(w,)))
    return tuple(found)


def contour(kit: Kit) -> PanelSpec:
    x, y = _plane(kit)
    if kit.chance(0.12):
        return _two_hills(kit, x, y)
    filled = kit.chance(0.6)
    words = ["filled"] if filled else []
    words += kit.some(0.3, "labels")
    words += kit.some(0.6 if filled else 0.15, "colorbar")
    series = _hills(kit, x, y, 4)
    if filled or kit.chance(0.6):
        return PanelSpec((LayerSpec("contour", series, words=(*words, kit.cmap())),), x, y)
    colour = kit.inks(1)
    lines = tuple(SeriesSpec(one.y, one.x, one.hi, one.lo, colours=colour) for one in series)
    return PanelSpec((LayerSpec("contour", lines, words=tuple(word for word in words if word != "colorbar")),), x, y)


def _two_hills(kit: Kit, x: AxisSpec, y: AxisSpec) -> PanelSpec:
    """Two groups, each with rings of its own colour around its middle."""
    assert x.limits and y.limits
    hills = []
    for low, high in ((0.3, 0.45), (0.5, 0.7)):
        a, b = (ends[0] + kit.rng.uniform(low, high) * (ends[1] - ends[0]) for ends in (x.limits, y.limits))
        hills.append(replace(_hills(kit, x, y, 1)[0], x=(float(f"{a:.3g}"),), y=(float(f"{b:.3g}"),)))
    rings = (replace(hill, colours=(colour,)) for hill, colour in zip(hills, kit.inks(2), strict=True))
    return PanelSpec(tuple(LayerSpec("contour", (ring,)) for ring in rings), x, y)


def quiver(kit: Kit) -> PanelSpec:
    across, up = kit.axes(categorical=False)
    first = kit.pick(_WINDOWS[:2] + _WINDOWS[3:6])
    second = first if kit.chance(0.7) else kit.pick(_WINDOWS[:2])
    size = (float(kit.count(5, 18)),) * 2 if kit.chance(0.7) else (float(kit.count(5, 18)), float(kit.count(5, 14)))
    series = SeriesSpec(second, first, hi=size, colours=kit.inks(1))
    pattern = kit.pick([word for word in grammar.LAYER_WORDS if word.startswith("pattern:")])
    return PanelSpec((LayerSpec("quiver", (series,), words=(pattern,)),), across, up)


def _space(kit: Kit) -> tuple[AxisSpec, AxisSpec, AxisSpec]:
    if kit.chance(0.1):
        return AxisSpec(), AxisSpec(), AxisSpec()
    names = kit.pick(_LETTERS) if kit.chance(0.55) else tuple(kit.words.axis_label()[:18] for _ in range(3))
    x, y, z = map(AxisSpec, names)
    return x, y, z


def surface(kit: Kit) -> PanelSpec:
    x, y = _plane(kit)
    names = _space(kit)
    words = (*kit.some(0.45, "colorbar"), kit.cmap())
    layer = LayerSpec("surface", _hills(kit, x, y, 3), words=words)
    return PanelSpec((layer,), AxisSpec(names[0].label, x.limits), AxisSpec(names[1].label, y.limits), names[2])


def bars3d(kit: Kit) -> PanelSpec:
    """Bars on a small grid of whole numbers; each row along x is a series."""
    count, rows = kit.count(3, 6), kit.count(1, 4)
    colours = kit.colours(rows) if kit.chance(0.7) else kit.colours(1) * rows
    x = tuple(float(i) for i in range(count))
    series = tuple(
        SeriesSpec((float(row),) * count, x, hi=values, colours=(colours[row],))
        for row, values in enumerate(kit.columns(count, rows))
    )
    names = kit.words.short_categories(count) if kit.chance(0.5) else []
    layer = LayerSpec("bars3d", series, tuple(names), words=tuple(kit.some(0.2, "faint")))
    return PanelSpec((layer,), *_space(kit))


def points3d(kit: Kit) -> PanelSpec:
    rows = kit.count(1, 3)
    colours, names = kit.inks(rows), kit.labels(rows)
    marked = kit.chance(0.3)
    series = []
    for index in range(rows):
        count = kit.count(8, 45 // rows)
        centre = kit.rng.normal(0, 1.2, 3) if index else np.zeros(3)
        scale = kit.pick((1.0, 1.0, 10.0, 50.0))
        cloud = [rounded(scale * (kit.rng.normal(c, 1, count)), 3) for c in centre]
        marker = (kit.marker(),) if marked else ()
        series.append(
            SeriesSpec(cloud[1], cloud[0], hi=cloud[2], label=names[index], colours=(colours[index],), words=marker)
        )
    layer = LayerSpec("points3d", tuple(series), words=tuple(kit.some(0.25, "faint")))
    return PanelSpec((layer,), *_space(kit))


def curve3d(kit: Kit) -> PanelSpec:
    rows, count = kit.count(1, 2), kit.count(20, 45)
    colours, names, shape = kit.inks(rows), kit.labels(rows), kit.pick(_CURVES)
    series = []
    for index in range(rows):
        x, y, z = (rounded(axis, 3) for axis in shape(kit, np.linspace(0, 1, count)))
        words = (f"line:{kit.pick(('solid', 'solid', 'solid', 'dashed'))}", *kit.some(0.15, "marker:o"))
        series.append(SeriesSpec(y, x, hi=z, label=names[index], colours=(colours[index],), words=words))
    return PanelSpec((LayerSpec("curve3d", tuple(series)),), *_space(kit))


def _helix(kit: Kit, t: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    turn, radius = 2 * np.pi * kit.rng.uniform(1, 3) * t, kit.rng.uniform(0.5, 1.5) * (0.4 + 0.6 * t)
    return radius * np.cos(turn), radius * np.sin(turn), t * kit.rng.uniform(1, 10)


def _wave(kit: Kit, t: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return 10 * t, kit.rng.uniform(-2, 2) * t + kit.rng.uniform(0, 3), np.sin(2 * np.pi * kit.rng.uniform(1, 2.5) * t)


def _knot(kit: Kit, t: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    turn = 2 * np.pi * t
    return (
        np.sin(turn) + 2 * np.sin(2 * turn),
        np.cos(turn) - 2 * np.cos(2 * turn),
        kit.rng.uniform(0.5, 2) * np.sin(3 * turn),
    )


_CURVES: tuple[Callable[[Kit, np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]], ...] = (
    _helix, _helix, _wave, _knot,
)  # fmt: skip
