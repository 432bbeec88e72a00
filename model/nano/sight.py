"""Everything that can be known of one picture before the built-in model is asked: slots, paints, layout, pixels.

Leaves out: what a layer's values are once its kind and colours are known (measure.py).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

from model.layout import Frame, Layout, layout
from model.nano.slots import Slots
from model.records import Chart, Hints, Pixels


@dataclass(frozen=True, slots=True)
class Sight:
    """`pixels` are the picture as it was given, not the square that the model sees; texts of `layout` are slots."""

    slots: Slots
    layout: Layout
    pixels: Pixels = field(repr=False, compare=False)

    @classmethod
    def of(cls, pixels: Pixels, hints: Hints) -> Sight:
        height, width = pixels.shape[:2]
        slots = Slots.of(hints, width, height)
        return cls(slots, layout(pixels, slots.texts, slots.paints), pixels)

    def box(self, frame: Frame) -> tuple[float, float, float, float]:
        """A frame as fractions of the picture."""
        width, height = self.slots.width, self.slots.height
        return frame.x0 / width, frame.y0 / height, frame.x1 / width, frame.y1 / height


@functools.lru_cache(maxsize=8)
def sight_of(chart: Chart) -> Sight:
    """The sight of a chart, kept for the turns and the stream of one job."""
    return Sight.of(chart.pixels, chart.hints)
