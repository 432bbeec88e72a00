"""Markers of a scatter plot, in columns and rows of a panel (panel.py)."""

from __future__ import annotations

import cv2
import numpy as np

from model.nano.panel import Panel
from model.nano.veil import Array, Bools, Floats


def points(panel: Panel, colour: str) -> tuple[Floats, Floats] | None:
    """Columns and rows of the middles of markers, sorted by column."""
    mask = unruled(unruled(panel.stroke(panel.colour(colour), 0.5, blobs=True)).T).T
    _, labels, stats, middles = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    sizes = stats[1:, cv2.CC_STAT_AREA]
    kept = np.flatnonzero(sizes >= 6) + 1
    if not len(kept):
        return None
    usual = _usual_area(stats[kept])
    found: list[tuple[float, ...]] = []
    for index in kept:
        box = stats[index]
        if box[cv2.CC_STAT_AREA] < 0.3 * usual:
            continue
        count = max(1, round(box[cv2.CC_STAT_AREA] / usual))
        found += [tuple(middles[index] + 0.5)] if count == 1 else _split(labels, int(index), box, count)
    if not found:
        return None
    found.sort()
    column, row = np.array(found).T
    return column, row


def unruled(mask: Bools, share: float = 0.4) -> Bools:
    """Without rows that wear a colour in a share of their length, but for what is higher than a line."""
    ruled = mask.mean(axis=1) >= share
    if not ruled.any():
        return mask
    thick = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((4, 1), np.uint8)) > 0
    return mask & (thick | ~ruled[:, None])


def _usual_area(stats: Array) -> float:
    """The area of a single marker: among components as wide as high that of the one in the middle of all pixels."""
    width, height, area = stats[:, 2], stats[:, 3], stats[:, 4]
    square = np.abs(width - height) <= 2
    sizes = np.sort(area[square] if square.any() else area)
    return float(sizes[np.searchsorted(np.cumsum(sizes), 0.5 * sizes.sum())])


def _split(labels: Array, index: int, box: Array, count: int) -> list[tuple[float, float]]:
    """Middles of touching markers: where `count` clusters of the pixels lie."""
    x, y, width, height = (int(side) for side in box[:4])
    rows, columns = np.nonzero(labels[y : y + height, x : x + width] == index)
    pixels = np.stack([columns, rows], axis=1).astype(np.float32)
    count = min(count, 12)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 12, 0.3)
    cv2.setRNGSeed(0)
    _, _, centres = cv2.kmeans(pixels, count, None, stop, 2, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    return [(float(cx) + x + 0.5, float(cy) + y + 0.5) for cx, cy in centres]
