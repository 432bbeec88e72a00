"""Draws the specs of synthetic charts: which kinds, in what grid, of one form or of several, with or without an inset.

Every choice comes from one random generator, so a seed names a chart. A kind is made by its family's file (kinds_*.py),
what stands around it by dressing.py, the look that a spec does not hold by looks.py; drawing is draw.py's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from model.nano import grammar
from model.nano.spec import Cell, FigureSpec, PanelSpec
from training.synthesis import (
    kinds_bars,
    kinds_errors,
    kinds_fields,
    kinds_lines,
    kinds_nets,
    kinds_round,
    kinds_spread,
)
from training.synthesis.dressing import dressed, without_legend
from training.synthesis.extents import extent
from training.synthesis.kinds_kit import Frame, Kit
from training.synthesis.kinds_mixed import mixed
from training.synthesis.tables import Tables

T = TypeVar("T")
QUOTA = {
    "bar": 0.215, "line": 0.215, "scatter": 0.08, "box": 0.065, "errorbar": 0.06, "heat": 0.06, "radar": 0.05,
    "violin": 0.04, "pie": 0.04, "hist": 0.035, "area": 0.035, "contour": 0.02, "quiver": 0.013, "graph": 0.012,
    "rose": 0.01, "treemap": 0.01, "surface": 0.01, "bars3d": 0.01, "points3d": 0.01, "curve3d": 0.01,
}  # fmt: skip
"""Shares of the kinds; they sum to 1. About as charts of papers, reports and teaching have them, with more of the rare
kinds than there, because those are learnt worst. Densities are among the lines."""
_MAKERS: dict[str, Callable[[Kit], PanelSpec]] = {
    "bar": kinds_bars.bars, "line": kinds_lines.lines, "scatter": kinds_lines.scatter, "area": kinds_lines.areas,
    "errorbar": kinds_errors.error_bars, "box": kinds_spread.boxes, "violin": kinds_spread.violins,
    "hist": kinds_spread.hist, "pie": kinds_round.pie, "radar": kinds_round.radar, "rose": kinds_round.rose,
    "heat": kinds_fields.heat, "contour": kinds_fields.contour, "quiver": kinds_fields.quiver,
    "surface": kinds_fields.surface, "bars3d": kinds_fields.bars3d, "points3d": kinds_fields.points3d,
    "curve3d": kinds_fields.curve3d, "graph": kinds_nets.graph, "treemap": kinds_nets.treemap,
}  # fmt: skip
_TABLE_KINDS = {"line": "ordered", "area": "ordered", "errorbar": "ordered", "scatter": "cloud", "hist": "cloud",
                "box": "cloud", "violin": "cloud"}  # fmt: skip
_MIXED = {"bar": 0.19, "line": 0.19, "scatter": 0.22, "hist": 0.28, "area": 0.15}
"""How often a panel of a kind has a second layer of another one, or a second axis."""
_SQUARE = ("pie", "radar", "rose", "heat", "contour", "quiver", "graph", "surface", "bars3d", "points3d", "curve3d")
_GRIDS = {
    (1, 1): 0.57, (1, 2): 0.13, (2, 1): 0.055, (2, 2): 0.085, (1, 3): 0.055, (3, 1): 0.025, (2, 3): 0.03, (3, 2): 0.012,
    (1, 4): 0.015, (3, 3): 0.008, (2, 4): 0.007, (1, 5): 0.008,
}  # fmt: skip
_SIZES = (
    (6.4, 4.8), (6.4, 4.8), (6.4, 4.8), (8, 6), (8, 6), (8, 5), (7, 5), (6, 4), (6, 4), (10, 6), (10, 6), (6, 6),
    (5, 5), (8, 4), (10, 5), (5, 4), (5, 3), (4, 3), (3, 2.5), (3.5, 2.6), (4, 4), (7, 4), (9, 6), (12, 6), (12, 8),
    (10, 8), (8, 8), (6, 3), (7, 7), (10, 4), (5, 6), (6, 8), (16, 9),
)  # fmt: skip
_SPANS: dict[tuple[int, int], tuple[list[Cell], ...]] = {
    (2, 2): ([(0, 0, 0, 1), (1, 1, 0, 0), (1, 1, 1, 1)], [(0, 1, 0, 0), (0, 0, 1, 1), (1, 1, 1, 1)],
             [(0, 0, 0, 0), (0, 0, 1, 1), (1, 1, 0, 1)]),
    (2, 3): ([(0, 0, 0, 2), (1, 1, 0, 0), (1, 1, 1, 1), (1, 1, 2, 2)], [(0, 1, 0, 1), (0, 0, 2, 2), (1, 1, 2, 2)]),
    (1, 3): ([(0, 0, 0, 1), (0, 0, 2, 2)], [(0, 0, 0, 0), (0, 0, 1, 2)]),
    (3, 1): ([(0, 1, 0, 0), (2, 2, 0, 0)], [(0, 0, 0, 0), (1, 2, 0, 0)]),
    (3, 2): ([(0, 0, 0, 1), (1, 1, 0, 0), (1, 1, 1, 1), (2, 2, 0, 1)],
             [(0, 2, 0, 0), (0, 0, 1, 1), (1, 1, 1, 1), (2, 2, 1, 1)]),
    (3, 3): ([(0, 0, 0, 2), (1, 2, 0, 1), (1, 2, 2, 2)],),
}  # fmt: skip


class ChartSampler:
    """Samples figure specs. One per process; `sample` takes the generator of one chart."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def sample(self, rng: np.random.Generator) -> tuple[FigureSpec, str]:
        """A spec, and the family of the table that its first numbers came from."""
        return _Figure(rng, self.tables).made()


