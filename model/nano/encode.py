"""Spec -> tokens, for training: what the built-in model should have answered for a picture drawn from the spec.

What decoding expects by itself (expected.py) and measures by itself (measure.py) is left out where it is right. Else
texts become slots by a pointer that knows which hint came from which text, and values become places on the picture. A
text that the hints do not have is not asked for. Layers are layers.py's. Leaves out: making hints (training/synthesis).
"""

from __future__ import annotations

from collections.abc import Sequence

from model.boxes import overlap
from model.layout import Frame
from model.nano import expected
from model.nano.drawn import DrawnPanel, Ink
from model.nano.expected import BARE_KINDS
from model.nano.grammar import FRAMES, position, small, word
from model.nano.layers import encode_layer
from model.nano.places import scale_of
from model.nano.sight import Sight
from model.nano.spec import AxisSpec, Box, FigureSpec, PanelSpec, Rule

SAME_FRAME = 0.8  # intersection over union from which on a seen frame is the drawn one
SAME_BARE = 0.35  # the same for panels without straight axes


def encode(spec: FigureSpec, drawn: Sequence[DrawnPanel], ink: Ink) -> str:
    """The answer as raw text: the reading in a think block, then the program."""
    layout = ink.sight.layout
    gridded = (spec.rows, spec.cols) == (layout.rows, layout.cols)
    kinds = [panel.layers[0].kind for panel in spec.panels]
    numbers = [seen_frame(place.frame, kind, ink.sight) for place, kind in zip(drawn, kinds, strict=True)]
    frames = [_frame(number, place, ink.sight) for number, place in zip(numbers, drawn, strict=True)]
    parts = [word("think"), *([] if gridded else [small(spec.rows), small(spec.cols)])]
    for panel, place, number, frame in zip(spec.panels, drawn, numbers, frames, strict=True):
        parts += [word("panel"), *_where(panel, frame, number, gridded)]
        parts += [f"<f{number}>"] if number is not None else [word("frame"), *map(position, place.frame)]
        parts += _reading(panel, place, frame, ink.sight)
    parts += [word("/think"), word("prog")]
    parts += [word(f"style:{spec.style}")] if spec.style else []
    for panel, place, frame in zip(spec.panels, drawn, frames, strict=True):
        parts += [word("panel"), *_panel(panel, place, frame, ink.on(frame))]
    parts += _text("suptitle", spec.title, (0.5, 0.0), layout.title, ink)
    return "".join([*parts, word("/prog")])


def seen_frame(box: Box, kind: str, sight: Sight) -> int | None:
    """The number of the seen frame that is the drawn one. Of a pie its rim is seen, of solid axes their floor."""
    shared = [overlap(box, sight.box(frame)) for frame in sight.layout.frames[:FRAMES]]
    best = max(range(len(shared)), key=shared.__getitem__, default=None)
    return best if best is not None and shared[best] >= (SAME_BARE if kind in BARE_KINDS else SAME_FRAME) else None


def _frame(index: int | None, place: DrawnPanel, sight: Sight) -> Frame:
    """The frame that decoding will have: the seen one, or a bare box."""
    if index is not None:
        return sight.layout.frames[index]
    x0, y0, x1, y1 = place.frame
    width, height = sight.slots.width, sight.slots.height
    return Frame(x0 * width, y0 * height, x1 * width, y1 * height)


def _where(panel: PanelSpec, frame: Frame, number: int | None, gridded: bool) -> list[str]:
    """The panel's cell, unless its frame was seen in it."""
    if panel.inset:
        return [word("inset")]
    return [] if gridded and number is not None and frame.cell == panel.cell else [*map(small, panel.cell)]


def _reading(panel: PanelSpec, place: DrawnPanel, frame: Frame, sight: Sight) -> list[str]:
    """Kind, number of series, and axes that are not what they seem: what can be checked against the figure later."""
    kind = panel.layers[0].kind
    parts = [word(f"kind:{kind}"), small(len(panel.layers[0].series))]
    scales = [(place.x_scale, scale_of(frame, "x", sight)), (place.y_scale, scale_of(frame, "y", sight))]
    same = all(true == seen or (true == "cats" and seen == "lin") for true, seen in scales)
    return parts if same or kind in BARE_KINDS else [*parts, *(word(f"f:{true}") for true, _ in scales)]


def _text(name: str, text: str, near: tuple[float, float], slots: Sequence[int], ink: Ink) -> list[str]:
    """A text that is not the one expected: its slots after the word that says what it is for."""
    found = ink.ref(text, near)
    return [] if found == expected.words(slots) else [word(name), *(found or [word("missing")])]


def _panel(panel: PanelSpec, place: DrawnPanel, frame: Frame, ink: Ink) -> list[str]:
    x0, y0, x1, y1 = place.frame
    middle, centre = (x0 + x1) / 2, (y0 + y1) / 2
    parts = [token for layer in panel.layers for token in encode_layer(layer, place, frame, ink)]
    parts += [token for rule in panel.rules for token in _rule(rule, place, ink)]
    parts += _text("title", panel.title, (middle, y0), frame.title, ink)
    parts += _text("xlabel", panel.x.label, (middle, y1), frame.x_label, ink)
    parts += _text("ylabel", panel.y.label, (x0, centre), frame.y_label, ink)
    parts += _text("rlabel", panel.right.label, (x1, centre), frame.right_label, ink)
    parts += _legend(panel.legend, expected.legend_place(frame, ink.sight))
    parts += [word("grid"), word(f"axis-{panel.grid}")] if panel.grid else []
    parts += _bare(panel.x, panel.y)
    used = {int(token[2:-1]) for token in parts if token.startswith("<s") and token[2:-1].isdigit()}
    parts += _notes(panel, place, frame, used, ink)
    return [*parts, word("open")] if panel.open_frame else parts


def _legend(place: str, seen: str) -> list[str]:
    """A legend that is not where one was seen; "best" is wherever it was seen."""
    if place == seen or (seen and place == "best"):
        return []
    return [word("legend"), word(f"loc:{place}") if place else word("missing")]


def _bare(x: AxisSpec, y: AxisSpec) -> list[str]:
    which = "both" if x.bare and y.bare else "x" if x.bare else "y" if y.bare else ""
    return [word("bare"), word(f"axis-{which}")] if which else []


def _rule(rule: Rule, place: DrawnPanel, ink: Ink) -> list[str]:
    ruler = place.x if rule.axis == "x" else place.y
    ends = [rule.value] if rule.to is None else [rule.value, rule.to]
    parts = [word("vline" if rule.axis == "x" else "hline"), *(position(ruler.position(end)) for end in ends)]
    return [*parts, ink.colour(rule.colour), *([word(f"line:{rule.style}")] if rule.to is None else [])]


def _notes(panel: PanelSpec, place: DrawnPanel, frame: Frame, used: set[int], ink: Ink) -> list[str]:
    """Notes that are not those expected."""
    x0, y0, x1, y1 = place.frame
    found = [
        token
        for note in panel.notes
        for token in ink.ref(note.text, (x0 + note.x * (x1 - x0), y1 - note.y * (y1 - y0)))
    ]
    kinds, words = [layer.kind for layer in panel.layers], [one for layer in panel.layers for one in layer.words]
    silent = {entry.text for entry in frame.legend} | set(expected.around(0.0, frame, ink.sight))
    standing = expected.notes(frame, kinds, words, used | silent if "pie" in kinds else used, ink.sight)
    same = sorted(found) == sorted(f"<s{slot}>" for slot in standing)
    return [] if same else [word("notes"), *(found or [word("missing")])]
