"""Where bars begin that do not begin at 0: floating ones, stacks around a centre, bars off another base line.

Training and decoding both ask here, so that what training calls right is what decoding will find.
Leaves out: finding the bars (bars.py), and what feet mean in a stack (spans.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from model.layout import Frame
from model.nano import measure, printed
from model.nano.axismap import AxisMap
from model.nano.sight import Sight
from model.nano.spans import floats, with_lengths
from model.nano.spec import SeriesSpec

NEAR = 0.015  # of the frame's side: a foot so near to 0 or to the rim stands there


def seen_feet(
    words: Sequence[str],
    colours: Sequence[str],
    at: Sequence[float],
    along: AxisMap,
    frame: Frame,
    sight: Sight,
    *,
    lowest: bool,
) -> tuple[float, ...]:
    """Places where the bars of one series begin; none where that is 0, the rim of the frame, or not seen.

    Of a stack only the `lowest` part may begin there; the others begin on one another, which is told as it is.
    """
    places = measure.feet(words, colours, at, frame, sight)
    if places is None:
        return ()
    x0, y0, x1, y1 = sight.box(frame)
    ends = np.array([x0, x1] if "horizontal" in words else [y1, y0])
    feet, slack = np.array(places), NEAR * abs(float(ends[1] - ends[0]))
    zero = ends[0] if along.log else along.position(0.0)
    feet[np.abs(feet - zero) <= slack] = zero
    if lowest and any((np.abs(feet - line) <= slack).all() for line in (zero, *ends)):
        return ()
    return tuple(feet.tolist())


def with_feet(
    row: SeriesSpec, words: Sequence[str], at: Sequence[float], along: AxisMap, step: float, frame: Frame, sight: Sight,
    *, lowest: bool,
) -> SeriesSpec:  # fmt: skip
    """Bars of known ends with the values where they begin, if that is neither 0 nor what stands below."""
    feet = seen_feet(words, row.colours, at, along, frame, sight, lowest=lowest)
    return replace(row, lo=tuple(along.rounded(foot, step) for foot in feet))


def lengthened(
    row: SeriesSpec, words: Sequence[str], at: Sequence[float], along: AxisMap, frame: Frame, sight: Sight
) -> SeriesSpec:
    """Bars with lengths instead of ends, each as exact as it is written. Stacks are added up later (spans.py)."""
    if "stacked" in words:
        return row
    feet = row.lo if floats(row) else (0.0,) * len(row.y)
    ends, row = row.y, with_lengths(row)
    if "cells" in words:  # in their middle
        ends = tuple((foot + end) / 2 for foot, end in zip(feet, ends, strict=True))
    elif "labels" not in words:
        return row
    places = tuple(along.position(end) for end in ends)
    sides = measure.bar_sides(words, row.colours, at, frame, sight) or [(at_one, at_one) for at_one in at]
    values, written = printed.labels(row.y, places, sides, "horizontal" in words, frame, sight)
    return replace(row, y=values, written=written)


def slack(words: Sequence[str], along: AxisMap, frame: Frame, sight: Sight) -> float:
    """How far two ends may be from each other on the axis of values and still be one."""
    x0, y0, x1, y1 = sight.box(frame)
    ends = (x0, x1) if "horizontal" in words else (y1, y0)
    return NEAR * abs(along.value(ends[1]) - along.value(ends[0]))
