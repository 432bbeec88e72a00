"""Legend entries: texts with a small colour sample right left of them, and which paint the sample is of.

Leaves out: which panel a legend belongs to, and its title.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from model.boxes import holds
from model.colours import rgb
from model.page import figure
from model.records import Paint, Pixels, TextBox

REACH = 4.0  # text heights that a sample and its gap take: matplotlib has 2.8 em
INK = 30  # of 255: how far a sample differs from the legend's ground
PALEST = 0.3  # a sample's strength against the ground, of its paint's
BLEND_COST = 60  # of 255: what a paler sample is worse than one of the paint itself
NEAR = 60  # of 255: a paint farther from a sample's colour is not its paint

Colour = NDArray[np.int16]
_NUMBER = re.compile(r"^[\s$€£~<>≈(+−–-]*[\dO][\dOlI ,.]*\s*(?:[eE×xX][-+−]?\d+.*|%|[kKMBT])?[\s)°]*$")


@dataclass(frozen=True, slots=True)
class Sample:
    """What stands left of a text: where it starts and stops, its colour, and that of the ground beside it."""

    text: int
    start: float
    stop: float
    colour: Colour
    ground: Colour
    sure: bool


@dataclass(frozen=True, slots=True)
class Legend:
    """Entries that stand in columns or in a row: (text, paint) from the top, and the box around them in pixels."""

    entries: tuple[tuple[int, int | None], ...]
    box: tuple[float, float, float, float]


def is_number(text: str) -> bool:
    """Whether a text is a number, with a unit or a misread digit perhaps."""
    return bool(_NUMBER.match(text.strip()))


def is_turned(text: TextBox) -> bool:
    """Whether a text is vertical or slanted: its box is too high for its letters, which are half as wide as high."""
    width, height, count = text.x1 - text.x0, text.y1 - text.y0, len(text.text)
    return text.vertical or (count >= 3 and height * count > 3.3 * width)


def legends(pixels: Pixels, texts: Sequence[TextBox], paints: Sequence[Paint]) -> list[Legend]:
    """The legends of an RGB picture; single entries count where their sample is a clear line or swatch."""
    heights = [text.y1 - text.y0 for text in texts if not text.vertical]
    usual = float(np.quantile(heights, 0.3)) if heights else 0.0
    level = [i for i, text in enumerate(texts) if not is_turned(text) and text.y1 - text.y0 <= 2 * usual]
    samples = {i: sample for i in level if (sample := _sample(pixels, texts, i, texts[i])) is not None}
    colours = [np.array(rgb(paint.colour), np.int16) for paint in paints]
    found = []
    for group in _groups(samples, texts):
        if not _credible(group, samples, texts):
            continue
        _continue(pixels, group, samples, [i for i in level if i not in samples], texts)
        entries = tuple((i, _paint(samples[i], colours)) for i in group)
        x0, x1 = min(samples[i].start for i in group), max(texts[i].x1 for i in group)
        y0, y1 = min(texts[i].y0 for i in group), max(texts[i].y1 for i in group)
        found.append(Legend(entries, (x0, y0, x1, y1)))
    return _in_figure(found, pixels, texts) if found else []


def _in_figure(found: Sequence[Legend], pixels: Pixels, texts: Sequence[TextBox]) -> list[Legend]:
    """Those that stand in the figure: a window's texts have icons beside them."""
    part = figure(pixels, [(text.x0, text.y0, text.x1, text.y1) for text in texts])
    return [legend for legend in found if holds(part, legend.box)]


def _sample(pixels: Pixels, texts: Sequence[TextBox], index: int, text: TextBox) -> Sample | None:
    """What stands left of a text, when it is as large as a sample and as far away."""
    size = text.y1 - text.y0
    left, right = int(max(text.x0 - (REACH + 1) * size, 0)), int(text.x0 - 0.2 * size)
    middle = (text.y0 + text.y1) / 2
    top, bottom = int(max(middle - 1.4 * size, 0)), int(min(middle + 1.4 * size, pixels.shape[0]))
    if size < 4 or right - left < 6 or bottom - top < 5:
        return None
    window = pixels[top:bottom, left:right].astype(np.int16)
    ground = _ground(window[:, -max(2, int(0.3 * size)) :])
    ink = (np.abs(window - ground).max(axis=2) > INK).view(np.uint8)
    _erase(ink, texts, index, left, top)
    if not ink[:, 2:].any():
        return None
    for mask, hidden in ((ink, False), (_like_nearest(window, ink), True)):
        part = _nearest_part(mask, size)
        if part is None:
            continue
        x0, x1, y0, y1 = _extent(part)
        gap = text.x0 - left - x1
        off = abs((y0 + y1) / 2 + top - middle)
        if y1 - y0 > 2 * size or x1 - x0 > REACH * size or x0 <= 1 or off > 0.5 * size + 1:
            continue
        if 0.1 * size <= gap <= 3 * size:
            shade = _shade(window, ground, part)
            alone = y0 > 0 and y1 < len(ink)
            if hidden and not alone:
                continue
            placed = alone and 0.9 * size < gap + (x1 - x0) / 2 < 3.2 * size and gap > 0.2 * size
            telling = x1 - x0 >= 1.4 * size or np.ptp(shade) > 30  # a grey dot may be a letter that OCR missed
            return Sample(index, left + x0, left + x1, shade, ground, bool(placed and telling))
    return None


