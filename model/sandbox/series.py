"""The data behind each drawing call, read from its finished artists. Runs inside the sandbox's child.

Every outermost call gives one series per data set: bars as x, height, width, bottom; lines as x, y; a pie as fractions;
a histogram as counts and edges; a box plot as its five numbers; images and meshes as shape and values. At most
MAX_VALUES numbers per role, evenly thinned with both ends kept, 7 significant digits. Values are in data units after
unit conversion: categories count from 0, dates are days.

Leaves out: artists that the program removed again; functions whose data nobody compares (labels of a graph).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.colors import to_hex

from model.records import JsonDict
from model.sandbox.trace import Call
from model.sandbox.wire import MAX_SERIES, MAX_VALUES

Values = dict[str, Any]
Found = tuple[Any, Values]  # the artist that carries axes, label and colour, and its data


def series_by_axes(calls: Iterable[Call]) -> dict[int, list[JsonDict]]:
    """Series of each axes, by the id of the axes, in the order of the calls."""
    found: dict[int, list[JsonDict]] = {}
    for call in calls:
        try:
            rows = list(_series(call))
        except Exception:  # an artist that the program bent out of shape loses its data, not the whole figure
            continue
        for axes, row in rows:
            if len(found.setdefault(id(axes), [])) < MAX_SERIES:
                found[id(axes)].append(row)
    return found


def _series(call: Call) -> Iterator[tuple[Any, JsonDict]]:
    reader = _READERS.get(call.kind)
    if reader is None or call.result is None:
        return
    for artist, values in reader(call):
        axes = getattr(_first(artist), "axes", None)
        if axes is None:
            continue
        yield (
            axes,
            {
                "kind": call.kind,
                "values": {role: _numbers(numbers) for role, numbers in values.items()},
                "label": _label(artist),
                "colours": _colours(artist),
            },
        )


def _first(artist: Any) -> Any:
    """Containers (bars, error bars) hold artists; some of them may be None."""
    if isinstance(artist, Artist):
        return artist
    flat = (part for item in artist for part in (item if isinstance(item, tuple | list) else (item,)))
    return next((part for part in flat if part is not None), None)


def _numbers(values: Any) -> list[float | None]:
    array = np.ma.asarray(values)
    flat = np.ma.filled(array.astype(float), math.nan).ravel()
    if flat.size > MAX_VALUES:
        flat = flat[np.linspace(0, flat.size - 1, MAX_VALUES).round().astype(int)]
    return [float(f"{value:.7g}") if math.isfinite(value) else None for value in flat.tolist()]


def _label(artist: Any) -> str:
    label = str(artist.get_label() or "") if hasattr(artist, "get_label") else ""
    return "" if label.startswith("_") else label


def _colours(artist: Any) -> list[str]:
    """Up to 20 different colours of one series, as they are painted."""
    parts = [artist] if isinstance(artist, Artist) else [part for part in artist if isinstance(part, Artist)]
    found: dict[str, None] = {}
    for part in parts[:MAX_VALUES]:
        for colour in _painted(part):
            found[to_hex(colour).lower()] = None
    return list(found)[:20]


def _painted(part: Any) -> list[Any]:
    if hasattr(part, "get_color") and not hasattr(part, "get_facecolor"):
        return [part.get_color()]
    if not hasattr(part, "get_facecolor"):
        return []
    colours = np.atleast_2d(part.get_facecolor())
    if colours.size == 0:
        colours = np.atleast_2d(part.get_edgecolor())
    return list(colours[:MAX_VALUES]) if colours.size else []


def _lines(call: Call) -> Iterator[Found]:
    for line in call.result:
        if hasattr(line, "get_data_3d"):
            yield line, dict(zip("xyz", line.get_data_3d(), strict=True))
        else:
            yield line, {"x": line.get_xdata(orig=False), "y": line.get_ydata(orig=False)}


def _upright_bars(call: Call) -> Iterator[Found]:
    bars = call.result
    yield (
        bars,
        {
            "x": [bar.get_x() + bar.get_width() / 2 for bar in bars],
            "height": [bar.get_height() for bar in bars],
            "width": [bar.get_width() for bar in bars],
            "bottom": [bar.get_y() for bar in bars],
        },
    )


def _lying_bars(call: Call) -> Iterator[Found]:
    bars = call.result
    yield (
        bars,
        {
            "y": [bar.get_y() + bar.get_height() / 2 for bar in bars],
            "width": [bar.get_width() for bar in bars],
            "height": [bar.get_height() for bar in bars],
            "left": [bar.get_x() for bar in bars],
        },
    )


def _points(call: Call) -> Iterator[Found]:
    points = call.result
    if hasattr(points, "_offsets3d"):
        values = dict(zip("xyz", points._offsets3d, strict=True))
    else:
        offsets = points.get_offsets()
        values = {"x": offsets[:, 0], "y": offsets[:, 1]}
    values["size"] = points.get_sizes()
    if points.get_array() is not None:
        values["c"] = points.get_array()
    yield points, values


def _pie(call: Call) -> Iterator[Found]:
    wedges = call.result[0]
    yield list(wedges), {"fraction": [(wedge.theta2 - wedge.theta1) / 360 for wedge in wedges]}


def _histogram(call: Call) -> Iterator[Found]:
    counts, edges, patches = call.result
    sets = [(counts, patches)] if np.ndim(counts) == 1 else zip(counts, patches, strict=False)
    for heights, artists in sets:
        yield artists, {"count": heights, "edge": edges}


def _boxes(call: Call) -> Iterator[Found]:
    stats = call.kwargs.get("bxpstats", call.args[1] if len(call.args) > 1 else [])
    names = {"low": "whislo", "q1": "q1", "median": "med", "q3": "q3", "high": "whishi"}
    values = {role: [one[key] for one in stats] for role, key in names.items()}
    yield [*call.result["boxes"], *call.result["medians"]], values


def _violins(call: Call) -> Iterator[Found]:
    stats = call.kwargs.get("vpstats", call.args[1] if len(call.args) > 1 else [])
    names = {"low": "min", "median": "median", "high": "max"}
    yield list(call.result["bodies"]), {role: [one[key] for one in stats] for role, key in names.items()}


def _error_bars(call: Call) -> Iterator[Found]:
    container = call.result
    data_line, caps, spans = container.lines
    values: Values = {}
    if data_line is not None:
        values |= {"x": data_line.get_xdata(orig=False), "y": data_line.get_ydata(orig=False)}
    kinds = [kind for kind, has in (("x", container.has_xerr), ("y", container.has_yerr)) if has]
    for kind, span in zip(kinds, spans, strict=False):
        ends = np.array([segment for segment in span.get_segments() if len(segment) == 2])
        if ends.size:
            axis = "xy".index(kind)
            values |= {f"{kind}_low": ends[:, 0, axis], f"{kind}_high": ends[:, 1, axis]}
            values.setdefault("yx"[axis], ends[:, 0, 1 - axis])
    yield _Labelled((data_line, *caps, *spans), container.get_label()), values


class _Labelled(list[Artist]):
    """The parts of a container, flat, with the label that the container carries."""

    def __init__(self, parts: Iterable[Artist | None], label: str) -> None:
        super().__init__(part for part in parts if part is not None)
        self._label = label

    def get_label(self) -> str:
        return self._label


def _area(call: Call) -> Iterator[Found]:
    """The longest piece of a filled band. Its outline runs along one curve and back along the other."""
    outline = max((path.vertices for path in call.result.get_paths()), key=len, default=np.zeros((0, 2)))
    count = (len(outline) - 3) // 2
    along, across = (1, 0) if call.kind == "fill_betweenx" else (0, 1)
    names = ("y", "x1", "x2") if along else ("x", "y1", "y2")
    one, other = outline[1 : count + 1], outline[count + 2 : 2 * count + 2][::-1]
    yield call.result, dict(zip(names, (one[:, along], one[:, across], other[:, across]), strict=True))


def _polygons(call: Call) -> Iterator[Found]:
    for polygon in call.result:
        yield polygon, {"x": polygon.get_xy()[:, 0], "y": polygon.get_xy()[:, 1]}


def _level(role: str) -> Callable[[Call], Iterator[Found]]:
    def read(call: Call) -> Iterator[Found]:
        data = call.result.get_ydata if role == "y" else call.result.get_xdata
        yield call.result, {role: data(orig=False)[:1]}

    return read


def _span(role: str) -> Callable[[Call], Iterator[Found]]:
    def read(call: Call) -> Iterator[Found]:
        corners = call.result.get_path().vertices if not hasattr(call.result, "get_bbox") else None
        box = call.result.get_bbox().extents if corners is None else (*corners.min(0), *corners.max(0))
        yield call.result, {role: (box[0], box[2]) if role == "x" else (box[1], box[3])}

    return read


def _rules(call: Call) -> Iterator[Found]:
    ends = np.array([segment[[0, -1]] for segment in call.result.get_segments()]).reshape(-1, 2, 2)
    along, across = (0, 1) if call.kind == "hlines" else (1, 0)
    names = ("y", "x1", "x2") if call.kind == "hlines" else ("x", "y1", "y2")
    yield call.result, dict(zip(names, (ends[:, 0, across], ends[:, 0, along], ends[:, 1, along]), strict=True))


def _mesh(call: Call) -> Iterator[Found]:
    array = call.result.get_array()
    yield call.result, {"shape": np.shape(array)[:2], "z": array if np.ndim(array) < 3 else array[..., 0]}


def _contours(call: Call) -> Iterator[Found]:
    yield call.result, {"level": call.result.levels}


def _arrows(call: Call) -> Iterator[Found]:
    arrows = call.result
    yield arrows, {"x": arrows.X, "y": arrows.Y, "u": arrows.U, "v": arrows.V}


def _hexagons(call: Call) -> Iterator[Found]:
    offsets = call.result.get_offsets()
    yield call.result, {"x": offsets[:, 0], "y": offsets[:, 1], "z": call.result.get_array()}


def _stem(call: Call) -> Iterator[Found]:
    line = call.result.markerline
    yield _Labelled([line], call.result.get_label()), {"x": line.get_xdata(orig=False), "y": line.get_ydata(orig=False)}


def _given(*roles: str) -> Callable[[Call], Iterator[Found]]:
    """3-D shapes keep no data: take the positional arguments after the axes."""

    def read(call: Call) -> Iterator[Found]:
        yield call.result, dict(zip(roles, call.args[1:], strict=False))

    return read


def _nodes(call: Call) -> Iterator[Found]:
    offsets = call.result.get_offsets()
    yield call.result, {"x": offsets[:, 0], "y": offsets[:, 1]}


def _treemap(call: Call) -> Iterator[Found]:
    for bars in call.result.containers:
        yield bars, {"area": [bar.get_width() * bar.get_height() for bar in bars]}


_READERS: dict[str, Callable[[Call], Iterator[Found]]] = {
    "plot": _lines, "bar": _upright_bars, "barh": _lying_bars, "scatter": _points, "pie": _pie, "hist": _histogram,
    "boxplot": _boxes, "violinplot": _violins, "errorbar": _error_bars, "fill_between": _area,
    "fill_betweenx": _area, "fill": _polygons, "axhline": _level("y"), "axvline": _level("x"),
    "axhspan": _span("y"), "axvspan": _span("x"), "hlines": _rules, "vlines": _rules, "imshow": _mesh,
    "pcolor": _mesh, "pcolormesh": _mesh, "contour": _contours, "contourf": _contours, "tricontour": _contours,
    "tricontourf": _contours, "quiver": _arrows, "hexbin": _hexagons, "stem": _stem,
    "bar3d": _given("x", "y", "z", "dx", "dy", "dz"), "plot_surface": _given("x", "y", "z"),
    "plot_wireframe": _given("x", "y", "z"), "plot_trisurf": _given("x", "y", "z"),
    "draw_networkx_nodes": _nodes, "squarify": _treemap,
}  # fmt: skip
