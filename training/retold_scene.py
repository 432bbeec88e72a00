"""One axes of a person's program as it stands on the chart: its frame, its axes, and how its data lies on the picture.

The program may draw in another size, with other margins and limits than the chart has. What the chart shows counts:
places come from the chart's own frame and tick labels where those are seen, and from the program's axes where not.
Leaves out: what is drawn in them (retold_layers.py, retold_rounds.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.colours import distance
from model.layout import Frame
from model.nano import tint
from model.nano.axismap import AxisMap
from model.nano.grammar import LAYER_WORDS
from model.nano.places import ruler
from model.nano.sight import Sight
from model.nano.slots import parse_number
from model.nano.spec import Box
from model.records import AxesFacts, FigureFacts, TextBox

EVEN = 0.1  # of a step between names: how far a mark may stand from its tick
NUMBERS = 0.6  # share of numbers among tick labels from which on an axis is one of numbers (places.py has the same)
_STRANGE = 60  # colours that are farther apart are merely others


class Untold(Exception):
    """What a program draws cannot be said, or was not said well enough; the one reason, as a part of a sentence."""


@dataclass(frozen=True, slots=True)
class Named:
    """Ticks that are names, as they stand from left to right or from below: their values, their labels."""

    at: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Axis:
    """`map` leads from the program's data to the chart's picture. `scale` is one of places.SCALES, "cats" left out."""

    map: AxisMap
    scale: str
    named: Named


@dataclass(frozen=True, slots=True)
class Scene:
    """`texts` stand inside the axes, with middles as shares of it, y upwards, in the order in which they were drawn."""

    facts: FigureFacts
    axes: AxesFacts
    frame: Frame
    x: Axis
    y: Axis
    texts: tuple[tuple[TextBox, float, float], ...]
    sight: Sight

    @property
    def box(self) -> Box:
        return self.sight.box(self.frame)

    def axis(self, name: str) -> Axis:
        return self.x if name == "x" else self.y

    def order(self, name: str, values: Sequence[float]) -> list[int]:
        """Indices of values as they stand from left to right, or from below."""
        sign = 1 if name == "x" else -1
        return sorted(range(len(values)), key=lambda index: sign * self.axis(name).map.position(values[index]))

    def names(self, name: str, values: Sequence[float]) -> tuple[str, ...]:
        """The names of the ticks at values, if there is one at each and none is left over."""
        named = self.axis(name).named
        if len(named.at) != len(values) or not values:
            return ()
        step = min((abs(b - a) for a, b in zip(named.at, named.at[1:], strict=False)), default=1.0)
        near = all(abs(a - b) <= max(EVEN * step, 1e-6) for a, b in zip(named.at, values, strict=True))
        return named.labels if near else ()

    def near_names(self, name: str, values: Sequence[float], step: float) -> tuple[str, ...]:
        """The names of the ticks within half a step of each value: a program may set them at the first of its bars."""
        named = self.axis(name).named
        found = [[i for i, at in enumerate(named.at) if abs(at - value) < 0.5 * step] for value in values]
        if not found or len(named.at) != len(values) or any(len(one) != 1 for one in found):
            return ()
        return tuple(named.labels[one[0]] for one in found)

    def numbers(self) -> list[tuple[float, float, float]]:
        """Numbers that are written inside, each with its place."""
        found = ((parse_number(box.text), x, y) for box, x, y in self.texts)
        return [(number, x, y) for number, x, y in found if number is not None]

    def share(self, name: str, value: float) -> float:
        """Where a value stands along the frame, from its left or its lower side."""
        x0, y0, x1, y1 = self.box
        place = self.axis(name).map.position(value)
        return (place - x0) / (x1 - x0) if name == "x" else (y1 - place) / (y1 - y0)

    def words(self, kind: str, words: Sequence[str], colours: Sequence[str]) -> tuple[str, ...]:
        """Words in their fixed order, with "faint" where the colours are seen only through."""
        alpha, behind = tint.strength(kind, ("faint", *words)), tint.ground(self.frame, self.sight)
        pale = [tint.blended(colour, alpha, behind) for colour in colours]
        if colours and self._strange(pale) < 0.5 * self._strange(colours):
            words = [*words, "faint"]
        return tuple(sorted(words, key=lambda word: LAYER_WORDS.index(word) if word in LAYER_WORDS else 99))

    def _strange(self, colours: Sequence[str]) -> float:
        """How far colours are from those that are seen, on average."""
        off = (min((distance(one, paint.colour) for paint in self.sight.slots.paints), default=255) for one in colours)
        return sum(min(_STRANGE, far) for far in off) / len(colours) if colours else 0.0


def scene(facts: FigureFacts, axes: AxesFacts, frame: Frame, sight: Sight, main: Scene | None = None) -> Scene:
    """With `main` these are second axes: their values are told at the right side, their x axis is that one's."""
    x0, y0, x1, y1 = sight.box(frame)
    x = main.x if main else _axis(axes, "x", "x", (x0, x1), frame, sight)
    y = _axis(axes, "y", "right" if main else "y", (y1, y0), frame, sight)
    return Scene(facts, axes, frame, x, y, _inside(axes, facts), sight)


