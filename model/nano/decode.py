"""Tokens -> spec: reads the built-in model's answer forgivingly, so that any answer ends in a program that can run.

Unknown tokens are passed over, lists are cut to the same length, slots and paints that do not exist are left out.
Works on a half-written answer too, which is how a stream is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from model.nano import grammar
from model.nano.axismap import AxisMap, round_to
from model.nano.cursor import Cursor
from model.nano.grammar import LAYER_WORDS
from model.nano.slots import Slots
from model.nano.spec import AxisSpec, Box, FigureSpec, LayerSpec, PanelSpec, Rule, SeriesSpec

_MOST_PANELS = 16
_TABLEAU = (
    "#1f77b4",
    "#ff7f0e",
    "#2ca02c",
    "#d62728",
    "#9467bd",
    "#8c564b",
    "#e377c2",
    "#7f7f7f",
    "#bcbd22",
    "#17becf",
)
_UNIT = AxisMap(1.0, 0.0, 0.0, 1.0)  # an axis without readable ticks: bottom 0, top 1


@dataclass(slots=True)
class _Reading:
    """What the think block says of one panel."""

    cell: tuple[int, int, int, int] = (0, 0, 0, 0)
    kind: str = ""
    count: int = 0
    legend: bool = False
    frame: Box | None = None
    x: AxisMap | None = None
    y: AxisMap | None = None


def decode(raw: str, slots: Slots) -> FigureSpec | None:
    """The spec that an answer means; None while not one layer of it can be read."""
    cursor = Cursor(grammar.pieces(raw), slots)
    rows, cols, readings = _read_think(cursor)
    spec = FigureSpec((), rows, cols, (slots.width / 100, slots.height / 100))
    panels: list[PanelSpec] = []
    while (token := cursor.take()) and token != "</prog>":
        if token == "<panel>" and len(panels) < min(_MOST_PANELS, rows * cols):
            reading = readings[len(panels)] if len(panels) < len(readings) else _Reading(cell=_cell(len(panels), cols))
            panels.append(_panel(cursor, reading))
        elif token.startswith("<style:"):
            spec = replace(spec, style=token[7:-1])
        elif token == "<suptitle>":
            spec = replace(spec, title=cursor.ref())
    drawn = tuple(panel for panel in panels if panel.layers)
    return replace(spec, panels=drawn) if drawn else None


def read(raw: str, slots: Slots) -> tuple[int, int, list[_Reading]]:
    """The think block alone: rows, columns, and what it says of each panel."""
    return _read_think(Cursor(grammar.pieces(raw), slots))


def _cell(index: int, cols: int) -> tuple[int, int, int, int]:
    return index // cols, index // cols, index % cols, index % cols


def _read_think(cursor: Cursor) -> tuple[int, int, list[_Reading]]:
    rows = cols = 1
    readings: list[_Reading] = []
    if cursor.peek() == "<think>":
        cursor.take()
        rows, cols = (max(1, min(8, n)) for n in [*cursor.integers(2), 1, 1][:2])
    while (token := cursor.peek()) and token not in ("</think>", "<prog>"):
        cursor.take()
        if token == "<panel>":
            readings.append(_Reading(cell=_fitting_cell(cursor.integers(4), len(readings), rows, cols)))
        elif readings:
            _read_panel(token, cursor, readings[-1])
    while cursor.peek() in ("</think>", "<prog>"):
        cursor.take()
    return rows, cols, readings


def _fitting_cell(numbers: list[int], index: int, rows: int, cols: int) -> tuple[int, int, int, int]:
    if len(numbers) == 4 and numbers[0] <= numbers[1] < rows and numbers[2] <= numbers[3] < cols:
        return numbers[0], numbers[1], numbers[2], numbers[3]
    row0, row1, col0, col1 = _cell(index, cols)
    return min(row0, rows - 1), min(row1, rows - 1), col0, col1


def _read_panel(token: str, cursor: Cursor, reading: _Reading) -> None:
    if token.startswith("<kind:"):
        reading.kind = token[6:-1]
        reading.count = [*cursor.integers(1), 0][0]
    elif token == "<legend>":
        reading.legend = True
    elif token == "<frame>":
        places = cursor.positions()
        if len(places) == 4 and places[0] < places[2] and places[1] < places[3]:
            reading.frame = (places[0], places[1], places[2], places[3])
    elif token in ("<xcal>", "<ycal>"):
        axis = 0 if token == "<xcal>" else 1
        pair = cursor.slot_numbers()
        log = cursor.accept("<log>")
        found = _calibrate(cursor.slots, pair, axis, log)
        if axis == 0:
            reading.x = found
        else:
            reading.y = found


def _calibrate(slots: Slots, pair: list[int], axis: int, log: bool) -> AxisMap | None:
    values = [slots.number(slot) for slot in pair]
    if len(pair) != 2 or values[0] is None or values[1] is None:
        return None
    places = [slots.centre(slot)[axis] for slot in pair]
    return AxisMap.through(places[0], values[0], places[1], values[1], log)


def _limits(axis: AxisMap | None, ends: tuple[float, float] | None) -> tuple[float, float] | None:
    """The values at the frame's two ends, rounded to what its picture can show."""
    if axis is None or ends is None:
        return None
    low, high = axis.rounded(ends[0]), axis.rounded(ends[1])
    if axis.log:
        low, high = axis.value(ends[0]), axis.value(ends[1])
        return (round_to(low, abs(low) / 50), round_to(high, abs(high) / 50)) if low < high else None
    return (low, high) if low != high else None


