"""Layout: F1 of grid cells (ChartMimic "layout"). A cell is (nrows, ncols, row0, row1, col0, col1), ends inclusive."""

from __future__ import annotations

from model.records import FigureFacts
from model.scoring.match import multiset_f1

Cell = tuple[int, int, int, int, int, int]

# For charts of its "graph" family ChartMimic logs this cell for every axes, with a grid or not. No real grid of one row
# has a second one, so a reference with this cell is of that family.
GRAPH_CELL: Cell = (1, 1, 0, 1, 0, 1)


def layout_f1(reference: FigureFacts, candidate: FigureFacts) -> float | None:
    """F1 of exactly equal cells; axes without a grid position do not count. None when neither side has a cell."""
    if GRAPH_CELL in reference.layout:
        return multiset_f1(reference.layout, [GRAPH_CELL] * len(candidate.axes))
    return multiset_f1(reference.layout, candidate.layout)
