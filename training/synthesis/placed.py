"""Where each panel of a spec came to stand in its picture, and its true axes, from the facts of the drawing.

Leaves out: what is seen of them (model/layout.py).
"""

from __future__ import annotations

from model.nano.axismap import AxisMap
from model.nano.drawn import DrawnPanel
from model.nano.spec import AxisSpec, FigureSpec, PanelSpec
from model.nano.writer import at_once
from model.records import AxesFacts, FigureFacts
from training.synthesis.draw import Undrawable

_NAMED = ("bar", "box", "violin", "heat")


def drawn_panels(spec: FigureSpec, facts: FigureFacts) -> list[DrawnPanel]:
    """One for each panel of the spec. Raises Undrawable where the drawing has other axes than the spec asks for."""
    queue, first = list(facts.axes), at_once(spec)
    mains = [queue.pop(0) for panel in spec.panels if first and not panel.inset and queue]
    drawn = []
    for panel in spec.panels:
        wanted = _further(panel)
        needed = len(wanted) + (0 if first and not panel.inset else 1)
        if len(queue) < needed:
            raise Undrawable("the drawing has fewer axes than its spec")
        axes = mains.pop(0) if first and not panel.inset else queue.pop(0)
        further = {name: queue.pop(0) for name in wanted}
        drawn.append(_panel(panel, axes, further.get("twin"), facts))
    return drawn


def _further(panel: PanelSpec) -> list[str]:
    """The axes that a panel makes beside its own, in the order in which its program makes them."""
    names: list[str] = []
    for layer in panel.layers:
        if "twin" in layer.words and "twin" not in names:
            names.append("twin")
        if "colorbar" in layer.words:
            names.append("bar")
    return names


def _panel(panel: PanelSpec, axes: AxesFacts, twin: AxesFacts | None, facts: FigureFacts) -> DrawnPanel:
    size = facts.width_px, facts.height_px
    x0, y0, x1, y1 = axes.box
    return DrawnPanel(
        (x0 / size[0], y0 / size[1], x1 / size[0], y1 / size[1]),
        _map(axes, "x", size),
        _map(axes, "y", size),
        _scale(panel, panel.x, "x", axes),
        _scale(panel, panel.y, "y", axes),
        _map(twin, "y", size) if twin else None,
    )


def _map(axes: AxesFacts, name: str, size: tuple[int, int]) -> AxisMap:
    """Values to picture fractions; to shares of the axis where it is no line across the picture."""
    x0, y0, x1, y1 = axes.box
    low, high = axes.x_limits if name == "x" else axes.y_limits
    ends = (x0 / size[0], x1 / size[0]) if name == "x" else (y1 / size[1], y0 / size[1])
    if axes.projection != "rectilinear":
        ends = (0.0, 1.0)
    log = (axes.x_scale if name == "x" else axes.y_scale) == "log"
    found = AxisMap.through(ends[0], low, ends[1], high, log)
    if found is None:
        raise Undrawable(f"the {name} axis runs from {low} to {high}")
    return found


def _scale(panel: PanelSpec, axis: AxisSpec, name: str, axes: AxesFacts) -> str:
    layer = panel.layers[0]
    lying = "horizontal" in layer.words
    names = layer.categories if (name == "y") == lying else tuple(one.label for one in layer.series)
    named = (name == "y") == lying or layer.kind == "heat"
    if named and ((layer.kind in _NAMED and not layer.x) or any(names)):
        return "cats"
    if not (axes.x_ticks if name == "x" else axes.y_ticks):
        return "none"
    return "log" if axis.log else "lin"
