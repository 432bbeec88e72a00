"""Areas of one colour: connected components as boxes, and those that are drawn lines as curves with a trace.

A curve is a stroke, dashes or dots in a row, or a line with markers, when most columns hold a single stroke.
Leaves out: which pixels bear which colour (model/palette.py) and what is mended or dropped first (model/paint.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[Any]  # uint8, (height, width), 0 outside
Ints = NDArray[Any]
Bools = NDArray[np.bool_]
Points = tuple[tuple[float, float], ...]

MARGIN = 3  # empty rim that every mask must have, so that erosion is honest there
TRACE_POINTS = 16
DASH_GAP_PX = 12
MARKER_PX = 16
MIN_STEPS_PX = 16


@dataclass(frozen=True)
class Part:
    """One area of a mask: box (x0, y0, x1, y1), pixels, and for a curve (x, y) at equal steps of x."""

    box: tuple[int, int, int, int]
    area: int
    trace: Points = ()

    def moved(self, left: int, top: int) -> Part:
        x0, y0, x1, y1 = self.box
        trace = tuple((x + left, y + top) for x, y in self.trace)
        return Part((x0 + left, y0 + top, x1 + left, y1 + top), self.area, trace)


@dataclass(frozen=True)
class _Components:
    """What is known of each component (index 0 is the outside), and of every pixel: x, y and its component."""

    labels: Ints  # (height, width)
    x: Ints
    y: Ints
    component: Ints
    boxes: Ints  # x, y, width, height
    side: Ints  # width, height
    area: Ints
    thin: Bools  # stroke-like
    loose: Bools  # thin, or small enough to be a dash or a marker of a line


def parts(mask: Mask) -> list[Part]:
    """All areas but specks: curves joined of their dashes first, then the other components."""
    if not mask.any():
        return []
    found = _components(mask)
    joined, taken = _curves(found) if found.thin.any() else ([], found.thin)
    speck = max(4, 0.002 * found.area[1:].max(initial=0))
    rest = np.flatnonzero(~taken & (found.area >= speck))[1:] if len(found.area) > 1 else ()
    solid = found.area[rest].max(initial=0) if len(found.area) > 1 else 0
    joined = [part for part in joined if not _is_sliver(part, solid)]
    for index in rest:
        joined += _steps(found, int(index))
    return joined


def _steps(found: _Components, index: int) -> list[Part]:
    """A solid area; bars of a histogram that touch, if its top is a flight of steps over a level foot."""
    x, y, width, height = (int(side) for side in found.boxes[index])
    whole = Part((x, y, x + width, y + height), int(found.area[index]))
    if width < MIN_STEPS_PX or height < MIN_STEPS_PX or whole.area > 0.95 * width * height:
        return [whole]
    inside = found.labels[y : y + height, x : x + width] == index
    if inside[-2].mean() < 0.95 or np.count_nonzero(inside) < 0.98 * (height - inside.argmax(axis=0)).sum():
        return [whole]
    top = inside.argmax(axis=0)
    edges = np.flatnonzero(np.abs(np.diff(top)) > 1) + 1
    runs = [run for run in np.split(np.arange(width), edges) if len(run) >= 4]
    if len(runs) < 3 or sum(len(run) for run in runs) < 0.9 * width or any(np.ptp(top[run]) > 2 for run in runs):
        return [whole]
    return [_step(x, y, height, run, int(np.median(top[run]))) for run in runs]


def _step(x: int, y: int, height: int, run: Ints, top: int) -> Part:
    left, right = x + int(run[0]), x + int(run[-1]) + 1
    return Part((left, y + top, right, y + height), (right - left) * (height - top))


def _is_sliver(part: Part, solid: int) -> bool:
    """The blurred rim of a fill that has the fill's own colour."""
    return part.area < 0.02 * solid and part.area < 1.6 * (part.box[2] - part.box[0])


def _components(mask: Mask) -> _Components:
    """Only components that are slight for their length can be thin: of the others no pixel is looked at."""
    count, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(mask, 8, cv2.CV_32S, cv2.CCL_BBDT)
    boxes = np.asarray(stats[:, :4], np.int64)
    area, side = np.asarray(stats[:, 4], np.int64), boxes[:, 2:]
    area[0] = mask.size
    longest, box_area = side.max(axis=1), side.prod(axis=1)
    slight = (area < 14 * longest) & (area >= 2)
    slight[0] = False
    y, x = np.nonzero(slight.take(labels))
    component = np.asarray(labels)[y, x]
    eroded: Mask = cv2.erode(mask, np.ones((5, 5), np.uint8))
    core = np.bincount(component[eroded[y, x] > 0], minlength=count)
    sparse = (side[:, 0] >= 30) & (area < 0.3 * box_area) & (area < 12 * longest)  # a polyline with markers
    thin = ((core < 0.25 * area) | sparse) & slight
    small = ((longest <= 14) | ((longest <= 40) & (area < 0.75 * box_area))) & slight
    return _Components(np.asarray(labels), x, y, component, boxes, side, area, thin, thin | small)


