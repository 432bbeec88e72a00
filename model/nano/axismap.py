"""Between a place on the picture and a value on an axis: linear or logarithmic, from two known points.

Leaves out: finding the points (decode.py takes them from tick labels, training from the figure's own limits).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from model.nano.grammar import POSITIONS


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
        usable = all(map(math.isfinite, (p0, v0, p1, v1))) and p0 != p1 and v0 != v1
        if not usable or (log and min(v0, v1) <= 0):
            return None
        return cls(p0, v0, p1, v1, log)

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

    def rounded(self, position: float) -> float:
        """The value at a position with no more digits than a bin of the picture can show."""
        value = self.value(position)
        step = abs(self.value(position + 1 / POSITIONS) - value)
        return round_to(value, step) if step > 0 else value


def round_to(value: float, step: float) -> float:
    """Rounds to the power of ten at or below a step; what is within half a step of zero becomes zero."""
    if abs(value) < 0.6 * step:
        return 0.0
    return round(value, -math.floor(math.log10(step)))
