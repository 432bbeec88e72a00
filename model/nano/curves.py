"""Courses of lines, in rows of a panel (panel.py) at given columns, or around the middle of a round one.

Between two abscissae a line is straight: all of its pixels together tell its corners, whatever hides some of them.
Leaves out: which colour a line has.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import cv2
import numpy as np

from model.nano.panel import Panel
from model.nano.veil import Array, Bools, Floats

FAR = 9.0  # columns between a place and the nearest that shows anything
MARKER = 8  # columns that a marker may reach beyond its place
CORNER = 5  # columns around a corner in which a stroke's middle is off
SAMPLES, MOST = 24, 20  # points that are looked at between two corners, and corners at one place
SCALES = (6.0, 4.0, 3.0, 2.0, 2.0)  # rows: how far off pixels may be, from fit to fit
AGREE, EVEN = 0.85, 0.75  # shares of the columns that must agree, and of the parts of a line that must be seen
RAYS = 25  # directions that are looked at for each bar of a rose
NEAR = 4.0  # rows: pixels that agree with a fit


@dataclass(frozen=True)
class Runs:
    """Vertical runs of a mask: column and middle row (both of pixel centres), and height of each."""

    column: Floats
    middle: Floats
    height: Floats


def runs(mask: Bools) -> Runs:
    turned = np.zeros((mask.shape[1], mask.shape[0] + 2), np.int8)
    turned[:, 1:-1] = mask.T
    edges = np.flatnonzero(np.diff(turned, axis=1))
    width = mask.shape[0] + 1
    column, start, end = edges[::2] // width, edges[::2] % width, edges[1::2] % width
    return Runs(column + 0.5, (start + end) / 2, (end - start).astype(float))


def line_rows(panel: Panel, at: Floats, colour: str, step: bool) -> Floats | None:
    """The row of a line's middle at each column."""
    worn = panel.colour(colour)
    mask = unruled(panel.stroke(worn), at)
    return plateaus(runs(mask), at, panel.columns) if step else course(mask, at)


def unruled(mask: Bools, at: Floats) -> Bools:
    """Without the rows of grid lines and rules: those go on beyond the first and the last place, to the frame."""
    left, right = max(int(at.min()) - MARKER, 0), min(int(at.max()) + MARKER, mask.shape[1])
    margins = mask[:, :left], mask[:, right:]
    if min(left, mask.shape[1] - right) < 4:
        return mask
    ruled = np.all([margin.mean(axis=1) >= 0.35 for margin in margins], axis=0)
    return mask & ~ruled[:, None]


def plateaus(found: Runs, at: Floats, columns: int) -> Floats | None:
    """Levels of a line that goes in steps: the row that most columns around each place have."""
    gaps = np.diff(np.sort(at), prepend=-columns, append=2 * columns)
    reach = np.empty(len(at))
    reach[np.argsort(at)] = np.maximum(0.4 * np.minimum(gaps[:-1], gaps[1:]), 1.0)
    rows = []
    for place, wide in zip(at, reach, strict=True):
        near = np.abs(found.column - place) <= wide
        rows.append(_commonest(found.middle[near], 1 / found.height[near]))
    known = np.isfinite(rows)
    if np.count_nonzero(known) < 0.7 * len(at):
        return None
    return filled(np.array(rows), at)


def _commonest(values: Floats, weights: Floats) -> float:
    if not len(values):
        return float("nan")
    votes = [(np.abs(values - value) <= 1.5) @ weights for value in values]
    best = values[int(np.argmax(votes))]
    close = np.abs(values - best) <= 1.5
    return float(np.average(values[close], weights=weights[close]))


def filled(rows: Floats, at: Floats) -> Floats:
    """Unknown rows between known ones, on the straight line between them."""
    known = np.isfinite(rows)
    order = np.argsort(at[known])
    return np.where(known, rows, np.interp(at, at[known][order], rows[known][order]))


def course(mask: Array, at: Floats, most: float = 0.7, corner: float = CORNER) -> Floats | None:
    """Corners of the line that runs straight between them along a mask (or how sure that is).

    None where less than `most` of it is seen. `corner` is how many columns around a corner tell little.
    """
    order = np.argsort(at, kind="stable")
    knots = at[order]
    found = _between(runs(mask > 0), knots)
    if len(found.column) < max(3, len(at)):
        return None
    start = _guess(mask, found, knots)
    rows = _fit(found, knots, start, most, corner) if start is not None else None
    if rows is None:
        return None
    result = np.empty_like(rows)
    result[order] = rows
    return result


