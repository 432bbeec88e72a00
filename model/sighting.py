"""What is seen of a picture before panels are looked for: its ground, what is drawn on it, and its straight lines.

Boxes and masks are in pixels of the given picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from model.boxes import Box, Mask, cut, fill, grown, holds
from model.records import Pixels
from model.ruled import Line, Ruling, measure, ruling

INK = 24  # of 255: how far what is drawn differs from the ground
MIN_SIDE = 0.09  # of the picture; what is narrower is a colour bar or a legend
GAP = 0.02  # of the longer side: marks nearer than this belong together
RAYS = 72  # directions in which the rim of a circle is looked for
ROUND = 0.9  # of its circle: how much the hull of a pie or of polar axes fills


class Sighting:
    """A picture with the boxes of its texts and legends, and what can be asked of it."""

    def __init__(self, pixels: Pixels, texts: Sequence[Box], legends: Sequence[Box]) -> None:
        self.pixels, self.texts, self.legends = pixels, texts, legends
        self.height, self.width = pixels.shape[:2]
        self.longer = measure(pixels)
        self.gap = max(5, int(GAP * self.longer))
        self.ground = ground(pixels)
        marks = _marks(pixels, self.ground)
        self.all_lines: Ruling = self._lines(marks)
        self.lines: Ruling = self._without_legends(self.all_lines)
        self.ink = self._ink(marks)

    def _lines(self, marks: Mask) -> Ruling:
        """Straight lines; they go on behind legends."""
        filler = marks.copy()
        for box in self.legends:
            fill(filler, grown(box, GAP / 2 * self.longer), 255)
        return ruling(self._without_texts(), filler)

    def _without_legends(self, lines: Ruling) -> Ruling:
        frames = [grown(box, GAP * self.longer) for box in self.legends]
        level = [line for line in lines.level if not any(_lies_in(line, box, 1) for box in frames)]
        upright = [line for line in lines.upright if not any(_lies_in(line, box, 0) for box in frames)]
        return replace(lines, level=tuple(level), upright=tuple(upright))

    def _without_texts(self) -> Pixels:
        blank = self.pixels.copy()
        for box in self.texts:
            fill(blank, grown(box, 1), self.ground)
        return blank

    def _ink(self, marks: Mask) -> Mask:
        """255 on what is drawn, texts and legends left out."""
        ink = marks.copy()
        for box in self.texts:
            fill(ink, grown(box, 1), 0)
        for box in self.legends:
            fill(ink, box, 0)
        return ink

    def large(self, box: Box, share: float = MIN_SIDE) -> bool:
        wide, high = min(self.width, self.longer), min(self.height, self.longer)
        return box[2] - box[0] >= share * wide and box[3] - box[1] >= share * high

    def ticks(self, box: Box, within: Box | None = None) -> int:
        """How many texts stand at a box as ticks do; only those in another box if one is given."""
        return ticks_beside(box, [text for text in self.texts if within is None or holds(within, text)])

    def is_plain(self, box: Box) -> bool:
        """Whether a box shows little but one colour that is no axes' ground: a bar, a cell of a heat map."""
        inner = cut(self.pixels, grown(box, -4))[::2, ::2].reshape(-1, 3)
        if not len(inner):
            return True
        shade = np.median(inner, axis=0)
        share = float(np.mean(np.abs(inner.astype(np.int16) - shade).max(axis=1) <= 6))
        if share < 0.75 or np.abs(shade - self.ground).max() <= INK:
            return False
        strong = np.ptp(shade) > 40 or 80 < shade.max() < 190
        return bool(strong or self.ticks(box) < 2)


def ticks_beside(box: Box, texts: Sequence[Box]) -> int:
    """How many texts stand in a row right below a box, or in a column right left of it; the larger number."""
    sizes = sorted(min(x1 - x0, y1 - y0) for x0, y0, x1, y1 in texts)
    usual = sizes[len(sizes) // 2] if sizes else 0.0
    below = left = 0
    for x0, y0, x1, y1 in texts:
        size = max(min(x1 - x0, y1 - y0), usual)  # a lone digit is narrower than its letters are high
        below += -2 <= y0 - box[3] <= 1.3 * size and box[0] - size <= (x0 + x1) / 2 <= box[2] + size
        left += -2 <= box[0] - x1 <= 1.3 * size and box[1] - size <= (y0 + y1) / 2 <= box[3] + size
    return max(below, left)


def _lies_in(line: Line, box: Box, across: int) -> bool:
    """Whether a line lies in a box; `across` is 1 for level lines, 0 for upright ones."""
    along = 1 - across
    return box[across] <= line.at <= box[across + 2] and box[along] <= line.start and line.stop <= box[along + 2]


def parts(ink: Mask, gap: int) -> list[Box]:
    """Boxes of what hangs together, marks nearer than `gap` pixels joined."""
    reach = gap // 2
    joined = cv2.dilate(ink, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found = []
    for x, y, width, height, _ in stats[1:].tolist():
        x1, y1 = min(x + width, ink.shape[1]), min(y + height, ink.shape[0])
        left, top = (side + reach if side else 0 for side in (x, y))
        right, bottom = (end - reach if end < limit else end for end, limit in ((x1, ink.shape[1]), (y1, ink.shape[0])))
        found.append((float(left), float(top), float(right), float(bottom)))
    return found


def is_round(ink: Mask, box: Box) -> bool:
    """Whether what is drawn in a box ends at a circle, or its hull nearly is one (of a pie with a wedge pulled out)."""
    width, height = box[2] - box[0], box[3] - box[1]
    if not 0.75 <= width / max(height, 1.0) <= 1.33:
        return False
    points = _rim(cut(ink, box))
    if len(points) < 20:
        return False
    hull = cv2.convexHull(points)
    _, radius = cv2.minEnclosingCircle(hull)
    if cv2.contourArea(hull) >= ROUND * np.pi * max(radius, 1.0) ** 2:
        return True
    offsets = points - np.array([width / 2, height / 2])
    bins = ((np.arctan2(offsets[:, 1], offsets[:, 0]) / np.pi + 1) * RAYS / 2).astype(np.int64) % RAYS
    reach = np.zeros(RAYS)
    np.maximum.at(reach, bins, np.hypot(offsets[:, 0], offsets[:, 1]))
    radius = (width + height) / 4
    return bool(np.mean(np.abs(reach - radius) <= 0.04 * radius + 1) > 0.75)


def _rim(ink: Mask) -> NDArray[np.int32]:
    """The first and last inked pixel (x, y) of each row and column."""
    found = []
    for mask, swap in ((ink > 0, False), (ink.T > 0, True)):
        lines = np.flatnonzero(mask.any(axis=1))
        held = mask[lines]
        for ends in (held.argmax(axis=1), mask.shape[1] - 1 - held[:, ::-1].argmax(axis=1)):
            found.append(np.stack([lines, ends] if swap else [ends, lines], axis=1))
    return np.concatenate(found).astype(np.int32)


def ground(pixels: Pixels) -> Pixels:
    """The commonest colour of the picture's rim."""
    rim = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    codes = rim[:, :3].astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    _, places, counts = np.unique(codes, return_index=True, return_counts=True)
    return np.asarray(rim[places[counts.argmax()]], np.uint8)


def _marks(pixels: Pixels, shade: Pixels) -> Mask:
    """255 on what differs from a colour."""
    red, green, blue = cv2.split(cv2.absdiff(pixels, np.full_like(pixels, shade)))
    most = cv2.max(cv2.max(red, green), blue)
    return np.asarray(cv2.threshold(most, INK, 255, cv2.THRESH_BINARY)[1], np.uint8)
