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

from model.boxes import Box, Mask
from model.records import Pixels

THICKEST_PX = 5  # a spine of 3 points at 100 dpi
CONTRAST = 11  # of 255: white grid lines on a light grey ground differ by 20
DASH_GAP_PX = 5  # what a dashed grid line leaves out
LONGEST = 1.75  # of the shorter side: panels of a row of five are no larger than the row is high
SHORTEST = 0.05  # of the picture's longer side
LONE_JOINTS = 3.0  # a lone spine may be lengthened by a tick and an unread tick label
GRID = 3  # lines whose ends agree are a grid's
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


def measure(pixels: Pixels) -> float:
    """The pixels that lengths in a picture are shares of: its longer side, or less of a picture of a row of panels."""
    shorter, longer = sorted(pixels.shape[:2])
    return float(min(longer, LONGEST * shorter))


def ruling(pixels: Pixels, ink: Mask) -> Ruling:
    """The straight level and upright lines of an RGB picture without texts, from 5 % of its longer side on.

    `ink` is 255 on what is drawn: lines that vanish behind a bar or a marker go on after it.
    """
    longer = measure(pixels)
    shortest = max(12, int(SHORTEST * longer))
    turned = np.ascontiguousarray(pixels.transpose(1, 0, 2))
    level, upright = _lines(pixels, ink, shortest), _lines(turned, ink.T, shortest)
    return Ruling(level, upright, max(6.0, 0.011 * longer))


def boxes(lines: Ruling) -> list[Ruled]:
    """Boxes that lines form with a corner, or that at least two lines each way span as a grid."""
    across, down = _spans(lines.level, lines.joint), _spans(lines.upright, lines.joint)
    found = [_crossing(one, other, lines) for one in across for other in down]
    return [*(ruled for ruled in found if ruled is not None), *_grids(lines)]


def _grids(lines: Ruling) -> list[Ruled]:
    """Boxes that grid lines span of which data cut those of one direction to pieces: the ends of most still agree."""
    found = []
    for span, pieces, upright in ((lines.level, lines.upright, False), (lines.upright, lines.level, True)):
        for whole in _spans(span, lines.joint):
            if len(whole) < GRID:
                continue
            start, stop = _extent(whole)
            inside = [piece for piece in pieces if start + lines.joint < piece.at < stop - lines.joint]
            for low, high, count in _common_ends(inside, lines.joint):
                held = [line for line in whole if low - lines.joint <= line.at <= high + lines.joint]
                if len(held) >= GRID:
                    box = (low, start, high, stop) if upright else (start, low, stop, high)
                    level, across = (count, len(held)) if upright else (len(held), count)
                    found.append(Ruled(box, (False, False, False, False), level, across))
    return found


def _common_ends(pieces: Sequence[Line], joint: float) -> list[tuple[float, float, int]]:
    """Where pieces that overlap first start and last stop, each at GRID places or more, and how many there are."""
    runs: list[list[Line]] = []
    for piece in sorted(pieces, key=lambda line: line.start):
        if runs and piece.start <= max(line.stop for line in runs[-1]):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    found = []
    for run in runs:
        starts, stops = sorted(line.start for line in run), sorted(-line.stop for line in run)
        low, high = _agreed(starts, joint), _agreed(stops, joint)
        if low is not None and high is not None:
            found.append((low, -high, len({round(line.at) for line in run})))
    return found


def _agreed(ends: Sequence[float], joint: float) -> float | None:
    """The first of ascending ends that others share."""
    return next((end for i, end in enumerate(ends[:-1]) if ends[i + 1] - end <= joint / 2), None)


def _lines(pixels: Pixels, ink: Mask, shortest: int) -> tuple[Line, ...]:
    """Level lines of a picture, dark ones and light ones, each from the top down."""
    if pixels.shape[0] <= 2 * THICKEST_PX or pixels.shape[1] < shortest:
        return ()
    dark, light = (_pieces(_ridges(pixels, how), shortest) for how in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT))
    return (*_joined(dark, ink), *_joined(light, ink))


def _ridges(pixels: Pixels, how: int) -> Mask:
    """255 where a channel is darker (black hat), or lighter (top hat), than above and below a thin run."""
    hat = cv2.morphologyEx(pixels, how, np.ones((THICKEST_PX + 2, 1), np.uint8))
    red, green, blue = cv2.split(hat)
    most = cv2.max(cv2.max(red, green), blue)
    return np.asarray(cv2.threshold(most, CONTRAST, 255, cv2.THRESH_BINARY)[1], np.uint8)