class _Figure:
    def __init__(self, rng: np.random.Generator, tables: Tables) -> None:
        self.rng, self.tables, self.family = rng, tables, ""
        self.style = _one(rng, grammar.STYLES) if rng.random() < 0.2 else ""
        if self.style == "dark_background" and rng.random() < 0.5:
            self.style = ""

    def made(self) -> tuple[FigureSpec, str]:
        kind = self.kind()
        rows, cols = self._grid()
        cells = self._cells(rows, cols)
        size = self._size(rows, cols, kind)
        alike, kinds = self.rng.random() < 0.72, [kind]
        if not alike:
            kinds += [self.kind() for _ in cells[1:]]
        panels = self._panels(kinds, cells, size, (rows, cols))
        if len(panels) == 1:
            panels = self._with_inset(panels[0], kind, size)
        title = self._title(size) if rows * cols > 1 and self.rng.random() < 0.28 else ""
        return FigureSpec(tuple(panels), rows, cols, size, title, self.style), self.family

    def kind(self) -> str:
        return str(self.rng.choice(list(QUOTA), p=list(QUOTA.values())))

    def _grid(self) -> tuple[int, int]:
        return list(_GRIDS)[int(self.rng.choice(len(_GRIDS), p=list(_GRIDS.values())))]

    def _cells(self, rows: int, cols: int) -> list[Cell]:
        if (rows, cols) in _SPANS and self.rng.random() < 0.25:
            return _one(self.rng, _SPANS[rows, cols])
        return [(row, row, col, col) for row in range(rows) for col in range(cols)]

    def _size(self, rows: int, cols: int, kind: str) -> tuple[float, float]:
        """Inches: large enough for the panels, nearer to a square for what is round."""
        width, height = _one(self.rng, _SIZES)
        if rows * cols == 1:
            return (min(width, height * 1.4), height) if kind in _SQUARE else (width, height)
        each = self.rng.uniform(2.7, 4.5)
        flat = self.rng.uniform(0.62, 0.9) if kind not in _SQUARE else self.rng.uniform(0.8, 1.0)
        width, height = each * cols + 0.5, each * flat * rows + 0.4
        return round(min(16.0, max(5.0, width)) * 2) / 2, round(min(13.0, max(2.5, height)) * 2) / 2

    # ---- panels ------------------------------------------------------------------------------------------------

    def _panels(
        self, kinds: list[str], cells: list[Cell], size: tuple[float, float], grid: tuple[int, int]
    ) -> list[PanelSpec]:
        paint, form = (int(self.rng.integers(2**31)) for _ in range(2))
        titled = 0.6 if len(cells) == 1 else 0.65
        lonely = len(kinds) == 1 and len(cells) > 1 and self.rng.random() < 0.35  # one legend serves all panels
        panels: list[PanelSpec] = []
        for index, cell in enumerate(cells):
            share = (cell[3] - cell[2] + 1) / grid[1], (cell[1] - cell[0] + 1) / grid[0]
            frame = Frame(paint, self.style == "dark_background", size[0] * share[0], size[1] * share[1], len(cells))
            one = self._panel(kinds[index % len(kinds)], form if len(kinds) == 1 else form + index, frame, titled)
            if lonely and index != (0 if paint % 2 else len(cells) - 1):
                one = without_legend(one)
            panels.append(replace(one, cell=cell))
        return panels

    def _panel(self, kind: str, form: int, frame: Frame, titled: float) -> PanelSpec:
        kit = Kit(self.tables, self.rng, form, frame, _TABLE_KINDS.get(kind, "categorical"))
        self.family = self.family or kit.table.family
        panel = mixed(kit, kind) if kit.chance(_MIXED.get(kind, 0.0)) else _MAKERS[kind](kit)
        return dressed(kit, panel, titled)

    def _title(self, size: tuple[float, float]) -> str:
        kit = Kit(self.tables, self.rng, int(self.rng.integers(2**31)), Frame(0))
        title = kit.talk.title()
        return title if max(map(len, title.split("\n"))) < size[0] * 8 else ""

    # ---- insets ------------------------------------------------------------------------------------------------

    def _with_inset(self, panel: PanelSpec, kind: str, size: tuple[float, float]) -> list[PanelSpec]:
        """Now and then a small panel without labels, above data that leave room for it."""
        reach = extent(panel, "y")
        upright = "horizontal" not in panel.layers[0].words and panel.legend in ("", "upper left", "lower left")
        if kind not in ("line", "bar", "scatter") or min(size) < 4 or not (upright and reach) or panel.y.log:
            return [panel]
        if reach[1] <= reach[0] or self.rng.random() > 0.2:
            return [panel]
        low, span = reach[0], reach[1] - reach[0]
        top = float(f"{low + span * 2.2:.3g}")
        panel = replace(
            panel, y=replace(panel.y, limits=(float(f"{low - 0.05 * span * (low != 0):.3g}"), top)), notes=()
        )
        frame = Frame(int(self.rng.integers(2**31)), self.style == "dark_background", 2.2, 1.8, 2)
        small_kind = "bar" if kind == "bar" and self.rng.random() < 0.5 else "line"
        kit = Kit(self.tables, self.rng, int(self.rng.integers(2**31)), frame, "ordered")
        small = kinds_lines.small_lines(kit) if small_kind == "line" else kinds_bars.small_bars(kit)
        x0, y0 = self.rng.uniform(0.52, 0.6), self.rng.uniform(0.14, 0.18)
        box = (x0, y0, x0 + self.rng.uniform(0.25, 0.32), y0 + self.rng.uniform(0.2, 0.26))
        x0, y0, x1, y1 = (round(float(edge), 3) for edge in box)
        return [panel, replace(small, inset=True, box=(x0, y0, x1, y1))]


def _one(rng: np.random.Generator, options: tuple[T, ...]) -> T:
    return options[int(rng.integers(len(options)))]
