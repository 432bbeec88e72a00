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
    """One series. What `y`, `x`, `lo` and `hi` mean depends on the layer:

    bar, line, scatter, hist, area, errorbar, radar: y = heights (lengths, counts); hi, lo = ends of error bars, of the
    band of a line with the word "band", and of an area between two curves lo only. bar: lo without hi = where bars
    begin that do not begin at 0; what is stacked then stands on the first of them, below 0 what is negative hangs.
    box, violin: y = (low whisker, q1, median, q3, high whisker) of one box.   pie, treemap: y = shares, summing to 1.
    heat: y = one row of cells; of the first row, colours and size = colour and width in points of the lines between
    cells, where there are any.   scatter: size = areas of bubbles as shares of the largest.
    contour, surface: one series for each hill of the surface: x, y = its place, hi = its height, lo = its width in data
    units, each of one number.   graph: x, y = places of the nodes in the panel, 0 to 1, up; hi, lo = numbers of the
    nodes at both ends of each edge.   quiver: x, y = first and last place of the grid along each axis, hi = its size.
    bars3d, points3d, curve3d: x, y, hi = three coordinates.
    """

    y: tuple[float, ...]
    x: tuple[float, ...] = ()
    hi: tuple[float, ...] = ()
    lo: tuple[float, ...] = ()
    size: tuple[float, ...] = ()
    label: str = ""
    colours: tuple[str, ...] = ()
    words: tuple[str, ...] = ()  # linestyle and marker names of grammar.py
    written: tuple[str, ...] = ()  # what stands at each mark, where that is not its value as Python writes it


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """One drawing idea: e.g. grouped bars with their categories. `x` is shared by all series that have none."""

    kind: str
    series: tuple[SeriesSpec, ...]
    categories: tuple[str, ...] = ()
    x: tuple[float, ...] = ()
    words: tuple[str, ...] = ()  # horizontal, stacked, labels, percent, ring, twin (right axis), ... of grammar.py


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight reference line across the panel: axis "x" is vertical at x = value. A band where `to` is given."""

    axis: str
    value: float
    colour: str
    style: str = "dashed"
    to: float | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A text inside a panel, centred at (x, y) in shares of the panel's frame, y upwards."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class AxisSpec:
    """One axis. `limits` None leaves the choice to matplotlib."""

    label: str = ""
    limits: tuple[float, float] | None = None
    log: bool = False
    bare: bool = False  # neither ticks nor their labels


@dataclass(frozen=True, slots=True)
class PanelSpec:
    layers: tuple[LayerSpec, ...]
    x: AxisSpec = AxisSpec()
    y: AxisSpec = AxisSpec()
    right: AxisSpec = AxisSpec()  # of layers with the word "twin"
    title: str = ""
    legend: str = ""  # "" for none, else its place, a word of grammar.py
    grid: str = ""  # "" | x | y | both
    rules: tuple[Rule, ...] = ()
    notes: tuple[Note, ...] = ()
    cell: Cell = (0, 0, 0, 0)
    box: Box | None = None
    inset: bool = False  # stands in no cell but at `box`, on top of another panel
    open_frame: bool = False  # no top and right spine
    square: bool = False  # the cells of a heat map are as wide as high


@dataclass(frozen=True, slots=True)
class FigureSpec:
    """The whole picture. `size` is in inches at 100 dpi, i.e. hundreds of pixels. Insets come last among the panels."""

    panels: tuple[PanelSpec, ...]
    rows: int = 1
    cols: int = 1
    size: tuple[float, float] = (6.4, 4.8)
    title: str = ""
    style: str = ""  # a style sheet of grammar.py
