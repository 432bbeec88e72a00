"""Reads the colours of a drawing call from the artists that it made. Runs inside the sandbox's child.

Which attribute of which artist counts, and under which group name, follows ChartMimic's public evaluator (v1):
for example a box plot's colours are those of filled boxes only, and a scatter with `cmap=` gives the colormap's name.
Colours are lower-case "#rrggbb" (opacity is dropped), or names of colormaps.

Leaves out: when a call is noted (trace.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import matplotlib.colors as mcolors
from matplotlib.patches import Circle, Ellipse, PathPatch
from matplotlib.projections.polar import PolarAxes
from mpl_toolkits.mplot3d import Axes3D

MAX_COLOURS = 400  # of one artist


@dataclass(frozen=True, slots=True)
class Paint:
    """An artist, and how to read its colours, now or after the program has changed them."""

    artist: Any
    getter: Callable[[Any], list[str]]

    def read(self) -> list[str]:
        return self.getter(self.artist)


Reader = Callable[[Any, tuple, dict], Iterable[Paint]]  # of the call's result, args, kwargs


def group_name(name: str, owner: Any, args: tuple) -> str:
    """ChartMimic's group of a function: polar and 3-D ones carry their suffix twice, as its logs do."""
    if owner is Axes3D:
        return f"{name}_3d_3d"
    if name in ("plot", "scatter") and args and type(args[0]) is PolarAxes:
        return f"{name}_polar_polar"
    return name


def to_hex(colour: Any) -> str:
    return mcolors.to_hex(colour).lower()


def _line_colour(artist: Any) -> list[str]:
    return [to_hex(artist.get_color())]


def _face(artist: Any) -> list[str]:
    return [to_hex(artist.get_facecolor())]


def _first_face(artist: Any) -> list[str]:
    return [to_hex(colour) for colour in artist.get_facecolor()[:1]]


def _faces(artist: Any) -> list[str]:
    return [to_hex(colour) for colour in artist.get_facecolor()[:MAX_COLOURS]]


def _edges(artist: Any) -> list[str]:
    return [to_hex(colour) for colour in artist.get_edgecolor()[:MAX_COLOURS]]


def _colormap(artist: Any) -> list[str]:
    """A list of colours makes a nameless colormap: matplotlib 3.8, and so the published logs, called it from_list."""
    name = artist.get_cmap().name
    return ["from_list" if name == "unnamed" else name]


def _bar_face(artist: Any) -> list[str]:
    """The colour that was asked for: a bar with fill=False keeps it though its face is empty."""
    asked = artist._original_facecolor
    return [to_hex(asked)] if asked is not None else _face(artist)


def _asked_colormap(kwargs: dict) -> str:
    cmap = kwargs.get("cmap")
    return getattr(cmap, "name", cmap) or ""


def _named(name: str) -> Callable[[Any], list[str]]:
    return lambda _artist: [name]


def line(result: Any, _args: tuple, _kwargs: dict) -> Iterable[Paint]:
    return [Paint(result, _line_colour)]


def lines(result: Any, _args: tuple, _kwargs: dict) -> Iterable[Paint]:
    return [Paint(artist, _line_colour) for artist in result]


def made_line(result: Any, _args: tuple, _kwargs: dict) -> Iterable[Paint]:
    return [Paint(result[0], _line_colour)]


def patch(result: Any, _args: tuple, _kwargs: dict) -> Iterable[Paint]:
    return [Paint(result, _face)]


def patches(result: Any, _args: tuple, _kwargs: dict) -> Iterable[Paint]:
    return [Paint(artist, _face) for artist in result]


def itself(_result: Any, args: tuple, _kwargs: dict) -> Iterable[Paint]:
    """A shape that is being made; subclasses (arcs, markers) are not what the program asked for."""
    return [Paint(args[0], _face)] if type(args[0]) in (Ellipse, Circle) else []


def own_colormap(_result: Any, args: tuple, _kwargs: dict) -> Iterable[Paint]:
    return [Paint(args[0], _colormap)]


def colormap(result: Any, _args: tuple, _kwargs: dict) -> Iterable[Paint]:
    return [Paint(result, _colormap)]


def edges(result: Any, _args: tuple, _kwargs: dict) -> Iterable[Paint]:
    return [Paint(result, _edges)]


def faces(result: Any, _args: tuple, _kwargs: dict) -> Iterable[Paint]:
    return [Paint(result, _faces)] if result is not None else []


def faces_of_each(result: Any, _args: tuple, _kwargs: dict) -> Iterable[Paint]:
    return [Paint(artist, _face) for artist in result]


def first_face(result: Any, _args: tuple, _kwargs: dict) -> Iterable[Paint]:
    return [Paint(result, _first_face)]


def bars(result: Any, _args: tuple, _kwargs: dict) -> Iterable[Paint]:
    return [Paint(artist, _bar_face) for artist in result]


def boxes(result: Any, _args: tuple, _kwargs: dict) -> Iterable[Paint]:
    return [Paint(box, _face) for box in result["boxes"] if isinstance(box, PathPatch)]


def bodies(result: Any, _args: tuple, _kwargs: dict) -> Iterable[Paint]:
    return [Paint(body, _first_face) for body in result["bodies"]]


def histogram(result: Any, _args: tuple, _kwargs: dict) -> Iterable[Paint]:
    """One container of bars, or one per data set; outlined ones are lists of a polygon."""
    flat = [part if isinstance(part, Iterable) else [part] for part in result[2]]
    return [Paint(artist, _face) for parts in flat for artist in parts]


def points(result: Any, _args: tuple, kwargs: dict) -> Iterable[Paint]:
    name = _asked_colormap(kwargs)
    return [Paint(result, _named(name) if name else _first_face)]


def solid_points(result: Any, _args: tuple, kwargs: dict) -> Iterable[Paint]:
    name = _asked_colormap(kwargs)
    return [Paint(result, _named(name) if name else _faces)]


def surface(result: Any, _args: tuple, kwargs: dict) -> Iterable[Paint]:
    name = _asked_colormap(kwargs)
    return [Paint(result, _named(name) if name else _first_face)]


def wedges(result: Any, _args: tuple, _kwargs: dict) -> Iterable[Paint]:
    return [Paint(artist, _face) for artist in result[0]]


def events(result: Any, _args: tuple, _kwargs: dict) -> Iterable[Paint]:
    return [Paint(artist, _edges) for artist in result]


def stream(result: Any, _args: tuple, kwargs: dict) -> Iterable[Paint]:
    name = _asked_colormap(kwargs)
    return [Paint(result.lines, _named(name) if name else _edges)]


def arrows(result: Any, _args: tuple, _kwargs: dict) -> Iterable[Paint]:
    """Edges of a graph: one collection of lines, or a list of arrows when it is directed."""
    if isinstance(result, list):
        return [Paint(artist, _face) for artist in result]
    return [Paint(result, _edges)]


def labels(result: Any, _args: tuple, _kwargs: dict) -> Iterable[Paint]:
    return [Paint(text, _line_colour) for text in result.values()]


def treemap(result: Any, _args: tuple, _kwargs: dict) -> Iterable[Paint]:
    return [Paint(artist, _face) for container in result.containers for artist in container]
