"""Where the panels of a picture are: the boxes of its axes, in pixels.

Page and window around the figure are left out first (model/page.py). Spines and grid lines say best where panels are
(model/ruled.py), then a tinted ground (model/tinted.py), then whatever is drawn outside of the boxes found so far:
pies, polar and 3-D axes, heat maps without spines.
Leaves out: the grid that the panels stand in, and all texts' roles; texts and legends here only tell what is no panel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from model.boxes import (
    Box,
    above_each_other,
    area,
    common,
    contains,
    cut,
    distance,
    fill,
    grown,
    holds,
    scaled,
    shifted,
    union,
)
from model.page import figure, inside_border
from model.records import Paint, Pixels, TextBox
from model.ruled import GRID, Ruled, boxes
from model.sighting import Sighting, is_round, parts
from model.tinted import tinted

LONG_EDGE_PX = 1400  # larger pictures are looked at smaller
MIN_INSET = 0.07  # of the picture
BAR_ASPECT = 5.0  # length / width of a colour bar, at least
LEGEND_ROOM = 2.5  # areas of its entries that a legend's own frame may have
MOST_PARTS = 60


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel's axes box in pixels of the picture; `inset` when it stands in another panel."""

    box: Box
    open: bool = False
    round: bool = False
    inset: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Panels, those that stand in others last, and the boxes of colour bars."""

    panels: tuple[Panel, ...]
    colorbars: tuple[Box, ...] = ()


def find(pixels: Pixels, texts: Sequence[TextBox], paints: Sequence[Paint], legends: Sequence[Box]) -> Found:
    """Panels and colour bars of an RGB picture; one guessed panel when nothing is seen."""
    height, width = pixels.shape[:2]
    factor = max(1.0, max(height, width) / LONG_EDGE_PX)
    if factor > 1.0:
        size = max(1, round(width / factor)), max(1, round(height / factor))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    of_texts = [scaled((text.x0, text.y0, text.x1, text.y1), 1 / factor) for text in texts]
    found = _within(pixels, figure(pixels, of_texts), of_texts, [scaled(box, 1 / factor) for box in legends])
    panels = tuple(replace(panel, box=scaled(panel.box, factor)) for panel in found.panels)
    bars = tuple(scaled(box, factor) for box in found.colorbars)
    return Found(panels or (Panel(_guess(paints, width, height)),), bars)


def _within(pixels: Pixels, part: Box, texts: Sequence[Box], legends: Sequence[Box]) -> Found:
    """What is found in a part of a picture, in pixels of the whole; in the border drawn around it if there is one."""
    x, y = part[:2]
    of_texts, of_legends = ([shifted(one, -x, -y) for one in ones if holds(part, one)] for ones in (texts, legends))
    seen = Sighting(cut(pixels, part), of_texts, of_legends)
    ruled = boxes(seen.lines)
    inner = inside_border(seen, ruled)
    if inner is not None:
        return _within(pixels, shifted(inner, x, y), texts, legends)
    found = _find(seen, ruled)
    panels = tuple(replace(panel, box=shifted(panel.box, x, y)) for panel in found.panels)
    return Found(panels, tuple(shifted(box, x, y) for box in found.colorbars))


def _find(seen: Sighting, lined: Sequence[Ruled]) -> Found:
    for one in boxes(seen.all_lines) if seen.legends else ():
        if _is_legend(seen, one.box):
            fill(seen.ink, grown(one.box, 2), 0)
    round_ones = [Panel(box, round=True) for box in _round_boxes(seen)]
    ruled = [one for one in lined if seen.large(one.box, MIN_INSET)]
    panels = _outermost(seen, ruled, round_ones)
    ink = seen.ink.copy()
    for panel in panels:
        fill(ink, grown(panel.box, seen.lines.joint), 0)
    pieces = parts(ink, seen.gap)
    bars = [bar for box in pieces if (bar := _colorbar(seen, ink, box)) is not None]
    rest = _gathered(seen, ink, [box for box in pieces if not any(common(box, bar) for bar in bars)])
    drawn = [_drawn(seen, ink, box) for box in rest if _is_panel(seen, ink, box, panels)]
    nested = [(panel, next((one.box for one in drawn if _surrounds(one.box, panel.box)), None)) for panel in panels]
    panels = [*(panel for panel, holder in nested if holder is None), *drawn]
    insets = [replace(panel, inset=True) for panel, holder in nested if holder and seen.ticks(panel.box, holder) >= 2]
    return Found((*panels, *(insets or _insets(seen, ruled, panels))), tuple(bars))


def _surrounds(outer: Box, box: Box) -> bool:
    """Whether a box lies well within another: what is drawn around it is the panel, and it an inset or no panel."""
    return contains(outer, box) and area(box) < 0.7 * area(outer)


def _round_boxes(seen: Sighting) -> list[Box]:
    """Boxes of pies and polar axes that stand free."""
    return [box for box in parts(seen.ink, seen.gap) if seen.large(box) and is_round(seen.ink, box)]


def _outermost(seen: Sighting, ruled: Sequence[Ruled], first: Sequence[Panel]) -> list[Panel]:
    """Panels of lines or of a tinted ground that lie in no other, behind those given first."""
    large = _credible(seen, [one for one in ruled if seen.large(one.box)])
    candidates = [(one.box, not (one.sides[1] and one.sides[2])) for one in large if not _outdone(one, large)]
    candidates += [(box, False) for box in tinted(seen)]
    candidates.sort(key=lambda pair: -area(pair[0]))
    kept = list(first)
    for box, is_open in candidates:
        overlapping = any(common(box, panel.box) > 0.15 * area(box) for panel in kept)
        if not (overlapping or _is_rim(seen, box) or _is_legend(seen, box) or seen.is_plain(box)):
            kept.append(Panel(box, is_open))
    return kept


def _credible(seen: Sighting, ruled: Sequence[Ruled]) -> list[Ruled]:
    """Boxes with ticks, closed, gridded or large ones; others only in line with those: edges of bars cross too."""
    sure = [
        one
        for one in ruled
        if seen.ticks(one.box) >= 2 or min(one.level, one.upright) >= GRID or seen.large(one.box, 0.3)
    ]
    least = 0.5 * min((area(one.box) for one in sure), default=0.0)
    sure += [one for one in ruled if all(one.sides) and area(one.box) >= least]  # smaller ones are frames of legends
    return [one for one in ruled if one in sure or any(_in_line(one.box, other.box) for other in sure)]


def _in_line(one: Box, other: Box) -> bool:
    """Whether two boxes begin and end at the same height or the same place across, and do not touch."""
    level, upright = ([abs(one[side] - other[side]) <= 4 for side in sides] for sides in ((1, 3), (0, 2)))
    return (all(level) or all(upright)) and not common(one, other)


def _outdone(one: Ruled, others: Sequence[Ruled]) -> bool:
    """Whether nearly the same box has more lines for its sides, and differs only in sides without a line."""
    for other in others:
        alike = common(one.box, other.box) > 0.8 * max(area(one.box), area(other.box))
        below, right = abs(other.box[3] - one.box[1]) <= 4, abs(other.box[2] - one.box[0]) <= 4
        if not one.sides[3] and other.sides[3] and sum(one.sides) < 3 and (below or right):
            return True  # tick labels below a spine, or a legend right of one
        if alike and sum(other.sides) > sum(one.sides):
            moved = [side for side in range(4) if abs(one.box[side] - other.box[side]) > 4]
            if not any(one.sides[side] for side in moved):
                return True
    return False


def _is_rim(seen: Sighting, box: Box) -> bool:
    """Whether a box is the picture's own edge."""
    edges = (box[0], box[1], seen.width - box[2], seen.height - box[3])
    return sum(edge <= 3 for edge in edges) >= 3


