"""Single marks in a panel (panel.py): markers, with error bars or without."""

from __future__ import annotations

import cv2
import numpy as np

from model.nano.curves import course, filled
from model.nano.panel import Panel
from model.nano.veil import Array, Bools, Floats

MARKER = 7  # columns to either side of a point that its marker and its error bar may take
LINED = 0.3  # share of the columns between points that a dotted line shows in


def points(panel: Panel, colour: str, faint: bool) -> tuple[Floats, Floats] | None:
    """Columns and rows of the middles of markers, sorted by column."""
    mask = unruled(unruled(panel.stroke(panel.colour(colour), 0.5, faint)).T).T
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


def unruled(mask: Bools) -> Bools:
    """Without rows of grid lines, but for what is higher than they are."""
    ruled = mask.mean(axis=1) >= 0.4
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
    _, _, centres = cv2.kmeans(pixels, count, None, stop, 2, cv2.KMEANS_PP_CENTERS)
    return [(float(cx) + x + 0.5, float(cy) + y + 0.5) for cx, cy in centres]


def error_bar_rows(panel: Panel, at: Floats, colour: str) -> Floats | None:
    """Rows of points that have error bars of their colour: by the line between them if there is one."""
    mask = panel.stroke(panel.colour(colour), 0.3)
    centres = np.round(at - 0.5).astype(int)
    away = np.abs(np.arange(panel.columns)[:, None] + 0.5 - at).min(axis=1)
    between = mask & (away > MARKER)[None]
    inside = (away > MARKER) & (np.arange(panel.columns) > at.min()) & (np.arange(panel.columns) < at.max())
    drawn = between[:, inside].any(axis=0)
    if inside.any() and drawn.mean() >= LINED:
        rows = course(unruled(between), at)
        if rows is not None:
            return rows
    rows = np.array([_point_row(mask, column) for column in centres])
    known = np.isfinite(rows)
    return filled(rows, at) if known.mean() >= 0.7 else None


def _point_row(mask: Bools, column: int) -> float:
    """The row of a marker on a column; the middle of its error bar if the marker is as thin as that; nan if none."""
    part = mask[:, max(column - MARKER, 0) : column + MARKER + 1].astype(np.uint8)
    if not part.size:
        return float("nan")
    solid = cv2.morphologyEx(part, cv2.MORPH_OPEN, np.ones((4, 4), np.uint8))
    _, _, stats, middles = cv2.connectedComponentsWithStats(solid, connectivity=8)
    if len(stats) > 1:
        return float(middles[1 + stats[1:, cv2.CC_STAT_AREA].argmax()][1] + 0.5)
    worn = np.flatnonzero(mask[:, max(column - 1, 0) : column + 2].any(axis=1))
    return float((worn[0] + worn[-1] + 1) / 2) if len(worn) else float("nan")
