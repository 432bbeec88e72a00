"""One axes of a person's program as it stands on the chart: its frame, its axes, and how its data lies on the picture.

The program may draw in another size, with other margins and limits than the chart has. What the chart shows counts:
places come from the chart's own frame and tick labels where those are seen, and from the program's axes where not.
Leaves out: what is drawn in them (retold_layers.py, retold_rounds.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from model.boxes import cut
from model.colours import distance, written
from model.layout import Frame
from model.nano import tint
from model.nano.axismap import AxisMap
from model.nano.grammar import LAYER_WORDS
from model.nano.places import NUMBERS, ruler
from model.nano.sight import Sight
from model.nano.slots import SAME_COLOUR, parse_number
from model.nano.spec import Box
from model.records import AxesFacts, FigureFacts, Series, TextBox
from training.retold_said import Said

EVEN = 0.1  # of a step between names: how far a mark may stand from its tick
_STRANGE = 60  # colours that are farther apart are merely others
_SHIFTED = 70  # of a channel: how far a picture may shift a colour
_LINE = 8  # of a channel: what a faint grid line differs by from the ground
_AGREES = (
    0.02  # of the frame: how far the program's axis may be from the chart's tick labels, which OCR misplaces a bit
)
Floats = NDArray[np.float64]


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
    """`texts` stand inside the axes, with middles as shares of it, y upwards, in the order in which they were drawn.

    `said` is what the program says of the marks of its series.
    """

    facts: FigureFacts
    axes: AxesFacts
    frame: Frame
    x: Axis
    y: Axis
    texts: tuple[tuple[TextBox, float, float], ...]
    sight: Sight
    said: Said = field(default_factory=dict)

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

    def all_say(self, rows: Sequence[Series], option: str) -> bool:
        """Whether the program gives an option with each of the calls behind these series."""
        return bool(rows) and all(option in self.said.get(id(row), {}) for row in rows)

    def nearest(self, box: TextBox) -> bool:
        """Whether no other axes are nearer to a text."""
        return _nearest(box, self.axes, self.facts)

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
        bold, pale = (self.tinted(kind, more, colours) for more in (words, (*words, "faint")))
        if colours and self._strange(pale) < 0.5 * self._strange(bold):
            words = [*words, "faint"]
        return tuple(sorted(words, key=lambda word: LAYER_WORDS.index(word) if word in LAYER_WORDS else 99))

    def tinted(self, kind: str, words: Sequence[str], colours: Sequence[str]) -> list[str]:
        """Colours as a picture shows them in a layer of that kind."""
        alpha, behind = tint.strength(kind, words), tint.ground(self.frame, self.sight)
        return [tint.blended(colour, alpha, behind) for colour in colours]

    def painted(self, kind: str, words: Sequence[str], colour: str) -> str:
        """The colour that a program would name for what the chart shows of this one: pictures shift colours."""
        (shown,) = self.tinted(kind, words, [colour])
        near = [(distance(shown, paint.colour), paint.colour) for paint in self.sight.slots.paints]
        off, best = min(near, default=(255, ""))
        if not SAME_COLOUR < off <= _SHIFTED:
            return colour
        return tint.pure(best, tint.strength(kind, words), tint.ground(self.frame, self.sight))

    def ruled(self, name: str) -> bool:
        """Whether grid lines are seen at most ticks of an axis."""
        ticks = self.axes.x_ticks if name == "x" else self.axes.y_ticks
        shares = [share for value, _ in ticks if 0.03 < (share := self.share(name, value)) < 0.97]
        along = np.linspace(0.02, 0.98, 61)
        seen = []
        for share in shares:
            lines = [self._line(name, share, along, off) for off in (-4, -1, 0, 1, 4)]
            off = [np.abs(line - np.median(lines[0], axis=0)).max(axis=1) > _LINE for line in lines]
            beside = (off[0] | off[4]).mean()
            seen.append(max(one.mean() for one in off[1:4]) > max(0.5, beside + 0.3))
        return bool(seen) and float(np.mean(seen)) >= 0.5

    def _line(self, name: str, share: float, along: Floats, off: int) -> Floats:
        """Pixels along a line across the frame, some pixels beside it."""
        x0, y0, x1, y1 = self.frame.sides
        ways = x0 + along * (x1 - x0), y1 - along * (y1 - y0)
        at = np.full(len(along), (x0 + share * (x1 - x0) if name == "x" else y1 - share * (y1 - y0)) + off)
        columns, rows = (at, ways[1]) if name == "x" else (ways[0], at)
        height, width = self.sight.pixels.shape[:2]
        places = rows.round().astype(int).clip(0, height - 1), columns.round().astype(int).clip(0, width - 1)
        return self.sight.pixels[places].astype(float)

    def colour_at(self, x: float, y: float) -> str:
        """What is seen at a place, as fractions of the picture."""
        across, down = x * self.sight.slots.width, y * self.sight.slots.height
        patch = cut(self.sight.pixels, (across - 2, down - 2, across + 2, down + 2))
        return written(np.median(patch.reshape(-1, 3), axis=0)) if patch.size else ""

    def _strange(self, colours: Sequence[str]) -> float:
        """How far colours are from those that are seen, on average."""
        off = (min((distance(one, paint.colour) for paint in self.sight.slots.paints), default=255) for one in colours)
        return sum(min(_STRANGE, far) for far in off) / len(colours) if colours else 0.0


def scene(
    facts: FigureFacts, axes: AxesFacts, frame: Frame, sight: Sight, said: Said, main: Scene | None = None
) -> Scene:
    """With `main` these are second axes: their values are told at the right side, their x axis is that one's."""
    x0, y0, x1, y1 = sight.box(frame)
    x = main.x if main else _axis(axes, "x", "x", (x0, x1), frame, sight)
    y = _axis(axes, "y", "right" if main else "y", (y1, y0), frame, sight)
    return Scene(facts, axes, frame, x, y, _inside(axes, facts), sight, said)


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
        seen = ruler(frame, side, scale, sight)
        agrees = seen and all(abs(seen.position(end) - found.position(end)) < _AGREES for end in limits)
        found = found if agrees or seen is None else seen
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
    """Texts in and around the axes that stand nearest to these ones, and are neither titles nor a legend's."""
    around = [text for one in facts.axes for text in (one.title, one.x_label, one.y_label, *one.legend)]
    others = {line for text in around for line in text.split("\n")}
    near = [box for box in facts.texts if box.text.strip() and box.text not in others and _off(box, axes) < 1]
    return tuple((box, *_share(box, axes)) for box in near if _nearest(box, axes, facts))


def _nearest(box: TextBox, axes: AxesFacts, facts: FigureFacts) -> bool:
    return _off(box, axes) <= min(_off(box, one) for one in facts.axes) + 1e-6


def _off(box: TextBox, axes: AxesFacts) -> float:
    """How far a text is from the middle of axes, in sides of them."""
    return max(abs(share - 0.5) for share in _share(box, axes))


def _share(box: TextBox, axes: AxesFacts) -> tuple[float, float]:
    x0, y0, x1, y1 = axes.box
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    return (x - x0) / max(x1 - x0, 1e-9), (y1 - y) / max(y1 - y0, 1e-9)


def counted(places: Sequence[float], first: float) -> AxisMap | None:
    """The map from numbers of names, counted from `first`, to the picture; `places` are the outermost names'."""
    if len(places) < 2:
        return None
    return AxisMap.through(places[0], first, places[-1], first + len(places) - 1)
