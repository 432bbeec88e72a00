"""What training knows of a drawn picture beside its spec: where panels stand, and how texts and colours are named.

Leaves out: the answer itself (encode.py, layers.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from model.colours import distance
from model.layout import Frame
from model.nano.axismap import AxisMap
from model.nano.expected import Queue
from model.nano.grammar import coarse_colour, word
from model.nano.sight import Sight
from model.nano.slots import SAME_COLOUR
from model.nano.spec import Box


class Pointer(Protocol):
    """Says which slots show a text; an empty tuple where none does. Lines of one text are separate slots."""

    def slots(self, text: str, near: tuple[float, float]) -> tuple[int, ...]: ...


@dataclass(frozen=True, slots=True)
class DrawnPanel:
    """Where a panel came to stand: its frame as fractions of the picture, and its true axes with their scales.

    Axes that are no lines across the picture (of polar and 3-D panels) map values to shares of the axis.
    """

    frame: Box
    x: AxisMap
    y: AxisMap
    x_scale: str = "lin"  # one of places.SCALES
    y_scale: str = "lin"
    right: AxisMap | None = None


@dataclass(frozen=True, slots=True)
class Ink:
    """Names texts by slots and colours by paints. In a panel, `queue` knows what its series are expected to be."""

    sight: Sight
    pointer: Pointer
    queue: Queue | None = None

    def on(self, frame: Frame) -> Ink:
        """The ink for one panel."""
        return replace(self, queue=Queue(frame, self.sight))

    def ref(self, text: str, near: tuple[float, float]) -> list[str]:
        """A text as slots, its lines joined; nothing where the hints do not have it."""
        if not text.strip():
            return []
        parts: list[str] = []
        for slot in self.pointer.slots(text, near):
            parts += [*([word("nl")] if parts else []), f"<s{slot}>"]
        return parts

    def refs(self, texts: Sequence[str], nears: Sequence[tuple[float, float]]) -> list[str]:
        """One text for each place; what the hints do not have is missing."""
        return [token for pair in zip(texts, nears, strict=True) for token in self.ref(*pair) or [word("missing")]]

    def colour(self, colour: str) -> str:
        """The paint of that colour, or a coarse token where no paint is near."""
        near = [(distance(colour, paint.colour), index) for index, paint in enumerate(self.sight.slots.paints)]
        best = min(near, default=(999, 0))
        return f"<c{best[1]}>" if best[0] <= SAME_COLOUR else coarse_colour(colour)

    def shown(self, colour: str) -> str:
        """The colour as decoding will know it: the paint's own where a paint stands for it."""
        token = self.colour(colour)
        return self.sight.slots.paints[int(token[2:-1])].colour if token[1] == "c" else colour
