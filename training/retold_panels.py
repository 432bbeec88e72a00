"""The panels of a person's program on the chart: which axes are panels, which frame of the chart each one is, its spec.

Axes at the place of other ones are second axes, narrow ones beside cells are colour bars, axes in axes are insets.
Leaves out: what is drawn in a panel (retold_layers.py and its neighbours), and the answer itself (retold.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from model.boxes import contains, overlap
from model.layout import Frame, grid
from model.nano import expected
from model.nano.axismap import AxisMap
from model.nano.drawn import DrawnPanel
from model.nano.encode import SAME_BARE, SAME_FRAME
from model.nano.grammar import FRAMES
from model.nano.sight import Sight
from model.nano.slots import parse_number
from model.nano.spec import AxisSpec, Box, Cell, LayerSpec, Note, PanelSpec, Rule
from model.records import AxesFacts, FigureFacts, Series
from training import retold_rounds as rounds
from training.retold_bars import bars
from training.retold_layers import curves, error_bars, histograms, points, rules
from training.retold_scene import Scene, Untold, counted, scene

_NARROW = 0.25  # the sides of a colour bar are in no greater proportion
_RULES = ("axhline", "axvline", "axhspan", "axvspan")
_CURVES = ("plot", "stem", "fill_between")
_SIDE = ("hlines", "vlines", "fill", "fill_betweenx")  # what decorates: a panel may be told without it
_UNSAID = {
    "contour": "contours", "contourf": "contours", "tricontour": "contours", "tricontourf": "contours",
    "quiver": "arrows", "barbs": "arrows", "streamplot": "streams", "hexbin": "hexagons", "bar3d": "bars in space",
    "plot_surface": "a surface", "plot_wireframe": "a surface", "plot_trisurf": "a surface",
    "draw_networkx_nodes": "a graph", "squarify": "a tree map", "eventplot": "events", "broken_barh": "broken bars",
    "tripcolor": "triangles",
}  # fmt: skip


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
    rows, cols, cells = _cells([part.axes for part in found if not part.inset])
    main = [replace(part, cell=cell) for part, cell in zip((p for p in found if not p.inset), cells, strict=True)]
    return rows, cols, [*main, *(part for part in found if part.inset)]


def _is_bar(axes: AxesFacts) -> bool:
    x0, y0, x1, y1 = axes.box
    sides = sorted((max(x1 - x0, 1e-9), max(y1 - y0, 1e-9)))
    return not axes.series and sides[0] < _NARROW * sides[1]


def _mapped(axes: AxesFacts) -> bool:
    """Whether a colour bar may be about this."""
    return any(
        row.kind in (*rounds.MESHES, "contour", "contourf", "hexbin") or "c" in row.values for row in axes.series
    )


def _same_place(axes: AxesFacts, found: Sequence[Part]) -> int | None:
    return next((i for i, part in enumerate(found) if overlap(axes.box, part.axes.box) > 0.97), None)


def _cells(axes: Sequence[AxesFacts]) -> tuple[int, int, list[Cell]]:
    """The grid as the program made it, where all panels stand in one; else by where they stand."""
    known = [one.cell for one in axes if one.cell is not None]
    if len(known) == len(axes) and len({cell[:2] for cell in known}) == 1 and len(set(known)) == len(known):
        rows, cols = known[0][:2]
        return rows, cols, [cell[2:] for cell in known]
    return grid([one.box for one in axes])


def seen_frames(found: Sequence[Part], rows: int, cols: int, facts: FigureFacts, sight: Sight) -> list[Frame]:
    """The chart's frame for each panel: the one at its place, else the one in its cell, else a bare box."""
    frames = sight.layout.frames[:FRAMES]
    gridded = (rows, cols) == (sight.layout.rows, sight.layout.cols) and len(frames) == len(found)
    return [_frame(part, frames, gridded, facts, sight) for part in found]


