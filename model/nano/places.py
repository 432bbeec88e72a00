"""Where things stand along the axes of a seen panel: its calibration by tick labels, and the places of its categories.

Training and decoding both ask here, so that what training calls right is what decoding will find.
Leaves out: which texts are ticks (model/layout.py), and what is drawn at a place (measure.py).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from model.layout import Frame
from model.nano.axismap import AxisMap
from model.nano.sight import Sight, once

SCALES = ("lin", "log", "cats", "none")
NUMBERS = 0.6  # share of numbers among tick labels from which on an axis is one of numbers
_EDGE_TO_EDGE = ("heat",)
_TO_THE_RIM = ("line", "area", "errorbar", "scatter")


def tick_slots(frame: Frame, axis: str) -> tuple[int, ...]:
    """Slots of the tick labels of axis "x", "y" or "right"."""
    return {"x": frame.x_ticks, "y": frame.y_ticks, "right": frame.right_ticks}[axis]


def tick_points(frame: Frame, axis: str, sight: Sight) -> list[tuple[float, float]]:
    """(position, value) of the tick labels that are numbers; positions are fractions of the picture."""
    points = []
    for slot in tick_slots(frame, axis):
        number = sight.slots.number(slot)
        if number is not None:
            points.append((sight.slots.centre(slot)[0 if axis == "x" else 1], number))
    return points


@once
def scale_of(frame: Frame, axis: str, sight: Sight) -> str:
    """What the tick labels of an axis look like, one of SCALES."""
    labels, points = tick_slots(frame, axis), tick_points(frame, axis, sight)
    if not labels:
        return "none"
    if len(points) < max(2, NUMBERS * len(labels)):
        return "cats"
    if AxisMap.fitted(points):
        return "lin"
    return "log" if AxisMap.fitted(points, log=True) else "cats"


@once
def ruler(frame: Frame | None, axis: str, scale: str, sight: Sight) -> AxisMap | None:
    """The calibration of an axis by its tick labels; None for categories and where the labels do not give one."""
    if frame is None or scale not in ("lin", "log"):
        return None
    points = _signed(tick_points(frame, axis, sight), axis)
    return AxisMap.fitted(points, scale == "log") or AxisMap.fitted(points, scale != "log")


def _signed(points: list[tuple[float, float]], axis: str) -> list[tuple[float, float]]:
    """Ticks of an axis that counts away from 0 on both sides, its left or lower part below 0; others as they are."""
    along = sorted(points, reverse=axis != "x")
    sizes = [value for _, value in along]
    least = sizes.index(min(sizes)) if sizes else 0
    falls = all(a > b for a, b in itertools.pairwise(sizes[: least + 1]))
    rises = all(a < b or (a == b and i == 0) for i, (a, b) in enumerate(itertools.pairwise(sizes[least:])))
    if not (falls and rises and 2 <= least <= len(sizes) - 3 and min(sizes) >= 0):
        return points
    below = least + (sizes[least] == sizes[least + 1])
    return [(place, -value if index < below else value) for index, (place, value) in enumerate(along)]


def category_places(
    count: int, slots: Sequence[int], kind: str, horizontal: bool, frame: Frame, sight: Sight
) -> tuple[float, ...]:
    """Where `count` categories stand along their axis, as fractions of the picture; from below for lying bars.

    Labels (-1 for an unknown one) give the step. Turned labels hang beside their tick, so the row is moved to where
    categories always are: symmetric to the middle of the frame.
    """
    axis = 1 if horizontal else 0
    x0, y0, x1, y1 = sight.box(frame)
    first, last = (y1, y0) if horizontal else (x0, x1)
    step = _step(count, slots, axis, sight) or _usual_step(count, kind, last - first)
    middle = (first + last) / 2 + _shift(count, slots, axis, step, (first + last) / 2, sight)
    return tuple(middle + (index - (count - 1) / 2) * step for index in range(count))


def _step(count: int, slots: Sequence[int], axis: int, sight: Sight) -> float | None:
    """The distance between neighbours by the labels; None where fewer than two are known."""
    known = [(index, sight.slots.centre(slot)[axis]) for index, slot in enumerate(slots) if slot >= 0]
    if len(slots) != count or len(known) < 2:
        return None
    indices, places = np.array(known).T
    return float(np.polyfit(indices, places, 1)[0]) or None


def _shift(count: int, slots: Sequence[int], axis: int, step: float, middle: float, sight: Sight) -> float:
    """How far the middle of the labels is from the middle of the frame; 0 where that is only their slant."""
    known = [
        sight.slots.centre(slot)[axis] - (index - (count - 1) / 2) * step
        for index, slot in enumerate(slots)
        if slot >= 0 and len(slots) == count
    ]
    off = float(np.median(known)) - middle if known else 0.0
    return off if abs(off) > 0.6 * abs(step) else 0.0


def _usual_step(count: int, kind: str, side: float) -> float:
    """The step that matplotlib's own margins give, for a frame of a given side."""
    if kind in _EDGE_TO_EDGE:
        return side / count
    if kind in _TO_THE_RIM:
        return side * 0.909 / max(1, count - 1)
    return side * 0.909 / max(1.0, count - 0.2)
