"""A chart as the built-in model thinks of it: a grid of panels, each with layers of series.

Values are in data units. Positions on the picture are fractions of its width and height, origin at the top left.
Leaves out: fonts, margins and whatever else the small model cannot see; a program may set them, a spec does not.
"""

from __future__ import annotations

from dataclasses import dataclass

Cell = tuple[int, int, int, int]  # row0, row1, col0, col1; ends inclusive
Box = tuple[float, float, float, float]  # x0, y0, x1, y1


@dataclass(frozen=True, slots=True)
class SeriesSpec:
    """One series. What `y`, `lo` and `hi` mean depends on the layer:

    bar, line, scatter, hist, area, errorbar: y = heights (lengths, counts); hi, lo = ends of error bars.
    box: y = (low whisker, q1, median, q3, high whisker) of one box.   pie: y = fractions.   heat: y = one row of cells.
    """

    y: tuple[float, ...]
    x: tuple[float, ...] = ()
    hi: tuple[float, ...] = ()
    lo: tuple[float, ...] = ()
    label: str = ""
    colours: tuple[str, ...] = ()
    words: tuple[str, ...] = ()  # linestyle and marker names of grammar.py


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """One drawing idea: e.g. grouped bars with their categories. `x` is shared by all series that have none."""

    kind: str
    series: tuple[SeriesSpec, ...]
    categories: tuple[str, ...] = ()
    x: tuple[float, ...] = ()
    words: tuple[str, ...] = ()  # horizontal, stacked, labels, percent, ring, ... of grammar.py


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight reference line across the panel: axis "x" is vertical at x = value."""

    axis: str
    value: float
    colour: str
    style: str = "dashed"


@dataclass(frozen=True, slots=True)
class AxisSpec:
    """One axis. `limits` None leaves the choice to matplotlib; `points` calibrate it: two (position, value) pairs."""

    label: str = ""
    limits: tuple[float, float] | None = None
    log: bool = False


@dataclass(frozen=True, slots=True)
class PanelSpec:
    layers: tuple[LayerSpec, ...]
    x: AxisSpec = AxisSpec()
    y: AxisSpec = AxisSpec()
    title: str = ""
    legend: str = ""  # "" for none, else its place, a word of grammar.py
    grid: str = ""  # "" | x | y | both
    rules: tuple[Rule, ...] = ()
    cell: Cell = (0, 0, 0, 0)
    box: Box | None = None
    open_frame: bool = False  # no top and right spine


@dataclass(frozen=True, slots=True)
class FigureSpec:
    """The whole picture. `size` is in inches at 100 dpi, i.e. hundreds of pixels."""

    panels: tuple[PanelSpec, ...]
    rows: int = 1
    cols: int = 1
    size: tuple[float, float] = (6.4, 4.8)
    title: str = ""
    style: str = ""  # a style sheet of grammar.py