def _panel(cursor: Cursor, reading: _Reading) -> PanelSpec:
    frame = reading.frame
    default = AxisMap(frame[3], 0.0, frame[1], 1.0) if frame else _UNIT
    x = reading.x or (AxisMap(frame[0], 0.0, frame[2], 1.0) if frame else AxisMap(0.0, 0.0, 1.0, 1.0))
    reader = _PanelReader(cursor, x, reading.y or default)
    panel = PanelSpec((), cell=reading.cell, box=frame)
    while (token := cursor.peek()) and token not in ("<panel>", "</prog>", "<suptitle>"):
        cursor.take()
        panel = reader.apply(panel, token)
    across = _limits(reading.x, (frame[0], frame[2]) if frame else None)
    along = _limits(reading.y, (frame[3], frame[1]) if frame else None)
    flat = any(layer.kind in ("pie", "heat") for layer in panel.layers)
    return replace(
        panel,
        x=replace(panel.x, limits=None if flat else across, log=bool(reading.x and reading.x.log)),
        y=replace(panel.y, limits=None if flat else along, log=bool(reading.y and reading.y.log)),
    )


class _PanelReader:
    """Reads the program part of one panel with its axes at hand."""

    def __init__(self, cursor: Cursor, x: AxisMap, y: AxisMap) -> None:
        self.cursor, self.x, self.y = cursor, x, y

    def apply(self, panel: PanelSpec, token: str) -> PanelSpec:
        cursor = self.cursor
        match token:
            case "<title>":
                return replace(panel, title=cursor.ref())
            case "<xlabel>":
                return replace(panel, x=AxisSpec(cursor.ref()))
            case "<ylabel>":
                return replace(panel, y=AxisSpec(cursor.ref()))
            case "<legend>":
                place = cursor.named("loc:")
                return replace(panel, legend=place or "best")
            case "<grid>":
                return replace(panel, grid=cursor.named("axis-") or "both")
            case "<open>":
                return replace(panel, open_frame=True)
            case "<hline>" | "<vline>":
                return self._rule(panel, "x" if token == "<vline>" else "y")
            case _ if token.startswith("<kind:") and token[6:-1] in grammar.KINDS:
                layer = self.layer(token[6:-1])
                return replace(panel, layers=(*panel.layers, layer)) if layer else panel
        return panel

    def _rule(self, panel: PanelSpec, axis: str) -> PanelSpec:
        places = self.cursor.positions()
        colours = self.cursor.colours()
        style = self.cursor.named("line:") or "dashed"
        if not places:
            return panel
        value = (self.x if axis == "x" else self.y).rounded(places[0])
        rule = Rule(axis, value, colours[0] if colours else "#000000", style)
        return replace(panel, rules=(*panel.rules, rule))

    def layer(self, kind: str) -> LayerSpec | None:
        words = self.cursor.words(LAYER_WORDS, "cmap:")
        categories: list[str] = []
        x: list[float] = []
        rows: list[SeriesSpec] = []
        bar = self.y
        across = self.y if "horizontal" in words else self.x
        evenly: tuple[float, float, int] | None = None
        while (token := self.cursor.peek()) in ("<cats>", "<lin>", "<xs>", "<ser>"):
            self.cursor.take()
            if token == "<cats>":
                categories = self.cursor.refs()
            elif token == "<xs>":
                x = [across.rounded(place) for place in self.cursor.positions()]
            elif token == "<lin>" and kind == "heat":
                bar = _calibrate(self.cursor.slots, self.cursor.slot_numbers(), 1, False) or bar
            elif token == "<lin>":
                evenly = self._evenly(across)
            elif token == "<ser>":
                rows.append(self.series(kind, words, bar, len(rows)))
        rows = [row for row in rows if row.y]
        if not rows:
            return None
        if evenly:
            bins = evenly[2] or min(31, max(1, len(rows[0].y)))
            x = _spread(evenly[0], evenly[1], bins + 1 if kind == "hist" else len(rows[0].y))
        return _settle(LayerSpec(kind, tuple(rows), tuple(categories), tuple(x), tuple(words)))

    def _evenly(self, across: AxisMap) -> tuple[float, float, int] | None:
        ends = self.cursor.positions()
        count = [*self.cursor.integers(1), 0][0]
        return (across.rounded(ends[0]), across.rounded(ends[-1]), count) if len(ends) >= 2 else None

    def series(self, kind: str, words: list[str], bar: AxisMap, index: int) -> SeriesSpec:
        cursor = self.cursor
        colours = cursor.colours()
        label = cursor.ref() if cursor.accept("<lab>") else ""
        marks = cursor.words((), "line:", "marker:")
        row = SeriesSpec((), label=label, colours=tuple(colours or [_TABLEAU[index % 10]]), words=tuple(marks))
        along = self.x if "horizontal" in words else self.y
        while cursor.peek() in ("<x>", "<y>", "<hi>", "<lo>"):
            name = cursor.take()[1:-1]
            if kind == "scatter":
                row = self._points(row)
            elif name == "y":
                row = replace(row, y=tuple(self._values(kind, along, bar)))
            else:
                ends = tuple(along.rounded(place) for place in cursor.positions())
                row = replace(row, hi=ends) if name == "hi" else replace(row, lo=ends) if name == "lo" else row
        return row

    def _points(self, row: SeriesSpec) -> SeriesSpec:
        places = self.cursor.positions()
        xs, ys = places[0::2], places[1::2]
        count = min(len(xs), len(ys))
        return replace(
            row,
            x=tuple(self.x.rounded(place) for place in xs[:count]),
            y=tuple(self.y.rounded(place) for place in ys[:count]),
        )

    def _values(self, kind: str, along: AxisMap, bar: AxisMap) -> list[float]:
        """Values of one series: places on the axis, printed numbers, or a mix of both."""
        values = []
        for token in self.cursor.values():
            if token.startswith("<p"):
                place = grammar.fraction(token)
                value = round(place, 4) if kind == "pie" else (bar if kind == "heat" else along).rounded(place)
            else:
                printed = self.cursor.printed(token)
                value = (printed or 0.0) / 100 if kind == "pie" else printed or 0.0
            values.append(value)
        return values


