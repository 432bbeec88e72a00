"""Numbers that stand written on the marks: bar labels, percentages of wedges, cells of a heat map, rings of a radar.

They are exact where OCR read them, so they replace what was measured when they agree with it.
Leaves out: numbers along the axes (places.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.layout import Frame
from model.nano.sight import Sight

AGREES = 0.05  # how far, of the largest, a printed number may be from the measured one
NEAR = 0.08  # of the picture: how far a label stands from the end of its bar


def _numbers(frame: Frame, sight: Sight) -> list[tuple[float, float, float]]:
    """(x, y, number) of the numeric texts inside a panel, places as fractions of the picture."""
    found = ((*sight.slots.centre(slot), sight.slots.number(slot)) for slot in frame.inside)
    return [(x, y, number) for x, y, number in found if number is not None]


def labels(
    values: Sequence[float], ends: Sequence[float], at: Sequence[float], horizontal: bool, frame: Frame, sight: Sight
) -> tuple[float, ...]:
    """Values of bars, each replaced by the number that is written at its end where the two agree."""
    written = _numbers(frame, sight)
    largest = max(map(abs, values), default=0.0)
    settled = []
    for index, value in enumerate(values):
        if index < min(len(at), len(ends)):
            x, y = (ends[index], at[index]) if horizontal else (at[index], ends[index])
            close = [
                (abs(wx - x) + abs(wy - y), number)
                for wx, wy, number in written
                if abs(wx - x) < NEAR and abs(wy - y) < NEAR and abs(number - value) <= AGREES * largest
            ]
            value = min(close, default=(0.0, value))[1]
        settled.append(value)
    return tuple(settled)


def shares(found: Sequence[float], frame: Frame, sight: Sight) -> tuple[float, ...]:
    """Shares of a whole, each replaced by the percentage that is written where the two agree."""
    written = [number / 100 for _, _, number in _numbers(frame, sight)]
    settled = []
    for share in found:
        best = min(written, key=lambda number: abs(number - share), default=share)
        settled.append(round(best if abs(best - share) < 0.02 else share, 4))
    return tuple(settled)


def radius(frame: Frame, sight: Sight) -> float:
    """The value at the rim of a polar panel, by the numbers on its rings; 1 where none can be read."""
    x0, y0, x1, y1 = sight.box(frame)
    middle, size = ((x0 + x1) / 2, (y0 + y1) / 2), (max(x1 - x0, 1e-6) / 2, max(y1 - y0, 1e-6) / 2)
    rings = []
    for x, y, number in _numbers(frame, sight):
        away = float(np.hypot((x - middle[0]) / size[0], (y - middle[1]) / size[1]))
        if 0.15 < away < 1.05 and number > 0:
            rings.append(number / away)
    return float(f"{np.median(rings):.2g}") if rings else 1.0


def cells(rows: int, cols: int, frame: Frame, sight: Sight) -> list[list[float]] | None:
    """The numbers written in the cells of a heat map; None where fewer than half are there."""
    x0, y0, x1, y1 = sight.box(frame)
    table = np.full((rows, cols), np.nan)
    for x, y, number in _numbers(frame, sight):
        column, row = int((x - x0) / (x1 - x0) * cols), int((y - y0) / (y1 - y0) * rows)
        if 0 <= column < cols and 0 <= row < rows:
            table[row, column] = number
    there = np.isfinite(table)
    if there.mean() < 0.5:
        return None
    table[~there] = float(np.median(table[there]))
    return [[float(value) for value in line] for line in table]