def _extent(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """x0, x1, y0, y1 of what is set in a mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(columns[-1]) + 1, int(rows[0]), int(rows[-1]) + 1


def _like_nearest(window: Colour, ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The ink of one colour, that of the mark nearest to the text: data behind a legend may touch its samples."""
    inked = np.flatnonzero(ink[len(ink) // 2])
    if not len(inked):
        return np.zeros_like(ink)
    colour = window[len(ink) // 2, max(int(inked[-1]) - 2, 0)]
    return ink & (np.abs(window - colour).max(axis=2) <= 24).view(np.uint8)


def _ground(strip: Colour) -> Colour:
    """The commonest colour of the strip between a sample and its text."""
    codes = (strip >> 3).astype(np.int32) @ np.array([1 << 10, 1 << 5, 1])
    values, counts = np.unique(codes, return_counts=True)
    return np.asarray(np.median(strip[codes == values[counts.argmax()]], axis=0), np.int16)


def _erase(ink: NDArray[np.uint8], texts: Sequence[TextBox], index: int, left: int, top: int) -> None:
    """Other texts in the window are no sample: those left of it in the same row of a legend."""
    for i, other in enumerate(texts):
        if i != index and other.x1 > left and other.y1 > top:
            x0, y0 = max(int(other.x0) - 1 - left, 0), max(int(other.y0) - 1 - top, 0)
            ink[y0 : max(int(other.y1) + 2 - top, 0), x0 : max(int(other.x1) + 2 - left, 0)] = 0


def _nearest_part(ink: NDArray[np.uint8], size: float) -> NDArray[np.bool_] | None:
    """The ink of the sample: what stands at half height nearest to the text, with its dashes.

    A legend's frame goes on above or below the text, and a spine or a frame's side is higher than any sample.
    """
    middle, width = len(ink) / 2, ink.shape[1]
    plain = ink.copy()
    plain[ink.mean(axis=1) > 0.97] = 0  # grid lines
    plain[:, ink.mean(axis=0) > 0.97] = 0
    padded = cv2.copyMakeBorder(plain, 2, 2, 5, 5, cv2.BORDER_CONSTANT)
    joined = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))[2:-2, 5:-5]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(joined), connectivity=8)
    pieces = [
        (x + wide, x, label)
        for label, (x, y, wide, high, area) in enumerate(stats.tolist())
        if label and area >= 2 and abs(y + high / 2 - middle) <= 0.5 * size and x + wide < width and high <= 2 * size
    ]
    chosen: list[int] = []
    start = 0
    for stop, x, label in sorted(pieces, reverse=True):
        if chosen and start - stop > 0.7 * size:
            break
        chosen.append(label)
        start = min(x, start) if len(chosen) > 1 else x
    found = np.isin(labels, chosen) & (ink > 0)
    return found if found.any() else None


def _shade(window: Colour, ground: Colour, mask: NDArray[np.bool_]) -> Colour:
    """The colour of a sample: that of its middle, else of what differs most from the ground.

    Edges are blended with the ground, a swatch may have a black rim, and the middle of a dashed line is empty.
    """
    rows, columns = np.nonzero(mask)
    y, x = (int(rows.min() + rows.max()) // 2, int(columns.min() + columns.max()) // 2)
    centre = np.median(window[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2].reshape(-1, 3), axis=0).astype(np.int16)
    inked = window[mask]
    strength = np.abs(inked - ground).max(axis=1) + 2 * np.ptp(inked, axis=1)
    strongest = np.median(inked[strength >= np.quantile(strength, 0.6)], axis=0).astype(np.int16)
    drawn = np.abs(centre - ground).max() > 20 and not _blended(centre - ground, strongest - ground)
    return np.asarray(centre if drawn and (np.ptp(centre) > 24 or np.ptp(strongest) <= 24) else strongest)


def _blended(pale: Colour, full: Colour) -> bool:
    """Whether a difference to the ground is the same as another, only weaker: the edge of a thin line."""
    one, other = pale.astype(np.float64), full.astype(np.float64)
    share = float(one @ other) / max(float(other @ other), 1.0)
    return bool(np.abs(one - share * other).max() < 0.3 * np.abs(one).max() and share < 0.8)


def _groups(samples: dict[int, Sample], texts: Sequence[TextBox]) -> list[list[int]]:
    """Samples that stand in one legend, from the top down and from left to right."""
    left = sorted(samples, key=lambda i: (texts[i].y0, texts[i].x0))
    groups: list[list[int]] = []
    while left:
        group = [left.pop(0)]
        for one in group:
            joined = [other for other in left if _together(samples[one], samples[other], texts)]
            left = [other for other in left if other not in joined]
            group += joined
        groups.append(sorted(group, key=lambda i: (round(texts[i].x0 / 12), texts[i].y0)))
    return groups


def _credible(group: Sequence[int], samples: dict[int, Sample], texts: Sequence[TextBox]) -> bool:
    """Whether texts with samples are a legend: numbers and single letters often stand beside marks of the data."""
    sure = all(samples[i].sure for i in group)
    if all(is_number(texts[i].text) or len(texts[i].text) < 2 for i in group):
        return sure and len(group) > 1
    return sure or len(group) > 1


def _continue(
    pixels: Pixels, group: list[int], samples: dict[int, Sample], rest: Sequence[int], texts: Sequence[TextBox]
) -> None:
    """Adds the texts that stand above or below the entries like one of them: data behind hid their samples."""
    for i in (*rest, *reversed(rest)):
        mate = next((j for j in group if _below_each_other(texts[i], texts[j])), None)
        if mate is None or i in group or len(group) < 2:
            continue
        start, stop, middle = samples[mate].start, samples[mate].stop, (texts[i].y0 + texts[i].y1) / 2
        x, y = int((start + stop) / 2), int(middle)
        patch = pixels[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2].reshape(-1, 3)
        shade = np.asarray(np.median(patch, axis=0), np.int16)
        beside = pixels[y, max(int(texts[i].x0 - 0.15 * (texts[i].y1 - texts[i].y0)), 0)].astype(np.int16)
        if np.abs(shade - beside).max() > 20:
            samples[i] = Sample(i, start, stop, shade, beside, False)
            group.append(i)
    group.sort(key=lambda i: (round(texts[i].x0 / 12), texts[i].y0))


def _below_each_other(a: TextBox, b: TextBox) -> bool:
    """Whether two texts start at one place in neighbouring lines of one size."""
    size = min(a.y1 - a.y0, b.y1 - b.y0)
    alike = max(a.y1 - a.y0, b.y1 - b.y0) <= 1.5 * size
    return alike and abs(a.x0 - b.x0) <= 0.4 * size and min(abs(a.y0 - b.y1), abs(b.y0 - a.y1)) <= 1.2 * size


def _together(one: Sample, other: Sample, texts: Sequence[TextBox]) -> bool:
    """Two entries below each other with their samples and texts aligned, or next to each other in a row."""
    a, b = texts[one.text], texts[other.text]
    size = min(a.y1 - a.y0, b.y1 - b.y0)
    below = min(abs(a.y0 - b.y1), abs(b.y0 - a.y1))
    aligned = abs(a.x0 - b.x0) <= 0.5 * size and abs((one.start + one.stop) - (other.start + other.stop)) <= 1.2 * size
    if aligned and below <= 1.6 * size:
        return True
    level = abs((a.y0 + a.y1) - (b.y0 + b.y1)) <= 0.8 * size
    return level and one.sure and other.sure and min(abs(other.start - a.x1), abs(one.start - b.x1)) <= 4 * size


def _paint(sample: Sample, colours: Sequence[Colour]) -> int | None:
    """The paint that a sample is of, blended with the ground perhaps: thin lines are paler than their paint."""
    best: tuple[float, int] | None = None
    strength = (sample.colour - sample.ground).astype(np.float64)
    for index, colour in enumerate(colours):
        full = (colour - sample.ground).astype(np.float64)
        share = min(float(strength @ full) / max(float(full @ full), 1.0), 1.0)
        if share >= PALEST:
            miss = float(np.abs(strength - share * full).max()) + BLEND_COST * (1 - share)
            best = min(best or (miss, index), (miss, index))
    return best[1] if best is not None and best[0] <= NEAR else None
