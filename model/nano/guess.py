"""Values for what the answer calls seen and measuring does not find: by the painted areas of the colour alone.

A rough place is better than none, since the next turn can see it. Leaves out: anything exact (measure.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.colours import distance
from model.layout import Frame
from model.nano.sight import Sight
from model.nano.slots import SAME_COLOUR
from model.records import Region

_UPRIGHT = ("bar", "hist", "area", "line", "errorbar")


def guessed(
    kind: str, colours: Sequence[str], at: Sequence[float], horizontal: bool, frame: Frame, sight: Sight
) -> list[float]:
    """One place along the value axis for each place in `at`, fractions of the picture; the middle where all is dark."""
    x0, y0, x1, y1 = sight.box(frame)
    middle = (x0 + x1) / 2 if horizontal else (y0 + y1) / 2
    regions = _regions(colours, frame, sight) if kind in _UPRIGHT else []
    if not regions or not len(at):
        return [middle] * max(1, len(at))
    size = (sight.slots.width, sight.slots.height)
    traces = [np.array(region.trace) / size for region in regions if region.trace]
    if traces and not horizontal:
        course = np.concatenate(traces)
        course = course[np.argsort(course[:, 0], kind="stable")]
        return [float(value) for value in np.interp(at, course[:, 0], course[:, 1])]
    boxes = np.array([(region.x0, region.y0, region.x1, region.y1) for region in regions]) / (*size, *size)
    along = boxes[:, 1::2].mean(axis=1) if horizontal else boxes[:, ::2].mean(axis=1)
    ends = boxes[:, 2] if horizontal else boxes[:, 1]
    return [float(ends[np.abs(along - place).argmin()]) for place in at]


def _regions(colours: Sequence[str], frame: Frame, sight: Sight) -> list[Region]:
    """Areas of the colours in the frame, legend samples (the far smaller ones) left out."""
    found = [
        region
        for paint in sight.slots.paints
        if any(distance(paint.colour, colour) <= SAME_COLOUR for colour in colours)
        for region in paint.regions
        if frame.x0 - 2 <= region.x0 and region.x1 <= frame.x1 + 2 and frame.y0 - 2 <= region.y0
    ]
    largest = max((region.area for region in found), default=0)
    return [region for region in found if region.area > 0.03 * largest]