def _spread(first: float, last: float, count: int) -> list[float]:
    """`count` evenly spaced values; whole numbers where the step is nearly whole (years, counts)."""
    if count < 2:
        return [first]
    step = (last - first) / (count - 1)
    whole = round(step) != 0 and abs(step - round(step)) < 0.03 * abs(step)
    if whole:
        return [float(round(first) + i * round(step)) for i in range(count)]
    return [round_to(first + i * step, abs(step) / 20) if step else first for i in range(count)]


def _settle(layer: LayerSpec) -> LayerSpec | None:
    """Makes the parts of a layer fit each other, so that the program that is written of it runs."""
    if layer.kind in ("line", "area", "errorbar", "bar"):
        return _settle_along(layer)
    if layer.kind == "hist":
        return _settle_bins(layer)
    if layer.kind == "heat":
        width = max(len(row.y) for row in layer.series)
        rows = tuple(replace(row, y=_fit(row.y, width)) for row in layer.series)
        return replace(layer, series=rows, categories=_names(layer.categories, width))
    if layer.kind == "box":
        rows = tuple(replace(row, y=tuple(sorted(_fit(row.y, 5)))) for row in layer.series)
        return replace(layer, series=rows, categories=_names(layer.categories, len(rows)))
    if layer.kind == "pie":
        row = layer.series[0]
        shares = tuple(max(share, 0.0) for share in row.y)
        if sum(shares) <= 0:
            return None
        return replace(layer, series=(replace(row, y=shares),), categories=_names(layer.categories, len(shares)))
    return layer