def _between(found: Runs, knots: Floats) -> Runs:
    inside = (found.column >= knots[0] - 2) & (found.column <= knots[-1] + 2)
    return Runs(found.column[inside], found.middle[inside], found.height[inside])


def _guess(mask: Array, found: Runs, knots: Floats) -> Floats | None:
    """The chain of corners whose straight parts lie on the mask most; a corner may be out of sight."""
    corners = [_distinct(*ends, _corners(found, knot)) for knot, ends in zip(knots, _aimed(found, knots), strict=True)]
    known = [index for index, some in enumerate(corners) if len(some)]
    if len(known) < max(1, 0.5 * len(knots)):
        return None
    wide = cv2.dilate(mask.astype(np.float32), np.ones((3, 3), np.uint8))
    worth = np.zeros(len(corners[known[0]]))
    back: list[Array] = []
    for last, here in itertools.pairwise(known):
        gain = worth[:, None] + _on_mask(wide, knots[last], corners[last], knots[here], corners[here])
        back.append(gain.argmax(axis=0))
        worth = gain.max(axis=0)
    pick = int(worth.argmax())
    rows = np.full(len(knots), np.nan)
    for here, before in zip(reversed(known), [*reversed(back), None], strict=True):
        rows[here] = corners[here][pick]
        pick = int(before[pick]) if before is not None else 0
    return filled(rows, knots)


def _corners(found: Runs, knot: float) -> Floats:
    """Rows where a line may have its corner: middles of the runs there, of high ones also their ends."""
    away = np.abs(found.column - knot)
    near = away <= max(1.6, min(float(away.min(initial=9.0)), FAR) + 1.0)
    middle, half = found.middle[near], np.maximum(found.height[near] / 2 - 1, 0)
    high = half > 2
    return np.concatenate([middle, (middle - half)[high], (middle + half)[high]])


def _aimed(found: Runs, knots: Floats) -> list[list[Floats]]:
    """Rows of corners at which the straight parts between them aim, for what hides a corner need not hide these."""
    aims: list[list[Floats]] = [[] for _ in knots]
    for index, (start, end) in enumerate(itertools.pairwise(knots)):
        if end - start < 6:
            continue
        first, second = (_rows_near(found, start + share * (end - start)) for share in (0.3, 0.7))
        slope = (second[None] - first[:, None]) / 0.4
        aims[index].append((first[:, None] - 0.3 * slope).ravel())
        aims[index + 1].append((second[None] + 0.3 * slope).ravel())
    return aims


def _rows_near(found: Runs, column: float) -> Floats:
    rows = found.middle[np.abs(found.column - column) <= 0.6]
    return rows[:4]


