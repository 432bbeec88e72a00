"""Spec -> tokens, for training: what the built-in model should have answered for a picture drawn from the spec.

Texts become slots by a pointer that knows which hint came from which text. Values are left to measure.py ("seen") where
it finds the right ones, else they become places on the picture. A text that the hints do not have is not asked for.
Layers are layers.py's. Leaves out: making hints from a picture (training/synthesis).
"""

from __future__ import annotations

from collections.abc import Sequence

from model.boxes import overlap
from model.layout import Frame
from model.nano.drawn import DrawnPanel, Ink
from model.nano.grammar import FRAMES, position, small, word
from model.nano.layers import encode_layer
from model.nano.sight import Sight
from model.nano.spec import AxisSpec, Box, FigureSpec, PanelSpec, Rule

SAME_FRAME = 0.8  # intersection over union from which on a seen frame is the drawn one
ROUND_KINDS = ("pie", "radar", "rose")
BARE_KINDS = (*ROUND_KINDS, "treemap", "graph", "surface", "bars3d", "points3d", "curve3d")


def encode(spec: FigureSpec, drawn: Sequence[DrawnPanel], ink: Ink) -> str:
    """The answer as raw text: the reading in a think block, then the program."""
    grid = spec.rows * spec.cols > 1
    frames = [seen_frame(place.frame, ink.sight) for place in drawn]
    parts = [word("think"), small(spec.rows), small(spec.cols)]
    for panel, place, frame in zip(spec.panels, drawn, frames, strict=True):
        where = [word("inset")] if panel.inset else [*map(small, panel.cell)] if grid else []
        parts += [word("panel"), *where, *_reading(panel, place, frame)]
    parts += [word("/think"), word("prog")]
    parts += [word(f"style:{spec.style}")] if spec.style else []
    for panel, place, frame in zip(spec.panels, drawn, frames, strict=True):
        parts += [word("panel"), *_panel(panel, place, _frame(frame, place, ink.sight), ink)]
    parts += ink.named("suptitle", spec.title, (0.5, 0.0))
    return "".join([*parts, word("/prog")])


def seen_frame(box: Box, sight: Sight) -> int | None:
    """The number of the seen frame that is the drawn one."""
    shared = [overlap(box, sight.box(frame)) for frame in sight.layout.frames[:FRAMES]]
    best = max(range(len(shared)), key=shared.__getitem__, default=None)
    return best if best is not None and shared[best] >= SAME_FRAME else None


def _frame(index: int | None, place: DrawnPanel, sight: Sight) -> Frame:
    """The frame that decoding will have: the seen one, or a bare box."""
    if index is not None:
        return sight.layout.frames[index]
    x0, y0, x1, y1 = place.frame
    width, height = sight.slots.width, sight.slots.height
    return Frame(x0 * width, y0 * height, x1 * width, y1 * height)


def _reading(panel: PanelSpec, place: DrawnPanel, frame: int | None) -> list[str]:
    """Kind, number of series, legend, frame and axes: what can be checked against the figure later."""
    kind = panel.layers[0].kind
    parts = [word(f"kind:{kind}"), small(len(panel.layers[0].series))]
    parts += [word("legend")] if panel.legend else []
    parts += [f"<f{frame}>"] if frame is not None else [word("frame"), *map(position, place.frame)]
    return parts if kind in BARE_KINDS else [*parts, word(f"f:{place.x_scale}"), word(f"f:{place.y_scale}")]


def _panel(panel: PanelSpec, place: DrawnPanel, frame: Frame, ink: Ink) -> list[str]:
    x0, y0, x1, y1 = place.frame
    middle, centre = (x0 + x1) / 2, (y0 + y1) / 2
    parts = [token for layer in panel.layers for token in encode_layer(layer, place, frame, ink)]
    parts += [token for rule in panel.rules for token in _rule(rule, place, ink)]
    parts += ink.named("title", panel.title, (middle, y0))
    parts += ink.named("xlabel", panel.x.label, (middle, y1))
    parts += ink.named("ylabel", panel.y.label, (x0, centre))
    parts += ink.named("rlabel", panel.right.label, (x1, centre))
    parts += [word("legend"), word(f"loc:{panel.legend}")] if panel.legend else []
    parts += [word("grid"), word(f"axis-{panel.grid}")] if panel.grid else []
    parts += _bare(panel.x, panel.y)
    parts += _notes(panel, place, ink)
    return [*parts, word("open")] if panel.open_frame else parts


def _bare(x: AxisSpec, y: AxisSpec) -> list[str]:
    which = "both" if x.bare and y.bare else "x" if x.bare else "y" if y.bare else ""
    return [word("bare"), word(f"axis-{which}")] if which else []


def _rule(rule: Rule, place: DrawnPanel, ink: Ink) -> list[str]:
    ruler = place.x if rule.axis == "x" else place.y
    ends = [rule.value] if rule.to is None else [rule.value, rule.to]
    parts = [word("vline" if rule.axis == "x" else "hline"), *(position(ruler.position(end)) for end in ends)]
    return [*parts, ink.colour(rule.colour), *([word(f"line:{rule.style}")] if rule.to is None else [])]


def _notes(panel: PanelSpec, place: DrawnPanel, ink: Ink) -> list[str]:
    x0, y0, x1, y1 = place.frame
    found = [
        token
        for note in panel.notes
        for token in ink.ref(note.text, (x0 + note.x * (x1 - x0), y1 - note.y * (y1 - y0)))
    ]
    return [word("notes"), *found] if found else []
