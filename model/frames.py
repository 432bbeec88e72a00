"""Where the panels of a picture are: the boxes of its axes, in pixels.

Spines and grid lines say it best (model/ruled.py), then a tinted ground, then whatever is drawn outside of the boxes
found so far: pies, polar and 3-D axes, heat maps without spines.
Leaves out: the grid that the panels stand in, and all texts' roles; texts here only tell an inset from a legend.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from model.records import Paint, Pixels, TextBox
from model.ruled import Box, Line, Mask, Ruled, Ruling, boxes, ruling

LONG_EDGE_PX = 1400  # larger pictures are looked at smaller
MIN_SIDE = 0.09  # of the picture; what is narrower is a colour bar or a legend
MIN_INSET = 0.07
INK = 24  # of 255: how far what is drawn differs from the ground
ROUND = 0.9  # of its circle: how much the hull of a pie or of polar axes fills
GAP = 0.02  # of the longer side: marks nearer than this belong together
BAR_ASPECT = 5.0  # length / width of a colour bar, at least


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel's axes box in pixels of the picture."""

    box: Box
    open: bool = False
    round: bool = False
    inset: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Panels, those that stand in others last, and the boxes of colour bars."""

    panels: tuple[Panel, ...]
    colorbars: tuple[Box, ...] = ()


def find(pixels: Pixels, texts: Sequence[TextBox], paints: Sequence[Paint]) -> Found:
    """Panels and colour bars of an RGB picture; one guessed panel when nothing is seen."""
    height, width = pixels.shape[:2]
    factor = max(1.0, max(height, width) / LONG_EDGE_PX)
    if factor > 1.0:
        size = max(1, round(width / factor)), max(1, round(height / factor))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    boxes_of_texts = [_scaled((text.x0, text.y0, text.x1, text.y1), 1 / factor) for text in texts]
    view = _View(pixels, boxes_of_texts)
    found = _find(view)
    if not found.panels:
        return Found((Panel(_guess(paints, width, height)),), _all_scaled(found.colorbars, factor))
    panels = tuple(Panel(_scaled(panel.box, factor), panel.open, panel.round, panel.inset) for panel in found.panels)
    return Found(panels, _all_scaled(found.colorbars, factor))


class _View:
    """A picture at working size with the boxes of its texts, and what can be asked of it."""

    def __init__(self, pixels: Pixels, texts: Sequence[Box]) -> None:
        self.pixels = pixels
        self.texts = texts
        self.height, self.width = pixels.shape[:2]
        self.longer = max(self.height, self.width)
        self.lines: Ruling = ruling(pixels, texts)
        self.ground = _ground(pixels)

    def large(self, box: Box, share: float = MIN_SIDE) -> bool:
        return box[2] - box[0] >= share * self.width and box[3] - box[1] >= share * self.height

    def ink(self) -> Mask:
        """255 on what is drawn, texts left out."""
        difference = cv2.absdiff(self.pixels, np.full_like(self.pixels, self.ground))
        red, green, blue = cv2.split(difference)
        mask: Mask = np.asarray(
            cv2.threshold(cv2.max(cv2.max(red, green), blue), INK, 255, cv2.THRESH_BINARY)[1], np.uint8
        )
        for box in self.texts:
            _fill(mask, box, 1, 0)
        return mask

    def has_ticks(self, box: Box) -> bool:
        """Whether two texts or more stand in a row right below a box, or in a column right left of it."""
        below = left = 0
        for x0, y0, x1, y1 in self.texts:
            size = min(x1 - x0, y1 - y0)
            below += -2 <= y0 - box[3] <= 1.3 * size and box[0] - size <= (x0 + x1) / 2 <= box[2] + size
            left += -2 <= box[0] - x1 <= 1.3 * size and box[1] - size <= (y0 + y1) / 2 <= box[3] + size
        return below >= 2 or left >= 2


def _find(view: _View) -> Found:
    ruled = [one for one in boxes(view.lines) if view.large(one.box, MIN_INSET)]
    panels = _outermost(view, ruled)
    ink = view.ink()
    for panel in panels:
        _fill(ink, panel.box, view.lines.joint, 0)
    parts = _parts(ink, max(5, int(GAP * view.longer)))
    bars = tuple(box for box in parts if _is_colorbar(view, box))
    rest = [box for box in parts if box not in bars and view.large(box)]
    drawn = [_drawn(ink, box) for box in rest if not panels or _is_panel(view, ink, box, panels)]
    panels = [*panels, *drawn]
    return Found((*panels, *_insets(view, ruled, panels)), bars)


def _outermost(view: _View, ruled: Sequence[Ruled]) -> list[Panel]:
    """Panels of lines or of a tinted ground that lie in no other."""
    candidates = [(one.box, not (one.sides[1] and one.sides[2])) for one in ruled if view.large(one.box)]
    candidates += [(box, False) for box in _tinted(view)]
    candidates.sort(key=lambda pair: -_area(pair[0]))
    kept: list[Panel] = []
    for box, is_open in candidates:
        if any(_shared(box, panel.box) > 0.15 * _area(box) for panel in kept):
            continue
        if _fills(view, box) or _is_legend(view, box, None):
            continue
        kept.append(Panel(box, is_open))
    return kept


def _fills(view: _View, box: Box) -> bool:
    """Whether a box is the picture's own edge."""
    edges = (box[0], box[1], view.width - box[2], view.height - box[3])
    return sum(edge <= 3 for edge in edges) >= 3


