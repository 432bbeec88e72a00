"""The pale band around a line, in rows of a panel (panel.py): how far it reaches above and below the line.

Leaves out: bands without a line in them, and where bands of two colours lie on each other.
"""

from __future__ import annotations

import numpy as np

from model.nano.panel import Panel
from model.nano.veil import Bools, Floats

PALEST = 0.06  # how much of its line's colour a band shows at least
GAP = 3  # rows of something else that a band goes on behind
LEAST = 2  # rows that a band goes beyond its line


def band_rows(panel: Panel, at: Floats, rows: Floats, colour: str) -> tuple[Floats, Floats] | None:
    """Rows of a band's upper and lower rim at the points (`at`, `rows`) of its line; None where most have none."""
    share, off = panel.blend(panel.colour(colour))
    pale = (share >= PALEST) & (off <= 1.5 * panel.reach)
    columns = np.clip(np.round(at - 0.5).astype(int), 0, panel.columns - 1)
    starts = np.clip(np.round(rows - 0.5).astype(int), 0, panel.rows - 1)
    tops = np.array([-_reach(pale[:row, column][::-1]) for column, row in zip(columns, starts, strict=True)])
    bottoms = np.array([_reach(pale[row + 1 :, column]) for column, row in zip(columns, starts, strict=True)])
    if np.mean((bottoms >= LEAST) | (tops <= -LEAST)) < 0.7:
        return None
    return rows + tops, rows + bottoms


def _reach(pale: Bools) -> int:
    """How many rows a run goes on from its start, gaps of a few rows passed over."""
    missing = np.flatnonzero(~pale)
    for row in missing:
        if not pale[row : row + GAP].any():
            return int(row)
    return len(pale)
