"""What the built-in model is told of a picture, as tokens: panels with texts by role, then paints with their areas.

Texts are numbered slots and colours numbered paints that an answer points at; strings and exact colours stay here.
Leaves out: how they are found (model/layout.py, model/paint.py).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from model.glance import Looks, looks
from model.layout import Frame
from model.nano import grammar
from model.nano.expected import Painted, painted
from model.nano.grammar import position, small, word
from model.nano.places import scale_of, tick_slots
from model.nano.sight import Sight, once
from model.nano.slots import text_type
from model.records import Paint, Region

_REGION_BUDGET = 48  # tokens for places of painted areas; most values are measured without them
_MOST_SHADES = 8  # paints that are told of one panel
_LINED_UP = 0.015  # of the frame's side: edges this close are one line
_MOST_INSIDE = 20  # texts inside one panel that are told; the cells of a heat map are read without the model
_MOST_PLACED = 60  # and in all panels together, so that the question always fits
_MOST_TICKS = 24
_DOT = 0.03  # of the picture's width and height: smaller areas are given by their centre alone
_TRACE_POINTS = 8


@once
def prompt(sight: Sight) -> str:
    """The hint part of the prompt."""
    seen = sight.layout
    parts = [word("texts"), small(seen.rows), small(seen.cols)]
    parts += _role("r:suptitle", seen.title)
    frames = seen.frames[: grammar.FRAMES]
    seen_as = looks(sight.pixels, [sight.box(frame) for frame in frames])
    most = min(_MOST_INSIDE, _MOST_PLACED // len(frames))
    for index, frame in enumerate(frames):
        parts += [f"<f{index}>", *(map(small, frame.cell) if seen.rows * seen.cols > 1 else ())]
        parts += [*_frame(frame, seen_as[index], sight), *_placed("r:inside", frame.inside[:most], sight)]
        parts += [token for one in painted(frame, sight)[:_MOST_SHADES] for token in _shade(one, frame)]
    parts += _placed("r:outside", seen.others[:_MOST_INSIDE], sight)
    return "".join([*parts, word("paints"), *_paints(sight)])


def _frame(frame: Frame, seen_as: Looks, sight: Sight) -> list[str]:
    parts = [*(position(side) for side in sight.box(frame)), *told_looks(seen_as)]
    flags = (("f:open", frame.open), ("f:round", frame.round), ("f:bar", frame.colorbar is not None))
    parts += [word(name) for name, there in flags if there]
    for axis, name in (("x", "xticks"), ("y", "yticks"), ("right", "rticks")):
        parts += _ticks(frame, axis, name, sight)
    roles = (
        ("title", frame.title),
        ("xlabel", frame.x_label),
        ("ylabel", frame.y_label),
        ("rlabel", frame.right_label),
    )
    for role, slots in roles:
        parts += _role(f"r:{role}", slots)
    for entry in frame.legend:
        parts += [word("entry"), f"<s{entry.text}>", *(() if entry.paint is None else [f"<c{entry.paint}>"])]
    return parts


def told_looks(seen_as: Looks) -> list[str]:
    """Kinds with their chances in tenths, then other words."""
    parts = [token for name, chance in seen_as.kinds for token in (word(name), small(int(10 * chance)))]
    return parts + [word(name) for name in seen_as.others]


def _ticks(frame: Frame, axis: str, name: str, sight: Sight) -> list[str]:
    """Numbers are only counted, because decoding reads them; names can be pointed at."""
    slots = tick_slots(frame, axis)
    if not slots:
        return []
    scale = scale_of(frame, axis, sight)
    listed = [f"<s{slot}>" for slot in slots[:_MOST_TICKS]] if scale == "cats" else []
    return [word(name), word(f"f:{scale}"), small(len(slots)), *listed]


def _role(name: str, slots: Sequence[int]) -> list[str]:
    return [word(name), *(f"<s{slot}>" for slot in slots)] if slots else []


def _placed(name: str, slots: Sequence[int], sight: Sight) -> list[str]:
    """Texts whose place says what they are: each with its type and its centre."""
    parts = [word(name)] if slots else []
    for slot in slots:
        x, y = sight.slots.centre(slot)
        parts += [f"<s{slot}>", word(text_type(sight.slots.texts[slot])), position(x), position(y)]
    return parts


def _shade(one: Painted, frame: Frame) -> list[str]:
    """A paint of a panel: how many curves, dots and areas it makes there, and whether the areas line up as bars do."""
    curves = [region for region in one.regions if region.trace]
    width, height = frame.x1 - frame.x0, frame.y1 - frame.y0
    dots = [r for r in one.regions if not r.trace and max((r.x1 - r.x0) / width, (r.y1 - r.y0) / height) < 2 * _DOT]
    areas = [region for region in one.regions if not region.trace and region not in dots]
    parts = [f"<c{one.paint}>"]
    for name, regions in (("curve", curves), ("dot", dots), ("area", areas)):
        parts += [word(name), small(len(regions))] if regions else []
    if areas:
        parts += [word("foot")] if _lined_up([area.y1 for area in areas], frame.y1, height) else []
        parts += [word("side")] if _lined_up([area.x0 for area in areas], frame.x0, width) else []
        parts += [word("broad")] if max(area.x1 - area.x0 for area in areas) > 0.5 * width else []
    return parts


def _lined_up(edges: Sequence[float], border: float, side: float) -> bool:
    """Whether most edges of areas are in one line; that of a lone area is where it stands on the frame's border."""
    usual = statistics.median(edges) if len(edges) > 1 else border
    return sum(abs(edge - usual) <= _LINED_UP * side for edge in edges) >= 0.7 * len(edges)


def _paints(sight: Sight) -> list[str]:
    parts: list[str] = []
    budget = _REGION_BUDGET
    paints = sight.slots.paints
    for index, paint in enumerate(paints):
        parts += [f"<c{index}>", grammar.coarse_colour(paint.colour)]
        areas = _areas(paint, budget // 2 if index + 1 < len(paints) else budget, sight)
        budget -= len(areas)
        parts += areas
    return parts


def _areas(paint: Paint, budget: int, sight: Sight) -> list[str]:
    """Tokens of the largest areas of one paint that fit the budget, from left to right."""
    taken: list[tuple[Region, list[str]]] = []
    for region in paint.regions:
        tokens = _area(region, sight.slots.width, sight.slots.height)
        if len(tokens) > budget:
            break
        budget -= len(tokens)
        taken.append((region, tokens))
    taken.sort(key=lambda pair: (int(pair[0].x0 / sight.slots.width * 32), pair[0].y0))
    return [token for _, tokens in taken for token in tokens]


def _area(region: Region, width: float, height: float) -> list[str]:
    def place(x: float, y: float) -> list[str]:
        return [position(x / width), position(y / height)]

    if region.trace:
        first, last = region.trace[0], region.trace[-1]
        step = max(1, math.ceil(len(region.trace) / _TRACE_POINTS))
        heights = (place(*point)[1] for point in region.trace[::step])
        return [word("curve"), position(first[0] / width), position(last[0] / width), *heights]
    if region.x1 - region.x0 < _DOT * width and region.y1 - region.y0 < _DOT * height:
        return [word("dot"), *place((region.x0 + region.x1) / 2, (region.y0 + region.y1) / 2)]
    return [word("area"), *place(region.x0, region.y0), *place(region.x1, region.y1)]
