"""Tokens -> spec: reads the built-in model's answer forgivingly, so that any answer ends in a program that can run.

What an answer does not say is as expected.py has it. Unknown tokens are passed over, slots, paints and frames that do
not exist are left out. Works on a half-written answer too, which is how a stream is shown. Layers are series.py's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from model.colours import distance
from model.layout import Frame
from model.nano import grammar, measure
from model.nano.agreed import agreed
from model.nano.axismap import AxisMap, round_to
from model.nano.cells import as_counted
from model.nano.cursor import Cursor
from model.nano.expected import BARE_KINDS, Queue, legend_place
from model.nano.expected import notes as expected_notes
from model.nano.places import ruler, scale_of
from model.nano.series import Axes, LayerReader
from model.nano.sight import Sight
from model.nano.spec import AxisSpec, Box, FigureSpec, LayerSpec, Note, PanelSpec, Rule

_MOST_PANELS = 16
_SQUARE = 0.03  # how far a cell's sides may be from each other
_PLAIN = ("bar", "hist", "area")  # kinds whose marks are areas, seen by their colour alone
_SAME = 8  # of 255: a series whose channels are so near to the ground is not seen
_NO_LIMITS = ("pie", "radar", "rose", "graph", "treemap", "surface", "bars3d", "points3d", "curve3d")


@dataclass(slots=True)
class Reading:
    """What the think block says of one panel. Maps are None where tick labels give none."""

    cell: tuple[int, int, int, int] | None = None
    inset: bool = False
    kind: str = ""
    count: int = 0
    frame: Frame | None = None
    scales: tuple[str, ...] = ()
    x: AxisMap | None = None
    y: AxisMap | None = None

    @property
    def legend(self) -> bool:
        return self.frame is not None and bool(self.frame.legend)


def decode(raw: str, sight: Sight) -> FigureSpec | None:
    """The spec that an answer means; None while not one layer of it can be read."""
    cursor = Cursor(agreed(grammar.pieces(raw), sight), sight.slots)
    rows, cols, readings = _read_think(cursor, sight)
    title = cursor.lines(sight.layout.title)
    spec = FigureSpec((), rows, cols, (sight.slots.width / 100, sight.slots.height / 100), title)
    panels: list[PanelSpec] = []
    while (token := cursor.take()) and token != "</prog>":
        if token == "<panel>" and len(panels) < _MOST_PANELS:
            known = len(panels) < len(readings)
            panels.append(_panel(cursor, readings[len(panels)] if known else Reading(), len(panels), cols, sight))
        elif token.startswith("<style:"):
            spec = replace(spec, style=token[7:-1])
        elif token == "<suptitle>":
            spec = replace(spec, title=cursor.named_text())
    fitting = (panel for panel in panels if panel.layers and (panel.inset or panel.cell[1] < rows))
    drawn = tuple(sorted(fitting, key=lambda panel: panel.inset))
    return replace(spec, panels=drawn) if drawn else None


def read(raw: str, sight: Sight) -> tuple[int, int, list[Reading]]:
    """The think block alone: rows, columns, and what it says of each panel."""
    return _read_think(Cursor(agreed(grammar.pieces(raw), sight), sight.slots), sight)


def _cell(index: int, cols: int) -> tuple[int, int, int, int]:
    return index // cols, index // cols, index % cols, index % cols


def _read_think(cursor: Cursor, sight: Sight) -> tuple[int, int, list[Reading]]:
    rows, cols = sight.layout.rows, sight.layout.cols
    readings: list[Reading] = []
    if cursor.accept("<think>") and len(numbers := cursor.integers(2)) == 2:
        rows, cols = (max(1, min(8, number)) for number in numbers)
    while (token := cursor.peek()) and token not in ("</think>", "<prog>"):
        cursor.take()
        if token == "<panel>":
            inset = cursor.accept("<inset>")
            readings.append(Reading(_fitting_cell(cursor.integers(4), rows, cols), inset))
        elif readings:
            _read_panel(token, cursor, readings[-1], sight)
    while cursor.peek() in ("</think>", "<prog>"):
        cursor.take()
    for index, reading in enumerate(readings):
        _complete(reading, index, rows, cols, sight)
    return rows, cols, readings


def _fitting_cell(numbers: list[int], rows: int, cols: int) -> tuple[int, int, int, int] | None:
    if len(numbers) == 4 and numbers[0] <= numbers[1] < rows and numbers[2] <= numbers[3] < cols:
        return numbers[0], numbers[1], numbers[2], numbers[3]
    return None


def _complete(reading: Reading, index: int, rows: int, cols: int, sight: Sight) -> None:
    """What was not said of a panel, as its frame has it."""
    frame = reading.frame
    if reading.cell is None and frame is not None:
        reading.cell = _fitting_cell(list(frame.cell), rows, cols)
    if reading.cell is None:
        row0, row1, col0, col1 = _cell(index, cols)
        reading.cell = min(row0, rows - 1), min(row1, rows - 1), col0, col1
    if frame is not None and not reading.scales and reading.kind not in BARE_KINDS:
        reading.x, reading.y = (ruler(frame, axis, scale_of(frame, axis, sight), sight) for axis in ("x", "y"))


def _read_panel(token: str, cursor: Cursor, reading: Reading, sight: Sight) -> None:
    if token.startswith("<kind:"):
        reading.kind = token[6:-1]
        reading.count = [*cursor.integers(1), 0][0]
    elif token == "<frame>":
        reading.frame = _boxed(cursor.positions(), sight)
    elif token in _SEEN_FRAMES and _SEEN_FRAMES[token] < len(sight.layout.frames):
        reading.frame = sight.layout.frames[_SEEN_FRAMES[token]]
    elif token in _SCALES and reading.frame:
        axis = ("x", "y")[min(1, len(reading.scales))]
        reading.scales += (token[3:-1],)
        setattr(reading, axis, ruler(reading.frame, axis, token[3:-1], sight))


_SEEN_FRAMES = {f"<f{index}>": index for index in range(grammar.FRAMES)}
_SCALES = ("<f:lin>", "<f:log>", "<f:cats>", "<f:none>")


def _boxed(places: list[float], sight: Sight) -> Frame | None:
    """A frame that was named by its four places."""
    if len(places) != 4 or places[0] >= places[2] or places[1] >= places[3]:
        return None
    width, height = sight.slots.width, sight.slots.height
    return Frame(places[0] * width, places[1] * height, places[2] * width, places[3] * height)


def _panel(cursor: Cursor, reading: Reading, index: int, cols: int, sight: Sight) -> PanelSpec:
    box = sight.box(reading.frame or sight.layout.frames[0])
    frame = reading.frame or Frame(*sight.layout.frames[0].sides)  # nothing is expected of a frame that nobody named
    x0, y0, x1, y1 = box
    step = 1 / sight.slots.width, 1 / sight.slots.height
    along = reading.y or AxisMap(y1, 0.0, y0, 1.0)
    right = ruler(frame, "right", scale_of(frame, "right", sight), sight)
    axes = Axes(frame, reading.x or AxisMap(x0, 0.0, x1, 1.0), along, right or along, step)
    reader = _PanelReader(cursor, axes, sight)
    panel = _expected(frame, cursor, sight)
    panel = replace(panel, cell=reading.cell or _cell(index, cols), box=box, inset=reading.inset)
    while (token := cursor.peek()) and token not in ("<panel>", "</prog>", "<suptitle>"):
        cursor.take()
        panel = reader.apply(panel, token)
    panel = replace(panel, square=any(_square(layer, frame) for layer in panel.layers))
    panel = _limited(reader.noted(panel), reading, right, box, step)
    layers = (_visible(layer, measure.ground(frame, sight)) for layer in panel.layers)
    return replace(panel, layers=tuple(as_counted(layer, panel.x.limits, panel.y.limits) for layer in layers))


def _visible(layer: LayerSpec, ground: str) -> LayerSpec:
    """The layer without series in the colour of the ground that have no edge: titles of legends were taken for some."""
    if layer.kind not in _PLAIN or "edge" in layer.words or not ground:
        return layer
    kept = tuple(
        one for one in layer.series if not one.colours or any(distance(c, ground) > _SAME for c in one.colours)
    )
    return replace(layer, series=kept) if kept else layer


def _square(layer: LayerSpec, frame: Frame) -> bool:
    """Whether the cells of a heat map are as wide as high."""
    if layer.kind != "heat":
        return False
    wide, high = (frame.x1 - frame.x0) / len(layer.series[0].y), (frame.y1 - frame.y0) / len(layer.series)
    return abs(wide / high - 1) <= _SQUARE


def _expected(frame: Frame, cursor: Cursor, sight: Sight) -> PanelSpec:
    """An empty panel with the texts that stand around its frame."""
    x, y, right, title = map(cursor.lines, (frame.x_label, frame.y_label, frame.right_label, frame.title))
    return PanelSpec((), AxisSpec(x), AxisSpec(y), AxisSpec(right), title, legend_place(frame, sight))


def _limited(
    panel: PanelSpec, reading: Reading, right: AxisMap | None, box: Box, step: tuple[float, float]
) -> PanelSpec:
    """The panel with the limits that its tick labels give."""
    x0, y0, x1, y1 = box
    free = any(layer.kind in _NO_LIMITS for layer in panel.layers)
    named = [["x", "y"]["horizontal" in layer.words] for layer in panel.layers if layer.categories]
    named += ["y" for layer in panel.layers if layer.kind == "heat" and any(row.label for row in layer.series)]
    twin = right if any("twin" in layer.words for layer in panel.layers) else None
    rulers = (
        (panel.x, None if free or "x" in named else reading.x, (x0, x1), step[0]),
        (panel.y, None if free or "y" in named else reading.y, (y1, y0), step[1]),
        (panel.right, twin, (y1, y0), step[1]),
    )
    x, y, second = (
        replace(axis, limits=_limits(found, ends, size), log=bool(found and found.log))
        for axis, found, ends, size in rulers
    )
    return replace(panel, x=x, y=y, right=second)


def _limits(axis: AxisMap | None, ends: tuple[float, float], step: float) -> tuple[float, float] | None:
    """The values at the frame's two ends, rounded to what its picture can show."""
    if axis is None:
        return None
    low, high = axis.rounded(ends[0], step), axis.rounded(ends[1], step)
    if axis.log:
        low, high = axis.value(ends[0]), axis.value(ends[1])
        return (round_to(low, abs(low) / 50), round_to(high, abs(high) / 50)) if low < high else None
    return (low, high) if low != high else None


