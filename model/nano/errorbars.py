"""Error bars and the points that they stand on, in rows of a panel (panel.py).

Leaves out: level error bars, along the axis of abscissae.
"""

from __future__ import annotations

import cv2
import numpy as np

from model.nano.bars import runs_of, steps
from model.nano.curves import course, filled
from model.nano.marks import unruled
from model.nano.panel import Panel
from model.nano.veil import Array, Bools, Floats, largest

MARKER = 7  # columns to either side of a point that its marker and its error bar may take
LINED = 0.3  # share of the columns between points that a dotted line shows in
ASIDE = 2  # columns beside a place in which its stroke may stand
STEP = 4  # rows to either side of the end of a bar
GAP = 4  # rows that a dash leaves open
PALEST = 0.25  # how much of its colour a thin stroke shows
EVEN = 0.5  # share of the error bars that must be as long up as down before all are taken to be
LEAST = 3  # rows that an error bar goes beyond its point
SAME = 60  # how far apart the colours of a stroke and of what it lies on may be for it to be hidden


def error_bar_rows(panel: Panel, at: Floats, colour: str) -> Floats | None:
    """Rows of points that have error bars of their colour: by the line between them if there is one."""
    mask = panel.stroke(panel.colour(colour), 0.3)
    centres = np.round(at - 0.5).astype(int)
    away = np.abs(np.arange(panel.columns)[:, None] + 0.5 - at).min(axis=1)
    between = mask & (away > MARKER)[None]
    inside = (away > MARKER) & (np.arange(panel.columns) > at.min()) & (np.arange(panel.columns) < at.max())
    drawn = between[:, inside].any(axis=0)
    if inside.any() and drawn.mean() >= LINED:
        rows = course(unruled(between), at)
        if rows is not None:
            return rows
    rows = np.array([_point_row(mask, column) for column in centres])
    known = np.isfinite(rows)
    return filled(rows, at) if known.mean() >= 0.7 else None


def _point_row(mask: Bools, column: int) -> float:
    """The row of a marker on a column; the middle of its error bar if the marker is as thin as that; nan if none."""
    part = mask[:, max(column - MARKER, 0) : column + MARKER + 1].astype(np.uint8)
    if not part.size:
        return float("nan")
    solid = cv2.morphologyEx(part, cv2.MORPH_OPEN, np.ones((4, 4), np.uint8))
    _, _, stats, middles = cv2.connectedComponentsWithStats(solid, connectivity=8)
    if len(stats) > 1:
        return float(middles[1 + stats[1:, cv2.CC_STAT_AREA].argmax()][1] + 0.5)
    worn = np.flatnonzero(mask[:, max(column - 1, 0) : column + 2].any(axis=1))
    return float((worn[0] + worn[-1] + 1) / 2) if len(worn) else float("nan")


def error_rows(panel: Panel, at: Floats, tops: Floats) -> tuple[Floats, Floats] | None:
    """Rows of the upper and lower ends of the error bars at points; None where most points have none.

    Error bars have the colour of their points, or another that stands out above them.
    """
    at = at + _offset(panel, at, tops)
    columns = np.clip(np.round(at - 0.5), ASIDE, panel.columns - ASIDE - 1).astype(int)
    rows = np.clip(np.round(tops), 1, panel.rows - 2).astype(int)
    found = [_errors(panel, colour, columns, rows) for colour in _stroke_colours(panel, columns, rows)]
    upper, lower = max(found, key=lambda ends: float(np.median(rows - ends[0])))
    seen = rows - upper >= LEAST
    if np.mean(seen) < 0.6:
        return None
    return np.where(seen, upper, tops), np.where(seen, lower, tops)


def _offset(panel: Panel, at: Floats, tops: Floats) -> float:
    """How far aside of their places the bars stand that end at `tops`: grouped ones do. 0 where none end there."""
    half = int(0.45 * steps(at, panel.columns))
    asides = np.arange(-half, half + 1)
    columns = np.clip(np.round(at - 0.5).astype(int)[:, None] + asides, 0, panel.columns - 1)
    rows = np.clip(np.round(tops).astype(int), 0, panel.rows - 1)[:, None]
    painted = panel.painted()
    far, near, below, deep = (
        painted[np.clip(rows + step, 0, panel.rows - 1), columns] for step in (-3 * STEP, -STEP, STEP, 3 * STEP)
    )
    ends = ((below & deep & ~near) | (far & near & ~below)).mean(axis=0)
    runs = runs_of(ends >= 0.6, 2 * ASIDE)
    if not runs:
        return 0.0
    best = max(runs, key=lambda run: (ends[run[0] : run[1]].sum(), -abs(asides[run[0]] + asides[run[1] - 1])))
    return float(asides[best[0]] + asides[best[1] - 1]) / 2 if best[1] - best[0] >= STEP else 0.0