def _distinct(*some: Floats) -> Floats:
    """Rows, no two within a row and a half, evenly thinned out where they are many."""
    rows = np.sort(np.concatenate(some))
    kept = rows[np.diff(rows, prepend=-9e9) >= 1.5]
    return kept[:: len(kept) // MOST + 1]


def _on_mask(wide: Array, x0: float, rows0: Floats, x1: float, rows1: Floats) -> Floats:
    """For each pair of corners the share of the straight way between them that lies on a mask, weighted by columns."""
    share = (np.arange(SAMPLES) + 0.5) / SAMPLES
    column = np.clip(x0 + share * (x1 - x0), 0, wide.shape[1] - 1).astype(int)
    row = rows0[:, None, None] * (1 - share) + rows1[None, :, None] * share
    return wide[np.clip(row, 0, wide.shape[0] - 1).astype(int), column].mean(axis=2) * min(x1 - x0, 40.0)


def _fit(found: Runs, knots: Floats, rows: Floats, most: float, corner: float) -> Floats | None:
    left, share = _hinges(found.column, knots)
    right = np.minimum(left + 1, len(knots) - 1)
    base = _weights(found, knots, corner)
    for scale in SCALES:
        off = np.abs((1 - share) * rows[left] + share * rows[right] - found.middle)
        weight = base / (1 + (off / scale) ** 2) ** 2
        rows = _solve(left, share, found.middle, weight, rows)
    off = np.maximum(np.abs((1 - share) * rows[left] + share * rows[right] - found.middle) - 0.25 * found.height, 0)
    return rows if _supported(left, share, off <= NEAR, found, knots, most) else None


def _hinges(column: Floats, knots: Floats) -> tuple[Array, Floats]:
    """The knot left of each column, and how far each is on the way to the next."""
    if len(knots) == 1:
        return np.zeros(len(column), int), np.zeros(len(column))
    left = np.clip(np.searchsorted(knots, column, side="right") - 1, 0, len(knots) - 2)
    gap = np.maximum(knots[left + 1] - knots[left], 1e-6)
    return left, np.clip((column - knots[left]) / gap, 0.0, 1.0)


def _weights(found: Runs, knots: Floats, corner: float) -> Floats:
    """Less for runs near corners, where the middle of a stroke is off, and for columns of many runs."""
    _, inverse, count = np.unique(found.column, return_inverse=True, return_counts=True)
    away = np.abs(found.column[:, None] - knots[None]).min(axis=1)
    weights: Floats = np.clip(away / corner, 0.15, 1.0) / count[inverse]
    return weights


def _solve(left: Array, share: Floats, middle: Floats, weight: Floats, before: Floats) -> Floats:
    """Least squares for the rows of the knots; where nothing is seen they stay as they were."""
    count = len(before)
    right = np.minimum(left + 1, count - 1)
    matrix = np.zeros((count, count))
    np.add.at(matrix, (left, left), weight * (1 - share) ** 2)
    np.add.at(matrix, (right, right), weight * share**2)
    np.add.at(matrix, (left, right), weight * share * (1 - share))
    np.add.at(matrix, (right, left), weight * share * (1 - share))
    target = 1e-3 * before
    np.add.at(target, left, weight * (1 - share) * middle)
    np.add.at(target, right, weight * share * middle)
    matrix += 1e-3 * np.eye(count)
    return np.linalg.solve(matrix, target)


def _supported(left: Array, share: Floats, near: Bools, found: Runs, knots: Floats, most: float) -> bool:
    """Whether nearly all columns that show anything agree, some next to most knots, and about as many in each part."""
    if len(np.unique(found.column[near])) < AGREE * len(np.unique(found.column)):
        return False
    closest = np.where(share < 0.5, left, np.minimum(left + 1, len(knots) - 1))
    agreeing = np.bincount(closest[near], minlength=len(knots)) > 0
    if len(knots) == 1:
        return bool(agreeing[0])
    parts = np.bincount(left[near], minlength=len(knots))[:-1] / np.maximum(np.diff(knots), 1.0)
    even = parts >= 0.3 * np.median(parts)
    return bool(agreeing.mean() >= most and even.mean() >= EVEN)


def radii(panel: Panel, angles: Floats, colour: str) -> tuple[float, ...] | None:
    """How far out a line around the middle of a round panel lies in each direction, as shares of the panel's radius.

    Angles are in radians, counterclockwise from the right.
    """
    mask = panel.stroke(panel.colour(colour))
    x, y, radius = panel.columns / 2, panel.rows / 2, min(panel.columns, panel.rows) / 2
    out = np.arange(2.0, radius, 0.5)
    found = []
    for angle in angles:
        column = np.clip(x + out * np.cos(angle), 0, panel.columns - 1).astype(int)
        row = np.clip(y - out * np.sin(angle), 0, panel.rows - 1).astype(int)
        worn = np.flatnonzero(mask[row, column])
        found.append(_last_run(worn, out) / radius if len(worn) else np.nan)
    shares = np.array(found)
    if np.mean(np.isnan(shares)) > 0.2:
        return None
    return tuple(filled(shares, np.arange(len(shares), dtype=float)).tolist())


def _last_run(worn: Array, out: Floats) -> float:
    """The middle of the outermost run of places that wear the colour."""
    breaks = np.flatnonzero(np.diff(worn) > 3)
    start = worn[breaks[-1] + 1] if len(breaks) else worn[0]
    return float(out[start] + out[worn[-1]]) / 2


def petals(panel: Panel, angles: Floats, colour: str) -> tuple[float, ...] | None:
    """How far out the bars around the middle of a round panel reach, as shares of its radius; 0 where none is seen."""
    mask = panel.solid(panel.colour(colour))
    x, y, radius = panel.columns / 2, panel.rows / 2, min(panel.columns, panel.rows) / 2
    sector = 2 * np.pi / max(len(angles), 1)
    rays = angles[:, None] + np.linspace(-0.45, 0.45, RAYS) * sector
    out = np.arange(0.05 * radius, radius, 0.5)
    column = np.clip(x + out * np.cos(rays)[..., None], 0, panel.columns - 1).astype(int)
    row = np.clip(y - out * np.sin(rays)[..., None], 0, panel.rows - 1).astype(int)
    worn = mask[row, column]
    ends = np.where(worn.any(axis=2), out[len(out) - 1 - worn[..., ::-1].argmax(axis=2)], 0.0)
    reach = [float(np.median(some[some > 0])) if np.count_nonzero(some) >= 2 else 0.0 for some in ends]
    return tuple(value / radius for value in reach) if np.count_nonzero(reach) >= 0.5 * len(reach) else None
