"""One panel of a person's program as a spec that stands on the chart: its layers, and what stands around them.

Leaves out: which axes are panels (retold_parts.py), and what is drawn in them (retold_layers.py and its neighbours).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from model.layout import Entry, Frame
from model.nano import expected
from model.nano.axismap import AxisMap
from model.nano.drawn import DrawnPanel
from model.nano.expected import BARE_KINDS
from model.nano.sight import Sight
from model.nano.slots import Slots, parse_number
from model.nano.spec import AxisSpec, LayerSpec, Note, PanelSpec, Rule
from model.records import AxesFacts, FigureFacts, Series
from training import retold_rounds as rounds
from training.retold_bars import bars
from training.retold_fives import fives, stemmed
from training.retold_layers import curves, error_bars, histograms, points, rules
from training.retold_parts import MESHES, Part
from training.retold_said import Said
from training.retold_scene import Scene, Untold, counted, scene
from training.retold_solids import arrows, solids, tiles, upright_label

_RULES = ("axhline", "axvline", "axhspan", "axvspan")
_CURVES = ("plot", "stem", "fill_between")
_SIDE = ("hlines", "vlines", "fill", "fill_betweenx")  # what decorates: a panel may be told without it
_UNSAID = {
    "contour": "contours", "contourf": "contours", "tricontour": "contours", "tricontourf": "contours",
    "barbs": "arrows", "streamplot": "streams", "hexbin": "hexagons",
    "plot_surface": "a surface", "plot_wireframe": "a surface", "plot_trisurf": "a surface",
    "draw_networkx_nodes": "a graph", "eventplot": "events", "broken_barh": "broken bars",
    "tripcolor": "triangles",
}  # fmt: skip


def told(part: Part, frame: Frame, facts: FigureFacts, sight: Sight, said: Said) -> tuple[PanelSpec, DrawnPanel]:
    """The spec of a panel, and where it stands on the chart. Raises Untold."""
    main = scene(facts, part.axes, frame, sight, said)
    second = scene(facts, part.twin, frame, sight, said, main) if part.twin else None
    layers, ruled = _layers(main, part.bar)
    more, more_rules = _layers(second, part.bar) if second else ([], [])
    layers = [_recoloured(layer, main) for layer in layers]
    layers += [_recoloured(replace(layer, words=(*layer.words, "twin")), main) for layer in more]
    legend = part.axes.legend or (part.twin.legend if part.twin else ())
    if not layers:
        raise Untold("a panel of it shows nothing that the built-in model can draw")
    layers = _labelled(stemmed(layers, part.axes.series), legend)
    layers, ruled, x, y = _on_names(layers, [*ruled, *more_rules], main)
    axes, bare = part.axes, layers[0].kind in BARE_KINDS
    right = part.twin.y_label if part.twin else upright_label(main) if axes.projection == "3d" else ""
    panel = PanelSpec(
        tuple(layers),
        AxisSpec(axes.x_label, log=axes.x_scale == "log", bare=not bare and not axes.x_ticks),
        AxisSpec(axes.y_label, log=axes.y_scale == "log", bare=not bare and not axes.y_ticks),
        AxisSpec(right),
        title=axes.title,
        legend=_legend_place(main, legend),
        grid=_grid(main) if axes.grid and not bare and layers[0].kind != "heat" else "",
        rules=tuple(ruled),
        notes=_notes(main, layers),
        cell=part.cell,
        inset=part.inset,
        open_frame=frame.open and not bare,
    )
    scales = ["cats" if named else main.axis(name).scale for name, named in (("x", x), ("y", y))]
    place = DrawnPanel(
        main.box, x or main.x.map, y or main.y.map, scales[0], scales[1], second.y.map if second else None
    )
    return panel, place


def _legend_place(main: Scene, legend: Sequence[str]) -> str:
    """Where the program's legend stands, by its texts, as decoding tells it of a seen one."""
    lines = {line for entry in legend for line in entry.split("\n")}
    x0, y0, x1, y1 = main.axes.box
    near = [box for box in main.facts.texts if box.text in lines and main.nearest(box)]
    if not legend or not near:
        return "best" if legend else ""
    entries = tuple(Entry(index) for index in range(len(near)))
    size = float(main.facts.width_px), float(main.facts.height_px)
    sight = replace(main.sight, slots=Slots(tuple(near), (), *size), known={})
    return expected.legend_place(Frame(x0, y0, x1, y1, legend=entries), sight)


