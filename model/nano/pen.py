"""How a curve is drawn, once its points are known: solid or broken, and with which marker, by the ink along it.

Ink is looked for on the straight ways between neighbouring points, and around the points themselves. What cannot be
told (points too near, other curves in the way) is left to the answer. Leaves out: where the points are (curves.py).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import cv2
import numpy as np

from model.layout import Frame
from model.nano.panel import Panel
from model.nano.sight import Sight, once
from model.nano.veil import Bools

Point = tuple[float, float]  # column and row in the panel

REACH = 0.02  # of the panel's longer side: how far a marker may reach from its point
LEAST_REACH, MOST_REACH = 4, 11  # the same in px
ASIDE = 2  # px beside the way where its ink may lie
LEAST_WAY = 60  # px of ways in all, below which nothing is said of them
SOLID, BROKEN = 0.93, (0.25, 0.86)  # share of a way that is inked
LONG, SHORT = 2.0, 1.25  # by gaps: longer strokes are dashes, shorter ones dots
MIXED = 0.2  # share of strokes, of both lengths, from which on they take turns
SWELL = 0.8  # by reach: px of ink beside the line around a point, and how much more than around middles of ways
FILLS = {"s": (0.93, 1.01), "o": (0.7, 0.93), "D": (0.4, 0.7)}  # of its box that a marker fills
TOP_HEAVY = 0.06  # of its height: how far the middle of a triangle's ink is from the middle of its box


@once
def drawn(colour: str, points: Sequence[Point], frame: Frame, sight: Sight) -> tuple[str, str]:
    """Style and marker of a curve through points (fractions of the picture), e.g. "dashed", "o"; each "" if unknown."""
    panel = Panel.of(frame, sight, colours=(colour,))
    if panel is None or len(points) < 2:
        return "", ""
    ink = panel.stroke(panel.colour(colour))
    places = [(float(panel.column([x])[0]), float(panel.row([y])[0])) for x, y in points]
    reach = int(np.clip(REACH * max(panel.rows, panel.columns), LEAST_REACH, MOST_REACH))
    hidden = panel.texts | panel.legend
    ways = [_way(ink, hidden, a, b, reach) for a, b in itertools.pairwise(places)]
    return _style([way for way in ways if len(way) > reach]), _marker(ink & ~hidden, places, reach)


def _way(ink: Bools, hidden: Bools, start: Point, end: Point, reach: int) -> Bools:
    """Whether each px of the straight way between two points, markers left out, has ink on it or close beside it."""
    (x0, y0), (x1, y1) = start, end
    length = float(np.hypot(x1 - x0, y1 - y0))
    if length < 3 * reach:
        return np.zeros(0, bool)
    along = np.arange(reach, length - reach)
    across = np.arange(-ASIDE, ASIDE + 1)[:, None]
    columns = np.rint(x0 + along * (x1 - x0) / length - across * (y1 - y0) / length).astype(int)
    rows = np.rint(y0 + along * (y1 - y0) / length + across * (x1 - x0) / length).astype(int)
    inside = (columns >= 0) & (columns < ink.shape[1]) & (rows >= 0) & (rows < ink.shape[0])
    columns, rows = columns.clip(0, ink.shape[1] - 1), rows.clip(0, ink.shape[0] - 1)
    seen = (inside & ~hidden[rows, columns]).all(axis=0)
    found: Bools = (ink[rows, columns] & inside).any(axis=0)[seen]
    return found


def _style(ways: Sequence[Bools]) -> str:
    """Solid, dashed, dashdot or dotted; "" where too little is seen, or neither ink nor gaps make sense."""
    if sum(map(len, ways)) < LEAST_WAY:
        return ""
    share = float(np.concatenate(ways).mean())
    if share >= SOLID:
        return "solid"
    strokes, gaps = _runs(ways, inked=True), _runs(ways, inked=False)
    if not BROKEN[0] <= share <= BROKEN[1] or len(strokes) < 4 or len(gaps) < 4:
        return ""
    gap = float(np.median(gaps))
    long, short = np.mean(np.array(strokes) > LONG * gap), np.mean(np.array(strokes) < SHORT * gap)
    if min(long, short) >= MIXED:
        return "dashdot"
    return "dotted" if short > 0.5 else "dashed"


def _runs(ways: Sequence[Bools], *, inked: bool) -> list[int]:
    """Lengths of whole runs of ink, or of gaps, in px."""
    found = []
    for way in ways:
        edges = np.flatnonzero(np.diff(way.astype(np.int8)))
        found += [int(b - a) for a, b in itertools.pairwise(edges) if bool(way[a + 1]) is inked]
    return found


def _marker(ink: Bools, places: Sequence[Point], reach: int) -> str:
    """The marker's name; "" where none is seen, which says little: small ones hide in a line."""
    ways = [(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(places)]
    lengths = np.hypot(*np.array(ways).T)
    if np.median(lengths) < 4 * reach:
        return ""
    middles = [(a[0] + way[0] / 2, a[1] + way[1] / 2) for a, way in zip(places, ways, strict=False)]
    patches = [_around(ink, place, reach) for place in middles]
    thick = float(np.median([patch.sum() for patch in patches])) / (2 * reach + 1)
    lone = [_beside(patch, [way, (-way[0], -way[1])], thick) for patch, way in zip(patches, ways, strict=True)]
    arms = [[(-x, -y) for x, y in ways[max(0, i - 1) : i]] + ways[i : i + 1] for i in range(len(places))]
    patches = [_around(ink, place, reach) for place in places]
    at = [_beside(patch, some, thick) for patch, some in zip(patches, arms, strict=True)]
    if np.median(at) < np.median(lone) + max(4.0, SWELL * reach):
        return ""
    return _shape(patches)


def _beside(patch: Bools, arms: Sequence[Point], thick: float) -> int:
    """Pixels of ink that do not belong to lines of that thickness from the middle of the patch along its arms."""
    reach = len(patch) // 2
    rows, columns = np.nonzero(patch)
    x, y = columns - reach, rows - reach
    free = np.ones(len(rows), bool)
    for across, down in arms:
        length = max(float(np.hypot(across, down)), 1e-6)
        along, off = (x * across + y * down) / length, np.abs(x * down - y * across) / length
        free &= ~((along > -thick) & (off <= thick / 2 + 1.5))
    return int(free.sum())


def _around(ink: Bools, place: Point, reach: int) -> Bools:
    column, row = (round(side) for side in place)
    padded: Bools = np.pad(ink, reach)[row : row + 2 * reach + 1, column : column + 2 * reach + 1]
    return padded if padded.shape == (2 * reach + 1, 2 * reach + 1) else np.zeros((2 * reach + 1, 2 * reach + 1), bool)


def _shape(patches: Sequence[Bools]) -> str:
    """The marker that most points bear: the line is opened away, and what is left fills its box more or less."""
    often = np.mean(patches, axis=0) >= 0.5
    blob = cv2.morphologyEx(often.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    rows, columns = np.nonzero(blob)
    if len(rows) < 9:
        middle = len(often) // 2
        across, down = (int(np.diag(one).sum()) for one in (often, often[::-1])), int(often[:, middle].sum())
        return "x" if min(across) >= down else "o"
    fill = len(rows) / ((np.ptp(rows) + 1) * (np.ptp(columns) + 1))
    lean = (rows.mean() - (rows.min() + rows.max()) / 2) / (np.ptp(rows) + 1)
    if abs(lean) >= TOP_HEAVY:
        return "^" if lean > 0 else "v"
    return next((name for name, (low, high) in FILLS.items() if low <= fill < high), "o")


def replaced(words: Sequence[str], style: str, marker: str) -> tuple[str, ...]:
    """Words of a series with the style that is seen, and a marker where one is; of its shape the answer knows more."""
    styles = [word for word in words if word.startswith("line:")]
    markers = [word for word in words if word.startswith("marker:")]
    return (*([f"line:{style}"] if style else styles), *(markers or ([f"marker:{marker}"] if marker else [])))
