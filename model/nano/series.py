"""Tokens -> one layer: categories, abscissae, and the values of its series, seen in the picture or named by place.

The other direction of layers.py. What an answer does not say is expected (expected.py) or measured (measure.py); what
does not fit is passed over.
Leaves out: panels (decode.py) and making the parts fit (fitting.py).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from model.layout import Frame
from model.nano import colormaps, grammar, measure, pen, printed, tint
from model.nano.axismap import AxisMap, round_to
from model.nano.cells import heat_layer
from model.nano.cursor import Cursor
from model.nano.expected import NAMED, Queue, around, portions_colours, portions_start, span
from model.nano.feet import lengthened, slack, with_feet
from model.nano.fitting import fitted_layer
from model.nano.guess import guessed
from model.nano.places import category_places, tick_points, tick_slots
from model.nano.sight import Sight
from model.nano.spans import beside, unstacked
from model.nano.spec import LayerSpec, SeriesSpec

TABLEAU = (
    "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf",
)  # fmt: skip
_HEADS = ("<cats>", "<lin>", "<xs>", "<ser>", "<lab>")
_NEXT = ("<kind:", "<panel>", "</prog>")  # where a layer ends at the latest
_VALUES = ("<x>", "<y>", "<hi>", "<lo>", "<size>", "<from>", "<to>")
_SHARES = ("pie", "treemap")
_ROUND = ("radar", "rose")
_SPACE = ("bars3d", "points3d", "curve3d")
_MARGIN = 0.0455  # of the frame's side: what matplotlib leaves free beside the data
_SHORT = 0.04  # of the frame's side: error bars that are there and not found
_LOST = 60  # categories; a picture has fewer
_MEASURED = ("bar", "line", "area", "errorbar", "hist", "scatter", *_SHARES, *_ROUND, "box", "violin")


@dataclass(frozen=True, slots=True)
class Axes:
    """What is known of a panel before its layers are read. Maps are from tick labels, or shares of the frame."""

    frame: Frame
    x: AxisMap
    y: AxisMap
    right: AxisMap
    step: tuple[float, float]  # a pixel as fractions of the picture


@dataclass(slots=True)
class _Heading:
    """The part of a layer before its series."""

    words: list[str]
    numbers: list[int]
    categories: list[tuple[str, int]]
    places: list[float]  # of abscissae
    names: list[str]  # of the rows of a heat map
    ticked: list[float]  # abscissae that are tick labels
    boxes: int = 0  # series that the answer goes on to tell
    evenly: bool = False
    keyed: bool = False  # the legend names the categories


class LayerReader:
    """Reads the layers of one panel."""

    def __init__(self, cursor: Cursor, axes: Axes, queue: Queue, sight: Sight) -> None:
        self.cursor, self.axes, self.queue, self.sight = cursor, axes, queue, sight

    def layer(self, kind: str) -> LayerSpec | None:
        """The layer at this place; None where nothing of it can be read."""
        words = self._barred(kind, self._mapped(kind, self.cursor.words(grammar.LAYER_WORDS, "cmap:", "pattern:")))
        head = _Heading(words, self.cursor.integers(2), [], [], [], [])
        head.boxes = self.cursor.count("<ser>", _NEXT)
        rows: list[SeriesSpec] = []
        while (token := self.cursor.peek()) in _HEADS:
            self.cursor.take()
            if token == "<ser>":
                rows.append(self._series(kind, head, len(rows)))
            else:
                self._heading(token, kind, head)
        if kind == "heat":
            return self._cells(head)
        if not rows and kind in _MEASURED:  # an answer that lost itself before it came to them
            rows.append(self._series(kind, head, 0))
        rows = [row for row in rows if row.y]
        if not rows:
            return None
        names = tuple(name for name, _ in head.categories)
        x = () if any(names) else tuple(self._abscissae(head))
        layer = fitted_layer(LayerSpec(kind, tuple(rows), names if any(names) else (), x, tuple(words)))
        if "stacked" not in words:
            return layer
        near = slack(words, self._along(head)[0], self.axes.frame, self.sight)
        return replace(layer, series=unstacked(layer.series, near))

    def _mapped(self, kind: str, words: list[str]) -> list[str]:
        """The layer's words with the colour map that its pixels are taken from, where one explains them."""
        others = [word for word in words if not word.startswith("cmap:")]
        asked = kind == "heat" or (kind == "contour" and len(others) < len(words))
        seen = colormaps.seen(self.axes.frame, self.sight) if asked else ""
        return [*others, f"cmap:{seen}"] if seen else words

    def _barred(self, kind: str, words: list[str]) -> list[str]:
        """The layer's words with a colour bar where one is seen, and without one where there is none."""
        bar = colormaps.has_bar(self.axes.frame, self.sight) if kind in ("heat", "contour", "surface") else None
        if bar is None:
            return words
        return [*(word for word in words if word != "colorbar"), *(["colorbar"] if bar else [])]

    # ---- categories and abscissae ------------------------------------------------------------------------------------

    def _heading(self, token: str, kind: str, head: _Heading) -> None:
        flat = "horizontal" in head.words
        seen = self.cursor.accept("<seen>")
        if token == "<cats>":
            head.keyed = not seen and self.cursor.accept("<entry>")
            slots = self._names(kind, head) if seen or head.keyed else ()
            told = [] if slots else self.cursor.refs()
            if len(told) > _LOST:  # it wrote one word again and again
                slots, told = self._names(kind, head), []
            head.categories = [(self.cursor.text(slot), slot) for slot in slots] or told
        elif token == "<lab>":
            ticks = tuple(reversed(self.axes.frame.y_ticks))
            head.names = [self.cursor.text(slot) for slot in ticks] if seen else [n for n, _ in self.cursor.refs()]
        elif token == "<xs>" and seen:
            points = tick_points(self.axes.frame, "y" if flat else "x", self.sight)
            head.places, head.ticked = [place for place, _ in points], [value for _, value in points]
        elif token == "<xs>":
            head.places = self.cursor.positions()
        else:
            self._evenly(kind, head, seen=seen)

    def _names(self, kind: str, head: _Heading) -> tuple[int, ...]:
        """Slots of the categories that need no naming."""
        frame = self.axes.frame
        if head.keyed:
            return tuple(entry.text for entry in frame.legend)
        if kind in ("pie", *_ROUND):
            return around(portions_start(head.words) if kind == "pie" else 0.0, frame, self.sight)
        return tick_slots(frame, "y" if "horizontal" in head.words else "x")

    def _evenly(self, kind: str, head: _Heading, *, seen: bool) -> None:
        ends = list(self._ends_seen(kind)) if seen else self.cursor.positions()
        count = [*self.cursor.integers(1), 0][0]
        if len(ends) >= 2 and count:
            edges = count + 1 if kind == "hist" else count
            head.places, head.evenly = np.linspace(ends[0], ends[-1], edges).tolist(), True

    def _ends_seen(self, kind: str) -> tuple[float, float]:
        """Where the drawing begins and ends; where nothing tells, at matplotlib's margins."""
        x0, _, x1, _ = self.sight.box(self.axes.frame)
        margin = _MARGIN * (x1 - x0)
        return span(kind, self.axes.frame, self.sight) or (x0 + margin, x1 - margin)

    def _at(self, kind: str, head: _Heading) -> tuple[float, ...]:
        """Where measuring looks for the values of a series."""
        if kind in _ROUND:
            count = len(head.categories) or [*head.numbers, 0][0]
            return tuple(2 * np.pi * index / count for index in range(count))
        if head.categories:
            slots = [slot for _, slot in head.categories]
            flat = "horizontal" in head.words
            return category_places(len(slots), slots, kind, flat, self.axes.frame, self.sight)
        if kind == "hist":
            return tuple((a + b) / 2 for a, b in itertools.pairwise(head.places))
        return tuple(head.places)

    def _abscissae(self, head: _Heading) -> list[float]:
        if head.ticked:
            return head.ticked
        flat = "horizontal" in head.words
        across, step = (self.axes.y, self.axes.step[1]) if flat else (self.axes.x, self.axes.step[0])
        if head.evenly and not across.log:
            return _spread(
                across.rounded(head.places[0], step), across.rounded(head.places[-1], step), len(head.places)
            )
        return [across.rounded(place) for place in head.places]

    # ---- series ------------------------------------------------------------------------------------------------------

    def _series(self, kind: str, head: _Heading, index: int) -> SeriesSpec:
        cursor = self.cursor
        each = cursor.accept("<each>")
        told = cursor.colours()
        at = self._at(kind, head)
        label, paint = self._label(kind)
        colours = self._each(at, head) if each else told or self._own(kind, head, paint)
        colours = tuple(colours or [TABLEAU[index % 10]])
        if kind in ("box", "violin"):
            at = beside(at, head.boxes)
            colours = colours if told else self._filling(kind, head, at, index, colours)
            at = at[index : index + 1]
        marks = cursor.words((), "line:", "marker:")
        row = SeriesSpec((), label=label, colours=colours, words=tuple(marks))
        parts: set[str] = set()
        while cursor.peek() in _VALUES:
            name = cursor.take()[1:-1]
            parts.add(name)
            row = row if name == "y" else self._measured(kind, head, row, at)
            row = self._part(kind, head, row, name, at, seen=cursor.accept("<seen>"))
        row = self._measured(kind, head, row, at)
        if kind == "bar":
            row = self._barlike(head, row, at, index, based=bool(parts & {"hi", "lo"}))
        return self._pure(kind, head, self._penned(kind, head, row, at))

    def _barlike(self, head: _Heading, row: SeriesSpec, at: Sequence[float], index: int, *, based: bool) -> SeriesSpec:
        """Bars with lengths, and with their feet unless those were told or are on the base line (`based`)."""
        along, step = self._along(head)
        lowest = not index or "stacked" not in head.words
        if not based:
            row = with_feet(row, head.words, at, along, step, self.axes.frame, self.sight, lowest=lowest)
        return lengthened(row, head.words, at, along, self.axes.frame, self.sight)

    def _penned(self, kind: str, head: _Heading, row: SeriesSpec, at: Sequence[float]) -> SeriesSpec:
        """A line in the style that is seen."""
        if kind != "line" or {"step", "horizontal"} & set(head.words) or not row.y or len(at) != len(row.y):
            return row
        along, _ = self._along(head)
        points = tuple((x, along.position(y)) for x, y in zip(at, row.y, strict=True))
        style, marker = pen.drawn(row.colours[0], points, self.axes.frame, self.sight)
        return replace(row, words=pen.replaced(row.words, style, marker))

    def _pure(self, kind: str, head: _Heading, row: SeriesSpec) -> SeriesSpec:
        """The series in the colours that a program names, of which a picture shows less."""
        alpha = tint.strength(kind, head.words)
        if alpha == 1:
            return row
        behind = tint.ground(self.axes.frame, self.sight)
        return replace(row, colours=tuple(tint.pure(colour, alpha, behind) for colour in row.colours))

    def _label(self, kind: str) -> tuple[str, int | None]:
        """The next series' name and paint."""
        entry = self.queue.label() if kind in NAMED else None
        slot = entry.text if entry else -1
        label = self.cursor.text(slot)
        if self.cursor.accept("<lab>"):
            label, slot = ("", -1) if self.cursor.accept("<missing>") else self.cursor.ref()
        return label, self.queue.take(slot)

    def _each(self, at: Sequence[float], head: _Heading) -> Sequence[str]:
        return measure.each_colour(at, "horizontal" in head.words, self.axes.frame, self.sight) or ()

    def _own(self, kind: str, head: _Heading, paint: int | None) -> Sequence[str]:
        """The colours of a series of which none are told."""
        if kind in _SHARES:
            start = portions_start(head.words)
            return portions_colours(head.keyed, kind, start, self.axes.frame, self.sight) or ()
        return [self.sight.slots.paints[paint].colour] if paint is not None else ()

    def _filling(
        self, kind: str, head: _Heading, at: Sequence[float], index: int, other: tuple[str, ...]
    ) -> tuple[str, ...]:
        """The colour of a box or violin, none for an outline; another one where none is seen."""
        flat = "horizontal" in head.words
        found = measure.box_colours(at, kind == "violin", flat, self.axes.frame, self.sight)
        if index >= len(found) or (colour := found[index]) is None:
            return other
        return (colour,) if colour else ()

    def _measured(self, kind: str, head: _Heading, row: SeriesSpec, at: Sequence[float]) -> SeriesSpec:
        """The series with its values, which are measured where none are told."""
        return row if row.y or kind not in _MEASURED else self._part(kind, head, row, "y", at, seen=True)

    def _part(
        self, kind: str, head: _Heading, row: SeriesSpec, name: str, at: Sequence[float], *, seen: bool
    ) -> SeriesSpec:
        if kind in ("contour", "surface"):
            return self._hill(row, name)
        if kind in _SPACE:
            return _put(row, name, self.cursor.positions()) if name in ("x", "y", "hi") else row
        if kind == "quiver":
            return self._arrows(row, name)
        if name in ("from", "to"):
            ends = tuple(float(number) for number in self.cursor.integers(40))
            return replace(row, hi=ends) if name == "from" else replace(row, lo=ends)
        if name == "size":
            return replace(row, size=(1.0,) * len(row.y))
        if kind in ("scatter", "graph"):
            return self._points(kind, head, row, seen=seen)
        return self._values(kind, head, row, name, at, seen=seen)

    def _along(self, head: _Heading) -> tuple[AxisMap, float]:
        if "horizontal" in head.words:
            return self.axes.x, self.axes.step[0]
        return (self.axes.right if "twin" in head.words else self.axes.y), self.axes.step[1]

    def _values(
        self, kind: str, head: _Heading, row: SeriesSpec, name: str, at: Sequence[float], *, seen: bool
    ) -> SeriesSpec:
        """Heights, shares and radii; ends of error bars."""
        along, step = self._along(head)
        if name == "hi" and seen:
            return self._ends(head, row, at)
        places = self._seen(kind, head, row, at) if seen else self.cursor.positions()
        if kind in _SHARES:
            return replace(row, y=printed.shares(places, self.axes.frame, self.sight))
        if kind in _ROUND:
            top = printed.radius(self.axes.frame, self.sight)
            return replace(row, y=tuple(round(place * top, 3) for place in places))
        values = tuple(along.rounded(place, step if seen else 1 / grammar.POSITIONS) for place in places)
        return _put(row, name, values) if name in ("y", "hi", "lo") else row

    def _ends(self, head: _Heading, row: SeriesSpec, at: Sequence[float]) -> SeriesSpec:
        """The series with the ends of its error bars or the rims of its band; short ones where none are found."""
        along, step = self._along(head)
        frame, flat = self.axes.frame, "horizontal" in head.words
        tops = [along.position(value) for value in row.y]
        if "band" in head.words:
            found = measure.band_ends(at, tops, row.colours[0], frame, self.sight)
        else:
            found = measure.error_ends(at, tops, flat, frame, self.sight)
        if found is None:
            x0, y0, x1, y1 = self.sight.box(frame)
            short = _SHORT * (x1 - x0 if flat else y0 - y1)
            found = tuple(top + short for top in tops), tuple(top - short for top in tops)
        hi, lo = (tuple(along.rounded(place, step) for place in ends) for ends in found)
        return replace(row, hi=hi, lo=lo)

    def _seen(self, kind: str, head: _Heading, row: SeriesSpec, at: Sequence[float]) -> Sequence[float]:
        found = measure.seen(kind, head.words, row.colours, at, self.axes.frame, self.sight)
        if found is not None:
            return found
        if kind in _SHARES:
            return [1 / max(1, len(row.colours))] * len(row.colours)
        flat = "horizontal" in head.words
        if kind in _ROUND:
            return [0.5] * max(1, len(at))
        places = guessed(kind, row.colours, at, flat, self.axes.frame, self.sight)
        return places * 5 if kind in ("box", "violin") else places

    def _points(self, kind: str, head: _Heading, row: SeriesSpec, *, seen: bool) -> SeriesSpec:
        told = [] if seen else self.cursor.positions()
        places = list(measure.seen(kind, head.words, row.colours, (), self.axes.frame, self.sight) or told)
        xs, ys = places[0::2], places[1::2]
        if kind == "graph":
            x0, y0, x1, y1 = self.sight.box(self.axes.frame)
            shares = [
                (round((x - x0) / (x1 - x0), 3), round((y1 - y) / (y1 - y0), 3)) for x, y in zip(xs, ys, strict=False)
            ]
            return replace(row, x=tuple(x for x, _ in shares), y=tuple(y for _, y in shares))
        count = min(len(xs), len(ys))
        return replace(
            row,
            x=tuple(self.axes.x.rounded(place, self.axes.step[0]) for place in xs[:count]),
            y=tuple(self.axes.y.rounded(place, self.axes.step[1]) for place in ys[:count]),
        )

    def _hill(self, row: SeriesSpec, name: str) -> SeriesSpec:
        if name in ("x", "y"):
            places = self.cursor.positions()[:1]
            ruler_ = self.axes.x if name == "x" else self.axes.y
            return _put(row, name, [ruler_.rounded(place) for place in places])
        numbers = self.cursor.integers(1) or [15]
        x0, _, x1, _ = self.sight.box(self.axes.frame)
        span = abs(self.axes.x.value(x1) - self.axes.x.value(x0))
        if name == "hi":
            return replace(row, hi=((numbers[0] - 15) / 15,))
        return replace(row, lo=(round(max(1, numbers[0]) / 31 * span, 3),))

    def _arrows(self, row: SeriesSpec, name: str) -> SeriesSpec:
        if name == "hi":
            return replace(row, hi=tuple(float(number) for number in self.cursor.integers(2)))
        places = self.cursor.positions()[:2]
        ruler_ = self.axes.x if name == "x" else self.axes.y
        return _put(row, name, [ruler_.rounded(place) for place in places]) if name in ("x", "y") else row

    def _cells(self, head: _Heading) -> LayerSpec:
        rows_seen, cols_seen = measure.cell_counts(self.axes.frame, self.sight)
        count = len(head.names) or rows_seen or max([*head.numbers[:1], 1])
        cols = len(head.categories) or cols_seen or max([*head.numbers[1:2], 1])
        names = (head.names + [""] * count)[:count]
        columns = [name for name, _ in head.categories]
        return heat_layer(head.words, names, columns, cols, self.axes.frame, self.sight)


def _put(row: SeriesSpec, name: str, values: Sequence[float]) -> SeriesSpec:
    """The series with the values of one role."""
    x, y, hi, lo = (tuple(values) if name == role else getattr(row, role) for role in ("x", "y", "hi", "lo"))
    return replace(row, x=x, y=y, hi=hi, lo=lo)


def _spread(first: float, last: float, count: int) -> list[float]:
    """`count` evenly spaced values; whole numbers where the step is nearly whole (years, counts)."""
    if count < 2:
        return [first]
    step = (last - first) / (count - 1)
    whole = round(step) != 0 and abs(step - round(step)) < 0.03 * abs(step)
    if whole:
        return [float(round(first) + i * round(step)) for i in range(count)]
    return [round_to(first + i * step, abs(step) / 20) if step else first for i in range(count)]