def _grid(main: Scene) -> str:
    """Facts say only that there is a grid."""
    seen = main.ruled("x"), main.ruled("y")
    return {(True, False): "x", (False, True): "y"}.get(seen, "both")


def _recoloured(layer: LayerSpec, main: Scene) -> LayerSpec:
    rows = (
        replace(one, colours=tuple(main.painted(layer.kind, layer.words, colour) for colour in one.colours))
        for one in layer.series
    )
    return replace(layer, series=tuple(rows))


def _labelled(layers: Sequence[LayerSpec], legend: Sequence[str]) -> list[LayerSpec]:
    """Facts do not hold the labels of histograms: theirs are the entries of the legend that are nobody else's."""
    known = {one.label for layer in layers for one in layer.series}
    left = [entry for entry in legend if entry not in known]
    bare = [one for layer in layers if layer.kind == "hist" for one in layer.series if not one.label]
    if not left or len(left) != len(bare):
        return list(layers)
    names = iter(left)
    return [
        replace(layer, series=tuple(one if one.label else replace(one, label=next(names)) for one in layer.series))
        if layer.kind == "hist"
        else layer
        for layer in layers
    ]


def _layers(main: Scene, bar: bool) -> tuple[list[LayerSpec], list[Rule]]:
    """Layers in the order in which the program begins them."""
    rows = [row for row in main.axes.series if row.kind not in _SIDE or main.axes.projection == "polar"]
    for row in rows:
        if row.kind in _UNSAID:
            raise Untold(f"it draws {_UNSAID[row.kind]}, which cannot be put into the built-in model's language")
    if main.axes.projection not in ("rectilinear", "polar", "3d"):
        raise Untold(f"it draws on {main.axes.projection} axes")
    groups: dict[str, list[Series]] = {}
    for row in rows:
        if row.kind not in _RULES:
            groups.setdefault(_GROUPS.get(row.kind, row.kind), []).append(row)
    if main.axes.projection == "3d":
        if len({row.kind for row in rows}) != 1:
            raise Untold("it draws several things in space, or nothing")
        return [solids(rows[0].kind, rows, main)], []
    if main.axes.projection == "polar":
        return [_polar(name, some, main) for name, some in groups.items()], []
    layers = [layer for name, some in groups.items() for layer in _straight(name, some, main, bar)]
    return layers, rules([row for row in rows if row.kind in _RULES], main)


_GROUPS = {**dict.fromkeys(_CURVES, "curves"), "barh": "bar", "fill": "curves", **dict.fromkeys(MESHES, "mesh")}
_TELLERS: dict[str, Callable[[Sequence[Series], Scene], list[LayerSpec]]] = {
    "curves": curves,
    "bar": lambda rows, main: [bars(rows, main)],
    "scatter": points,
    "errorbar": error_bars,
    "hist": histograms,
    "boxplot": lambda rows, main: [fives(rows, main)],
    "violinplot": lambda rows, main: [fives(rows, main)],
    "squarify": lambda rows, main: [tiles(rows, main)],
    "quiver": lambda rows, _main: [arrows(rows)],
}


def _straight(name: str, rows: Sequence[Series], main: Scene, bar: bool) -> list[LayerSpec]:
    if name in ("mesh", "pie"):
        if len(rows) > 1:
            raise Untold("it draws several pies or pictures on the same axes")
        return [rounds.cells(rows[0], main, bar) if name == "mesh" else rounds.pie(rows[0], main)]
    if name not in _TELLERS:
        raise Untold(f"it draws by {name}, for which there are no words")
    return _TELLERS[name](rows, main)


def _polar(name: str, rows: Sequence[Series], main: Scene) -> LayerSpec:
    if name == "curves":
        return rounds.radar(rows, main)
    if name == "bar":
        return rounds.rose(rows, main)
    raise Untold(f"it draws by {name} on polar axes, for which there are no words")