def _is_legend(seen: Sighting, box: Box) -> bool:
    """Whether a box is the frame of a legend: it holds entries and little room beside them."""
    held = [area(legend) for legend in seen.legends if contains(grown(box, 3), legend)]
    room = LEGEND_ROOM if seen.ticks(box) >= 2 else 2 * LEGEND_ROOM
    return bool(held) and area(box) <= room * max(held)


def _gathered(seen: Sighting, ink: np.ndarray, pieces: Sequence[Box]) -> list[Box]:
    """Large parts of what is left; bars that stand on one line are one part."""
    found = [box for box in pieces if max(box[2] - box[0], box[3] - box[1]) >= 0.03 * seen.longer]
    found = sorted(found, key=lambda box: -area(box))[:MOST_PARTS]
    at = 0
    while at < len(found):
        mates = [box for box in found[at + 1 :] if _stand_together(seen, found[at], box)]
        if mates and not (seen.large(found[at]) and is_round(ink, found[at])):
            found = [*found[:at], union([found[at], *mates]), *(box for box in found[at + 1 :] if box not in mates)]
        else:
            at += 1
    large = [box for box in found if seen.large(box)]
    return [box if is_round(ink, box) else _with_strays(seen, box, pieces) for box in large]


def _with_strays(seen: Sighting, box: Box, pieces: Sequence[Box]) -> Box:
    """A part with the spine that stands close below or above it."""
    found = [box]
    for piece in pieces:
        thin = piece[3] - piece[1] <= 6 and piece[2] - piece[0] >= 0.5 * (box[2] - box[0])
        if thin and distance(box, piece) < 0.08 * seen.longer and above_each_other(box, piece):
            found.append(piece)
    return union(found)


def _stand_together(seen: Sighting, one: Box, other: Box) -> bool:
    """Whether two parts start at one base line, or overlap, without the ticks of one of them in between."""
    if common(one, other) > 0:
        return True
    near = distance(one, other) < 0.15 * seen.longer
    level = abs(one[3] - other[3]) <= seen.lines.joint
    upright = abs(one[0] - other[0]) <= seen.lines.joint
    square = [seen.large(box, 0.2) and 0.75 < (box[2] - box[0]) / (box[3] - box[1]) < 1.33 for box in (one, other)]
    if not near or not (level or upright) or all(square):
        return False
    if level:
        between = (min(one[2], other[2]), min(one[1], other[1]), max(one[0], other[0]), max(one[3], other[3]))
    else:
        between = (min(one[0], other[0]), min(one[3], other[3]), max(one[2], other[2]), max(one[1], other[1]))
    return sum(holds(between, text) for text in seen.texts) < 2