def _bare_bars(layer: LayerSpec) -> LayerSpec:
    """The layer without numbers inside its bars: those that stand in the picture are exact, and become notes."""
    if layer.kind != "bar" or not {"stacked", "cells"} & set(layer.words):
        return layer
    return replace(layer, words=tuple(word for word in layer.words if word not in ("labels", "cells")))


class _PanelReader:
    """Reads the program part of one panel with its axes at hand."""

    def __init__(self, cursor: Cursor, axes: Axes, sight: Sight) -> None:
        self.cursor, self.axes, self.sight = cursor, axes, sight
        self.told: list[tuple[str, int]] | None = None  # notes
        self.layers = LayerReader(cursor, axes, Queue(axes.frame, sight), sight)

    def apply(self, panel: PanelSpec, token: str) -> PanelSpec:
        cursor = self.cursor
        match token:
            case "<title>":
                return replace(panel, title=cursor.named_text())
            case "<xlabel>":
                return replace(panel, x=replace(panel.x, label=cursor.named_text()))
            case "<ylabel>":
                return replace(panel, y=replace(panel.y, label=cursor.named_text()))
            case "<rlabel>":
                return replace(panel, right=replace(panel.right, label=cursor.named_text()))
            case "<legend>":
                return replace(panel, legend="" if cursor.accept("<missing>") else cursor.named("loc:") or "best")
            case "<grid>":
                return replace(panel, grid=cursor.named("axis-") or "both")
            case "<open>":
                return replace(panel, open_frame=True)
            case _:
                return self._more(panel, token)

    def _more(self, panel: PanelSpec, token: str) -> PanelSpec:
        if token in ("<hline>", "<vline>"):
            return self._rule(panel, "x" if token == "<vline>" else "y")
        if token == "<notes>":
            self.told = self.cursor.refs()
            return panel
        if token == "<bare>":
            which = self.cursor.named("axis-") or "both"
            x = replace(panel.x, bare=panel.x.bare or which != "y")
            return replace(panel, x=x, y=replace(panel.y, bare=panel.y.bare or which != "x"))
        if token.startswith("<kind:") and token[6:-1] in grammar.KINDS:
            layer = self.layers.layer(token[6:-1])
            return replace(panel, layers=(*panel.layers, layer)) if layer else panel
        return panel

    def _rule(self, panel: PanelSpec, axis: str) -> PanelSpec:
        places = self.cursor.positions()
        colours = self.cursor.colours()
        style = self.cursor.named("line:") or "dashed"
        if not places:
            return panel
        ends = [(self.axes.x if axis == "x" else self.axes.y).rounded(place) for place in places[:2]]
        to = ends[1] if len(ends) > 1 else None
        return replace(panel, rules=(*panel.rules, Rule(axis, ends[0], [*colours, "#000000"][0], style, to)))

    def noted(self, panel: PanelSpec) -> PanelSpec:
        """The finished panel with the notes that were told, else with those that stand there."""
        if self.told is None:
            panel = replace(panel, layers=tuple(map(_bare_bars, panel.layers)))
            kinds, words = [one.kind for one in panel.layers], [word for one in panel.layers for word in one.words]
            slots = expected_notes(self.axes.frame, kinds, words, self.cursor.used, self.sight)
            self.told = [(self.cursor.text(slot), slot) for slot in slots]
        return replace(panel, notes=tuple(self._note(text, slot) for text, slot in self.told if text and slot >= 0))

    def _note(self, text: str, slot: int) -> Note:
        """A text where it stands; those of several lines stand where their slots do not say."""
        x0, y0, x1, y1 = self.sight.box(self.axes.frame)
        x, y = self.sight.slots.centre(slot)
        return Note(text, round((x - x0) / (x1 - x0), 3), round((y1 - y) / (y1 - y0), 3))
