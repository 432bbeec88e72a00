"""Which part of a picture is the chart's figure, when a screenshot shows some of the page or window around it.

Strips at the picture's edges are left out level by level: a bar of the window, the page, a shadow, a border. A strip
is even, and ends at a straight edge where another even colour begins: the figure's own margin. What has ticks right
outside of it is no figure but tinted axes. A border on the figure's own colour is told by the panels in it.
Leaves out: page of the figure's own colour, which harms nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.boxes import Box, area, contains, cut, fill, grown, holds, union
from model.records import Pixels
from model.ruled import THICKEST_PX, Ruled
from model.sighting import Sighting, is_round, parts, ticks_beside
from model.tinted import tinted

MOST_LEVELS = 4  # a window's bar, the page, a card on it, a frame
DEEPEST = 0.33  # of the picture's side that strips of one level may take
SAMPLES = 40  # of a line, from its middle: what lies at the sides of the figure is not looked at
SAME = 3  # of 255: a page of 250 around a white figure is seen, noise of JPEG is not
EVEN = 0.9  # of a line that has one colour
STRAIGHT = 0.95  # of a side of the figure where the strip ends
SHADED = 24  # of 255: what a shadow's colour differs by along a side
STEADY = 1  # of 255: what the colours of lines differ by where no shadow falls
SETTLED = THICKEST_PX + 1  # lines of one colour: spines and borders are thinner

LEAST_HELD = 0.35  # of a border's area: how far its panels reach, so that a panel with an inset is none

Colour = NDArray[np.int16]
Sides = tuple[int, int, int, int]  # left, top, right, bottom of the part that is looked at, in pixels


@dataclass(frozen=True, slots=True)
class _Edge:
    """Where a strip ends, in pixels from the picture's side, and the colour that begins there."""

    depth: int
    colour: Colour


def figure(pixels: Pixels, texts: Sequence[Box]) -> Sides:
    """The figure's box in an RGB picture, in whole pixels; the whole picture where no page is seen around it."""
    blank = _without_texts(pixels, texts)
    part: Sides = (0, 0, pixels.shape[1], pixels.shape[0])
    for _ in range(MOST_LEVELS):
        inner = next((one for one in _inner(blank, part) if _is_figure(one, texts)), None)
        if inner is None:
            break
        part = inner
    return part


def _is_figure(part: Sides, texts: Sequence[Box]) -> bool:
    return ticks_beside(part, texts) < 2 and any(holds(part, text) for text in texts)


def _without_texts(pixels: Pixels, texts: Sequence[Box]) -> Pixels:
    """The picture with the colour that begins a text's box instead of the text."""
    blank = pixels.copy()
    height, width = pixels.shape[:2]
    for x0, y0, x1, y1 in texts:
        row, column = (min(max(int(place) - 1, 0), end - 1) for place, end in ((y0, height), (x0, width)))
        fill(blank, (x0 - 1, y0 - 1, x1 + 1, y1 + 1), pixels[row, column])
    return blank


def _inner(pixels: Pixels, part: Sides) -> list[Sides]:
    """The part without strips at its sides, for each colour that the figure may have; the largest first."""
    edges = [_edges(_turned(pixels, part, side)) for side in range(4)]
    grounds: list[Colour] = []
    for edge in sorted((edge for side in edges for edge in side), key=lambda edge: edge.depth):
        if not any(_alike(edge.colour, ground) for ground in grounds):
            grounds.append(edge.colour)
    found = [_fitted(pixels, part, edges, ground) for ground in grounds[:MOST_LEVELS]]
    return sorted((inner for inner in found if inner != part), key=lambda inner: -area(inner))


def _fitted(pixels: Pixels, part: Sides, edges: Sequence[Sequence[_Edge]], ground: Colour) -> Sides:
    """The part without its strips up to a colour, as far as they end straight; the worst end gives way first."""
    places = [[edge.depth for edge in side if _alike(edge.colour, ground)] for side in edges]
    while any(places):
        inner = _moved(part, [depths[0] if depths else 0 for depths in places])
        shares = [_straight(pixels, part, inner, side, ground) if places[side] else 1.0 for side in range(4)]
        worst = min(range(4), key=lambda side: shares[side])
        if shares[worst] >= STRAIGHT:
            return inner
        del places[worst][0]
    return part


