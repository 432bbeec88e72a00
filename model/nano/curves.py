"""Courses of lines and edges of areas, in rows of a panel (panel.py), at given columns.

Between two abscissae a line is straight: all of its pixels together tell its corners, whatever hides some of them.
Leaves out: which colour a line has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.nano.panel import Array, Bools, Floats, Panel

CORNER = 5  # columns around a corner in which a stroke's middle is off
SCALES = (60.0, 20.0, 8.0, 4.0, 2.5, 2.0, 2.0)  # rows: how far off pixels may be, from fit to fit
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
    mask = panel.stroke(worn)
    if step:
        return plateaus(runs(mask), at, panel.columns)
    return course(runs(mask), at)


def plateaus(found: Runs, at: Floats, columns: int) -> Floats | None:
    """Levels of a line that goes in steps: the row that most columns around each place have."""
    reach = 0.3 * (float(np.median(np.diff(np.sort(at)))) if len(at) > 1 else columns)
    rows = []
    for place in at:
        near = np.abs(found.column - place) <= reach
        rows.append(_commonest(found.middle[near], 1 / found.height[near]))
    known = np.isfinite(rows)
    if np.count_nonzero(known) < 0.7 * len(at):
        return None
    return _filled(np.array(rows), at)


def _commonest(values: Floats, weights: Floats) -> float:
    if not len(values):
        return float("nan")
    votes = [(np.abs(values - value) <= 1.5) @ weights for value in values]
    best = values[int(np.argmax(votes))]
    close = np.abs(values - best) <= 1.5
    return float(np.average(values[close], weights=weights[close]))


def _filled(rows: Floats, at: Floats) -> Floats:
    """Unknown rows between known ones, on the straight line between them."""
    known = np.isfinite(rows)
    order = np.argsort(at[known])
    return np.where(known, rows, np.interp(at, at[known][order], rows[known][order]))


def course(found: Runs, at: Floats) -> Floats | None:
    """Corners of the line that runs straight between them and through most runs; None where too little is seen."""
    order = np.argsort(at, kind="stable")
    knots = at[order]
    inside = (found.column >= knots[0] - 2) & (found.column <= knots[-1] + 2)
    found = Runs(found.column[inside], found.middle[inside], found.height[inside])
    if len(found.column) < max(3, len(at)):
        return None
    rows = _fit(found, knots)
    if rows is None:
        return None
    result = np.empty_like(rows)
    result[order] = rows
    return result


def _fit(found: Runs, knots: Floats) -> Floats | None:
    left, share = _hinges(found.column, knots)
    base = _weights(found, knots)
    weight = base
    rows = np.zeros(len(knots))
    for scale in SCALES:
        rows = _solve(left, share, found.middle, weight, len(knots))
        off = np.abs((1 - share) * rows[left] + share * rows[np.minimum(left + 1, len(knots) - 1)] - found.middle)
        weight = base / (1 + (off / scale) ** 2)
    off = np.maximum(off - 0.25 * found.height, 0)
    return rows if _supported(left, share, off <= NEAR, knots) else None


def _hinges(column: Floats, knots: Floats) -> tuple[Array, Floats]:
    """The knot left of each column, and how far each is on the way to the next."""
    if len(knots) == 1:
        return np.zeros(len(column), int), np.zeros(len(column))
    left = np.clip(np.searchsorted(knots, column, side="right") - 1, 0, len(knots) - 2)
    gap = np.maximum(knots[left + 1] - knots[left], 1e-6)
    return left, np.clip((column - knots[left]) / gap, 0.0, 1.0)


def _weights(found: Runs, knots: Floats) -> Floats:
    """Less for runs near corners, where the middle of a stroke is off, and for columns of many runs."""
    _, inverse, count = np.unique(found.column, return_inverse=True, return_counts=True)
    away = np.abs(found.column[:, None] - knots[None]).min(axis=1)
    weights: Floats = np.clip(away / CORNER, 0.15, 1.0) / count[inverse]
    return weights


def _solve(left: Array, share: Floats, middle: Floats, weight: Floats, count: int) -> Floats:
    """Least squares for the rows of the knots; curvature costs next to nothing and decides where nothing is seen."""
    right = np.minimum(left + 1, count - 1)
    matrix = np.zeros((count, count))
    np.add.at(matrix, (left, left), weight * (1 - share) ** 2)
    np.add.at(matrix, (right, right), weight * share**2)
    np.add.at(matrix, (left, right), weight * share * (1 - share))
    np.add.at(matrix, (right, left), weight * share * (1 - share))
    target = np.zeros(count)
    np.add.at(target, left, weight * (1 - share) * middle)
    np.add.at(target, right, weight * share * middle)
    bend = np.diff(np.eye(count), 2, axis=0) if count > 2 else np.zeros((0, count))
    matrix += 1e-3 * bend.T @ bend + 1e-9 * np.eye(count)
    return np.linalg.solve(matrix, target)


def _supported(left: Array, share: Floats, near: Bools, knots: Floats) -> bool:
    """Whether enough of the runs agree, and next to enough of the knots."""
    if np.count_nonzero(near) < 0.5 * len(near):
        return False
    closest = np.where(share < 0.5, left, np.minimum(left + 1, len(knots) - 1))
    agreeing = np.bincount(closest[near], minlength=len(knots)) > 0
    return bool(agreeing.mean() >= 0.7)


def area_rows(panel: Panel, at: Floats, colour: str, stacked: bool) -> Floats | None:
    """The row of the upper edge of an area at each column."""
    worn = panel.colour(colour)
    if stacked:
        return course(_tops(panel.solid(worn)), at)
    return course(runs(upper_edges(panel, worn)), at)


def _tops(mask: Bools) -> Runs:
    """The uppermost pixel edge of each column."""
    thick = mask & np.roll(mask, -1, axis=0) & np.roll(mask, -2, axis=0)
    columns = np.flatnonzero(thick.any(axis=0))
    top = thick[:, columns].argmax(axis=0).astype(float)
    return Runs(columns + 0.5, top, np.ones(len(columns)))


def upper_edges(panel: Panel, colour: Floats, span: int = 2) -> Bools:
    """Rows below which a translucent colour is on and above which it is not."""
    mask = np.zeros(panel.rgb.shape[:2], bool)
    above, below = panel.rgb[: -2 * span].astype(float), panel.rgb[2 * span :].astype(float)
    mask[span:-span] = lays_on(above, below, panel.ground, colour, panel.reach)
    return mask


def lays_on(above: Array, below: Array, ground: Floats, colour: Floats, reach: float) -> Bools:
    """Whether the way from one colour to another is what a translucent layer does that makes the ground `colour`.

    Lying on top it adds d - a e, where d = colour - ground, e = above - ground and a its opacity; lying under a layer
    of opacity b it adds (1 - b) d.
    """
    d = colour - ground
    e, change = above - ground, below - above
    size = max(float(d @ d), 1.0)
    plain = np.abs(e).max(axis=-1) <= reach
    direct = np.abs(below - colour).max(axis=-1) <= reach
    ee = np.maximum((e * e).sum(axis=-1), 1.0)
    opacity = np.clip(((d - change) * e).sum(axis=-1) / ee, 0.1, 1.0)
    on_top = np.abs(d - opacity[..., None] * e - change).max(axis=-1) <= reach
    share = np.clip((change @ d) / size, 0.2, 0.95)
    under = np.abs(share[..., None] * d - change).max(axis=-1) <= reach
    large = np.abs(change).max(axis=-1) > reach
    return np.where(plain, direct, (on_top | under)) & large
