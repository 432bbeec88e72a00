"""One layer -> tokens, for training: its words, categories, abscissae and series.

What decoding expects (expected.py) or measures by itself (measure.py) is left out where it is right; else a text is
named by its slot, a colour by its paint, a value by its place. Leaves out: panels (encode.py) and what
the tokens mean (series.py, the other direction).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from model.colours import distance
from model.layout import Frame
from model.nano import expected, measure, tint
from model.nano.abscissae import abscissae, categories, right, side_of
from model.nano.axismap import AxisMap
from model.nano.drawn import DrawnPanel, Ink
from model.nano.expected import NAMED, portions_colours, portions_start
from model.nano.feet import seen_feet
from model.nano.grammar import position, small, word
from model.nano.places import category_places
from model.nano.slots import SAME_COLOUR
from model.nano.spans import beside, seen_spans
from model.nano.spec import LayerSpec, SeriesSpec

MOST_TOLD = 8  # values of a series that are told where measuring misses them; more are left to guessing
MOST_POINTS = 30  # of a curve; longer ones are told by as many points at even steps

Encoder = Callable[[LayerSpec, DrawnPanel, Frame, Ink], list[str]]


def encode_layer(layer: LayerSpec, drawn: DrawnPanel, frame: Frame, ink: Ink) -> list[str]:
    """All tokens of one layer."""
    if "twin" in layer.words and drawn.right is not None:
        drawn = replace(drawn, y=drawn.right)
    told = (name for name in layer.words if not name.startswith("cmap:#"))  # separate colours are measured
    head = [word(f"kind:{layer.kind}"), *map(word, told)]
    alpha = tint.strength(layer.kind, layer.words)
    if alpha < 1:
        layer = _seen_through(layer, alpha, tint.ground(frame, ink.sight))
    return head + _ENCODERS.get(layer.kind, _along)(layer, drawn, frame, ink)


def _seen_through(layer: LayerSpec, alpha: float, behind: Sequence[float]) -> LayerSpec:
    """The layer in the colours that a picture shows of it."""
    rows = (replace(one, colours=tuple(tint.blended(c, alpha, behind) for c in one.colours)) for one in layer.series)
    return replace(layer, series=tuple(rows))


def _values(
    layer: LayerSpec,
    series: SeriesSpec,
    at: Sequence[float],
    true: Sequence[float],
    side: float,
    frame: Frame,
    ink: Ink,
) -> list[str]:
    """The places of a series' values, unless measuring finds them."""
    shades = [ink.shown(colour) for colour in series.colours]
    found = measure.seen(layer.kind, layer.words, shades, at, frame, ink.sight)
    left = right(found, true, side) or len(true) > MOST_TOLD
    return [] if left else [word("y"), *map(position, true)]


# ---- bars, lines, areas, error bars, histograms: values along an axis ------------------------------------------------


def _along(layer: LayerSpec, drawn: DrawnPanel, frame: Frame, ink: Ink) -> list[str]:
    layer = sampled(shared(layer))
    flat = "horizontal" in layer.words
    across, along = (drawn.y, drawn.x) if flat else (drawn.x, drawn.y)
    parts, at = abscissae(layer, across, frame, ink)
    tops = _tops(layer)
    for index, series in enumerate(layer.series):
        parts += _series_head(layer, series, at, frame, ink)
        parts += _heights(layer, series, tops[index], at, along, frame, ink)
        parts += _feet(layer, index, at, along, frame, ink) if layer.kind == "bar" and not series.hi else []
    return parts


def _tops(layer: LayerSpec) -> Sequence[Sequence[float]]:
    """What measuring should find for each series: upper ends of stacked parts, ends of bars, heights of the rest."""
    if layer.kind == "bar":
        return [ends for _, ends in seen_spans(layer)]
    rows = [series.y for series in layer.series]
    return np.cumsum(rows, axis=0).tolist() if "stacked" in layer.words else rows