def _stroke_colours(panel: Panel, columns: Array, rows: Array) -> list[Floats]:
    """What the strokes of error bars may look like: the points, or what stands out most just above them."""
    points = [panel.rgb[row - 1 : row + 2, column - 1 : column + 2] for row, column in zip(rows, columns, strict=True)]
    at_points = np.median([np.median(point, axis=(0, 1)) for point in points], axis=0)
    away = largest(panel.rgb - panel.ground)
    above = []
    for row, column in zip(rows, columns, strict=True):
        part = (slice(max(row - 12, 0), max(row - 3, 1)), slice(column - ASIDE, column + ASIDE + 1))
        best = away[part].argmax(axis=1)
        above.append(np.median(panel.rgb[part][np.arange(len(best)), best], axis=0))
    colours = [at_points.astype(float), np.median(above, axis=0).astype(float)]
    return [colour for colour in colours if np.abs(colour - panel.ground).max() > 1.5 * panel.reach] or [colours[1]]


def _errors(panel: Panel, colour: Floats, columns: Array, rows: Array) -> tuple[Floats, Floats]:
    """Rows of both ends of the strokes of a colour at each point."""
    ink = panel.stroke(colour, PALEST)
    body = _body(panel, columns, rows)
    on_bars = np.abs(body - panel.ground).max() > 1.5 * panel.reach
    hidden = np.abs(body - colour).max() <= SAME  # a bar of the stroke's colour
    lower_ink = largest(panel.rgb - colour) <= 0.5 * np.abs(body - colour).max() if on_bars else ink
    up = np.array([_longest(ink[:row][::-1], column) for row, column in zip(rows, columns, strict=True)])
    down = np.array([_longest(lower_ink[row:], column) for row, column in zip(rows, columns, strict=True)])
    if hidden:
        down = up
    up, down = _levelled(up, down, _capped(ink, rows - up, columns), _capped(lower_ink, rows + down - 1, columns))
    return rows - up + 0.5, rows + down - 0.5


def _body(panel: Panel, columns: Array, rows: Array) -> Floats:
    """The usual colour just below the points: of bars or of the ground."""
    firsts = np.minimum(rows + 2, panel.rows - 4)
    parts = [
        panel.rgb[row : row + 4, max(column - 6, 0) : column + 7] for row, column in zip(firsts, columns, strict=True)
    ]
    body: Floats = np.median([part.reshape(-1, 3).mean(axis=0) for part in parts], axis=0)
    return body


def _capped(ink: Bools, ends: Array, columns: Array) -> Bools:
    """Whether a short level stroke closes an end."""
    wide = [
        np.count_nonzero(ink[max(end - 1, 0) : end + 2, column - 4 : column + 5].any(axis=0)) >= 5
        for end, column in zip(ends, columns, strict=True)
    ]
    return np.array(wide, bool)


def _levelled(up: Array, down: Array, capped_up: Bools, capped_down: Bools) -> tuple[Array, Array]:
    """Where most error bars are as long up as down, so are those of which one end is not closed by a cap."""
    even = np.abs(up - down) <= np.maximum(2, 0.15 * np.maximum(up, down))
    if np.mean(even) < EVEN:
        return up, down
    from_up, from_down = ~even & capped_up & ~capped_down, ~even & capped_down & ~capped_up
    return np.where(from_down, down, up), np.where(from_up, up, down)


def _longest(ink: Bools, column: int) -> int:
    """How far a stroke on or just beside a column goes from the start."""
    reaches = [_reach(ink[:, column + aside]) for aside in (-1, 0, 1)]
    return max(reaches) or max(_reach(ink[:, column + aside]) for aside in (-ASIDE, ASIDE))


def _reach(ink: Bools) -> int:
    """How far a stroke goes from the start, what a marker or an edge hides at its root being passed over."""
    runs = runs_of(ink, GAP)
    return runs[0][1] if runs and runs[0][0] <= 2 * GAP else 0
