"""Shares of the wedges of a pie or a ring, measured by angle, and of the tiles of a tree map, in a panel (panel.py).

The circle is found by its rim; around it the colours of rings of pixels are read, and cut where they change. Leaves
out: which wedge has which name, but for the order of their colours.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from model.nano.panel import CLEAN, Panel
from model.nano.veil import Array, Bools, Floats, largest

ANGLES, RINGS = 1440, 16
BAND = (0.3, 0.95)  # radii that are looked at, as shares of the circle's
LEAST = 5  # directions that a wedge takes
BLUR = 14  # directions that a blurred border may look like a wedge of its own
STRANGE = 45  # how far from all wedges' colours one is that is none of them
HIDDEN = 0.02  # share of the circle in which the border of two wedges may be out of sight
Run = tuple[int, int, Floats]
Circle = tuple[float, float, float]  # column and row of the middle, radius


def shares(panel: Panel, colours: Sequence[str]) -> tuple[float, ...] | None:
    """Shares of the wedges in the order of their colours, which go around in one sense or the other."""
    known = np.array([panel.colour(colour) for colour in colours])
    circle = _circle(panel)
    if circle is None or len(known) < 2:
        return None
    wedges = _wedges(_around(panel, circle), panel, known)
    if len(wedges) != len(known):
        return None
    around = np.array([colour for colour, _ in wedges])
    sizes = np.array([size for _, size in wedges])
    if np.isnan(sizes).any():
        return None
    return tuple((sizes[_order(around, known)] / sizes.sum()).tolist())


def wedge_colours(panel: Panel, start: float) -> tuple[Floats, ...] | None:
    """The colours of the wedges, counterclockwise from the one that begins at `start` (radians)."""
    circle = _circle(panel)
    if circle is None:
        return None
    runs = _runs(_around(panel, circle), panel.reach / 2, 6 if panel.reach > CLEAN else 2)
    while len(runs) > 2 and min(sizes := [run[1] - run[0] for run in runs]) <= BLUR:
        runs.pop(sizes.index(min(sizes)))
        runs = _joined(runs, panel.reach)
    first = start / (2 * np.pi) * ANGLES - BLUR
    ordered = sorted(runs, key=lambda run: (run[0] - first) % ANGLES)
    return tuple(run[2] for run in ordered) if len(ordered) > 1 else None


def _circle(panel: Panel) -> Circle | None:
    """The circle around most of what is painted, by what lies outermost in each direction."""
    step = max(min(panel.rows, panel.columns) // 200, 1)
    rows, columns = (found * step for found in np.nonzero(_coloured(panel, step)))
    if len(rows) < 100:
        return None
    x, y = float(np.median(columns)), float(np.median(rows))
    for _ in range(4):
        rim = _outermost(columns - x, rows - y)
        if len(rim) < 40:
            return None
        x, y, radius = _fitted(rim[:, 0] + x, rim[:, 1] + y)
    off = np.abs(np.hypot(rim[:, 0], rim[:, 1]) - radius)
    good = radius >= 8 and np.mean(off <= max(2.0, 0.03 * radius)) >= 0.5
    return (x + 0.5, y + 0.5, radius + 0.5) if good else None


def _coloured(panel: Panel, step: int) -> Bools:
    """Every so many pixels: whether they wear a colour of the picture, unlike letters and the frame of a legend."""
    rgb = panel.rgb[::step, ::step]
    mask = np.zeros(rgb.shape[:2], bool)
    for colour in panel.others[np.abs(panel.others - panel.ground).max(axis=1) > panel.reach]:
        mask |= largest(rgb - colour) <= panel.reach
    return mask & ~(panel.legend | panel.texts)[::step, ::step]


def _outermost(dx: Floats, dy: Floats) -> Floats:
    """The farthest pixel in each of 180 directions from the middle."""
    sector = ((np.arctan2(dy, dx) / (2 * np.pi) + 0.5) * 180).astype(int) % 180
    far = np.hypot(dx, dy)
    order = np.lexsort((far, sector))
    last = np.flatnonzero(np.diff(sector[order], append=-1))
    return np.stack([dx, dy], axis=1)[order[last]]


def _fitted(x: Floats, y: Floats) -> Circle:
    """The circle through most of the points."""
    weight, middle, radius = np.ones(len(x)), (0.0, 0.0), 1.0
    for _ in range(12):
        matrix = np.stack([x, y, np.ones(len(x))], axis=1)
        target = x**2 + y**2
        found, *_ = np.linalg.lstsq(matrix * weight[:, None], target * weight, rcond=None)
        middle = float(found[0] / 2), float(found[1] / 2)
        radius = float(np.sqrt(max(found[2] + middle[0] ** 2 + middle[1] ** 2, 1.0)))
        off = np.hypot(x - middle[0], y - middle[1]) - radius
        weight = 1 / (1 + (off / max(0.02 * radius, 1.0)) ** 2)
    return *middle, radius


def _around(panel: Panel, circle: Circle) -> Floats:
    """The colour in each of ANGLES directions, counterclockwise from the right; nan where it is out of sight."""
    x, y, radius = circle
    angle = np.arange(ANGLES) * (2 * np.pi / ANGLES)
    radii = np.linspace(*BAND, RINGS)[:, None] * radius
    column = np.clip((x + radii * np.cos(angle)).astype(int), 0, panel.columns - 1)
    row = np.clip((y - radii * np.sin(angle)).astype(int), 0, panel.rows - 1)
    colours = panel.rgb[row, column].astype(float)
    bare = largest(colours - panel.ground) <= panel.reach / 2
    colours[(panel.texts | panel.legend)[row, column]] = np.nan
    solid = bare.mean(axis=1) < 0.5 if bare[-2:].mean() < 0.5 else np.ones(RINGS, bool)
    return _median(colours[solid])


def _median(colours: Floats) -> Floats:
    """The median over the first axis of what is known, nan where nothing is."""
    known = ~np.isnan(colours[..., 0])
    result = np.full(colours.shape[1:], np.nan)
    some = known.any(axis=0)
    result[some] = np.nanmedian(colours[:, some], axis=0)
    return result


def _wedges(around: Floats, panel: Panel, known: Floats) -> list[tuple[Floats, float]]:
    """Colour and size of each wedge, in directions; the size is nan where a border of it is out of sight."""
    runs = _runs(around, panel.reach / 2, 6 if panel.reach > CLEAN else 2)
    while len(runs) > len(known) and (index := _no_wedge(runs, known)) is not None:
        runs.pop(index)
        runs = _joined(runs, panel.reach)
    if len(runs) < 2:
        return []
    starts, ends = np.array([run[0] for run in runs]), np.array([run[1] for run in runs])
    gaps = (np.roll(starts, -1) - ends) % ANGLES
    borders = ends + gaps / 2
    borders[gaps > HIDDEN * ANGLES] = np.nan
    sizes = (borders - np.roll(borders, 1)) % ANGLES
    return [(run[2], float(size)) for run, size in zip(runs, sizes, strict=True)]


def _no_wedge(runs: list[Run], known: Floats) -> int | None:
    """The run that is a blurred border, or else has a colour that no wedge has."""
    sizes = [run[1] - run[0] for run in runs]
    if min(sizes) <= BLUR:
        return int(np.argmin(sizes))
    off = [float(np.abs(known - run[2]).max(axis=1).min()) for run in runs]
    return int(np.argmax(off)) if max(off) > STRANGE else None


def _joined(runs: list[Run], reach: float) -> list[Run]:
    """Neighbours of one colour made one."""
    joined: list[Run] = []
    for run in runs:
        if joined and np.abs(joined[-1][2] - run[2]).max() <= reach:
            joined[-1] = (joined[-1][0], run[1], joined[-1][2])
        else:
            joined.append(run)
    if len(joined) > 1 and np.abs(joined[-1][2] - joined[0][2]).max() <= reach:
        joined[0] = (joined.pop()[0] - ANGLES, *joined[0][1:])
    return joined


def _runs(around: Floats, reach: float, lag: int) -> list[Run]:
    """First and one past the last direction of each run of one colour, and the colour. Runs may end beyond ANGLES.

    A border of two colours changes within `lag` directions.
    """
    calm = largest(around - np.roll(around, -lag, axis=0)) <= reach  # nan is not calm
    if calm.all() or not calm.any():
        return []
    first = int(np.flatnonzero(~calm)[0]) + 1
    turned = np.roll(calm, -first)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], turned, [False]]).astype(np.int8))).reshape(-1, 2)
    runs: list[Run] = []
    for a, b in edges.tolist():
        if b - a + lag >= LEAST:
            colour = np.median(around[(np.arange(a, b + lag) + first) % ANGLES], axis=0)
            runs.append((a + first, b + lag + first, colour))
    return _joined(runs, 2 * reach)


def _order(around: Floats, known: Floats) -> Array:
    """For each known colour the wedge that has it: the turn, in one sense or the other, that fits best."""
    count = len(known)
    turns = [(np.arange(count) + turn) % count for turn in range(count)]
    turns += [(turn - np.arange(count)) % count for turn in range(count)]
    costs = [np.minimum(np.abs(around[turn] - known).max(axis=1), 80).sum() for turn in turns]
    return turns[int(np.argmin(costs))]


def tiles(panel: Panel, colours: Sequence[str]) -> tuple[float, ...] | None:
    """Shares of the rectangles of a tree map in the order of their colours; None where one is not seen."""
    areas = []
    for colour in colours:
        mask = panel.solid(panel.colour(colour)).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3))))
        if len(stats) < 2:
            return None
        best = stats[1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())]
        areas.append(float(best[cv2.CC_STAT_WIDTH] * best[cv2.CC_STAT_HEIGHT]))
    if len(set(colours)) != len(areas) or sum(areas) > 1.2 * panel.rows * panel.columns:
        return None
    return tuple(area / sum(areas) for area in areas)