def _frame(part: Part, frames: Sequence[Frame], gridded: bool, facts: FigureFacts, sight: Sight) -> Frame:
    box = _scaled(part.axes.box, facts, sight)
    shared = [overlap(box, frame.sides) for frame in frames]
    best = int(np.argmax(shared)) if shared else -1
    bare = part.axes.projection != "rectilinear" or any(row.kind == "pie" for row in part.axes.series)
    if shared and shared[best] >= (SAME_BARE if bare else SAME_FRAME):
        return frames[best]
    alike = [frame for frame in frames if frame.cell == part.cell]
    return alike[0] if gridded and not part.inset and len(alike) == 1 else Frame(*box)


def _scaled(box: Box, facts: FigureFacts, sight: Sight) -> Box:
    across, down = sight.slots.width / facts.width_px, sight.slots.height / facts.height_px
    return box[0] * across, box[1] * down, box[2] * across, box[3] * down


def told(part: Part, frame: Frame, facts: FigureFacts, sight: Sight) -> tuple[PanelSpec, DrawnPanel]:
    """The spec of a panel, and where it stands on the chart. Raises Untold."""
    main = scene(facts, part.axes, frame, sight)
    second = scene(facts, part.twin, frame, sight, right=True) if part.twin else None
    layers, ruled = _layers(main, part.bar)
    more, more_rules = _layers(second, part.bar) if second else ([], [])
    layers += [replace(layer, words=(*layer.words, "twin")) for layer in more]
    if not layers:
        raise Untold("a panel of it shows nothing that the built-in model can draw")
    layers, ruled, x, y = _on_names(layers, [*ruled, *more_rules], main)
    right = AxisSpec(part.twin.y_label) if part.twin else AxisSpec()
    axes, bare = part.axes, part.axes.projection != "rectilinear" or layers[0].kind == "pie"
    legend = axes.legend or (part.twin.legend if part.twin else ())
    panel = PanelSpec(
        tuple(layers),
        AxisSpec(axes.x_label, log=axes.x_scale == "log", bare=not bare and not axes.x_ticks),
        AxisSpec(axes.y_label, log=axes.y_scale == "log", bare=not bare and not axes.y_ticks),
        right,
        title=axes.title,
        legend=(expected.legend_place(frame, sight) or "best") if legend else "",
        grid="both" if axes.grid and not bare else "",
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


def _layers(main: Scene, bar: bool) -> tuple[list[LayerSpec], list[Rule]]:
    """Layers in the order in which the program begins them."""
    rows = [row for row in main.axes.series if row.kind not in _SIDE or main.axes.projection == "polar"]
    for row in rows:
        if row.kind in _UNSAID:
            raise Untold(f"it draws {_UNSAID[row.kind]}, which cannot be put into the built-in model's language")
    if main.axes.projection not in ("rectilinear", "polar"):
        raise Untold(f"it draws on {main.axes.projection} axes")
    groups: dict[str, list[Series]] = {}
    for row in rows:
        if row.kind not in _RULES:
            groups.setdefault(_GROUPS.get(row.kind, row.kind), []).append(row)
    if main.axes.projection == "polar":
        return [_polar(name, some, main) for name, some in groups.items()], []
    layers = [layer for name, some in groups.items() for layer in _straight(name, some, main, bar)]
    return layers, rules([row for row in rows if row.kind in _RULES], main)


_GROUPS = {**dict.fromkeys(_CURVES, "curves"), "barh": "bar", "fill": "curves", **dict.fromkeys(rounds.MESHES, "mesh")}
_TELLERS: dict[str, Callable[[Sequence[Series], Scene], list[LayerSpec]]] = {
    "curves": curves,
    "bar": lambda rows, main: [bars(rows, main)],
    "scatter": points,
    "errorbar": error_bars,
    "hist": histograms,
    "boxplot": lambda rows, main: [rounds.fives(rows, main)],
    "violinplot": lambda rows, main: [rounds.fives(rows, main)],
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
    if kind in ("pie", "radar", "rose"):
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
    kind = layers[0].kind
    if kind in ("pie", "radar", "rose"):
        return ()
    numbers = {box.text for box, _, _ in main.texts} if numbered else set()
    return tuple(
        Note(box.text, round(x, 3), round(y, 3))
        for box, x, y in main.texts
        if 0 <= x <= 1 and 0 <= y <= 1 and not (box.text in numbers and parse_number(box.text) is not None)
    )