def _curves(found: _Components) -> tuple[list[Part], Bools]:
    """Curves made of thin components and of what lies within a dash of them; and which components they took."""
    taken = np.zeros(len(found.thin), bool)
    loose = found.loose[found.component]
    x, y, component = found.x[loose], found.y[loose], found.component[loose]
    group = _groups(x, y)
    order = np.argsort((group * 65536 + x) * 65536 + y)
    x, y, component, group = x[order], y[order], component[order], group[order]
    curves: list[Part] = []
    for some in np.split(np.arange(len(x)), np.flatnonzero(np.diff(group)) + 1):
        members = np.unique(component[some])
        if not found.thin[members].any():
            continue
        if _is_curve(x[some], y[some], members, found):
            candidates = [(members, some)]
        else:
            alone = members[(found.side[members, 0] >= 16) & found.thin[members]] if len(members) > 1 else ()
            candidates = [(np.array([member]), some[component[some] == member]) for member in alone]
            candidates = [(who, where) for who, where in candidates if _is_curve(x[where], y[where], who, found)]
        for who, where in candidates:
            curves.append(_curve(x[where], y[where]))
            taken[who] = True
    return curves, taken


def _groups(x: Ints, y: Ints) -> Ints:
    """A number for each pixel, the same for those at most a dash's gap apart; found at half the size."""
    x, y = x // 2, y // 2
    reach = DASH_GAP_PX // 2 + 1
    left, top = x.min() - reach, y.min() - reach
    within = np.zeros((y.max() - top + reach, x.max() - left + reach), np.uint8)
    within[y - top, x - left] = 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    _, labels = cv2.connectedComponents(cv2.dilate(within, disc), connectivity=8, ltype=cv2.CV_32S)
    return np.asarray(labels, np.int64)[y - top, x - left]


def _is_curve(x: Ints, y: Ints, members: Ints, found: _Components) -> bool:
    """Long enough, made of strokes or of dots, and in most columns one stroke high. x is sorted."""
    wide = int(x[-1] - x[0]) + 1
    if wide < 16:
        return False
    side = found.side[members]
    longest = side.max(axis=1)
    strokes = (longest >= 1.8 * side.min(axis=1)) & found.thin[members]
    plain, covered = _course(x, y, wide)
    if longest[strokes].sum() >= 0.4 * longest.sum() or (len(side) >= 8 and np.median(side) <= 4):
        return plain >= 0.7 and covered >= 0.35
    return wide >= 60 and plain >= 0.9 and covered >= 0.75


def _course(x: Ints, y: Ints, wide: int) -> tuple[float, float]:
    """Share of the columns that hold a single stroke, and share of the columns that hold anything."""
    first = np.flatnonzero(np.diff(x, prepend=x[0] - 1))
    last = np.append(first[1:], len(x)) - 1
    span, count = y[last] - y[first] + 1, last - first + 1
    plain = (span <= DASH_GAP_PX) | (count >= 0.3 * span)
    return float(plain.mean()), len(first) / wide


def _curve(x: Ints, y: Ints) -> Part:
    """The traced area of pixels sorted by x, then y: the middle of each column, gaps bridged."""
    first = np.flatnonzero(np.diff(x, prepend=x[0] - 1))
    last = np.append(first[1:], len(x)) - 1
    middle = (y[(first + last) // 2] + y[(first + last + 1) // 2]) / 2
    height = last - first + 1
    start = x[0] + _half_marker(height, y[first])
    end = x[-1] - _half_marker(height[::-1], y[first[::-1]])
    at = np.linspace(start, end, TRACE_POINTS)
    trace = zip((at + 0.5).tolist(), (np.interp(at, x[first], middle) + 0.5).tolist(), strict=True)
    return Part((int(x[0]), int(y.min()), int(x[-1]) + 1, int(y.max()) + 1), len(x), tuple(trace))


def _half_marker(height: Ints, top: Ints) -> float:
    """How far a marker on the first point reaches beyond it, from heights and tops of the first columns."""
    stroke = float(np.median(height))
    slim = np.flatnonzero(height[2 : MARKER_PX + 2] <= 1.5 * stroke)
    wide = int(slim[0]) + 2 if len(slim) else 0
    if wide < 5 or height[:wide].max() < 2.2 * stroke or np.ptp(top[:wide]) > wide:
        return 0.0
    return (wide - 1) / 2
