"""Boxes of pale even grounds that are not the picture's own: ggplot's grey, seaborn's lavender.

Leaves out which of them are panels (model/frames.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from model.boxes import Box, cut, union
from model.sighting import Sighting


def tinted(seen: Sighting) -> list[Box]:
    """Boxes in pixels of the picture, of its four commonest shades."""
    sample = seen.pixels[::2, ::2].reshape(-1, 3)
    codes = (sample >> 2).astype(np.int32) @ np.array([1 << 12, 1 << 6, 1])
    counts = np.bincount(codes, minlength=1 << 18)
    found: list[Box] = []
    for code in np.argsort(-counts)[:4]:
        if counts[code] < 0.02 * len(codes):
            break
        shade = np.median(sample[codes == code], axis=0)
        if np.abs(shade - seen.ground).max() > 3 and np.ptp(shade) <= 32 and (shade.min() > 190 or shade.max() < 70):
            found += _even(seen, shade)
    return found


def _even(seen: Sighting, shade: np.ndarray) -> list[Box]:
    """Large boxes that one shade fills up to most of their rim."""
    exact = cv2.inRange(seen.pixels, np.clip(shade - 3, 0, 255), np.clip(shade + 3, 0, 255))
    whole = cv2.morphologyEx(exact, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    opened = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))  # without ticks of that shade
    mask = np.asarray(opened, np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    pieces = [
        (float(x), float(y), float(x + width), float(y + height))
        for x, y, width, height, _ in stats[1:].tolist()
        if max(width, height) > 0.1 * seen.longer
    ]
    found = []
    for box in _rejoined(seen, pieces):
        if not seen.large(box) or (seen.ticks(box) < 2 and not seen.large(box, 0.3)):
            continue
        rim = cut(mask, box)
        sides = (rim[2], rim[-3], rim[:, 2], rim[:, -3])
        shares = sorted(float(np.count_nonzero(side)) / len(side) for side in sides)
        if shares[0] > 0.05 and shares[1] > 0.5 and shares[2] > 0.6:
            found.append(box)
    return found


def _rejoined(seen: Sighting, pieces: Sequence[Box]) -> list[Box]:
    """Pieces of one ground; those side by side that only data parts are one."""
    found: list[Box] = []
    for piece in sorted(pieces):
        last = found[-1] if found else None
        if last and last[2] <= piece[0] and min(last[3], piece[3]) - max(last[1], piece[1]) > 0.7 * (last[3] - last[1]):
            between = cut(seen.pixels, (last[2], max(last[1], piece[1]), piece[0], min(last[3], piece[3])))
            bare = np.abs(between.astype(np.int16) - seen.ground).max(axis=2) <= 3
            if not bare.size or bare.mean() < 0.2:
                found[-1] = union([last, piece])
                continue
        found.append(piece)
    return found
