"""Panels that a person sees: frames found in a picture, against the axes of a rendering.

A panel is found by its left and bottom spine, dark thin straight lines that meet in a corner, so this sees the usual
boxed or L-shaped axes and says None where there are none such (polar, 3-D, frameless and tinted styles).
Leaves out: grids and cells; a picture shows where panels are, not how they were asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from model.boxes import Box, area
from model.pictures import remembered
from model.records import FigureFacts, Pixels
from model.scoring.match import Matrix, assigned_total, f1

Line = tuple[int, int, int]  # where it lies, from, to (exclusive), in pixels

DARK = 130  # the brightest channel of a spine is below
MIN_SIDE = 0.1  # of the picture; narrower boxes are colour bars, bars and legends
JOINT_PX = 8  # how far the ends of two spines of one corner may be apart: ticks lengthen them
SAME = 0.5  # intersection over union from which on two boxes are one panel


def panel_similarity(picture: Pixels, facts: FigureFacts, rendering: Pixels) -> float | None:
    """F1 of panels in the same place (intersection over union); None where either picture shows no clear frames."""
    wanted, drawn = visible_panels(picture), visible_panels(rendering)
    if wanted is None or drawn is None:
        return None
    found = rendered_panels(facts)
    overlap = overlaps(wanted, found)
    overlap[overlap < SAME] = 0.0
    return f1(assigned_total(overlap**0.5), len(found), len(wanted))


def rendered_panels(facts: FigureFacts) -> tuple[Box, ...]:
    """Boxes of the axes, one for those that share a place (twins), narrow ones (colour bars) left out."""
    boxes: list[Box] = []
    for axes in facts.axes:
        x0, y0, x1, y1 = axes.box
        box = (x0 / facts.width_px, y0 / facts.height_px, x1 / facts.width_px, y1 / facts.height_px)
        if _large(box) and not (overlaps([box], boxes) > 0.95).any():
            boxes.append(box)
    return tuple(boxes)


@remembered
def visible_panels(pixels: Pixels) -> tuple[Box, ...] | None:
    """Boxes of the framed panels of a picture; None when no frame is seen or the frames make no sense."""
    height, width = pixels.shape[:2]
    red, green, blue = cv2.split(np.ascontiguousarray(pixels[..., :3]))
    dark = cv2.max(cv2.max(red, green), blue) < DARK  # NumPy's maximum over three channels takes ten times as long
    across = _lines(dark, MIN_SIDE * width)
    down = _lines(dark.T, MIN_SIDE * height)
    boxes = [
        (left / width, top / height, right / width, bottom / height)
        for bottom, x_from, right in across
        for left, top, y_to in down
        if abs(x_from - left) <= JOINT_PX and abs(y_to - bottom) <= JOINT_PX
    ]
    outer = _outermost([box for box in boxes if _large(box)])
    return tuple(outer) if outer and not _tangled(outer) else None


def overlaps(one: Sequence[Box], other: Sequence[Box]) -> Matrix:
    """Intersection over union of every pair of boxes, shape (len(one), len(other))."""
    if not len(one) or not len(other):
        return np.zeros((len(one), len(other)))
    a, b = np.array(one)[:, None], np.array(other)[None]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.clip(sides, 0, None).prod(axis=-1)
    areas = [(box[..., 2:] - box[..., :2]).prod(axis=-1) for box in (a, b)]
    return np.asarray(shared / np.maximum(areas[0] + areas[1] - shared, 1e-12))


def _lines(dark: NDArray[np.bool_], shortest: float) -> list[Line]:
    """Thin runs of dark pixels along the rows, at least `shortest` long; a run in the row above is the same line."""
    found: list[Line] = []
    for row in np.flatnonzero(dark.sum(axis=1) >= shortest):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], dark[row].astype(np.int8), [0]])))
        for start, stop in edges.reshape(-1, 2):
            if stop - start >= shortest:
                found.append((int(row), int(start), int(stop)))
    return _thin(found)


def _thin(lines: list[Line], thickest: int = 5) -> list[Line]:
    """The last row of each stack of equal runs, stacks of more than `thickest` rows (filled areas) left out."""
    stacks: list[list[Line]] = []
    for row, start, stop in lines:
        for stack in stacks:
            above = stack[-1]
            if row - above[0] == 1 and abs(start - above[1]) <= 2 and abs(stop - above[2]) <= 2:
                stack.append((row, start, stop))
                break
        else:
            stacks.append([(row, start, stop)])
    return [stack[-1] for stack in stacks if len(stack) <= thickest]


def _outermost(boxes: list[Box]) -> list[Box]:
    """Boxes that lie in no larger one, each once."""
    kept: list[Box] = []
    for box in sorted(boxes, key=area, reverse=True):
        if not any(_inside(box, other) for other in kept):
            kept.append(box)
    return kept


def _inside(box: Box, other: Box, slack: float = 0.01) -> bool:
    return (
        box[0] >= other[0] - slack
        and box[1] >= other[1] - slack
        and box[2] <= other[2] + slack
        and box[3] <= other[3] + slack
    )


def _tangled(boxes: list[Box]) -> bool:
    """Frames that cut into each other are no panels."""
    overlap = overlaps(boxes, boxes)
    return bool((overlap - np.diag(np.diag(overlap)) > 0.01).any())


def _large(box: Box) -> bool:
    return box[2] - box[0] >= MIN_SIDE and box[3] - box[1] >= MIN_SIDE
