"""Which axes of a person's program are panels, in what grid they stand, and which frame of the chart each of them is.

Axes at the place of other ones are second axes, narrow ones beside cells are colour bars, axes in axes are insets.
Leaves out: what a panel shows (retold_panels.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from model.boxes import contains, overlap
from model.layout import Frame, grid
from model.nano.encode import SAME_BARE, SAME_FRAME
from model.nano.grammar import FRAMES
from model.nano.sight import Sight
from model.nano.spec import Box, Cell
from model.records import AxesFacts, FigureFacts
from training.retold_scene import Untold

MESHES = ("imshow", "pcolor", "pcolormesh")
_NARROW = 0.25  # the sides of a colour bar are in no greater proportion


@dataclass(frozen=True, slots=True)
class Part:
    """One panel: its main axes, a second one, whether a colour bar stands beside it."""

    axes: AxesFacts
    twin: AxesFacts | None = None
    bar: bool = False
    inset: bool = False
    cell: Cell = (0, 0, 0, 0)


def parts(facts: FigureFacts) -> tuple[int, int, list[Part]]:
    """Rows and columns of the grid, and the panels; insets come last. Raises Untold."""
    found: list[Part] = []
    for axes in facts.axes:
        place = _same_place(axes, found)
        if _is_bar(axes):
            continue
        if place is not None:
            if found[place].twin is not None or axes.x_limits != found[place].axes.x_limits:
                raise Untold("it has axes on top of each other that do not share their x axis")
            found[place] = replace(found[place], twin=axes)
        elif axes.series or axes.title or axes.x_ticks or axes.y_ticks:
            inset = any(contains(one.axes.box, axes.box) for one in found)
            found.append(Part(axes, inset=inset))
    if not found or any(not part.axes.series and not (part.twin and part.twin.series) for part in found):
        raise Untold("a panel of it shows nothing that is known")
    has_bar = any(map(_is_bar, facts.axes))
    found = [replace(part, bar=has_bar and _mapped(part.axes)) for part in found]
    main = [part for part in found if not part.inset]
    rows, cols, cells = _cells([part.axes for part in main], [part.bar for part in main])
    main = [replace(part, cell=cell) for part, cell in zip(main, cells, strict=True)]
    return rows, cols, [*main, *(part for part in found if part.inset)]


def _is_bar(axes: AxesFacts) -> bool:
    x0, y0, x1, y1 = axes.box
    sides = sorted((max(x1 - x0, 1e-9), max(y1 - y0, 1e-9)))
    return not axes.series and sides[0] < _NARROW * sides[1]


def _mapped(axes: AxesFacts) -> bool:
    """Whether a colour bar may be about this."""
    return any(row.kind in (*MESHES, "contour", "contourf", "hexbin") or "c" in row.values for row in axes.series)


def _same_place(axes: AxesFacts, found: Sequence[Part]) -> int | None:
    return next((i for i, part in enumerate(found) if overlap(axes.box, part.axes.box) > 0.97), None)


def _cells(axes: Sequence[AxesFacts], barred: Sequence[bool]) -> tuple[int, int, list[Cell]]:
    """The grid as the program made it, where its panels stand in one; else by where they stand.

    A panel with a colour bar says a grid of its own: it stands in what the others leave free.
    """
    known = [None if bar or one.cell is None else one.cell for one, bar in zip(axes, barred, strict=True)]
    sure = [cell for cell in known if cell is not None]
    rows, cols = sure[0][:2] if sure else (0, 0)
    if len({cell[:2] for cell in sure}) == 1 and len(set(sure)) == len(sure):
        taken = {place for cell in sure for place in _places(cell[2:])}
        free = [place for place in _places((0, rows - 1, 0, cols - 1)) if place not in taken]
        lost = len(known) - len(sure)
        if lost in (0, len(free)):
            fill = iter((row, row, col, col) for row, col in free)
            return rows, cols, [cell[2:] if cell else next(fill) for cell in known]
        if lost == 1 and free:
            downs, acrosses = zip(*free, strict=True)
            whole = min(downs), max(downs), min(acrosses), max(acrosses)
            if len(_places(whole)) == len(free):
                return rows, cols, [cell[2:] if cell else whole for cell in known]
    return grid([one.box for one in axes])


def _places(cell: Cell) -> list[tuple[int, int]]:
    row0, row1, col0, col1 = cell
    return [(row, col) for row in range(row0, row1 + 1) for col in range(col0, col1 + 1)]


def seen_frames(found: Sequence[Part], rows: int, cols: int, facts: FigureFacts, sight: Sight) -> list[Frame]:
    """The chart's frame for each panel: the one at its place, else the one in its cell, else a bare box."""
    frames = sight.layout.frames[:FRAMES]
    gridded = (rows, cols) == (sight.layout.rows, sight.layout.cols) and len(frames) == len(found)
    return [_frame(part, frames, gridded, facts, sight) for part in found]


def _frame(part: Part, frames: Sequence[Frame], gridded: bool, facts: FigureFacts, sight: Sight) -> Frame:
    box = _scaled(part.axes.box, facts, sight)
    shared = [overlap(box, frame.sides) for frame in frames]
    best = int(np.argmax(shared)) if shared else -1
    bare = part.axes.projection != "rectilinear" or any(row.kind in ("pie", "squarify") for row in part.axes.series)
    if shared and shared[best] >= (SAME_BARE if bare else SAME_FRAME):
        return frames[best]
    alike = [frame for frame in frames if frame.cell == part.cell]
    return alike[0] if gridded and not part.inset and len(alike) == 1 else Frame(*box)


def _scaled(box: Box, facts: FigureFacts, sight: Sight) -> Box:
    across, down = sight.slots.width / facts.width_px, sight.slots.height / facts.height_px
    return box[0] * across, box[1] * down, box[2] * across, box[3] * down