def _alike(one: Colour, other: Colour) -> bool:
    return bool(np.abs(one - other).max() <= SAME)


def _moved(part: Sides, depths: Sequence[int]) -> Sides:
    return part[0] + depths[0], part[1] + depths[1], part[2] - depths[2], part[3] - depths[3]


def _turned(pixels: Pixels, part: Sides, side: int) -> Pixels:
    """A view of a part whose first rows are the lines at a side."""
    view = cut(pixels, part)
    view = view.transpose(1, 0, 2) if side in (0, 2) else view
    return view if side < 2 else view[::-1]


def _edges(lines: Pixels) -> list[_Edge]:
    """Where colours settle behind a strip of another colour that begins with the first line."""
    deepest, length = int(DEEPEST * len(lines)), lines.shape[1]
    first, last = int(DEEPEST * length), int((1 - DEEPEST) * length)
    seen = lines[:deepest, first : last : max(1, (last - first) // SAMPLES)].astype(np.int16)
    if deepest <= SETTLED or not seen.shape[1]:
        return []
    colours = np.partition(seen, seen.shape[1] // 2, axis=1)[:, seen.shape[1] // 2]
    even = (np.abs(seen - colours[:, None]).max(axis=2) <= SAME).mean(axis=1) >= EVEN
    if not even[0]:
        return []
    steady = even[1:] & (np.abs(np.diff(colours, axis=0)).max(axis=1) <= STEADY)
    ends = np.flatnonzero(np.diff(np.concatenate([[False], steady, [False]]).astype(np.int8))).reshape(-1, 2)
    runs = [(int(start), colours[start]) for start, stop in ends if stop - start >= SETTLED - 1]
    found, before = [], (0, colours[0])
    for start, colour in runs:
        back = start > before[0] and np.abs(colours[before[0] : start] - colour).max(axis=1) > SAME
        if start and (not _alike(colour, before[1]) or np.count_nonzero(back) >= SETTLED):
            found.append(_Edge(start, colour))
        before = start, colour
    return found


def _straight(pixels: Pixels, part: Sides, inner: Sides, side: int, ground: Colour) -> float:
    """How much of a side of an inner part has the ground's colour right inside and another one right outside."""
    depth = abs(inner[side] - part[side])
    strip = list(part)
    strip[side - 1], strip[(side + 1) % 4] = inner[side - 1], inner[(side + 1) % 4]
    left, top, right, bottom = strip
    lines = _turned(pixels, (left, top, right, bottom), side)
    near, far = lines[depth + 1 : depth + 4], lines[max(depth - 4, 0) : max(depth - 1, 1)]
    within = np.abs(near.mean(axis=0) - ground).max(axis=1) <= SAME
    outer = far.mean(axis=0)
    beyond = np.abs(outer - ground).max(axis=1) > SAME
    even = np.abs(outer - np.median(outer, axis=0)).max(axis=1) <= SHADED  # a colour bar changes along its length
    return float(min(within.mean(), (beyond & even).mean()))


def inside_border(seen: Sighting, ruled: Sequence[Ruled]) -> Box | None:
    """The box inside a border around the whole figure: without ticks of its own, holding panels with ticks, or pies."""
    large = [one for one in ruled if area(one.box) >= LEAST_HELD * seen.width * seen.height]
    borders = [one.box for one in large if _closed(seen, one) >= 3 and seen.ticks(one.box) < 2]
    if not borders:
        return None
    boxes = [*(one.box for one in ruled if seen.large(one.box)), *tinted(seen)]
    panels = [box for box in boxes if seen.ticks(box) >= 2]
    rounds = [box for box in parts(seen.ink, seen.gap) if seen.large(box) and is_round(seen.ink, box)]
    for border in borders:
        held = [box for box in (*panels, *rounds) if contains(border, box) and area(box) < EVEN * area(border)]
        if held and area(union(held)) >= LEAST_HELD * area(border):
            return grown(border, -THICKEST_PX)
    return None


def _closed(seen: Sighting, one: Ruled) -> int:
    """How many sides of a box are lines, or lie at the picture's own edge."""
    gaps = (one.box[0], one.box[1], seen.width - one.box[2], seen.height - one.box[3])
    return sum(line or gap <= THICKEST_PX for line, gap in zip(one.sides, gaps, strict=True))
