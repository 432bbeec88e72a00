"""Box plots: boxes with their medians and what fills them, and the whiskers that stand on them, in rows of a panel
(panel.py). Violins are only looked at for their colour.

Leaves out: fliers, and notches of boxes.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from model.nano.bars import dark_rows, own_colours, rim, runs_of
from model.nano.panel import Panel
from model.nano.veil import Bools, Floats, largest

ASIDE = 2  # columns beside a place in which its stroke may stand
DARK = 90  # how far from the ground a stroke's darkest channel is at least
EDGE = 3  # rows of the edge of a box
GAP = 4  # rows that a dash leaves open
FULL, LEAN = 0.6, 0.25  # share of its bounding box that a box fills at least, and that a violin does
NARROW = 4  # columns of the narrowest box


@dataclass(frozen=True)
class Box:
    """First and last column (exclusive) of a box, and the rows of its upper and lower edge and its median."""

    left: int
    right: int
    top: float
    bottom: float
    median: float


def five_rows(panel: Panel, place: float, colour: str) -> Floats | None:
    """Rows of lower whisker, first quartile, median, third quartile and upper whisker of the box at a column.

    Without a colour the box is an outline.
    """
    column = round(place - 0.5)
    if not ASIDE < column < panel.columns - ASIDE - 1:
        return None
    box = (_filled(panel, column, panel.colour(colour)) if colour else None) or _outlined(panel, column)
    if box is None:
        return None
    away = _away(panel)[:, column - ASIDE : column + ASIDE + 1].max(axis=1)
    outside = np.concatenate([away[: int(box.top) - 3], away[int(box.bottom) + 4 :]])
    ink = away >= max(0.6 * float(outside.max(initial=0)), DARK)
    high = _whisker_end(ink[: max(int(box.top - 1), 0)][::-1])
    low = _whisker_end(ink[int(box.bottom + 2) :])
    return np.array(
        [
            box.bottom if low is None else int(box.bottom + 2) + low,
            box.bottom,
            box.median,
            box.top,
            box.top if high is None else max(int(box.top - 1), 0) - high,
        ]
    )


def fill(panel: Panel, place: float, step: float, violin: bool) -> Floats | None:
    """The colour of the box or violin at a column, `step` columns from its neighbours: the ground's own for an outline.

    None where no such thing stands.
    """
    column = round(place - 0.5)
    if not ASIDE < column < panel.columns - ASIDE - 1:
        return None
    ruling = own_colours(panel, np.array([place, place + step]))[0]
    filled = _filled(panel, column, ruling, LEAN if violin else FULL) if ruling is not None else None
    outline = None if violin else _outlined(panel, column)
    if filled is not None and (outline is None or _high(filled) >= 0.5 * _high(outline)):
        return ruling
    return panel.ground if outline else None


def _high(box: Box) -> float:
    return box.bottom - box.top


def _away(panel: Panel) -> Floats:
    """How far each pixel is from the ground; nothing where letters or the legend are."""
    away = largest(panel.rgb - panel.ground)
    away[panel.texts | panel.legend] = 0
    return away


def _whisker_end(ink: Bools) -> float | None:
    """How many rows a stroke reaches from the start of a column of ink, to the middle of its last row."""
    runs = runs_of(ink, GAP)
    if not runs or runs[0][0] > GAP:
        return None
    return runs[0][1] - 0.5


def _filled(panel: Panel, column: int, colour: Floats, least: float = FULL) -> Box | None:
    """The box of a colour on a column: the largest blob there, its median line closed."""
    mask = panel.solid(colour).astype(np.uint8)
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 5), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=4)
    left, _, width, height, area = stats[1:].T
    here = (
        (left <= column) & (column < left + width) & (width >= NARROW) & (height >= 3) & (area > least * width * height)
    )
    if not here.any():
        return None
    x, y, wide, high, _ = stats[1:][here][area[here].argmax()]
    inner = slice(x + wide // 5, x + wide - wide // 5)
    rows = runs_of(mask[:, inner][y : y + high].mean(axis=1) >= 0.5, 9)
    if not rows:
        return None
    first, last = int(y) + rows[0][0], int(y) + rows[-1][1]
    dark = dark_rows(panel, inner)
    edges = first - rim(dark[:first][::-1]) / 2, last + rim(dark[last:]) / 2
    return Box(int(x), int(x + wide), *edges, _median_row(panel, inner, (first, last), colour))


def _median_row(panel: Panel, columns: slice, rows: tuple[int, int], fill: Floats) -> float:
    """The row inside a box that differs most from its fill. If none does: the edge that is not dark, or the middle."""
    first, last = rows
    off = np.abs(panel.rgb[first:last, columns].mean(axis=1) - fill).max(axis=1)
    best = int(off.argmax())
    if off[best] > 1.2 * panel.reach:
        near = slice(max(best - 3, 0), best + 4)
        weight = np.maximum(off[near] - panel.reach, 0)
        return first + float(np.average(np.arange(len(off))[near] + 0.5, weights=weight))
    dark = dark_rows(panel, columns)
    above, below = dark[max(first - EDGE, 0) : first].any(), dark[last : last + EDGE].any()
    return (first + last) / 2 if above == below else float(last if above else first)


def _outlined(panel: Panel, column: int) -> Box | None:
    """The box whose level strokes cross a column: those of the greatest width are its edges and its median."""
    away = _away(panel)
    ink = away >= max(0.45 * float(away[:, column - ASIDE : column + ASIDE + 1].max()), DARK)
    strokes = [found for row in np.flatnonzero(ink[:, column]) if (found := _level(ink[row], int(row), column))]
    if len(strokes) < 2:
        return None
    widest = max(right - left for _, left, right in strokes)
    wide = [stroke for stroke in strokes if stroke[2] - stroke[1] >= 0.8 * widest]
    if len(wide) < 2 or widest < NARROW:
        return None
    left, right = wide[0][1], wide[0][2]
    top, bottom = wide[0][0], wide[-1][0]
    inner = slice(left + (right - left) // 5, right - (right - left) // 5)
    if bottom - top < 2 * EDGE + 2:
        return Box(left, right, top, bottom, (top + bottom) / 2)
    inside = int(top) + EDGE, int(bottom) - EDGE + 1
    return Box(left, right, top, bottom, _median_row(panel, inner, inside, panel.ground))


def _level(line: Bools, row: int, column: int) -> tuple[float, int, int] | None:
    """Middle row and ends of a level stroke across a column, if it is about as long on either side."""
    left = column - int(np.argmin(line[column::-1])) + 1 if not line[column::-1].all() else 0
    right = column + int(np.argmin(line[column:])) if not line[column:].all() else len(line)
    wide = right - left
    if wide < NARROW or wide > 0.9 * len(line) or abs((right + left) / 2 - column) > 3 + 0.1 * wide:
        return None
    return row + 0.5, left, right