def _settle_bins(layer: LayerSpec) -> LayerSpec:
    """Edges must rise: an axis that was read backwards is turned, and edges that coincide are counted instead."""
    edges = sorted(layer.x)
    if len(set(edges)) < max(2, len(edges)):
        edges = [float(i) for i in range(min(31, len(layer.series[0].y)) + 1)]
    rows = tuple(replace(row, y=_fit(row.y, len(edges) - 1)) for row in layer.series)
    return replace(layer, series=rows, x=tuple(edges))


def _settle_along(layer: LayerSpec) -> LayerSpec | None:
    """Series over shared categories or abscissae: the commonest length wins, the rest is cut or padded."""
    lengths = [len(row.y) for row in layer.series]
    count = len(layer.categories) or len(layer.x) or max(set(lengths), key=lengths.count)
    if layer.kind == "bar" and not layer.categories and not layer.x:
        layer = replace(layer, x=tuple(float(i) for i in range(count)))
    rows = tuple(_fit_row(row, count) for row in layer.series)
    if "stacked" in layer.words:
        rows = _unstacked(rows)
    x = layer.x if layer.categories or len(layer.x) == count else tuple(float(i) for i in range(count))
    return replace(layer, series=rows, x=() if layer.categories else x)


def _unstacked(rows: tuple[SeriesSpec, ...]) -> tuple[SeriesSpec, ...]:
    """The answer names the top of each stacked part; a program adds up heights."""
    below = [0.0] * len(rows[0].y)
    found = []
    for row in rows:
        heights = (max(0.0, top - base) for top, base in zip(row.y, below, strict=True))
        found.append(replace(row, y=tuple(float(f"{height:.6g}") for height in heights), hi=(), lo=()))
        below = [max(top, base) for top, base in zip(row.y, below, strict=True)]
    return tuple(found)


def _fit_row(row: SeriesSpec, count: int) -> SeriesSpec:
    y = _fit(row.y, count)
    hi = tuple(map(max, _fit(row.hi, count), y)) if row.hi else ()
    lo = tuple(map(min, _fit(row.lo, count), y)) if row.lo else ()
    return replace(row, y=y, hi=hi, lo=lo)


def _fit(values: tuple[float, ...], count: int) -> tuple[float, ...]:
    """Cut to `count`, or padded with the last value."""
    return (values + (values[-1:] or (0.0,)) * count)[:count]


def _names(names: tuple[str, ...], count: int) -> tuple[str, ...]:
    return (names + ("",) * count)[:count] if names else ()