# ---- names -----------------------------------------------------------------------------------------------------------


def _on_names(
    layers: list[LayerSpec], ruled: list[Rule], main: Scene
) -> tuple[list[LayerSpec], list[Rule], AxisMap | None, AxisMap | None]:
    """Where a layer stands at names, everything on that axis is told by their numbers; the maps from those numbers."""
    kind = layers[0].kind
    if kind == "heat":
        return layers, ruled, *_cell_maps(layers[0], main)
    if kind in BARE_KINDS:
        return layers, ruled, None, None
    maps: dict[str, AxisMap | None] = {"x": None, "y": None}
    for layer in layers:
        axis = "y" if "horizontal" in layer.words else "x"
        fives = layer.kind in ("box", "violin")
        if maps[axis] is not None or not (layer.categories or fives):
            continue
        at = main.axis(axis).named.at or tuple(value for value, _ in _ticks(main.axes, axis))
        count = len(layer.categories) or len(layer.series)
        at = at if len(at) == count else tuple(float(index + fives) for index in range(count))
        maps[axis] = _counted(at, 1.0 if fives else 0.0, main, axis)
        layers, ruled = _renumbered(layers, ruled, axis, at, 1.0 if fives else 0.0)
    return layers, ruled, maps["x"], maps["y"]


def _ticks(axes: AxesFacts, axis: str) -> Sequence[tuple[float, object]]:
    return axes.x_ticks if axis == "x" else axes.y_ticks


def _counted(at: Sequence[float], first: float, main: Scene, axis: str) -> AxisMap | None:
    map_ = main.axis(axis).map
    if len(at) == 1:
        return AxisMap.through(map_.position(at[0]), first, map_.position(at[0] + 1), first + 1)
    return counted([map_.position(value) for value in at], first)


def _renumbered(
    layers: Sequence[LayerSpec], ruled: Sequence[Rule], axis: str, at: Sequence[float], first: float
) -> tuple[list[LayerSpec], list[Rule]]:
    """Values on an axis of names as numbers of names; in between, even."""
    step = (at[-1] - at[0]) / (len(at) - 1) if len(at) > 1 else 1.0

    def number(value: float) -> float:
        return first + (value - at[0]) / step

    def moved(layer: LayerSpec) -> LayerSpec:
        if axis != ("y" if "horizontal" in layer.words else "x"):
            return layer
        series = tuple(replace(one, x=tuple(map(number, one.x))) for one in layer.series)
        return replace(layer, x=tuple(map(number, layer.x)), series=series)

    rules_ = [
        replace(rule, value=number(rule.value), to=None if rule.to is None else number(rule.to))
        if rule.axis == axis
        else rule
        for rule in ruled
    ]
    return [moved(layer) for layer in layers], rules_


def _cell_maps(layer: LayerSpec, main: Scene) -> tuple[AxisMap | None, AxisMap | None]:
    """Columns from the left, rows from the top, where they have names."""
    x0, y0, x1, y1 = main.box
    rows, cols = len(layer.series), len(layer.series[0].y)
    across, down = (x1 - x0) / cols, (y1 - y0) / rows
    named = any(layer.categories), any(one.label for one in layer.series)
    x = AxisMap.through(x0 + across / 2, 0.0, x1 + across / 2, float(cols)) if named[0] else None
    y = AxisMap.through(y0 + down / 2, 0.0, y1 + down / 2, float(rows)) if named[1] else None
    return x, y


def _notes(main: Scene, layers: Sequence[LayerSpec]) -> tuple[Note, ...]:
    """Texts inside that nothing else writes."""
    words = {word for layer in layers for word in layer.words}
    numbered = bool(words & {"labels", "cells"}) or any(word.startswith("percent") for word in words)
    if layers[0].kind in BARE_KINDS:
        return ()
    numbers = {box.text for box, _, _ in main.texts} if numbered else set()
    return tuple(
        Note(box.text, round(x, 3), round(y, 3))
        for box, x, y in main.texts
        if 0 <= x <= 1 and 0 <= y <= 1 and not (box.text in numbers and parse_number(box.text) is not None)
    )
