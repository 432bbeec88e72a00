"""Visual similarity of two pictures: structural similarity (SSIM, Wang et al. 2004) where there is ink.

Both pictures are brought to the same small sizes (256, 128 and 64 px on the long side of the first), which forgives
shifts of a few pixels. The map of SSIM is multiplied by the closeness of the colours, because SSIM calls a flat orange
and a flat white area structurally equal, and weighted by ink, because two charts share most of their white ground.

The map is the one of scikit-image (tests/test_scoring_picture.py holds it to that), by OpenCV's faster filter and with
what belongs to the first picture computed once: many answers are compared with one chart.
Leaves out: what the picture means.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.pictures import remembered
from model.records import Pixels

SIDES_PX = (256, 128, 64)
WINDOW_PX = 7
MIN_INK = 1e-3
MIN_SIDE_PX = 8  # SSIM needs more than its window
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2  # the paper's constants for 8 bits
SAMPLE = WINDOW_PX**2 / (WINDOW_PX**2 - 1)  # variances of a sample, as scikit-image has them

Size = tuple[int, int]  # width, height
Image64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Small:
    """A picture at one size, with what SSIM needs of it alone: local means and variances (h, w, 3), and ink (h, w)."""

    pixels: Image64
    means: Image64
    variances: Image64
    ink: Image64


def visual_similarity(picture: Pixels, rendering: Pixels) -> float:
    """Mean over three sizes of ink-weighted SSIM, in [0, 1]; 1 for equal pictures."""
    return float(np.mean([_at_size(picture, rendering, side) for side in SIDES_PX]))


def _at_size(picture: Pixels, rendering: Pixels, side: int) -> float:
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    size = max(MIN_SIDE_PX, round(width * scale)), max(MIN_SIDE_PX, round(height * scale))
    one, other = _kept(picture, size), _small(rendering, size)
    close = 1 - _most(np.abs(one.pixels - other.pixels)) / 255
    together = np.clip(_ssim(one, other).mean(axis=2), 0, 1) * close
    ink = np.maximum(one.ink, other.ink) + MIN_INK  # never all zero: two blank pictures are alike
    return float((together * ink).sum() / ink.sum())


def _ssim(one: _Small, other: _Small) -> Image64:
    """The map of structural similarity, (h, w, 3), each channel by itself."""
    shared = SAMPLE * (_blurred(one.pixels * other.pixels) - one.means * other.means)
    alike = (2 * one.means * other.means + C1) * (2 * shared + C2)
    return np.asarray(alike / ((one.means**2 + other.means**2 + C1) * (one.variances + other.variances + C2)))


def _small(pixels: Pixels, size: Size) -> _Small:
    image = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
    small = np.asarray(image.resize(size, Image.Resampling.BOX), dtype=float)
    means = _blurred(small)
    return _Small(small, means, SAMPLE * (_blurred(small * small) - means**2), _ink(small))


_kept = remembered(_small)


def _ink(pixels: Image64) -> Image64:
    """How far each neighbourhood is from the picture's own ground (the median of its rim), 0-255."""
    rim = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return _blurred(_most(np.abs(pixels - np.median(rim, axis=0))))


def _blurred(values: Image64) -> Image64:
    """Means of windows; beyond its border a picture is mirrored."""
    return np.asarray(cv2.blur(values, (WINDOW_PX, WINDOW_PX), borderType=cv2.BORDER_REFLECT))


def _most(values: Image64) -> Image64:
    """The largest of three channels."""
    return np.maximum(np.maximum(values[..., 0], values[..., 1]), values[..., 2])
