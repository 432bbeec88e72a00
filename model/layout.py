"""How a picture is laid out: its panels, and what each text is for. Classical, no learning.

A panel is found by its spines, grid lines or tinted ground, or as what is drawn outside of those (model/frames.py);
texts get their roles by where they stand to it (model/roles.py, model/legends.py).
Leaves out: what the panels show (model/paint.py has colours, a model the rest).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.boxes import Box, holds
from model.frames import Found, Panel, find
from model.legends import legends
from model.records import Paint, Pixels, TextBox
from model.roles import Roles, assign

Cell = tuple[int, int, int, int]  # row0, row1, col0, col1; ends inclusive


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a legend: its text (index into the texts) and the paint of its sample (index), None if unknown."""

    text: int
    paint: int | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One panel as it is seen: its axes' box in pixels, and the texts that belong to it as indices into the texts.

    Ticks stand in the order of their axis: x from left to right, y and right from the bottom up. `right` are ticks at
    the right side: of a second axis, or of a colour bar whose box is then `colorbar`. A text has one role.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    cell: Cell = (0, 0, 0, 0)
    x_ticks: tuple[int, ...] = ()
    y_ticks: tuple[int, ...] = ()
    right_ticks: tuple[int, ...] = ()
    title: tuple[int, ...] = ()  # its lines from the top down
    x_label: tuple[int, ...] = ()
    y_label: tuple[int, ...] = ()
    right_label: tuple[int, ...] = ()
    legend: tuple[Entry, ...] = ()
    inside: tuple[int, ...] = ()
    colorbar: tuple[float, float, float, float] | None = None
    open: bool = False  # no spine at the top and the right
    round: bool = False  # a pie, or polar axes

    @property
    def sides(self) -> Box:
        return self.x0, self.y0, self.x1, self.y1


@dataclass(frozen=True, slots=True)
class Layout:
    """Frames in reading order (rows from the top, then columns), the grid they stand in, and texts of the figure."""

    frames: tuple[Frame, ...]
    rows: int = 1
    cols: int = 1
    title: tuple[int, ...] = ()  # lines of the figure's own title
    others: tuple[int, ...] = ()  # texts without a role


def layout(pixels: Pixels, texts: Sequence[TextBox], paints: Sequence[Paint]) -> Layout:
    """The layout of an RGB picture from its texts and paints; tens of milliseconds."""
    pixels = np.ascontiguousarray(pixels[..., :3])
    keys = legends(pixels, texts, paints)
    found = find(pixels, texts, paints, [key.box for key in keys if len(key.entries) > 1])
    rows, cols, cells = grid([panel.box for panel in found.panels if not panel.inset])
    order = sorted(range(len(cells)), key=lambda i: (cells[i][0], cells[i][2]))
    main = [panel for panel in found.panels if not panel.inset]
    insets = [panel for panel in found.panels if panel.inset]
    panels = (*(main[i] for i in order), *insets)
    places = [*(cells[i] for i in order), *(_holder(inset, main, cells) for inset in insets)]
    roles = assign(Found(panels, found.colorbars), texts, keys)
    frames = tuple(_frame(*parts) for parts in zip(panels, places, roles.panels, strict=True))
    return Layout(frames, rows, cols, tuple(roles.title), tuple(sorted(roles.others)))


def grid(boxes: Sequence[Box]) -> tuple[int, int, list[Cell]]:
    """Rows and columns of a grid, and the cells of the boxes in it; a box spans what its sides span."""
    rows, downs = _bands([(box[1], box[3]) for box in boxes])
    cols, acrosses = _bands([(box[0], box[2]) for box in boxes])
    return rows, cols, [(*down, *across) for down, across in zip(downs, acrosses, strict=True)]


def _bands(spans: Sequence[tuple[float, float]]) -> tuple[int, list[tuple[int, int]]]:
    """Bands (rows or columns) that spans lie in: how many there are, and the first and last band of each span.

    Every span that holds no middle of a shorter one is one band; longer spans cover the bands whose middles they hold.
    """
    middles: list[tuple[float, float]] = []
    for low, high in sorted(spans, key=lambda span: span[1] - span[0]):
        if not any(low < (a + b) / 2 < high or a < (low + high) / 2 < b for a, b in middles):
            middles.append((low, high))
    places = sorted((low + high) / 2 for low, high in middles)
    found = []
    for low, high in spans:
        held = [i for i, place in enumerate(places) if low < place < high]
        nearest = min(range(len(places)), key=lambda i: abs(places[i] - (low + high) / 2))
        found.append((held[0], held[-1]) if held else (nearest, nearest))
    return max(len(places), 1), found


def _holder(inset: Panel, main: Sequence[Panel], cells: Sequence[Cell]) -> Cell:
    """The cell of the panel that an inset stands in."""
    return next((cell for panel, cell in zip(main, cells, strict=True) if holds(panel.box, inset.box)), cells[0])


def _frame(panel: Panel, cell: Cell, roles: Roles) -> Frame:
    return Frame(
        *panel.box,
        cell=cell,
        x_ticks=tuple(roles.x_ticks),
        y_ticks=tuple(roles.y_ticks),
        right_ticks=tuple(roles.right_ticks),
        title=tuple(roles.title),
        x_label=tuple(roles.x_label),
        y_label=tuple(roles.y_label),
        right_label=tuple(roles.right_label),
        legend=tuple(Entry(text, paint) for text, paint in roles.legend),
        inside=tuple(roles.inside),
        colorbar=roles.colorbar,
        open=panel.open,
        round=panel.round,
    )
