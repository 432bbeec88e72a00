"""Everything that can be known of one picture before the built-in model is asked: slots, paints, layout, pixels.

Leaves out: what a layer's values are once its kind and colours are known (measure.py).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

import numpy as np
from PIL import Image

from model.layout import Frame, Layout, layout
from model.nano.slots import Slots
from model.pictures import remembered
from model.records import Chart, Hints, Pixels

P = ParamSpec("P")
T = TypeVar("T")
PICTURE_PX = 384
"""Side of the square that the model sees; model/nano/preprocessor_config.json must agree."""


@remembered
def picture(pixels: Pixels) -> Pixels:
    """The picture as the model sees it: squeezed to a square, so that places are fractions of width and height."""
    if pixels.shape[:2] == (PICTURE_PX, PICTURE_PX):
        return pixels
    squeezed = Image.fromarray(pixels).resize((PICTURE_PX, PICTURE_PX), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.asarray(squeezed)


@dataclass(frozen=True, slots=True)
class Sight:
    """`pixels` are the picture as it was given, not the square that the model sees; texts of `layout` are slots."""

    slots: Slots
    layout: Layout
    pixels: Pixels = field(repr=False, compare=False)
    known: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)  # what `once` has found

    @classmethod
    def of(cls, pixels: Pixels, hints: Hints) -> Sight:
        height, width = pixels.shape[:2]
        slots = Slots.of(hints, width, height)
        return cls(slots, layout(pixels, slots.texts, slots.paints), pixels)

    def box(self, frame: Frame) -> tuple[float, float, float, float]:
        """A frame as fractions of the picture."""
        width, height = self.slots.width, self.slots.height
        return frame.x0 / width, frame.y0 / height, frame.x1 / width, frame.y1 / height


def once(function: Callable[P, T]) -> Callable[P, T]:
    """Asks each question about a sight once: an answer is decoded again with every few of its tokens.

    For functions of plain values and sequences of them, by position, the sight last; what they return is not changed.
    """

    @functools.wraps(function)
    def asked(*arguments: P.args, **no_names: P.kwargs) -> T:
        *question, sight = arguments
        assert isinstance(sight, Sight), "the sight comes last"
        key = (function, *(tuple(one) if isinstance(one, list) else one for one in question))
        if key not in sight.known:
            sight.known[key] = function(*arguments, **no_names)
        found: T = sight.known[key]
        return found

    return asked


@functools.lru_cache(maxsize=8)
def sight_of(chart: Chart) -> Sight:
    """The sight of a chart, kept for the turns and the stream of one job."""
    return Sight.of(chart.pixels, chart.hints)
