"""One panel: its layers and what stands around them: reference lines, notes, axes, grid, frame, legend.

The axes are called `ax`, a second y axis at their right `twin`. Leaves out: where the panel stands (writer.py).
"""

from __future__ import annotations

from collections.abc import Callable

from model.nano.fitting import on_twin, projection, without_axes
from model.nano.grammar import LEGEND_PLACES
from model.nano.spec import AxisSpec, LayerSpec, Note, PanelSpec, Rule
from model.nano.writing import bars, curves, diagrams, fields, rounds, solids, spreads
from model.nano.writing.literals import call, number, text, texts

_OUTSIDE = {
    "outside right": 'loc="upper left", bbox_to_anchor=(1.02, 1)',
    "outside top": 'loc="lower center", bbox_to_anchor=(0.5, 1.02), ncol=4',
    "outside bottom": 'loc="upper center", bbox_to_anchor=(0.5, -0.15), ncol=4',
}
_LAYERS: dict[str, Callable[[LayerSpec, PanelSpec, str], list[str]]] = {
    "bar": bars.bars, "line": curves.lines, "scatter": curves.scatter, "area": curves.areas,
    "errorbar": curves.error_bars, "hist": spreads.hist, "box": spreads.boxes, "violin": spreads.violins,
    "heat": fields.heat, "contour": fields.contour, "quiver": fields.quiver,
    "pie": rounds.pie, "radar": rounds.radar, "rose": rounds.rose,
    "surface": solids.surface, "bars3d": solids.bars, "points3d": solids.points, "curve3d": solids.curves,
    "graph": diagrams.graph, "treemap": diagrams.treemap,
}  # fmt: skip
_SPANNING = ("heat", "contour", "surface")  # fill the limits of their axes by themselves
_UNLABELLED = ("heat", "contour", "surface", "graph", "treemap", "box", "violin")  # their labels are no legend's


def panel_lines(panel: PanelSpec) -> list[str]:
    """Everything that is done to one axes. The panel must be a fitted one (fitting.py)."""
    lines = _layers(panel) + _notes(panel) + _axes(panel)
    lines += _title(panel)
    if not projection(panel):
        lines += _rules(panel) + _frame(panel)
    return lines + _legend(panel)


def _has_twin(panel: PanelSpec) -> bool:
    return any(map(on_twin, panel.layers))


def _layers(panel: PanelSpec) -> list[str]:
    lines: list[str] = []
    for layer in panel.layers:
        if on_twin(layer) and "twin = ax.twinx()" not in lines:
            lines.append("twin = ax.twinx()")
        lines += _LAYERS[layer.kind](layer, panel, "twin" if on_twin(layer) else "ax")
    return lines


def _rules(panel: PanelSpec) -> list[str]:
    return [_span(rule) if rule.to is not None else _line(rule) for rule in panel.rules]


def _line(rule: Rule) -> str:
    name = "axvline" if rule.axis == "x" else "axhline"
    return call("ax", name, number(rule.value), f"color={text(rule.colour)}", f"linestyle={text(rule.style)}")


def _span(rule: Rule) -> str:
    name = "axvspan" if rule.axis == "x" else "axhspan"
    return call("ax", name, number(rule.value), number(rule.to or 0.0), f"color={text(rule.colour)}", "alpha=0.2")


def _notes(panel: PanelSpec) -> list[str]:
    name = "text2D" if projection(panel) == "3d" else "text"
    return [_note(name, note) for note in panel.notes]


def _note(name: str, note: Note) -> str:
    place = [number(round(note.x, 3)), number(round(note.y, 3)), text(note.text), "transform=ax.transAxes"]
    return call("ax", name, *place, 'ha="center"', 'va="center"')


def _axes(panel: PanelSpec) -> list[str]:
    """On solid axes `right` is the third one, z."""
    spanned = any(layer.kind in _SPANNING for layer in panel.layers)
    lines = _axis("ax", "x", panel.x, spanned) + _axis("ax", "y", panel.y, spanned)
    if projection(panel) == "3d":
        return lines + _axis("ax", "z", panel.right)
    return lines + (_axis("twin", "y", panel.right) if _has_twin(panel) else [])


def _axis(ax: str, name: str, axis: AxisSpec, spanned: bool = False) -> list[str]:
    lines = []
    if axis.log:
        lines.append(call(ax, f"set_{name}scale", text("log")))
    if axis.limits and not spanned:
        lines.append(call(ax, f"set_{name}lim", *map(number, axis.limits)))
    if axis.bare:
        lines.append(call(ax, f"set_{name}ticks", "[]"))
        lines += [call(ax, f"set_{name}ticks", "[]", "minor=True")] if axis.log else []
    if axis.label:
        lines.append(call(ax, f"set_{name}label", text(axis.label)))
    return lines


def _title(panel: PanelSpec) -> list[str]:
    """Above a legend that stands on top of the panel."""
    if not panel.title:
        return []
    raised = ["pad=36"] if panel.legend == "outside top" else []
    return [call("ax", "set_title", text(panel.title), *raised)]


def _frame(panel: PanelSpec) -> list[str]:
    if without_axes(panel):
        return []
    lines = []
    if panel.grid:
        lines.append("ax.grid(True)" if panel.grid == "both" else f'ax.grid(axis="{panel.grid}")')
    if panel.open_frame and _has_twin(panel):
        lines += [f'{ax}.spines["top"].set_visible(False)' for ax in ("ax", "twin")]
    elif panel.open_frame:
        lines.append('ax.spines[["top", "right"]].set_visible(False)')
    return lines


def _legend(panel: PanelSpec) -> list[str]:
    if not panel.legend or not panel.layers:
        return []
    assert panel.legend in LEGEND_PLACES, panel.legend
    first, place = panel.layers[0], _legend_place(panel)
    if first.kind == "pie":
        return [call("ax", "legend", "ax.patches", texts(first.categories), *place)] if first.categories else []
    if first.kind in ("box", "violin"):
        return _legend_of_spreads(first, place)
    if not any(one.label for layer in panel.layers if layer.kind not in _UNLABELLED for one in layer.series):
        return []
    return _legend_of_both(place) if _has_twin(panel) else [call("ax", "legend", *place)]


def _legend_place(panel: PanelSpec) -> list[str]:
    if panel.legend == "outside right" and _has_twin(panel):
        return ['loc="upper left", bbox_to_anchor=(1.15, 1)']  # beyond the ticks of the second axis
    return [] if panel.legend == "best" else [_OUTSIDE.get(panel.legend, f'loc="{panel.legend}"')]


def _legend_of_spreads(layer: LayerSpec, place: list[str]) -> list[str]:
    """Boxes and violins carry no label: the first of each name stands for all of that name."""
    names = [series.label for series in layer.series]
    firsts = [names.index(name) for name in dict.fromkeys(names) if name]
    if not firsts:
        return []
    bodies = 'boxes["boxes"]' if layer.kind == "box" else 'parts["bodies"]'
    handles = f"[{bodies}[i] for i in {firsts}]" if len(firsts) < len(names) else bodies
    return [call("ax", "legend", handles, texts(names[i] for i in firsts), *place)]


def _legend_of_both(place: list[str]) -> list[str]:
    """On the upper axes, which would be drawn over the legend of the lower ones."""
    return [
        "handles, labels = ax.get_legend_handles_labels()",
        "more_handles, more_labels = twin.get_legend_handles_labels()",
        call("twin", "legend", "handles + more_handles", "labels + more_labels", *place),
    ]
