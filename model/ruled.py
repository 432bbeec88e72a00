"""Boxes that straight lines of a picture form: spines and grid lines of axes, frames of legends, edges of bars.

A line is a thin run of pixels that differ from both sides; a box is a span of level lines and a span of upright lines
that cross. Coordinates are in pixels of the given picture. Leaves out which boxes are panels (model/frames.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from model.records import Pixels

Mask = NDArray[np.uint8]
Box = tuple[float, float, float, float]  # x0, y0, x1, y1

THICKEST_PX = 5  # a spine of 3 points at 100 dpi
CONTRAST = 11  # of 255: white grid lines on a light grey ground differ by 20
DASH_GAP_PX = 9  # what a dashed grid line leaves out
SHORTEST = 0.05  # of the picture's longer side
MOST_SPANS = 40  # of each direction, the longest: heat maps and bars have many edges


@dataclass(frozen=True, slots=True)
class Line:
    """A level or upright line: its place across, and where it starts and stops."""

    at: float
    start: float
    stop: float


@dataclass(frozen=True, slots=True)
class Ruling:
    """All lines of a picture, and how far apart the ends of lines of one box may be: ticks lengthen spines."""

    level: tuple[Line, ...]
    upright: tuple[Line, ...]
    joint: float


@dataclass(frozen=True, slots=True)
class Ruled:
    """A box of lines; which of its sides (left, top, right, bottom) are lines, and how many lines span it."""

    box: Box
    sides: tuple[bool, bool, bool, bool]
    level: int
    upright: int


def ruling(pixels: Pixels, texts: Sequence[Box]) -> Ruling:
    """The straight level and upright lines of an RGB picture, from 5 % of its longer side on; texts are no lines."""
    longer = max(pixels.shape[:2])
    shortest = max(12, int(SHORTEST * longer))
    turned = np.ascontiguousarray(pixels.transpose(1, 0, 2))
    level = _lines(pixels, texts, shortest)
    upright = _lines(turned, [(y0, x0, y1, x1) for x0, y0, x1, y1 in texts], shortest)
    return Ruling(level, upright, max(6.0, 0.011 * longer))


def boxes(lines: Ruling) -> list[Ruled]:
    """Boxes that lines form with a corner, or that at least two lines each way span as a grid."""
    across, down = _spans(lines.level, lines.joint), _spans(lines.upright, lines.joint)
    found = [_crossing(one, other, lines.joint) for one in across for other in down]
    return [ruled for ruled in found if ruled is not None]


def _lines(pixels: Pixels, texts: Sequence[Box], shortest: int) -> tuple[Line, ...]:
    """Level lines of a picture from the top down."""
    if pixels.shape[0] <= 2 * THICKEST_PX or pixels.shape[1] < shortest:
        return ()
    mask = _ridges(pixels)
    for x0, y0, x1, y1 in texts:
        mask[max(int(y0) - 1, 0) : max(int(y1) + 2, 0), max(int(x0) - 1, 0) : max(int(x1) + 2, 0)] = 0
    joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, DASH_GAP_PX), np.uint8))
    long = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((1, shortest), np.uint8))
    _, _, stats, centroids = cv2.connectedComponentsWithStats(long, connectivity=4)
    return tuple(
        Line(float(centre[1]) + 0.5, float(x), float(x + width))
        for (x, _, width, height, _), centre in zip(stats[1:], centroids[1:], strict=True)
        if height <= THICKEST_PX
    )


def _ridges(pixels: Pixels) -> Mask:
    """255 where a pixel differs both from what is above and from what is below it."""
    reach = THICKEST_PX
    padded = cv2.copyMakeBorder(pixels, reach, reach, 0, 0, cv2.BORDER_REPLICATE)
    above = _most(pixels, np.ascontiguousarray(padded[: -2 * reach]))
    below = _most(pixels, np.ascontiguousarray(padded[2 * reach :]))
    return np.asarray(cv2.threshold(cv2.min(above, below), CONTRAST, 255, cv2.THRESH_BINARY)[1], np.uint8)


def _most(one: Pixels, other: Pixels) -> Mask:
    """How far two pictures differ in their most different channel."""
    red, green, blue = cv2.split(cv2.absdiff(one, other))
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def _spans(lines: Sequence[Line], joint: float) -> list[list[Line]]:
    """Lines that start and stop at the same places, the longest first."""
    spans: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.start - line.stop):
        for span in spans:
            if abs(span[0].start - line.start) <= joint and abs(span[0].stop - line.stop) <= joint:
                span.append(line)
                break
        else:
            spans.append([line])
    return spans[:MOST_SPANS]


def _crossing(across: Sequence[Line], down: Sequence[Line], joint: float) -> Ruled | None:
    """The box of two spans when their lines cross and form a corner or a grid."""
    x0, x1 = _extent(across)
    y0, y1 = _extent(down)
    level = [line for line in across if y0 - joint <= line.at <= y1 + joint]
    upright = [line for line in down if x0 - joint <= line.at <= x1 + joint]
    if not level or not upright:
        return None
    (x0, x1), (y0, y1) = _extent(level), _extent(upright)
    left, right = (_nearest(upright, x, joint) for x in (x0, x1))
    top, bottom = (_nearest(level, y, joint) for y in (y0, y1))
    corner = (left is not None or right is not None) and (top is not None or bottom is not None)
    if not corner and (len(level) < 2 or len(upright) < 2):
        return None
    box = tuple(
        snapped if snapped is not None else end for snapped, end in ((left, x0), (top, y0), (right, x1), (bottom, y1))
    )
    sides = (left is not None, top is not None, right is not None, bottom is not None)
    return Ruled((box[0], box[1], box[2], box[3]), sides, len(level), len(upright))


def _extent(lines: Sequence[Line]) -> tuple[float, float]:
    """Where most of the lines of a span start and stop."""
    starts, stops = sorted(line.start for line in lines), sorted(line.stop for line in lines)
    return starts[len(lines) // 2], stops[(len(lines) - 1) // 2]


def _nearest(lines: Sequence[Line], place: float, joint: float) -> float | None:
    near = [line.at for line in lines if abs(line.at - place) <= joint]
    return min(near, key=lambda at: abs(at - place), default=None)
