"""Visual similarity of two pictures: structural similarity (SSIM, Wang et al. 2004; scikit-image) where there is ink.

Both pictures are brought to the same small sizes (256, 128 and 64 px on the long side of the first), which forgives
shifts of a few pixels. The map of SSIM is multiplied by the closeness of the colours, because SSIM calls a flat orange
and a flat white area structurally equal, and weighted by ink, because two charts share most of their white ground.
Leaves out: what the picture means.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import uniform_filter
from skimage.metrics import structural_similarity

from model.records import Pixels

SIDES_PX = (256, 128, 64)
WINDOW_PX = 7
MIN_INK = 1e-3
MIN_SIDE_PX = 8  # SSIM needs more than its window


def visual_similarity(picture: Pixels, rendering: Pixels) -> float:
    """Mean over three sizes of ink-weighted SSIM, in [0, 1]; 1 for equal pictures."""
    return float(np.mean([_at_size(picture, rendering, side) for side in SIDES_PX]))


def _at_size(picture: Pixels, rendering: Pixels, side: int) -> float:
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    size = max(MIN_SIDE_PX, round(width * scale)), max(MIN_SIDE_PX, round(height * scale))
    one, other = (_resized(pixels, size) for pixels in (picture, rendering))
    _, similar = structural_similarity(one, other, channel_axis=2, data_range=255, win_size=WINDOW_PX, full=True)
    close = 1 - np.abs(one - other).max(axis=2) / 255
    together = np.clip(similar.mean(axis=2), 0, 1) * close
    ink = np.maximum(_ink(one), _ink(other)) + MIN_INK  # never all zero: two blank pictures are alike
    return float((together * ink).sum() / ink.sum())


def _resized(pixels: Pixels, size: tuple[int, int]) -> NDArray[np.float64]:
    image = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
    return np.asarray(image.resize(size, Image.Resampling.BOX), dtype=float)


def _ink(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each neighbourhood is from the picture's own ground (the median of its rim), 0-255."""
    rim = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    away = np.abs(pixels - np.median(rim, axis=0)).max(axis=2)
    return uniform_filter(away, WINDOW_PX)
