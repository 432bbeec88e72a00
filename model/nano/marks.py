"""Wedges of pies and single markers, in pixels of a panel (panel.py)."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from model.nano.panel import Array, Floats, Panel

ANGLES, RINGS = 1440, 12
RING = (0.42, 0.97)  # radii at which wedges are measured, as shares of the pie's


def shares(panel: Panel, colours: Sequence[str]) -> tuple[float, ...] | None:
    """Shares of the wedges of a pie or ring, in the order of their colours."""
    distinct = list(dict.fromkeys(colours))
    worn = np.array([panel.colour(colour) for colour in distinct])
    circle = _circle(panel, worn)
    if circle is None or len(distinct) != len(colours):
        return None
    label = _wedge_at(panel, worn, circle)
    counts = np.bincount(label[label >= 0], minlength=len(worn)).astype(float)
    if counts.min() == 0 or counts.sum() < 0.6 * ANGLES:
        return None
    return tuple((counts / counts.sum()).tolist())


def _labels(panel: Panel, colours: Floats) -> Array:
    """The nearest of the colours for each pixel, -1 where none is near."""
    off = np.stack([np.abs(panel.rgb - colour.astype(np.int16)).max(axis=2) for colour in colours])
    return np.where(off.min(axis=0) <= panel.reach, off.argmin(axis=0), -1)


def _circle(panel: Panel, colours: Floats) -> tuple[float, float, float] | None:
    """Middle and radius of the largest blob of the colours."""
    mask = ((_labels(panel, colours) >= 0) & ~panel.legend).astype(np.uint8)
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    if len(stats) < 2:
        return None
    x, y, width, height, _ = stats[1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())]
    if min(width, height) < 0.8 * max(width, height) or width < 12:
        return None
    return x + width / 2, y + height / 2, (width + height) / 4


def _wedge_at(panel: Panel, colours: Floats, circle: tuple[float, float, float]) -> Array:
    """Which colour rules at each of ANGLES directions, -1 where none does."""
    x, y, radius = circle
    angle = np.arange(ANGLES) * (2 * np.pi / ANGLES)
    radii = np.linspace(*RING, RINGS)[:, None] * radius
    column = np.clip((x + radii * np.cos(angle)).astype(int), 0, panel.columns - 1)
    row = np.clip((y + radii * np.sin(angle)).astype(int), 0, panel.rows - 1)
    label = _labels(panel, colours)
    seen = np.where(panel.texts, -1, label)[row, column]
    votes = np.stack([(seen == index).sum(axis=0) for index in range(len(colours))])
    return np.where(votes.max(axis=0) > 0, votes.argmax(axis=0), -1)


def points(panel: Panel, colour: str) -> tuple[Floats, Floats] | None:
    """Columns and rows of the middles of markers, sorted by column."""
    mask = panel.stroke(panel.colour(colour), 0.5)
    _, labels, stats, middles = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    sizes = stats[1:, cv2.CC_STAT_AREA]
    kept = np.flatnonzero(sizes >= 6) + 1
    if not len(kept):
        return None
    usual = _usual_area(stats[kept])
    found = []
    for index in kept:
        box = stats[index]
        if box[cv2.CC_STAT_AREA] < 0.3 * usual:
            continue
        count = max(1, round(box[cv2.CC_STAT_AREA] / usual))
        found += [tuple(middles[index] + 0.5)] if count == 1 else _split(labels, index, box, count)
    if not found:
        return None
    found.sort()
    column, row = np.array(found).T
    return column, row


def _usual_area(stats: Array) -> float:
    """The area of a single marker: among components as wide as high the median."""
    width, height, area = stats[:, 2], stats[:, 3], stats[:, 4]
    square = (np.abs(width - height) <= 2) & (area >= 0.3 * np.median(area))
    return float(np.median(area[square] if square.any() else area))


def _split(labels: Array, index: int, box: Array, count: int) -> list[tuple[float, float]]:
    """Middles of touching markers: where `count` clusters of the pixels lie."""
    x, y, width, height = (int(side) for side in box[:4])
    rows, columns = np.nonzero(labels[y : y + height, x : x + width] == index)
    pixels = np.stack([columns, rows], axis=1).astype(np.float32)
    count = min(count, 12)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 12, 0.3)
    cv2.setRNGSeed(0)
    _, _, centres = cv2.kmeans(pixels, count, None, stop, 2, cv2.KMEANS_PP_CENTERS)
    return [(float(cx) + x + 0.5, float(cy) + y + 0.5) for cx, cy in centres]
