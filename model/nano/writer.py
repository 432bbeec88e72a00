"""Spec -> plain canonical Python: one compact style for every program that the built-in model writes or is taught.

The program needs matplotlib and sometimes numpy, and networkx or squarify only for what they draw; it ends with
plt.show(). Here are the figure and where its panels stand; what a panel shows is in writing/.
Leaves out: the reading of the chart (codec.py) and any text the spec does not hold.
"""

from __future__ import annotations

from model.nano.fitting import fitted, projection
from model.nano.spec import Box, FigureSpec, PanelSpec
from model.nano.writing.literals import call, number, numbers, text
from model.nano.writing.panel import panel_lines

_UPRIGHT_NAMES = ("bar", "line", "scatter", "area", "errorbar", "box", "violin", "heat")  # categories along x
_CORNER: Box = (0.6, 0.15, 0.88, 0.4)  # where an inset stands whose place nobody knows


def write(spec: FigureSpec) -> str:
    """The whole program."""
    spec = fitted(spec)
    body = _figure(spec)
    for panel in spec.panels:
        if not panel.inset:
            body += ["", *_axes(spec, panel), *panel_lines(panel), *_turned_labels(spec, panel)]
    body += ["", f"fig.suptitle({text(spec.title)})"] if spec.title else []
    body += ["", "plt.tight_layout()"]
    for panel in spec.panels:
        if panel.inset:  # after the layout, which knows nothing of axes at a fixed place
            body += ["", _inset(panel), *panel_lines(panel)]
    body += ["", "plt.show()"] if body[-1] != "plt.tight_layout()" else ["plt.show()"]
    style = [f"plt.style.use({text(spec.style)})"] if spec.style else []
    return "\n".join([*_imports(spec, body), "", *style, *body]) + "\n"


def _imports(spec: FigureSpec, body: list[str]) -> list[str]:
    kinds = {layer.kind for panel in spec.panels for layer in panel.layers}
    return [
        "import matplotlib.pyplot as plt",
        *(["from matplotlib.colors import ListedColormap"] if any("ListedColormap(" in line for line in body) else []),
        *(["import networkx as nx"] if "graph" in kinds else []),
        *(["import numpy as np"] if any("np." in line for line in body) else []),
        *(["import squarify"] if "treemap" in kinds else []),
    ]


def _figure(spec: FigureSpec) -> list[str]:
    size = f"figsize=({number(round(spec.size[0], 2))}, {number(round(spec.size[1], 2))})"
    if _spans(spec):
        return [f"fig = plt.figure({size})", f"grid = fig.add_gridspec({spec.rows}, {spec.cols})"]
    if not _regular(spec):
        return [f"fig = plt.figure({size})"]
    kind = projection(next(panel for panel in spec.panels if not panel.inset))
    options = [size, *([f'subplot_kw={{"projection": "{kind}"}}'] if kind else [])]
    if spec.rows * spec.cols == 1:
        return [f"fig, ax = {call('plt', 'subplots', *options)}"]
    return [f"fig, axes = {call('plt', 'subplots', str(spec.rows), str(spec.cols), *options, 'squeeze=False')}"]


def at_once(spec: FigureSpec) -> bool:
    """Whether the program makes the axes of all panels first; else each panel's when its turn comes."""
    return not _spans(spec) and _regular(spec)


def _spans(spec: FigureSpec) -> bool:
    cells = [panel.cell for panel in spec.panels if not panel.inset]
    return any(row0 != row1 or col0 != col1 for row0, row1, col0, col1 in cells)


def _regular(spec: FigureSpec) -> bool:
    """Whether every cell of the grid has one panel, all on axes of one kind: plt.subplots makes them at once."""
    panels = [panel for panel in spec.panels if not panel.inset]
    full = len({panel.cell for panel in panels}) == len(panels) == spec.rows * spec.cols
    return full and len(set(map(projection, panels))) == 1


def _axes(spec: FigureSpec, panel: PanelSpec) -> list[str]:
    """The line that gives the panel its axes; none where the figure came with them."""
    row0, row1, col0, col1 = panel.cell
    if _spans(spec):
        return [_subplot(panel, f"grid[{_slice(row0, row1)}, {_slice(col0, col1)}]")]
    if not _regular(spec):
        return [_subplot(panel, str(spec.rows), str(spec.cols), str(row0 * spec.cols + col0 + 1))]
    return [f"ax = axes[{row0}, {col0}]"] if spec.rows * spec.cols > 1 else []


def _slice(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}:{last + 1}"


def _subplot(panel: PanelSpec, *place: str) -> str:
    return f"ax = {call('fig', 'add_subplot', *place, *_projection(panel))}"


def _inset(panel: PanelSpec) -> str:
    x0, y0, x1, y1 = panel.box or _CORNER
    box = [x0, 1 - y1, max(x1 - x0, 0.02), max(y1 - y0, 0.02)]
    return f"ax = {call('fig', 'add_axes', numbers(round(edge, 3) for edge in box), *_projection(panel))}"


def _projection(panel: PanelSpec) -> list[str]:
    return [f'projection="{projection(panel)}"'] if projection(panel) else []


def _turned_labels(spec: FigureSpec, panel: PanelSpec) -> list[str]:
    """Turns the labels below a panel where they would run into each other."""
    layer = panel.layers[0] if panel.layers else None
    if layer is None or panel.x.bare or layer.kind not in _UPRIGHT_NAMES or "horizontal" in layer.words:
        return []
    letters = sum(max(len(line) for line in name.split("\n")) + 2 for name in layer.categories)
    inches = spec.size[0] * 0.8 * (panel.cell[3] - panel.cell[2] + 1) / spec.cols
    turn = 90 if letters > 30 * inches else 45 if letters > 12 * inches else 0
    return [f'ax.tick_params(axis="x", rotation={turn})'] if turn else []
