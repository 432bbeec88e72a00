"""Where the marks of a layer stand along their axis -> tokens, for training: categories by slots, abscissae by places.

What decoding finds by itself is left out. Leaves out: the values (layers.py) and what the tokens mean (series.py).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from model.layout import Frame
from model.nano import expected
from model.nano.axismap import AxisMap
from model.nano.drawn import Ink
from model.nano.grammar import position, small, word
from model.nano.places import category_places, tick_points
from model.nano.spec import LayerSpec

RIGHT = 0.015  # of the frame's side: how far a measured place may be from the true one
NEARLY = 0.06  # and one in ten of them
MOST_PLACES = 12  # abscissae that are told; more are taken to be even


def right(found: Sequence[float] | None, true: Sequence[float], side: float) -> bool:
    """Whether measured places are the true ones: all but a tenth closely, the rest nearly. `side` is the frame's."""
    if found is None or len(found) != len(true) or not len(true):
        return False
    off = np.abs(np.asarray(found) - np.asarray(true)) / max(side, 1e-9)
    return bool((off <= NEARLY).all() and (off <= RIGHT).mean() >= 0.9)


def side_of(frame: Frame, horizontal: bool, ink: Ink) -> float:
    """The frame's width for lying marks, else its height, as a fraction of the picture."""
    x0, y0, x1, y1 = ink.sight.box(frame)
    return x1 - x0 if horizontal else y1 - y0


def abscissae(layer: LayerSpec, across: AxisMap, frame: Frame, ink: Ink) -> tuple[list[str], tuple[float, ...]]:
    """Tokens of the categories or abscissae, and where measuring will look for the values."""
    flat = "horizontal" in layer.words
    if layer.categories:
        parts, slots = categories(layer, across, frame, ink)
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
    return [word("seen")] if right(found, ends, side_of(frame, not flat, ink)) else [*map(position, ends)]


def same_as_ticks(places: Sequence[float], frame: Frame, flat: bool, ink: Ink) -> bool:
    """Whether the abscissae are the tick labels."""
    ticks = [place for place, _ in tick_points(frame, "y" if flat else "x", ink.sight)]
    return len(ticks) == len(places) and right(ticks, places, side_of(frame, not flat, ink))


def categories(layer: LayerSpec, across: AxisMap, frame: Frame, ink: Ink) -> tuple[list[str], list[int]]:
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


def _evenly(places: Sequence[float]) -> bool:
    steps = [b - a for a, b in itertools.pairwise(places)]
    return len(places) > 2 and max(steps) - min(steps) <= 1e-3 * max(map(abs, steps)) + 1e-9
