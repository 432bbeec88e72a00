"""Between a place on the picture and a value on an axis: linear or logarithmic.

Leaves out: finding the points that calibrate an axis (places.py takes them from tick labels, training from the figure).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from model.nano.grammar import POSITIONS

AGREES = 0.02  # of the distance between the outermost ticks: how far a tick label may be from where it belongs


@dataclass(frozen=True, slots=True)
class AxisMap:
    """Maps picture fractions to values so that position p0 has value v0 and p1 has v1."""

    p0: float
    v0: float
    p1: float
    v1: float
    log: bool = False

    @classmethod
    def through(cls, p0: float, v0: float, p1: float, v1: float, log: bool = False) -> AxisMap | None:
        """None where the two points do not make an axis."""
        usable = all(map(math.isfinite, (p0, v0, p1, v1))) and abs(p0 - p1) > 1e-9 and v0 != v1
        if not usable or (log and min(v0, v1) <= 0):
            return None
        return cls(p0, v0, p1, v1, log)

    @classmethod
    def fitted(cls, points: Sequence[tuple[float, float]], log: bool = False) -> AxisMap | None:
        """The axis through two of the (position, value) points that most others agree with; the widest of the best.

        One misread tick label changes nothing. None where no two points make an axis, or where three or more points
        are so much at odds that no axis has a third point.
        """
        best: tuple[int, float, AxisMap] | None = None
        reach = max((abs(a[0] - b[0]) for a, b in itertools.combinations(points, 2)), default=0.0)
        for (p0, v0), (p1, v1) in itertools.combinations(points, 2):
            found = cls.through(p0, v0, p1, v1, log)
            if found is None:
                continue
            agreeing = sum(found.has(position, value, AGREES * reach) for position, value in points)
            if best is None or (agreeing, abs(p1 - p0)) > best[:2]:
                best = (agreeing, abs(p1 - p0), found)
        return best[2] if best and (best[0] >= 3 or len(points) == 2) else None

    def has(self, position: float, value: float, slack: float) -> bool:
        """Whether a value stands at a position, give or take `slack`."""
        return not (self.log and value <= 0) and abs(self.position(value) - position) <= slack

    def value(self, position: float) -> float:
        share = (position - self.p0) / (self.p1 - self.p0)
        if self.log:
            return self.v0 * (self.v1 / self.v0) ** max(-20.0, min(20.0, share))
        return self.v0 + share * (self.v1 - self.v0)

    def position(self, value: float) -> float:
        if self.log:
            share = math.log(max(value, 1e-300) / self.v0) / math.log(self.v1 / self.v0)
        else:
            share = (value - self.v0) / (self.v1 - self.v0)
        return self.p0 + share * (self.p1 - self.p0)

    def rounded(self, position: float, step: float = 1 / POSITIONS) -> float:
        """The value at a position with no more digits than `step`, a fraction of the picture, can show."""
        value = self.value(position)
        change = abs(self.value(position + step) - value)
        return round_to(value, change) if change > 0 else value


def round_to(value: float, step: float) -> float:
    """Rounds to the power of ten at or below a step; what is within half a step of zero becomes zero."""
    if abs(value) < 0.6 * step:
        return 0.0
    return round(value, -math.floor(math.log10(step)))