def _feet(layer: LayerSpec, index: int, at: Sequence[float], along: AxisMap, frame: Frame, ink: Ink) -> list[str]:
    """Where bars begin, unless it is what decoding will find: places, or none for bars that only seem to float."""
    series, begins = layer.series[index], seen_spans(layer)[index][0]
    lowest = not index or "stacked" not in layer.words
    if not lowest and min(series.y) >= 0:
        return []  # on what stands below
    shades = [ink.shown(colour) for colour in series.colours]
    found = seen_feet(layer.words, shades, at, along, frame, ink.sight, lowest=lowest)
    true = [along.position(begin) for begin in begins] if any(begins) or not lowest else []
    side = side_of(frame, "horizontal" in layer.words, ink)
    known = right(found, true, side) if true else not found
    return [] if known or len(true) > MOST_TOLD else [word("lo"), *map(position, true)]


def shared(layer: LayerSpec) -> LayerSpec:
    """An answer says abscissae once: those of a lone series are its layer's."""
    if layer.x or layer.categories or len(layer.series) != 1:
        return layer
    return replace(layer, x=layer.series[0].x, series=(replace(layer.series[0], x=()),))


def sampled(layer: LayerSpec) -> LayerSpec:
    """A curve of many points is told by MOST_POINTS of them, at even steps."""
    if layer.kind not in ("line", "area") or layer.categories or len(layer.x) <= MOST_POINTS:
        return layer
    x = np.linspace(layer.x[0], layer.x[-1], MOST_POINTS)

    def at(values: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(np.interp(x, layer.x, values).tolist()) if len(values) == len(layer.x) else ()

    rows = tuple(replace(one, x=(), y=at(one.y), hi=at(one.hi), lo=at(one.lo)) for one in layer.series)
    return replace(layer, x=tuple(x.tolist()), series=rows)


def _series_head(
    layer: LayerSpec, series: SeriesSpec, at: Sequence[float], frame: Frame, ink: Ink, fill: str | None = None
) -> list[str]:
    """Colours and label where they are not those expected, and marks. `fill` is what is seen to fill a box."""
    assert ink.queue is not None, "series stand in panels"
    x0, y0, x1, y1 = ink.sight.box(frame)
    label = ink.ref(series.label, ((x0 + x1) / 2, (y0 + y1) / 2))
    slots = [int(token[2:-1]) for token in label if token != word("nl")]
    entry = ink.queue.label() if layer.kind in NAMED else None
    known = slots == [entry.text] if entry else not slots
    paint = ink.queue.take(slots[0] if len(slots) == 1 else -1)
    colours = _colours(layer, series, at, frame, ink)
    same = colours == [f"<c{paint}>"] if fill is None else _same_colours([fill] if fill else [], series.colours)
    parts = [word("ser"), *([] if same else colours)]
    parts += [] if known else [word("lab"), *(label or [word("missing")])]
    return parts + [word(name) for name in series.words]


def _colours(layer: LayerSpec, series: SeriesSpec, at: Sequence[float], frame: Frame, ink: Ink) -> list[str]:
    if len(series.colours) >= 3 and layer.kind == "bar":
        found = measure.each_colour(at, "horizontal" in layer.words, frame, ink.sight)
        if _same_colours(found, series.colours):
            return [word("each")]
    return [ink.colour(colour) for colour in series.colours]


def _same_colours(found: Sequence[str] | None, true: Sequence[str]) -> bool:
    if found is None or len(found) != len(true):
        return False
    return all(distance(a, b) <= SAME_COLOUR for a, b in zip(found, true, strict=True))


def _heights(
    layer: LayerSpec,
    series: SeriesSpec,
    y: Sequence[float],
    at: Sequence[float],
    along: AxisMap,
    frame: Frame,
    ink: Ink,
) -> list[str]:
    places = [along.position(value) for value in y]
    flat = "horizontal" in layer.words
    side = side_of(frame, flat, ink)
    parts = _values(layer, series, at, places, side, frame, ink)
    if layer.kind == "bar" and not series.hi:
        return parts
    if not series.hi:
        lower = [along.position(value) for value in series.lo[:MOST_POINTS]]
        return [*parts, *([word("lo"), *map(position, lower)] if lower else [])]
    return [*parts, word("hi"), word("seen")]


# ---- points ----------------------------------------------------------------------------------------------------------


def _scatter(layer: LayerSpec, drawn: DrawnPanel, frame: Frame, ink: Ink) -> list[str]:
    parts: list[str] = []
    for series in layer.series:
        parts += _series_head(layer, series, (), frame, ink)
        xs, ys = ([ruler.position(v) for v in values] for ruler, values in ((drawn.x, series.x), (drawn.y, series.y)))
        found = measure.seen(layer.kind, layer.words, [ink.shown(c) for c in series.colours], (), frame, ink.sight)
        if found is None or not _same_points(found, xs, ys, frame, ink):
            pairs = list(zip(xs, ys, strict=False))[:MOST_TOLD]
            parts += [word("y"), *(position(place) for pair in pairs for place in pair)]
        parts += [word("size")] if series.size else []
    return parts


def _same_points(found: Sequence[float], xs: Sequence[float], ys: Sequence[float], frame: Frame, ink: Ink) -> bool:
    """Whether most of the points are found and few are invented: a cloud need not be complete."""
    if not len(found) or not xs:
        return False
    x0, y0, x1, y1 = ink.sight.box(frame)
    scale = np.array([max(x1 - x0, 1e-9), max(y1 - y0, 1e-9)])
    seen, true = np.asarray(found).reshape(-1, 2) / scale, np.stack([xs, ys], axis=1) / scale
    far = np.abs(seen[:, None] - true[None]).max(axis=2)
    return bool((far.min(axis=0) <= 0.02).mean() >= 0.8 and (far.min(axis=1) <= 0.02).mean() >= 0.9)


def _triples(layer: LayerSpec, _drawn: DrawnPanel, frame: Frame, ink: Ink) -> list[str]:
    """Points in space as shares of the ranges that they span."""
    parts: list[str] = []
    for series in layer.series:
        parts += _series_head(layer, series, (), frame, ink)
        step = -(-len(series.y) // 12)
        for name, values in (("x", series.x), ("y", series.y), ("hi", series.hi)):
            parts += [word(name), *map(position, _shares(values[::step]))]
    return parts


def _shares(values: Sequence[float]) -> list[float]:
    low, high = min(values, default=0.0), max(values, default=1.0)
    return [(value - low) / (high - low) if high > low else 0.5 for value in values]


# ---- shares, boxes, cells, fields, nets ------------------------------------------------------------------------------


def _portions(layer: LayerSpec, _drawn: DrawnPanel, frame: Frame, ink: Ink) -> list[str]:
    """Pies and tree maps: shares of a whole, named by a legend or around the pie, and wearing its colours."""
    series = layer.series[0]
    start = portions_start(layer.words)
    x0, y0, x1, y1 = ink.sight.box(frame)
    names = ink.refs(layer.categories, [((x0 + x1) / 2, (y0 + y1) / 2)] * len(layer.categories))
    keys, beside = ([f"<s{entry.text}>" for entry in frame.legend], expected.around(start, frame, ink.sight))
    told = [word("entry")] if names == keys else [word("seen")] if names == [f"<s{s}>" for s in beside] else names
    parts = [word("cats"), *told] if any(layer.categories) else []
    colours = portions_colours(told == [word("entry")], layer.kind, start, frame, ink.sight)
    if _same_colours(colours, series.colours):
        series = replace(series, colours=tuple(colours or ()))
        parts += [word("ser")]
    else:
        parts += [word("ser"), *(ink.colour(colour) for colour in series.colours)]
    shares = [value / (sum(series.y) or 1.0) for value in series.y]
    return parts + _values(layer, series, (), shares, 1.0, frame, ink)


def _round(layer: LayerSpec, drawn: DrawnPanel, frame: Frame, ink: Ink) -> list[str]:
    """Radar and rose: values are shares of the radius."""
    x0, y0, x1, y1 = ink.sight.box(frame)
    count = len(layer.categories) or len(layer.series[0].y)
    angles = [2 * np.pi * index / count for index in range(count)]
    nears = [
        ((x0 + x1) / 2 + (x1 - x0) / 2 * np.cos(angle), (y0 + y1) / 2 - (y1 - y0) / 2 * np.sin(angle))
        for angle in angles
    ]
    names = ink.refs(layer.categories, nears)
    seen = names == [f"<s{slot}>" for slot in expected.around(0.0, frame, ink.sight)]
    parts = [word("cats"), *([word("seen")] if seen else names)] if any(layer.categories) else [small(count)]
    for series in layer.series:
        parts += _series_head(layer, series, (), frame, ink)
        shares = [drawn.y.position(value) for value in series.y]
        parts += _values(layer, series, angles, shares, 1.0, frame, ink)
    return parts


def _fives(layer: LayerSpec, drawn: DrawnPanel, frame: Frame, ink: Ink) -> list[str]:
    """Boxes and violins: five places each."""
    flat = "horizontal" in layer.words
    across, along = (drawn.y, drawn.x) if flat else (drawn.x, drawn.y)
    named = layer if layer.categories else replace(layer, categories=("",) * len(layer.series))
    parts, slots = categories(named, across, frame, ink)
    at = category_places(len(named.categories), slots, layer.kind, flat, frame, ink.sight)
    at = beside(at, len(layer.series))
    fills = measure.box_colours(at, layer.kind == "violin", flat, frame, ink.sight)
    for series, place, fill in zip(layer.series, at, fills, strict=False):
        parts += _series_head(layer, series, (), frame, ink, fill)
        parts += _heights(layer, series, series.y, (place,), along, frame, ink)
    return parts


def _cells(layer: LayerSpec, drawn: DrawnPanel, frame: Frame, ink: Ink) -> list[str]:
    """A heat map: its names, then its cells, which are always read off the picture."""
    rows, cols = len(layer.series), max(len(series.y) for series in layer.series)
    parts = [small(rows), small(cols)]
    if any(layer.categories):
        parts += categories(layer, drawn.x, frame, ink)[0]
    names = tuple(series.label for series in layer.series)
    if any(names):
        x0 = ink.sight.box(frame)[0]
        found = ink.refs(names, [(x0, drawn.y.position(row)) for row in range(rows)])
        slots = [f"<s{slot}>" for slot in reversed(frame.y_ticks)]
        parts += [word("lab"), *([word("seen")] if found == slots else found)]
    return parts


def _hills(layer: LayerSpec, drawn: DrawnPanel, _frame: Frame, _ink: Ink) -> list[str]:
    """Contours and surfaces: place, height and width of each hill, coarsely."""
    parts: list[str] = []
    highest = max((abs(series.hi[0]) for series in layer.series if series.hi), default=1.0) or 1.0
    span = abs(drawn.x.value(drawn.x.p1) - drawn.x.value(drawn.x.p0)) or 1.0
    for series in layer.series[:8]:
        x, y = drawn.x.position(series.x[0]), drawn.y.position(series.y[0])
        height, width = round(15 + 15 * series.hi[0] / highest), round(31 * min(1.0, series.lo[0] / span))
        parts += [word("ser"), word("x"), position(x), word("y"), position(y)]
        parts += [word("hi"), small(height), word("lo"), small(width)]
    return parts


def _field(layer: LayerSpec, drawn: DrawnPanel, frame: Frame, ink: Ink) -> list[str]:
    """Arrows: the two ends of their grid along each axis, and its size."""
    series = layer.series[0]
    parts = _series_head(layer, series, (), frame, ink)
    for name, values, ruler in (("x", series.x, drawn.x), ("y", series.y, drawn.y)):
        parts += [word(name), *(position(ruler.position(value)) for value in values[:2])]
    return [*parts, word("hi"), *(small(int(value)) for value in series.hi[:2])]


def _net(layer: LayerSpec, drawn: DrawnPanel, frame: Frame, ink: Ink) -> list[str]:
    """Nodes by their names' slots, which stand where the nodes do, or by their places; then edges."""
    series = layer.series[0]
    x0, y0, x1, y1 = drawn.frame
    places = [(x0 + x * (x1 - x0), y1 - y * (y1 - y0)) for x, y in zip(series.x, series.y, strict=True)]
    parts = [word("cats"), *ink.refs(layer.categories, places)] if layer.categories else []
    parts += _series_head(layer, series, (), frame, ink)
    parts += [word("y"), *(position(place) for pair in places for place in pair)]
    for name, ends in (("from", series.hi), ("to", series.lo)):
        parts += [word(name), *(small(int(end)) for end in ends[:40])]
    return parts


_ENCODERS: dict[str, Encoder] = {
    "scatter": _scatter,
    "pie": _portions,
    "treemap": _portions,
    "radar": _round,
    "rose": _round,
    "box": _fives,
    "violin": _fives,
    "heat": _cells,
    "contour": _hills,
    "surface": _hills,
    "quiver": _field,
    "graph": _net,
    "bars3d": _triples,
    "points3d": _triples,
    "curve3d": _triples,
}
"""Kinds without an entry have values along an axis."""
