"""What runs along an axis in a person's program, as layers: lines, areas, points, error bars, histograms; and rules.

Leaves out: bars (retold_bars.py), what is round or has cells (retold_rounds.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from model.nano import pen
from model.nano.grammar import SMALL_INTEGERS
from model.nano.spec import LayerSpec, Rule, SeriesSpec
from model.records import Series
from training.retold_said import strokes
from training.retold_scene import Scene, Untold

Floats = NDArray[np.float64]
_SAME = 1e-3  # of the range: values that are one


def curves(rows: Sequence[Series], scene: Scene) -> list[LayerSpec]:
    """Lines and stems, and what is filled between curves; curves over the same places share a layer."""
    strokes = [row for row in rows if row.kind in ("plot", "stem")]
    fills = [row for row in rows if row.kind == "fill_between"]
    found: list[tuple[tuple[str, ...], tuple[float, ...], SeriesSpec]] = []
    for row in strokes:
        x, y = _course(row)
        words, series, fills = _with_fill(_line(row, x, y, scene), x, fills)
        how = ("stem",) if row.kind == "stem" else ("step",) if _steps(row, scene) else words
        found.append((how, tuple(x.tolist()), series))
    layers = [
        _placed(LayerSpec("line", tuple(one for _, _, one in some), x=x, words=words), scene)
        for (words, x), some in groupby(found, key=lambda one: one[:2])
    ]
    return [*_areas(fills, scene), *layers]


def _steps(row: Series, scene: Scene) -> bool:
    return scene.said.get(id(row), {}).get("call") == "step"


def _course(row: Series) -> tuple[Floats, Floats]:
    """A curve from left to right, without its gaps."""
    x, y = (np.array(row.values.get(name, ()), float) for name in ("x", "y"))
    if len(x) != len(y):
        raise Untold("it draws a curve with more places than values")
    there = np.isfinite(x) & np.isfinite(y)
    x, y = x[there], y[there]
    if len(x) > 1 and (np.diff(x) <= 0).all():
        x, y = x[::-1], y[::-1]
    if not len(x):
        raise Untold("it draws a curve without a point")
    if (np.diff(x) < 0).any():
        raise Untold("it draws a curve that turns back")
    return x, y


def _line(row: Series, x: Floats, y: Floats, scene: Scene) -> SeriesSpec:
    words = () if row.kind == "stem" else _strokes(row, x, y, scene, "solid")
    return SeriesSpec(tuple(y.tolist()), label=row.label, colours=row.colours[:1], words=words)


def _strokes(row: Series, x: Floats, y: Floats, scene: Scene, usual: str) -> tuple[str, ...]:
    """Style and marker as the program says them, else as the picture shows them: facts do not hold them."""
    words, colours = strokes(scene.said.get(id(row), {})), row.colours
    if words is not None:
        return words
    points = tuple((scene.x.map.position(a), scene.y.map.position(b)) for a, b in zip(x, y, strict=True))
    style, marker = pen.drawn(colours[0], points, scene.frame, scene.sight) if colours else ("", "")
    style = style or usual
    return (*([f"line:{style}"] if style else []), *([f"marker:{marker}"] if marker else []))


def _with_fill(
    series: SeriesSpec, x: Floats, fills: Sequence[Series]
) -> tuple[tuple[str, ...], SeriesSpec, list[Series]]:
    """A line with the band around it or the area below it; which words say so, and which fills are left."""
    y = np.array(series.y)
    reach = _SAME * (float(np.ptp(y)) or 1.0)
    for fill in fills:
        if fill.colours[:1] != series.colours or len(fill.values.get("x", ())) < 2:
            continue
        one, other = (np.interp(x, fill.values["x"], fill.values[name]) for name in ("y1", "y2"))
        low, high = np.minimum(one, other), np.maximum(one, other)
        left = [row for row in fills if row is not fill]
        if (np.abs(high - y) <= reach).all() or (np.abs(low - y) <= reach).all():
            return ("filled",), series, left
        if (low <= y + reach).all() and (high >= y - reach).all():
            return ("band",), replace(series, hi=tuple(high.tolist()), lo=tuple(low.tolist())), left
    return (), series, list(fills)


def _placed(layer: LayerSpec, scene: Scene) -> LayerSpec:
    """The layer at names, where its places are those of all names."""
    names = scene.names("y" if "horizontal" in layer.words else "x", layer.x)
    return replace(layer, categories=names, x=()) if names else layer


def _areas(fills: Sequence[Series], scene: Scene) -> list[LayerSpec]:
    """Areas over a base line, between two curves, or on each other."""
    bands = [band for row in fills if (band := _band(row)) is not None]
    if not bands:
        return []
    stacked = len(bands) > 1 and all(_alike(a[0], b[0]) and _alike(a[2], b[1]) for a, b in pairwise(bands))
    parts = [(x, high - low if stacked else high, low) for x, low, high in bands]
    found = []
    for row, (x, y, low) in zip(fills, parts, strict=False):
        lo = tuple(low.tolist()) if not stacked and np.abs(low).max() > _SAME * (np.ptp(y) or 1.0) else ()
        found.append(
            (tuple(x.tolist()), SeriesSpec(tuple(y.tolist()), lo=lo, label=row.label, colours=row.colours[:1]))
        )
    layers = []
    for x, some in groupby(found, key=lambda one: one[0]):
        rows = tuple(one for _, one in some)
        words = scene.words("area", ["stacked"] if stacked else [], [one.colours[0] for one in rows if one.colours])
        layers.append(_placed(LayerSpec("area", rows, x=x, words=words), scene))
    return layers


def _band(row: Series) -> tuple[Floats, Floats, Floats] | None:
    """Places, lower and upper curve of what is filled. Raises Untold where they cross."""
    x, one, other = (np.array(row.values.get(name, ()), float) for name in ("x", "y1", "y2"))
    if len(x) < 2 or not len(x) == len(one) == len(other) or not np.isfinite([x, one, other]).all():
        return None
    if (np.diff(x) < 0).any():
        raise Untold("it fills between curves that turn back")
    if not one.any() or not other.any():  # from a base line on, up or down
        return x, np.zeros(len(x)), one + other
    return x, np.minimum(one, other), np.maximum(one, other)


def _alike(one: Floats, other: Floats) -> bool:
    if len(one) != len(other):
        return False
    return bool((np.abs(one - other) <= 0.01 * (np.ptp([*one, *other]) or 1.0)).all())


def points(rows: Sequence[Series], scene: Scene) -> list[LayerSpec]:
    """Scattered points; areas that differ are told as shares of the largest."""
    found = []
    for row in rows:
        x, y = (np.array(row.values.get(name, ()), float) for name in ("x", "y"))
        if len(x) != len(y) or "z" in row.values:
            raise Untold("it scatters points in space")
        there = np.isfinite(x) & np.isfinite(y)
        sizes = np.array(row.values.get("size", ()), float)
        differ = len(sizes) == len(x) and len(set(sizes.tolist())) > 1
        size = tuple((sizes[there] / sizes.max()).tolist()) if differ else ()
        colours = row.colours if len(row.colours) == len(x) else row.colours[:1]
        if there.any():
            xs, ys = tuple(x[there].tolist()), tuple(y[there].tolist())
            marks = [word for word in strokes(scene.said.get(id(row), {})) or () if word.startswith("marker:")]
            found.append(SeriesSpec(ys, xs, size=size, label=row.label, colours=colours, words=tuple(marks)))
    words = scene.words("scatter", [], [one.colours[0] for one in found if one.colours])
    return [LayerSpec("scatter", tuple(found), words=words)] if found else []


def error_bars(rows: Sequence[Series], scene: Scene) -> list[LayerSpec]:
    """Points with errors along y, or lying ones with errors along x alone."""
    found = []
    for row in rows:
        lying = "y_high" not in row.values
        along, across = ("x", "y") if lying else ("y", "x")
        roles = (across, along, f"{along}_high", f"{along}_low")
        x, y, hi, lo = (np.array(row.values.get(role, ()), float) for role in roles)
        if not len(x) == len(y) == len(hi) == len(lo) > 0 or not np.isfinite([x, y, hi, lo]).all():
            raise Untold("some of its points have no error bar")
        order = np.argsort(x)
        x, y, hi, lo = (values[order] for values in (x, y, hi, lo))
        series = SeriesSpec(
            tuple(y.tolist()),
            hi=tuple(hi.tolist()),
            lo=tuple(lo.tolist()),
            label=row.label,
            colours=row.colours[:1],
            words=_strokes(row, *((y, x) if lying else (x, y)), scene, ""),
        )
        found.append(((("horizontal",) if lying else ()), tuple(x.tolist()), series))
    return [
        _placed(LayerSpec("errorbar", tuple(one for _, _, one in some), x=x, words=words), scene)
        for (words, x), some in groupby(found, key=lambda one: one[:2])
    ]


def histograms(rows: Sequence[Series], scene: Scene) -> list[LayerSpec]:
    found = []
    for row in rows:
        edges, counts = row.values.get("edge", ()), row.values.get("count", ())
        if len(edges) != len(counts) + 1 or not counts:
            raise Untold("it draws a histogram without bins")
        if len(counts) >= SMALL_INTEGERS:
            raise Untold(f"its histogram has more than {SMALL_INTEGERS - 1} bins")
        series = SeriesSpec(tuple(counts), label=row.label, colours=row.colours[:1])
        found.append((tuple(edges), series))
    layers = []
    for edges, some in groupby(found, key=lambda one: one[0]):
        rows_ = tuple(one for _, one in some)
        lying = ["horizontal"] if _lies(edges, [value for one in rows_ for value in one.y], scene) else []
        lying += ["edge"] if scene.all_say(rows, "edgecolor") else []
        words = scene.words("hist", lying, [one.colours[0] for one in rows_ if one.colours])
        layers.append(LayerSpec("hist", rows_, x=edges, words=words))
    return layers


def _lies(edges: Sequence[float], counts: Sequence[float], scene: Scene) -> bool:
    """Whether the limits fit a lying histogram better than an upright one."""
    x, y = scene.axes.x_limits, scene.axes.y_limits
    ends, heights = (min(edges), max(edges)), (0.0, max(counts))
    return _off(y, ends) + _off(x, heights) < _off(x, ends) + _off(y, heights)


def _off(limits: tuple[float, float], ends: tuple[float, float]) -> float:
    """How far limits are from ends, in shares of their distance."""
    low, high = sorted(limits)
    return (abs(low - ends[0]) + abs(high - ends[1])) / max(ends[1] - ends[0], 1e-9)


def rules(rows: Sequence[Series], scene: Scene) -> list[Rule]:
    """Lines and bands across the whole panel."""
    found = []
    for row in rows:
        axis = "x" if row.kind.startswith("axv") else "y"
        values = row.values.get(axis, ())
        if not values or not np.isfinite(values).all():
            continue
        colour = row.colours[0] if row.colours else "#000000"
        to = values[1] if row.kind.endswith("span") and len(values) > 1 else None
        found.append(Rule(axis, values[0], colour, _rule_style(axis, values[0], colour, scene), to))
    return found


def _rule_style(axis: str, value: float, colour: str, scene: Scene) -> str:
    x0, y0, x1, y1 = scene.box
    place, shares = scene.axis(axis).map.position(value), np.linspace(0.02, 0.98, 9)
    points = tuple((place, y1 + s * (y0 - y1)) if axis == "x" else (x0 + s * (x1 - x0), place) for s in shares)
    return pen.drawn(colour, points, scene.frame, scene.sight)[0] or "dashed"
