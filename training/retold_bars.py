"""Bars of a person's program as a layer: in a row, side by side, stacked, floating, lying, with values written on them.

A program may draw its bars in one call or one by one; what counts is how they stand. Leaves out: bars on polar axes
(retold_rounds.py), ends of error bars on bars, which facts do not hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from model.nano import measure
from model.nano.grammar import SMALL_INTEGERS
from model.nano.spans import bar_spans
from model.nano.spec import LayerSpec, SeriesSpec
from model.records import Series
from training.retold_scene import Scene, Untold

_SAME = 0.02  # of a step: bars at one place
_NARROW, _WIDE = 0.63, 0.9  # of a step
_NEAR = 0.1  # of the frame: how far a number stands from the end of its bar


@dataclass(frozen=True, slots=True)
class _Row:
    """The bars of one series in the order in which they stand."""

    at: tuple[float, ...]
    lengths: tuple[float, ...]
    feet: tuple[float, ...]
    thick: float
    label: str
    colours: tuple[str, ...]


def bars(rows: Sequence[Series], scene: Scene) -> LayerSpec:
    """All bars of one axes, which are all upright or all lying."""
    if len({row.kind for row in rows}) > 1:
        raise Untold("it draws upright and lying bars on the same axes")
    lying = rows[0].kind == "barh"
    found = _gathered([_row(row, lying, scene) for row in rows])
    if len({len(row.at) for row in found}) > 1:
        raise Untold("its series have different numbers of bars")
    step = _step(found)
    if max(abs(a - b) for row in found for a, b in zip(row.at, found[0].at, strict=True)) <= _SAME * step:
        layer, middles = _stack(found), found[0].at
    else:
        found = _beside(found, step)
        layer, middles = _plain(found), tuple(np.mean([row.at for row in found], axis=0).tolist())
    looks = [word for option, word in (("edgecolor", "edge"), ("hatch", "hatch")) if scene.all_say(rows, option)]
    return _finished(replace(layer, words=(*layer.words, *looks)), found, middles, step, lying, scene)


def _row(row: Series, lying: bool, scene: Scene) -> _Row:
    """Bars in the order in which they stand; those without a length have length 0."""
    names = ("y", "width", "left", "height") if lying else ("x", "height", "bottom", "width")
    at, lengths, feet, thick = (np.nan_to_num(np.array(row.values.get(name, ()))) for name in names)
    if not len(at) or not len(at) == len(lengths) == len(feet):
        raise Untold("it draws bars without a bar")
    order = scene.order("y" if lying else "x", at.tolist())
    spread = tuple(row.colours[i] for i in order) if len(row.colours) == len(order) else row.colours
    return _Row(
        tuple(at[order].tolist()),
        tuple(lengths[order].tolist()),
        tuple(feet[order].tolist()),
        float(np.median(np.abs(thick))),
        row.label,
        spread,
    )


def _gathered(rows: Sequence[_Row]) -> list[_Row]:
    """Bars that were drawn one by one, each at its own place, are one row."""
    places = [place for row in rows for place in row.at]
    if len(rows) < 2 or max(len(row.at) for row in rows) > 1 or len(set(places)) < len(places):
        return list(rows)
    if len(rows) > 1 and len({row.label for row in rows} - {""}) > 1:
        raise Untold("each of its bars has an entry of its own in the legend")
    ordered = sorted(rows, key=lambda row: row.at)
    whole = [sum((getattr(row, name) for row in ordered), ()) for name in ("at", "lengths", "feet", "colours")]
    label = next((row.label for row in rows if row.label), "")
    return [_Row(whole[0], whole[1], whole[2], ordered[0].thick, label, whole[3])]


def _step(rows: Sequence[_Row]) -> float:
    """From one group of bars to the next."""
    steps = [abs(b - a) for row in rows for a, b in pairwise(row.at)]
    return min((step for step in steps if step > 1e-9), default=1.0)


def _plain(rows: Sequence[_Row]) -> LayerSpec:
    series = (
        SeriesSpec(row.lengths, lo=row.feet if any(row.feet) else (), label=row.label, colours=row.colours)
        for row in rows
    )
    return LayerSpec("bar", tuple(series))


def _stack(rows: Sequence[_Row]) -> LayerSpec:
    """One row, or rows that stand on each other."""
    layer = _plain(rows)
    if len(rows) == 1:
        return layer
    first, *others = layer.series
    layer = replace(layer, series=(first, *(replace(one, lo=()) for one in others)), words=("stacked",))
    begins = np.array([found for found, _ in bar_spans(layer)])
    reach = float(np.abs([[*row.feet, *row.lengths] for row in rows]).max()) or 1.0
    there = np.abs(np.array([row.lengths for row in rows])) > 1e-9 * reach
    if (np.abs(begins - np.array([row.feet for row in rows]))[there] > 0.01 * reach).any():
        raise Untold("its bars are drawn over each other")
    return layer


def _beside(rows: Sequence[_Row], step: float) -> list[_Row]:
    """Rows side by side, in the order in which they stand."""
    offsets = np.array([np.subtract(row.at, rows[0].at) for row in rows])
    even = float(np.abs(offsets - offsets.mean(axis=1, keepdims=True)).max(initial=0.0))
    if len(rows[0].at) > 1 and (even > _SAME * step or float(np.ptp(offsets)) > step):
        raise Untold("its bars make no groups")
    order = np.argsort(offsets.mean(axis=1))
    if rows[0].at != tuple(sorted(rows[0].at)):  # an axis that runs backwards
        order = order[::-1]
    return [rows[index] for index in order]


def _finished(
    layer: LayerSpec, rows: Sequence[_Row], middles: Sequence[float], step: float, lying: bool, scene: Scene
) -> LayerSpec:
    """The layer with its places, words and the colours of its single bars."""
    axis = "y" if lying else "x"
    names = scene.names(axis, middles) or scene.near_names(axis, middles, step)
    if not names and len(middles) >= SMALL_INTEGERS:
        raise Untold(f"it draws more than {SMALL_INTEGERS - 1} bars without names")
    layer = replace(layer, categories=names, x=() if names else tuple(middles))
    words = [*layer.words, *(["horizontal"] if lying else [])]
    if len(rows) == 1 or "stacked" in words:
        share = rows[0].thick / step
        words += ["narrow"] if share < _NARROW else ["wide"] if share > _WIDE else []
    words += _written(layer, middles, lying, scene)
    words_ = scene.words("bar", words, [colour for row in rows for colour in row.colours])
    series = tuple(_coloured(one, middles, lying, scene) for one in layer.series)
    return replace(layer, series=series, words=words_)


def _written(layer: LayerSpec, middles: Sequence[float], lying: bool, scene: Scene) -> list[str]:
    """Whether the values of the bars are written at their ends, or in them."""
    numbers = [(number, *((y, x) if lying else (x, y))) for number, x, y in scene.numbers()]
    across, along = ("y", "x") if lying else ("x", "y")
    ends, inside, count = 0, 0, 0
    for series, (begins, tops) in zip(layer.series, bar_spans(layer), strict=True):
        largest = max(map(abs, series.y), default=0.0)
        for place, value, begin, top in zip(middles, series.y, begins, tops, strict=True):
            near = [
                at
                for number, off, at in numbers
                if abs(number - value) <= 0.02 * largest and abs(off - scene.share(across, place)) < _NEAR
            ]
            end, middle = scene.share(along, top), (scene.share(along, top) + scene.share(along, begin)) / 2
            count += 1
            ends += any(abs(at - end) < _NEAR for at in near)
            inside += any(abs(at - middle) < abs(at - end) for at in near)
    if inside > 0.6 * count:
        return ["labels"] if "stacked" in layer.words else ["cells"]
    return ["labels"] if ends > 0.6 * count else []


def _coloured(series: SeriesSpec, middles: Sequence[float], lying: bool, scene: Scene) -> SeriesSpec:
    """Facts hold each colour once: which bar bears which of several is seen in the picture."""
    if len(series.colours) in (0, 1, len(series.y)):
        return series
    at = [scene.axis("y" if lying else "x").map.position(place) for place in middles]
    found = measure.each_colour(at, lying, scene.frame, scene.sight)
    return replace(series, colours=tuple(found) if found else series.colours[:1])
