"""Numbers that stand written on the marks: bar labels, percentages of wedges, cells of a heat map, rings of a radar.

They are exact where OCR read them, so they replace what was measured when they agree with it.
Leaves out: numbers along the axes (places.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.layout import Frame
from model.nano.sight import Sight

AGREES = 0.05  # how far, of the largest, a printed number may be from the measured one
NEAR = 0.08  # of the picture: how far a label stands from the end of its bar
BESIDE = 0.6  # of a bar's width: how far off its middle its label stands
ASIDE = 0.012  # of the picture: the same of a very narrow one


@dataclass(frozen=True, slots=True)
class Written:
    """A number that stands inside a panel; its place as fractions of the picture."""

    x: float
    y: float
    number: float
    text: str


def _numbers(frame: Frame, sight: Sight) -> list[Written]:
    found = ((*sight.slots.centre(slot), sight.slots.number(slot), slot) for slot in frame.inside)
    return [Written(x, y, number, sight.slots.texts[slot].text) for x, y, number, slot in found if number is not None]


def labels(
    values: Sequence[float],
    ends: Sequence[float],
    sides: Sequence[tuple[float, float]],
    horizontal: bool,
    frame: Frame,
    sight: Sight,
) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Values of bars, each replaced by the number that is written at its end where the two agree, and how all are
    written: nothing where that is how Python writes them, or where most bars have no number.

    Bars stand between two `sides`, places along the axis of names; of equal ones nothing is known but the middle.
    """
    numbers = _numbers(frame, sight)
    largest = max(map(abs, values), default=0.0)
    found: list[Written | None] = []
    for value, end, (left, right) in zip(values, ends, sides, strict=False):
        place, wide = (left + right) / 2, abs(right - left)
        room = max(BESIDE * wide, ASIDE) if wide else NEAR
        x, y, room_x, room_y = (end, place, NEAR, room) if horizontal else (place, end, room, NEAR)
        near = [one for one in numbers if abs(one.x - x) < room_x and abs(one.y - y) < room_y]
        agreeing = [one for one in near if abs(one.number - value) <= AGREES * largest]
        found.append(min(agreeing, key=lambda one: abs(one.x - x) + abs(one.y - y), default=None))
    settled = (
        *(one.number if one else value for one, value in zip(found, values, strict=False)),
        *values[len(found) :],
    )
    texts = tuple(one.text if one else f"{value:g}" for one, value in zip(found, settled, strict=False))
    known = len(texts) == len(values) and sum(one is not None for one in found) >= 0.6 * len(values)
    return settled, texts if known and texts != tuple(f"{value:g}" for value in settled) else ()


def shares(found: Sequence[float], frame: Frame, sight: Sight) -> tuple[float, ...]:
    """Shares of a whole, each replaced by the percentage that is written where the two agree."""
    written = [one.number / 100 for one in _numbers(frame, sight)]
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
    for one in _numbers(frame, sight):
        away = float(np.hypot((one.x - middle[0]) / size[0], (one.y - middle[1]) / size[1]))
        if 0.15 < away < 1.05 and one.number > 0:
            rings.append(one.number / away)
    return float(f"{np.median(rings):.2g}") if rings else 1.0


def cells(rows: int, cols: int, frame: Frame, sight: Sight) -> tuple[list[list[float]], list[tuple[str, ...]]] | None:
    """The numbers in the cells of a heat map and how they are written; None where fewer than half are there."""
    x0, y0, x1, y1 = sight.box(frame)
    table, texts = np.full((rows, cols), np.nan), np.full((rows, cols), "", dtype=object)
    for one in _numbers(frame, sight):
        column, row = int((one.x - x0) / (x1 - x0) * cols), int((one.y - y0) / (y1 - y0) * rows)
        if 0 <= column < cols and 0 <= row < rows:
            table[row, column], texts[row, column] = one.number, one.text
    there = np.isfinite(table)
    if there.mean() < 0.5:
        return None
    table[~there] = float(np.median(table[there]))
    return [[float(value) for value in line] for line in table], [tuple(line) for line in texts]
