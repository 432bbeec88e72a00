"""What a seen panel is taken for unless an answer says otherwise, so that an answer tells decisions and no copies.

Its titles and labels are the texts that stand there, its series are the legend's entries in their order, and series
without a legend wear the colours that paint most of the panel. Decoding fills these in; training leaves out of an
answer what is right by itself. Leaves out: values, which measure.py finds.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from model.boxes import Box, holds
from model.layout import Entry, Frame
from model.nano import measure
from model.nano.sight import Sight, once
from model.records import Paint, Region

NAMED = ("bar", "line", "scatter", "hist", "area", "errorbar", "radar", "rose", "box", "violin", "points3d", "curve3d")
"""Kinds whose series may be named in a legend."""
ROUND_KINDS = ("pie", "radar", "rose")
BARE_KINDS = (*ROUND_KINDS, "treemap", "graph", "surface", "bars3d", "points3d", "curve3d")
"""Kinds whose panels have no straight axes with tick labels."""
_KEY_WIDTH = 3.0  # text heights that samples take left of a legend's texts
_WIDE = 0.2  # of the frame: shorter curves are samples of a legend
_RIM = 0.7  # of the radius of axes: names of wedges and spokes stand farther from the middle


@dataclass(frozen=True, slots=True)
class Painted:
    """What one paint (its index) shows inside one frame."""

    paint: int
    regions: tuple[Region, ...]
    area: int


def words(slots: Sequence[int]) -> list[str]:
    """Slots of a text's lines as an answer would name them."""
    parts: list[str] = []
    for slot in slots:
        parts += [*(["<nl>"] if parts else []), f"<s{slot}>"]
    return parts


@once
def painted(frame: Frame, sight: Sight) -> tuple[Painted, ...]:
    """The paints inside a frame, those that paint most of it first; frames that stand in it keep their own."""
    box = frame.sides
    others = [other.sides for other in sight.layout.frames if other.sides != box]
    inner = [other for other in others if holds(box, other) and not holds(other, box)]
    found = []
    for index, paint in enumerate(sight.slots.paints):
        regions = _inside(paint, box, inner)
        if regions:
            found.append(Painted(index, regions, sum(region.area for region in regions)))
    return tuple(sorted(found, key=lambda one: -one.area))


def _inside(paint: Paint, box: Box, inner: Sequence[Box]) -> tuple[Region, ...]:
    def within(region: Region, one: Box) -> bool:
        x, y = (region.x0 + region.x1) / 2, (region.y0 + region.y1) / 2
        return one[0] <= x <= one[2] and one[1] <= y <= one[3]

    return tuple(one for one in paint.regions if within(one, box) and not any(within(one, hole) for hole in inner))


@once
def span(kind: str, frame: Frame, sight: Sight) -> tuple[float, float] | None:
    """Where the curves or areas of a panel begin and end, as fractions of the picture's width; None without any."""
    least = _WIDE * (frame.x1 - frame.x0)
    regions = [region for one in painted(frame, sight) for region in one.regions]
    if kind != "hist":
        regions = [one for one in regions if (one.trace or kind == "area") and one.x1 - one.x0 >= least]
    if not regions:
        return None
    width = sight.slots.width
    return min(region.x0 for region in regions) / width, max(region.x1 for region in regions) / width


class Queue:
    """Deals out what the series of one panel are expected to be, in the order in which an answer lists them."""

    def __init__(self, frame: Frame, sight: Sight) -> None:
        self.frame, self.sight = frame, sight
        self.entry, self.series = 0, 0

    def label(self) -> Entry | None:
        """The legend entry that is next."""
        return self.frame.legend[self.entry] if self.entry < len(self.frame.legend) else None

    def take(self, slot: int) -> int | None:
        """The next series is named by a slot, -1 for none: its paint by the legend, else by how much is painted."""
        shown, entries = painted(self.frame, self.sight), [entry.text for entry in self.frame.legend]
        index, self.series = self.series, self.series + 1
        if slot in entries:
            self.entry = entries.index(slot) + 1
            return self.frame.legend[self.entry - 1].paint
        return shown[index].paint if index < len(shown) else None


@once
def legend_place(frame: Frame, sight: Sight) -> str:
    """Where the legend stands, a word of grammar.LEGEND_PLACES; "" where there is none."""
    if not frame.legend:
        return ""
    boxes = [sight.slots.texts[entry.text] for entry in frame.legend]
    size = max(box.y1 - box.y0 for box in boxes)
    x = (min(box.x0 for box in boxes) - _KEY_WIDTH * size + max(box.x1 for box in boxes)) / 2
    y = (min(box.y0 for box in boxes) + max(box.y1 for box in boxes)) / 2
    across, down = (x - frame.x0) / (frame.x1 - frame.x0), (y - frame.y0) / (frame.y1 - frame.y0)
    if across > 1:
        return "outside right"
    if not 0 <= down <= 1:
        return "outside top" if down < 0 else "outside bottom"
    row = "upper" if down < 1 / 3 else "lower" if down > 2 / 3 else "center"
    column = "left" if across < 0.4 else "right" if across > 0.6 else "center"
    return "best" if row == column else f"{row} {column}"


_UNNOTED = ("radar", "rose", "surface", "bars3d", "points3d", "curve3d")  # the texts inside are ticks and spokes
_NUMBERED = ("labels", "cells", "percent0", "percent1", "percent2")  # words of layers that write numbers themselves
MOST_NOTES = 60


def notes(frame: Frame, kinds: Sequence[str], words_: Sequence[str], used: Collection[int], sight: Sight) -> list[int]:
    """Slots that stand inside a panel as notes: all that nothing else of its answer has `used` or writes."""
    if any(kind in _UNNOTED for kind in kinds):
        return []
    free = [slot for slot in frame.inside if slot not in used and _legible(sight.slots.texts[slot].text)]
    if any(word in _NUMBERED for word in words_):
        free = [slot for slot in free if sight.slots.number(slot) is None]
    return free if len(free) <= MOST_NOTES else []


def _legible(text: str) -> bool:
    """Whether a text is more than a mark that was taken for a letter."""
    return sum(letter.isalnum() for letter in text) >= min(2, len(text)) and (len(text) > 1 or text.isdigit())


@once
def around(start: float, frame: Frame, sight: Sight) -> tuple[int, ...]:
    """Slots of the names around a pie or polar axes, counterclockwise from `start` (radians)."""
    x, y = (frame.x0 + frame.x1) / 2, (frame.y0 + frame.y1) / 2
    radius = min(frame.x1 - frame.x0, frame.y1 - frame.y0) / 2
    found = []
    for slot in frame.inside:
        box = sight.slots.texts[slot]
        dx, dy = (box.x0 + box.x1) / 2 - x, y - (box.y0 + box.y1) / 2
        if sight.slots.number(slot) is None and math.hypot(dx, dy) > _RIM * radius:
            found.append(((math.atan2(dy, dx) - start + 1e-6) % (2 * math.pi), slot))
    return tuple(slot for _, slot in sorted(found))


def portions_start(words_: Sequence[str]) -> float:
    """Where the first wedge of a pie begins, in radians."""
    return math.pi / 2 if "startangle90" in words_ else 0.0


def portions_colours(keyed: bool, kind: str, start: float, frame: Frame, sight: Sight) -> tuple[str, ...] | None:
    """The colours of a pie's wedges: by its legend where that names them (`keyed`), else by walking around it."""
    if keyed:
        paints = sight.slots.paints
        return tuple(paints[entry.paint].colour if entry.paint is not None else "#000000" for entry in frame.legend)
    return measure.around_colours(start, frame, sight) if kind == "pie" else None