def _axis(axes: AxesFacts, name: str, side: str, ends: tuple[float, float], frame: Frame, sight: Sight) -> Axis:
    ticks = axes.x_ticks if name == "x" else axes.y_ticks
    limits = axes.x_limits if name == "x" else axes.y_limits
    log = (axes.x_scale if name == "x" else axes.y_scale) == "log"
    ticks = tuple(one for one in ticks if min(limits) <= one[0] <= max(limits) and one[1].text.strip())
    named = Named() if _counted(ticks) else _named(ticks, limits)
    scale = "none" if not ticks else "log" if log else "lin"
    own = (0.0, 1.0) if axes.projection != "rectilinear" else ends
    found = AxisMap.through(own[0], limits[0], own[1], limits[1], log)
    if found is None:
        raise Untold(f"its {name} axis has no length")
    if axes.projection == "rectilinear" and not named.at:
        found = ruler(frame, side, scale, sight) or found
    return Axis(found, scale, named)


def _counted(ticks: Sequence[tuple[float, TextBox]]) -> bool:
    """Whether tick labels are numbers, and those of their values."""
    numbers = [(value, parse_number(box.text)) for value, box in ticks]
    there = [(value, number) for value, number in numbers if number is not None]
    if len(there) < max(1, NUMBERS * len(ticks)):
        return not ticks
    numerals = [value for value, _ in numbers] == list(range(len(numbers)))  # years as names
    return not numerals or sum(value == number for value, number in there) >= 0.5 * len(there)


def _named(ticks: Sequence[tuple[float, TextBox]], limits: tuple[float, float]) -> Named:
    kept = sorted(ticks, key=lambda one: one[0], reverse=limits[0] > limits[1])
    return Named(tuple(value for value, _ in kept), tuple(box.text for _, box in kept))


def _inside(axes: AxesFacts, facts: FigureFacts) -> tuple[tuple[TextBox, float, float], ...]:
    """Texts in and close around the axes that are neither its titles nor its legend's."""
    around = [text for one in facts.axes for text in (one.title, one.x_label, one.y_label, *one.legend)]
    others = {line for text in around for line in text.split("\n")}
    x0, y0, x1, y1 = axes.box
    found = []
    for box in facts.texts:
        x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        share = (x - x0) / max(x1 - x0, 1e-9), (y1 - y) / max(y1 - y0, 1e-9)
        if box.text.strip() and box.text not in others and all(-0.15 <= one <= 1.15 for one in share):
            found.append((box, *share))
    return tuple(found)


def counted(places: Sequence[float], first: float) -> AxisMap | None:
    """The map from numbers of names, counted from `first`, to the picture; `places` are the outermost names'."""
    if len(places) < 2:
        return None
    return AxisMap.through(places[0], first, places[-1], first + len(places) - 1)