def _drawn(seen: Sighting, ink: np.ndarray, box: Box) -> Panel:
    """The panel of something drawn without a box, without the tick marks that reach among the tick labels."""
    if is_round(ink, box):
        return Panel(box, round=True)
    x0, y0, x1, y1 = box
    left = [text[2] for text in seen.texts if holds(box, text) and text[2] < x0 + 0.15 * (x1 - x0)]
    below = [text[1] for text in seen.texts if holds(box, text) and text[1] > y1 - 0.15 * (y1 - y0)]
    if len(left) >= 3 and np.ptp(left) <= 4 and np.mean(cut(ink, (x0, y0, max(left), y1)) > 0) < 0.05:
        x0 = max(left) + 2
    if len(below) >= 3 and np.ptp(below) <= 4 and np.mean(cut(ink, (x0, min(below), x1, y1)) > 0) < 0.05:
        y1 = min(below) - 2
    return Panel((x0, y0, x1, y1))


def _is_panel(seen: Sighting, ink: np.ndarray, box: Box, panels: Sequence[Panel]) -> bool:
    """Whether something drawn beside panels is one too: round, or about as large as they are."""
    if is_round(ink, box):
        return True
    if not panels or _is_legend(seen, box):
        return not _is_legend(seen, box)
    width, height = (min(panel.box[side + 2] - panel.box[side] for panel in panels) for side in (0, 1))
    return box[2] - box[0] >= 0.5 * width and box[3] - box[1] >= 0.5 * height


def _colorbar(seen: Sighting, ink: np.ndarray, box: Box) -> Box | None:
    """The strip of a colour bar in a part: long, narrow, filled, of colours that change along it but not across."""
    flat = box[2] - box[0] > box[3] - box[1]
    window, mask = cut(seen.pixels, box), cut(ink, box)
    if flat:
        window, mask = window.transpose(1, 0, 2), mask.T
    if not mask.size or len(mask) < max(0.12 * seen.longer, 3.0 * mask.shape[1]):
        return None
    columns = np.flatnonzero((mask > 0).mean(axis=0) > 0.7)
    if len(columns) < 5 or len(mask) < BAR_ASPECT * len(columns):
        return None
    left, right = int(columns[0]), int(columns[-1]) + 1
    inner = window[3:-3, left + len(columns) // 4 : max(right - len(columns) // 4, left + 1)].astype(np.int16)
    across = (inner.max(axis=1) - inner.min(axis=1)).max(axis=1)
    shades = len(np.unique(inner[:, 0] >> 4, axis=0))
    if np.mean(across <= 24) < 0.85 or shades < 2:
        return None
    bar = (box[0], box[1] + left, box[2], box[1] + right) if flat else (box[0] + left, box[1], box[0] + right, box[3])
    beside = sum(distance(bar, text) < 0.03 * seen.longer for text in seen.texts)
    return bar if beside >= (2 if shades > 4 else 3) else None


def _insets(seen: Sighting, ruled: Sequence[Ruled], panels: Sequence[Panel]) -> list[Panel]:
    """Small boxes with ticks of their own inside of panels."""
    found: list[Panel] = []
    for one in sorted(ruled, key=lambda one: -area(one.box)):
        holder = next((panel.box for panel in panels if contains(panel.box, one.box)), None)
        if holder is None or area(one.box) > 0.4 * area(holder) or sum(one.sides) < 2:
            continue
        if any(common(one.box, other.box) > 0 for other in found) or seen.is_plain(one.box):
            continue
        margin = seen.lines.joint
        gaps = (one.box[0] - holder[0], one.box[1] - holder[1], holder[2] - one.box[2], holder[3] - one.box[3])
        covered = any(common(legend, one.box) > 0.1 * area(one.box) for legend in seen.legends)
        if min(gaps) > margin and seen.ticks(one.box, within=holder) >= 2 and not covered:
            found.append(Panel(one.box, inset=True))
    return found


def _guess(paints: Sequence[Paint], width: float, height: float) -> Box:
    """The box of what is painted, else the picture without a tenth at each side."""
    regions = [
        (float(region.x0), float(region.y0), float(region.x1), float(region.y1))
        for paint in paints
        for region in paint.regions
        if region.x1 - region.x0 < 0.98 * width or region.y1 - region.y0 < 0.98 * height
    ]
    if regions:
        box = union(regions)
        if box[2] - box[0] >= 0.2 * width and box[3] - box[1] >= 0.2 * height:
            return box
    return (0.1 * width, 0.1 * height, 0.9 * width, 0.9 * height)
