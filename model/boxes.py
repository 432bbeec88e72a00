"""Boxes in one unit, (x0, y0, x1, y1) with y downwards, and what is asked of them when a picture is laid out."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from model.records import Pixels

Box = tuple[float, float, float, float]
Mask = NDArray[np.uint8]


def area(box: Box) -> float:
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def common(one: Box, other: Box) -> float:
    """The area that two boxes share."""
    return area((max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])))


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    shared = common(one, other)
    return shared / max(area(one) + area(other) - shared, 1e-9)


def contains(outer: Box, box: Box) -> bool:
    """Whether most of a box lies in another."""
    return common(outer, box) > 0.8 * area(box)


def holds(box: Box, other: Box) -> bool:
    """Whether the middle of another box lies in a box."""
    x, y = middle(other)
    return box[0] < x < box[2] and box[1] < y < box[3]


def middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def distance(one: Box, other: Box) -> float:
    """How far two boxes are apart in pixels; 0 when they touch."""
    across = max(one[0] - other[2], other[0] - one[2], 0.0)
    down = max(one[1] - other[3], other[1] - one[3], 0.0)
    return float((across**2 + down**2) ** 0.5)


def above_each_other(one: Box, other: Box) -> bool:
    """Whether two boxes share much of their horizontal extent."""
    return min(one[2], other[2]) - max(one[0], other[0]) > 0.3 * min(one[2] - one[0], other[2] - other[0])


def union(boxes: Iterable[Box]) -> Box:
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return (min(x0), min(y0), max(x1), max(y1))


def grown(box: Box, margin: float) -> Box:
    return (box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin)


def shifted(box: Box, across: float, down: float) -> Box:
    return (box[0] + across, box[1] + down, box[2] + across, box[3] + down)


def scaled(box: Box, factor: float) -> Box:
    return (box[0] * factor, box[1] * factor, box[2] * factor, box[3] * factor)


def cut(pixels: Pixels | Mask, box: Box) -> Pixels:
    """The part of a picture or mask that a box covers; may be empty."""
    x0, y0, x1, y1 = (max(0, round(side)) for side in box)
    return pixels[y0:y1, x0:x1]


def fill(pixels: Pixels | Mask, box: Box, value: int | Pixels) -> None:
    """Sets every pixel that a box touches."""
    x0, y0 = (max(0, int(side)) for side in box[:2])
    x1, y1 = (max(0, int(np.ceil(side))) for side in box[2:])
    pixels[y0:y1, x0:x1] = value