def _tinted(view: _View) -> list[Box]:
    """Boxes of pale even grounds that are not the picture's own: ggplot's grey, seaborn's lavender."""
    step = view.pixels[::2, ::2].reshape(-1, 3) >> 2
    codes = step[:, 0].astype(np.int32) << 12 | step[:, 1].astype(np.int32) << 6 | step[:, 2]
    counts = np.bincount(codes, minlength=1 << 18)
    found: list[Box] = []
    for code in np.argsort(-counts)[:4]:
        if counts[code] < 0.02 * len(codes):
            break
        shade = np.median(view.pixels[::2, ::2].reshape(-1, 3)[codes == code], axis=0)
        if np.abs(shade - view.ground).max() > 3 and np.ptp(shade) <= 32 and (shade.min() > 190 or shade.max() < 70):
            found += _even(view, shade)
    return found


def _even(view: _View, shade: np.ndarray) -> list[Box]:
    """Large boxes that one shade fills up to most of their rim."""
    low, high = np.clip(shade - 3, 0, 255), np.clip(shade + 3, 0, 255)
    exact = cv2.inRange(view.pixels, low, high)
    mask = cv2.morphologyEx(exact, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    found = []
    for x, y, width, height, _ in stats[1:]:
        box = (float(x), float(y), float(x + width), float(y + height))
        if not view.large(box):
            continue
        rim = mask[y : y + height, x : x + width]
        sides = (rim[2], rim[-3], rim[:, 2], rim[:, -3])
        shares = sorted(float(np.count_nonzero(side)) / len(side) for side in sides)
        if shares[0] > 0.25 and shares[2] > 0.6:
            found.append(box)
    return found


def _parts(ink: Mask, gap: int) -> list[Box]:
    """Boxes of what hangs together, marks nearer than `gap` pixels joined."""
    joined = cv2.dilate(ink, np.ones((gap, gap), np.uint8))
    count, labels = cv2.connectedComponents(joined, connectivity=8)
    labels[ink == 0] = 0
    found = []
    for label in range(1, count):
        x, y, width, height = cv2.boundingRect((labels == label).view(np.uint8))
        if width and height:
            found.append((float(x), float(y), float(x + width), float(y + height)))
    return found


def _drawn(ink: Mask, box: Box) -> Panel:
    """The panel of something drawn without a box: round when its hull is nearly a circle."""
    x0, y0, x1, y1 = (int(side) for side in box)
    points = cv2.findNonZero(np.ascontiguousarray(ink[y0:y1, x0:x1]))
    _, radius = cv2.minEnclosingCircle(points)
    share = cv2.contourArea(cv2.convexHull(points)) / max(np.pi * radius**2, 1.0)
    return Panel(box, round=share >= ROUND)


def _is_panel(view: _View, ink: Mask, box: Box, panels: Sequence[Panel]) -> bool:
    """Whether something drawn beside panels is one too: about as large as they are, and no legend."""
    width, height = (min(panel.box[side + 2] - panel.box[side] for panel in panels) for side in (0, 1))
    small = box[2] - box[0] < 0.5 * width or box[3] - box[1] < 0.5 * height
    return not (small and not _drawn(ink, box).round) and not _is_legend(view, box, ink)


def _is_colorbar(view: _View, box: Box) -> bool:
    """Whether a part is a filled narrow strip whose colour changes along it, but not across."""
    width, height = box[2] - box[0], box[3] - box[1]
    short, long = min(width, height), max(width, height)
    if short < 6 or long < 0.12 * view.longer or long < BAR_ASPECT * short:
        return False
    x0, y0, x1, y1 = (int(side) for side in box)
    strip = view.pixels[y0 + 2 : y1 - 2, x0 + 2 : x1 - 2].astype(np.int16)
    if height < width:
        strip = strip.transpose(1, 0, 2)
    core = strip[:, strip.shape[1] // 4 : max(strip.shape[1] * 3 // 4, strip.shape[1] // 4 + 1)]
    across = (core.max(axis=1) - core.min(axis=1)).max(axis=1)
    if np.mean(across <= 24) < 0.9:
        return False
    shades = np.unique(core[:, 0] >> 4, axis=0)
    return len(shades) >= 3


def _is_legend(view: _View, box: Box, ink: Mask | None) -> bool:
    """Whether what a box holds, its rim left out, stands in the lines of its texts."""
    inner = [text for text in view.texts if _contains(box, text)]
    if not inner or view.has_ticks(box):
        return False
    mask = view.ink() if ink is None else ink
    x0, y0, x1, y1 = (int(side) for side in box)
    rows = np.zeros(view.height, bool)
    for text in inner:
        rows[max(int(text[1]) - 2, 0) : int(text[3]) + 3] = True
    inside = mask[y0 + 5 : y1 - 5, x0 + 5 : x1 - 5]
    total = np.count_nonzero(inside)
    loose = np.count_nonzero(inside[~rows[y0 + 5 : y1 - 5][: len(inside)]])
    covered = float(rows[y0:y1].mean())
    return bool(loose <= 0.1 * total and covered > 0.4)


def _insets(view: _View, ruled: Sequence[Ruled], panels: Sequence[Panel]) -> list[Panel]:
    """Small boxes with ticks of their own inside of panels."""
    found: list[Panel] = []
    for one in sorted(ruled, key=lambda one: -_area(one.box)):
        holders = [panel for panel in panels if _contains(panel.box, one.box)]
        if not holders or _area(one.box) > 0.4 * _area(holders[0].box) or sum(one.sides) < 2:
            continue
        if any(_shared(one.box, other.box) > 0 for other in found):
            continue
        inner = _within(holders[0].box, one.box, view.lines.joint)
        if inner and view.has_ticks(one.box):
            found.append(Panel(one.box, inset=True))
    return found


def _within(outer: Box, box: Box, margin: float) -> bool:
    """Whether a box keeps clear of two sides of another at least: bars and legends often touch the axes."""
    gaps = (box[0] - outer[0], box[1] - outer[1], outer[2] - box[2], outer[3] - box[3])
    return sum(gap > margin for gap in gaps) >= 4


def _guess(paints: Sequence[Paint], width: float, height: float) -> Box:
    """The box of what is painted, else the picture without a tenth at each side."""
    regions = [
        region
        for paint in paints
        for region in paint.regions
        if region.x1 - region.x0 < 0.98 * width or region.y1 - region.y0 < 0.98 * height
    ]
    if regions:
        x0, y0 = min(region.x0 for region in regions), min(region.y0 for region in regions)
        x1, y1 = max(region.x1 for region in regions), max(region.y1 for region in regions)
        if x1 - x0 >= 0.2 * width and y1 - y0 >= 0.2 * height:
            return (float(x0), float(y0), float(x1), float(y1))
    return (0.1 * width, 0.1 * height, 0.9 * width, 0.9 * height)


def _ground(pixels: Pixels) -> Pixels:
    """The commonest colour of the picture's rim."""
    rim = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    shades, counts = np.unique(rim, axis=0, return_counts=True)
    return np.asarray(shades[counts.argmax()], np.uint8)


def _fill(mask: Mask, box: Box, margin: float, value: int) -> None:
    x0, y0 = (max(0, int(side - margin)) for side in box[:2])
    x1, y1 = (max(0, int(np.ceil(side + margin))) for side in box[2:])
    mask[y0:y1, x0:x1] = value


def _area(box: Box) -> float:
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def _shared(one: Box, other: Box) -> float:
    return _area((max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])))


def _contains(outer: Box, box: Box) -> bool:
    """Whether the middle of a box and most of it lie in another."""
    return _shared(outer, box) > 0.8 * _area(box)


def _scaled(box: Box, factor: float) -> Box:
    return (box[0] * factor, box[1] * factor, box[2] * factor, box[3] * factor)


def _all_scaled(found: Sequence[Box], factor: float) -> tuple[Box, ...]:
    return tuple(_scaled(box, factor) for box in found)


__all__ = ["Box", "Found", "Line", "Panel", "find"]
