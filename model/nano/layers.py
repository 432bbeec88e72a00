"""One layer -> tokens, for training: its words, categories, abscissae and series.

What decoding expects (expected.py) or measures by itself (measure.py) is left out where it is right; else a text is
named by its slot, a colour by its paint, a value by its place. Leaves out: panels (encode.py) and what
the tokens mean (series.py, the other direction).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from model.colours import distance
from model.layout import Frame
from model.nano import expected, measure, tint
from model.nano.axismap import AxisMap
from model.nano.drawn import DrawnPanel, Ink
from model.nano.expected import NAMED, portions_colours, portions_start
from model.nano.grammar import position, small, word
from model.nano.places import category_places, tick_points
from model.nano.slots import SAME_COLOUR
from model.nano.spec import LayerSpec, SeriesSpec

RIGHT = 0.015  # of the frame's side: how far a measured place may be from the true one
NEARLY = 0.06  # and one in ten of them
MOST_TOLD = 8  # values of a series that are told where measuring misses them; more are left to guessing
MOST_PLACES = 12  # abscissae that are told; more are taken to be even
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


def right(found: Sequence[float] | None, true: Sequence[float], side: float) -> bool:
    """Whether measured places are the true ones: all but a tenth closely, the rest nearly. `side` is the frame's."""
    if found is None or len(found) != len(true) or not len(true):
        return False
    off = np.abs(np.asarray(found) - np.asarray(true)) / max(side, 1e-9)
    return bool((off <= NEARLY).all() and (off <= RIGHT).mean() >= 0.9)


def _side(frame: Frame, horizontal: bool, ink: Ink) -> float:
    x0, y0, x1, y1 = ink.sight.box(frame)
    return x1 - x0 if horizontal else y1 - y0


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
    parts, at = _abscissae(layer, across, frame, ink)
    tops = [0.0] * max(len(series.y) for series in layer.series)
    for series in layer.series:
        tops = [a + b for a, b in zip(tops, series.y, strict=True)] if "stacked" in layer.words else list(series.y)
        parts += _series_head(layer, series, at, frame, ink)
        parts += _heights(layer, series, tops, at, along, frame, ink)
    return parts


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


def _abscissae(layer: LayerSpec, across: AxisMap, frame: Frame, ink: Ink) -> tuple[list[str], tuple[float, ...]]:
    """Tokens of the categories or abscissae, and where measuring will look for the values."""
    flat = "horizontal" in layer.words
    if layer.categories:
        parts, slots = _categories(layer, across, frame, ink)
        return parts, category_places(len(layer.categories), slots, layer.kind, flat, frame, ink.sight)
    places = [across.position(value) for value in layer.x]
    if layer.kind == "hist":
        middles = tuple((a + b) / 2 for a, b in itertools.pairwise(places))
        return [word("lin"), *_ends(layer.kind, places, flat, frame, ink), small(len(middles))], middles
    if not places:
        return [], ()
    if same_as_ticks(places, frame, flat, ink):
        return [word("xs"), word("seen")], tuple(places)
    if _evenly(places) or len(places) > MOST_PLACES:
        places = np.linspace(places[0], places[-1], len(places)).tolist()
        return [word("lin"), *_ends(layer.kind, places, flat, frame, ink), small(len(places))], tuple(places)
    return [word("xs"), *map(position, places)], tuple(places)


def _ends(kind: str, places: Sequence[float], flat: bool, frame: Frame, ink: Ink) -> list[str]:
    """Where evenly spaced abscissae begin and end, unless the drawing shows it."""
    ends, found = (places[0], places[-1]), None if flat else expected.span(kind, frame, ink.sight)
    return [word("seen")] if right(found, ends, _side(frame, not flat, ink)) else [*map(position, ends)]


def same_as_ticks(places: Sequence[float], frame: Frame, flat: bool, ink: Ink) -> bool:
    """Whether the abscissae are the tick labels."""
    ticks = [place for place, _ in tick_points(frame, "y" if flat else "x", ink.sight)]
    return len(ticks) == len(places) and right(ticks, places, _side(frame, not flat, ink))


def _categories(layer: LayerSpec, across: AxisMap, frame: Frame, ink: Ink) -> tuple[list[str], list[int]]:
    """Categories as tokens, and their slots (-1 where a name is not in the hints)."""
    flat, count = "horizontal" in layer.words, len(layer.categories)
    x0, _, _, y1 = ink.sight.box(frame)
    first = 1 if layer.kind in ("box", "violin") else 0
    along = [across.position(first + index) for index in range(count)]
    nears = [(x0, place) for place in along] if flat else [(place, y1) for place in along]
    found = [ink.ref(name, near) for name, near in zip(layer.categories, nears, strict=True)]
    slots = [int(tokens[0][2:-1]) if len(tokens) == 1 else -1 for tokens in found]
    ticks = frame.y_ticks if flat else frame.x_ticks
    if tuple(slots) == ticks:
        return [word("cats"), word("seen")], slots
    return [word("cats"), *(token for tokens in found for token in tokens or [word("missing")])], slots


def _series_head(layer: LayerSpec, series: SeriesSpec, at: Sequence[float], frame: Frame, ink: Ink) -> list[str]:
    """Colours and label where they are not those expected, and marks."""
    assert ink.queue is not None, "series stand in panels"
    x0, y0, x1, y1 = ink.sight.box(frame)
    label = ink.ref(series.label, ((x0 + x1) / 2, (y0 + y1) / 2))
    slots = [int(token[2:-1]) for token in label if token != word("nl")]
    entry = ink.queue.label() if layer.kind in NAMED else None
    known = slots == [entry.text] if entry else not slots
    paint = ink.queue.take(slots[0] if len(slots) == 1 else -1)
    colours = _colours(layer, series, at, frame, ink)
    parts = [word("ser"), *([] if colours == [f"<c{paint}>"] else colours)]
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
    side = _side(frame, flat, ink)
    parts = _values(layer, series, at, places, side, frame, ink)
    if not series.hi:
        lower = [along.position(value) for value in series.lo[:MOST_POINTS]]
        return [*parts, *([word("lo"), *map(position, lower)] if lower else [])]
    return [*parts, word("hi"), word("seen")]


def _evenly(places: Sequence[float]) -> bool:
    steps = [b - a for a, b in itertools.pairwise(places)]
    return len(places) > 2 and max(steps) - min(steps) <= 1e-3 * max(map(abs, steps)) + 1e-9


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
    parts, slots = _categories(named, across, frame, ink)
    at = category_places(len(layer.series), slots, layer.kind, flat, frame, ink.sight)
    for series, place in zip(layer.series, at, strict=True):
        parts += _series_head(layer, series, (), frame, ink)
        parts += _heights(layer, series, series.y, (place,), along, frame, ink)
    return parts


def _cells(layer: LayerSpec, drawn: DrawnPanel, frame: Frame, ink: Ink) -> list[str]:
    """A heat map: its names, then its cells, which are always read off the picture."""
    rows, cols = len(layer.series), max(len(series.y) for series in layer.series)
    parts = [small(rows), small(cols)]
    if any(layer.categories):
        parts += _categories(layer, drawn.x, frame, ink)[0]
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