def _pieces(ridges: Mask, shortest: int) -> list[Line]:
    """Level runs of at least a length, with their dashes joined."""
    joined = cv2.morphologyEx(ridges, cv2.MORPH_CLOSE, np.ones((1, DASH_GAP_PX), np.uint8))
    long = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((1, shortest), np.uint8))
    found = []
    for outline in cv2.findContours(long, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]:
        x, y, width, height = cv2.boundingRect(outline)
        line = _line(long[y : y + height, x : x + width] > 0) if height <= 4 * THICKEST_PX else None
        if line is not None:
            found.append(Line(y + line.at, x + line.start, x + line.stop))
    return found


def _line(part: NDArray[np.bool_]) -> Line | None:
    """The line in a part: the rows that are nearly as long as the longest; short ones beside it are no part of it."""
    lengths = part.sum(axis=1)
    rows = np.flatnonzero(lengths >= 0.85 * lengths.max())
    if rows[-1] - rows[0] >= THICKEST_PX:
        return None
    columns = np.flatnonzero(part[rows].any(axis=0))
    return Line(float(rows.mean()) + 0.5, float(columns[0]), float(columns[-1] + 1))


def _joined(pieces: Sequence[Line], ink: Mask) -> list[Line]:
    """Lines with their pieces joined where something else is drawn all the way between them."""
    found: list[Line] = []
    for piece in sorted(pieces, key=lambda line: (round(line.at / 2), line.start)):
        last = found[-1] if found else None
        if last and abs(last.at - piece.at) <= 1.5 and piece.start >= last.stop:
            between = ink[int(piece.at), int(last.stop) : int(piece.start)]
            if not len(between) or np.count_nonzero(between) >= 0.95 * len(between):
                found[-1] = Line(last.at, last.start, piece.stop)
                continue
        found.append(piece)
    return found


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


def _crossing(across: Sequence[Line], down: Sequence[Line], lines: Ruling) -> Ruled | None:
    """The box of two spans when their lines cross and form a corner or a grid."""
    joint = lines.joint
    x0, x1 = _extent(across)
    y0, y1 = _extent(down)
    level = [line for line in across if y0 - joint <= line.at <= y1 + joint]
    upright = [line for line in down if x0 - joint <= line.at <= x1 + joint]
    if not level or not upright:
        return None
    (x0, x1), (y0, y1) = _extent(level), _extent(upright)
    loose_x, loose_y = (joint * (LONE_JOINTS if len(span) == 1 else 1) for span in (level, upright))
    left, right = _nearest(upright, x0, loose_x), _nearest(upright, x1, loose_x)
    top, bottom = _nearest(level, y0, loose_y), _nearest(level, y1, loose_y)
    corner = (left is not None or right is not None) and (top is not None or bottom is not None)
    if not corner and (len(level) < 2 or len(upright) < 2):
        return None
    x0, x1, y0, y1 = (end if at is None else at for at, end in ((left, x0), (right, x1), (top, y0), (bottom, y1)))
    left, right = (_covering(lines.upright, x, (y0, y1), joint) for x in (x0, x1))
    top, bottom = (_covering(lines.level, y, (x0, x1), joint) for y in (y0, y1))
    x0, x1, y0, y1 = (end if at is None else at for at, end in ((left, x0), (right, x1), (top, y0), (bottom, y1)))
    sides = (left is not None, top is not None, right is not None, bottom is not None)
    return Ruled((x0, y0, x1, y1), sides, len(level), len(upright))


def _extent(lines: Sequence[Line]) -> tuple[float, float]:
    """Where most of the lines of a span start and stop."""
    starts, stops = sorted(line.start for line in lines), sorted(line.stop for line in lines)
    return starts[len(lines) // 2], stops[(len(lines) - 1) // 2]


def _nearest(lines: Sequence[Line], place: float, reach: float) -> float | None:
    near = [line.at for line in lines if abs(line.at - place) <= reach]
    return min(near, key=lambda at: abs(at - place), default=None)


def _covering(lines: Sequence[Line], place: float, ends: tuple[float, float], joint: float) -> float | None:
    """Where the line is that makes a whole side of a box; it may be longer than the side."""
    whole = [line for line in lines if line.start <= ends[0] + joint and line.stop >= ends[1] - joint]
    return _nearest(whole, place, joint)
