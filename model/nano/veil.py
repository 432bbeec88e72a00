"""What lies behind a legend: its pale ground is taken off, and what its letters and samples hide is told.

Leaves out: where the legend is (model/layout.py gives the boxes of its texts).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.boxes import Box
from model.records import TextBox

Array = NDArray[Any]
Floats = NDArray[Any]
Bools = NDArray[Any]

SAMPLE = 3.8  # width of a legend's sample and the space beside it, in heights of its text
PADDING = 0.25  # above and below it
SHOWS, VEILED = 5.0, 60  # how much paler things are behind a legend, and how far from the ground then at most
SOME = 12  # pixels that make a thing


def largest(differences: Array) -> Array:
    """The largest absolute value along the last axis, that of the three channels; faster than numpy's own."""
    red, green, blue = (np.abs(differences[..., channel]) for channel in range(3))
    most: Array = np.maximum(np.maximum(red, green), blue)
    return most


def fill(mask: Bools, box: Box) -> None:
    mask[_window(box)] = True


def _window(box: Box) -> tuple[slice, slice]:
    """Rows and columns of a box (x0, y0, x1, y1)."""
    x0, y0, x1, y1 = (max(math.floor(side), 0) for side in (box[0], box[1], box[2] + 1, box[3] + 1))
    return slice(y0, y1), slice(x0, x1)


def entry_boxes(texts: Sequence[TextBox], left: float, top: float) -> list[Box]:
    """Entries of a legend with their samples, from the boxes of the texts; the frame starts at (left, top)."""
    high = float(np.median([box.y1 - box.y0 for box in texts])) if texts else 0.0
    reach, pad = SAMPLE * high, PADDING * high
    return [(box.x0 - reach - left, box.y0 - pad - top, box.x1 + 1 - left, box.y1 + pad - top) for box in texts]


def unveil(rgb: Array, entries: Sequence[Box], ground: Floats, known: Floats, reach: int) -> tuple[Bools, bool]:
    """Takes the translucent ground of a legend off the pixels, in place.

    Returns what is hidden all the same, and whether anything seems to lie behind the legend.

    Matplotlib lays the colour of the panel over what is behind a legend and leaves a fifth of it; where nothing is left
    that looks like a colour of the picture, there is a sample or a letter.
    """
    hidden = np.zeros(rgb.shape[:2], bool)
    for box in entries:
        fill(hidden, box)
    sides = np.array(entries).reshape(-1, 4)
    if not hidden.any():
        return hidden, False
    pad = float(np.median(sides[:, 3] - sides[:, 1])) * 0.2
    whole = _window(
        (sides[:, 0].min() - pad, sides[:, 1].min() - pad, sides[:, 2].max() + pad, sides[:, 3].max() + pad)
    )
    behind = rgb[whole] - ground
    away = largest(behind)
    bare = ground + behind * SHOWS
    plain, raw = np.zeros(away.shape, bool), np.zeros(away.shape, bool)
    for colour in known:
        plain |= largest(bare - colour) <= 1.3 * reach
        raw |= largest(rgb[whole] - colour) <= reach
    shown, solid = plain & (away > 4), raw & ~plain & (away > reach) & ~hidden[whole]
    if np.count_nonzero(shown) < 2 * np.count_nonzero(solid) or np.count_nonzero(shown) < SOME:
        return np.asarray(hidden), bool(np.count_nonzero(solid) >= SOME)  # it has no ground, or nothing is behind it
    near, far = (cv2.dilate((~plain).view(np.uint8), np.ones((size, size), np.uint8)) > 0 for size in (3, 5))
    hidden[whole] = near | (far & hidden[whole])
    rgb[whole] = np.where(plain[..., None], np.clip(bare, 0, 255), rgb[whole])
    return hidden, True
