"""Cells of a heat map as places along its colour bar, by their colours.

Leaves out: numbers that are printed in the cells, and heat maps without a bar.
"""

from __future__ import annotations

import numpy as np

from model.layout import Frame
from model.nano.panel import Panel
from model.nano.veil import Floats
from model.records import Pixels

INNER = 0.18  # of a cell's sides that is left out on either side
STRANGE = 45  # how far a cell's colour may be from all colours of the bar
COLOURFUL = 60  # least difference between the colours of a bar


def bar_places(panel: Panel, frame: Frame, pixels: Pixels, rows: int, cols: int, cmap: str) -> Floats | None:
    """The row of the picture in which the bar has the colour of each cell, (rows, cols)."""
    if frame.colorbar is None or min(rows, cols) < 1:
        return None
    ramp, first = _ramp(pixels, frame.colorbar, cmap)
    if len(ramp) < 8:
        return None
    colours = np.array([[_cell(panel, rows, cols, row, col) for col in range(cols)] for row in range(rows)])
    off = np.abs(colours[:, :, None] - ramp).sum(axis=3)
    if np.mean(off.min(axis=2) > STRANGE) > 0.1:
        return None
    near = off <= off.min(axis=2, keepdims=True) + 2
    return first + (near * (np.arange(len(ramp)) + 0.5)).sum(axis=2) / near.sum(axis=2)


def _ramp(pixels: Pixels, bar: tuple[float, float, float, float], cmap: str) -> tuple[Floats, float]:
    """Colours of the bar from the top down, one a row, and the row where they begin."""
    height, width = pixels.shape[:2]
    x0, x1 = np.clip([bar[0] + 0.3 * (bar[2] - bar[0]), bar[2] - 0.3 * (bar[2] - bar[0])], 0, width)
    y0, y1 = np.clip([round(bar[1]) + 2, round(bar[3]) - 2], 0, height).astype(int)
    seen = pixels[y0:y1, int(x0) : max(int(np.ceil(x1)), int(x0) + 1), :3]
    if seen.size:
        ramp = np.median(seen, axis=1).astype(float)
        if np.ptp(ramp, axis=0).max() >= COLOURFUL:
            return ramp, float(y0)
    return _named(cmap, max(int(bar[3] - bar[1]), 1)), float(bar[1])


def _named(cmap: str, rows: int) -> Floats:
    import matplotlib  # late: only where the bar itself can not be read

    if cmap not in matplotlib.colormaps:
        return np.zeros((0, 3))
    share = 1 - (np.arange(rows) + 0.5) / rows
    return np.asarray(matplotlib.colormaps[cmap](share))[:, :3] * 255


def _cell(panel: Panel, rows: int, cols: int, row: int, col: int) -> Floats:
    """The colour of a cell's ground: the middle of its pixels where no number stands."""
    high, wide = panel.rows / rows, panel.columns / cols
    part = (
        slice(int((row + INNER) * high), max(int((row + 1 - INNER) * high), int((row + INNER) * high) + 1)),
        slice(int((col + INNER) * wide), max(int((col + 1 - INNER) * wide), int((col + INNER) * wide) + 1)),
    )
    pixels, free = panel.rgb[part].reshape(-1, 3), ~panel.texts[part].ravel()
    return np.median(pixels[free] if free.mean() >= 0.15 else pixels, axis=0)
