"""Notes what a program draws, as it draws it: calls, colours, figures. Runs inside the sandbox's child.

`install()` wraps matplotlib's drawing functions at class level, once per process, and starts an empty Trace. The list
of functions, "outermost calls only", and the names of the colour groups follow ChartMimic's public evaluator (v1), so
that facts compare with its published logs; functions that it does not know are marked `published=False` and hide
nothing from those it does. Wrapping never changes what a program gets back or which exception it sees.

Leaves out: reading the finished figure (facts.py) and the data of each call (series.py).
"""

from __future__ import annotations

import functools
import importlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import matplotlib.axes._base as axes_base
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import NonUniformImage
from matplotlib.patches import Circle, Ellipse
from matplotlib.projections.polar import PolarAxes
from matplotlib.text import Text
from mpl_toolkits.mplot3d import Axes3D

from model.sandbox import paints

MAX_CALLS = 2000  # a program that draws more is traced no further; counting goes on
MAX_TEXTS = 2000


@dataclass(frozen=True, slots=True)
class Function:
    """A drawing function to wrap.

    `counts`: its outermost calls are counted. `paint`: reads the colours of a call (see paints.py); `group`: their
    name. `series`: its outermost calls are kept for their data under this kind.
    """

    owner: Any
    name: str
    counts: bool = False
    group: str = ""
    paint: paints.Reader | None = None
    series: str = ""
    published: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """One outermost drawing call: its kind, where it drew, what it was given and what it returned."""

    kind: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any


@dataclass(slots=True)
class Trace:
    """What was noted of one program.

    `figures`: every figure made, in order, kept alive so that `close()` loses nothing. `final`: the figure that
    counts, set by whoever collects. `drawn`: by id of the figure, the texts that its last drawing showed, in order.
    """

    figures: list[Figure] = field(default_factory=list)
    types: Counter[str] = field(default_factory=Counter)
    paints: dict[tuple[str, str], paints.Paint] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    final: Figure | None = None
    drawn: dict[int, list[Text]] = field(default_factory=dict)
    _counting: bool = False
    _painting: bool = False
    _keeping: bool = False

    def run(self, function: Function, original: Callable[..., Any], args: tuple, kwargs: dict) -> Any:
        """Call `original` and note the call if no wrapped function is around it already."""
        before = self._counting, self._painting, self._keeping
        count, paint, keep = (
            function.counts and not self._counting,
            function.paint is not None and not self._painting,
            bool(function.series) and not self._keeping,
        )
        if count and not _inside_colorbar(function, args):
            self.types[function.name] += 1
        self._counting |= function.counts and function.published
        self._painting |= function.paint is not None and function.published
        self._keeping |= bool(function.series)
        try:
            result = original(*args, **kwargs)
        finally:
            self._counting, self._painting, self._keeping = before
        if not _inside_colorbar(function, args):
            if paint:
                self._note_paint(function, result, args, kwargs)
            if keep and len(self.calls) < MAX_CALLS:
                self.calls.append(Call(function.series, args, kwargs, result))
        return result

    def _note_paint(self, function: Function, result: Any, args: tuple, kwargs: dict) -> None:
        assert function.paint is not None
        group = paints.group_name(function.group or function.name, function.owner, args)
        try:
            found = function.paint(result, args, kwargs)
            for paint in found:
                for colour in paint.read()[-1:]:
                    if len(self.paints) < MAX_CALLS:
                        self.paints[group, colour] = paint
        except Exception:  # an artist that cannot be read must not stop the program that drew it
            return

    def colours(self) -> dict[str, list[str]]:
        """Final colours by group, read again from the artists, each once, in the order of first use."""
        groups: dict[str, dict[str, None]] = {}
        for (group, _), paint in self.paints.items():
            try:
                colours = paint.read()
            except Exception:  # as above: the artist was changed into something unreadable
                continue
            if colours:
                groups.setdefault(group, {}).update(dict.fromkeys(colours))
        return {group: list(colours) for group, colours in groups.items()}


_active = Trace()
_installed = False


def install() -> Trace:
    """Start an empty Trace and make sure that the drawing functions report to it.

    Call it in the clean process, before any program; a forked child inherits the wrapping and the empty Trace. Loads
    networkx and squarify where they are installed, because programs reach their functions under several names.
    """
    global _active, _installed
    _active = Trace()
    if not _installed:
        for function in _functions():
            _wrap(function)
        _keep_figures()
        _watch_texts()
        _installed = True
    return _active


def _replace(owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Put `make(original)` in the place of a function, with the original's name, signature and documentation."""
    original = getattr(owner, name)
    setattr(owner, name, functools.wraps(original)(make(original)))


def _wrap(function: Function) -> None:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: _active.run(function, original, args, kwargs)

    _replace(function.owner, function.name, make)


def _keep_figures() -> None:
    """Remember each figure when it is made, and forget its texts when a new drawing of it starts."""

    def make_init(original: Callable[..., Any]) -> Callable[..., Any]:
        def made(self: Figure, *args: Any, **kwargs: Any) -> None:
            original(self, *args, **kwargs)
            _active.figures.append(self)

        return made

    def make_draw(original: Callable[..., Any]) -> Callable[..., Any]:
        def drawn(self: Figure, renderer: Any) -> None:
            _active.drawn[id(self)] = []
            original(self, renderer)

        return drawn

    _replace(Figure, "__init__", make_init)
    _replace(Figure, "draw", make_draw)


def _watch_texts() -> None:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def drawn(self: Text, renderer: Any) -> None:
            original(self, renderer)
            texts = _active.drawn.get(id(self.get_figure(root=True)))
            if texts is not None and len(texts) < MAX_TEXTS and self.get_visible() and self.get_text() != "":
                texts.append(self)

        return drawn

    _replace(Text, "draw", make)


def _inside_colorbar(function: Function, args: tuple) -> bool:
    """Colour bars paint themselves with pcolormesh; that is no drawing call of the program's."""
    return function.name == "pcolormesh" and bool(args) and hasattr(getattr(args[0], "_axes_locator", None), "_cbar")


def _functions() -> list[Function]:
    return [*_plain_functions(), *_extra_functions(), *_solid_functions(), *_package_functions()]


def _plain_functions() -> list[Function]:
    """Of Axes: ChartMimic counts some and reads the colours of others, so the two lists differ."""
    painted = {
        "axhline": paints.line, "axvline": paints.line, "axvspan": paints.patch, "axhspan": paints.patch,
        "hlines": paints.edges, "vlines": paints.edges, "bar": paints.bars, "boxplot": paints.boxes,
        "violinplot": paints.bodies, "hist": paints.histogram, "scatter": paints.points, "pie": paints.wedges,
        "quiver": paints.faces, "imshow": paints.colormap, "pcolor": paints.colormap, "fill": paints.patches,
        "contour": paints.colormap, "contourf": paints.colormap, "broken_barh": paints.faces,
        "tripcolor": paints.colormap,
    }  # fmt: skip
    counted_only = ("plot", "barh", "errorbar", "violin", "fill_between", "fill_betweenx")
    data_elsewhere = {"boxplot": "", "violinplot": "", "violin": "violinplot"}
    functions = [
        Function(Axes, name, counts=True, paint=painted.get(name), series=data_elsewhere.get(name, name))
        for name in (*painted, *counted_only)
    ]
    return [
        *functions,
        Function(vars(axes_base)["_process_plot_var_args"], "_make_line", group="_makeline", paint=paints.made_line),
        Function(Axes, "_fill_between_x_or_y", paint=paints.first_face),
        Function(Axes, "bxp", series="boxplot"),
        Function(PolarAxes, "plot", group="plot", paint=paints.lines),
        *(Function(shape, "__init__", counts=True, paint=paints.itself) for shape in (Ellipse, Circle)),
        Function(NonUniformImage, "__init__", counts=True, paint=paints.own_colormap),
    ]


def _extra_functions() -> list[Function]:
    """Drawing functions that ChartMimic does not know and that call none that it does."""
    painted = {
        "pcolormesh": paints.colormap, "hexbin": paints.colormap, "barbs": paints.faces, "eventplot": paints.events,
        "streamplot": paints.stream, "tricontour": paints.colormap, "tricontourf": paints.colormap,
    }  # fmt: skip
    extras = [
        Function(Axes, name, counts=True, paint=reader, series=name, published=False)
        for name, reader in painted.items()
    ]
    return [*extras, Function(Axes, "stem", series="stem", published=False)]


def _solid_functions() -> list[Function]:
    painted = {
        "scatter": paints.solid_points, "plot": paints.lines, "plot_surface": paints.surface,
        "bar3d": paints.surface, "bar": paints.faces_of_each, "add_collection3d": paints.faces,
    }  # fmt: skip
    extras = {"plot_wireframe": paints.edges, "plot_trisurf": paints.surface}
    return [
        *(Function(Axes3D, name, True, name, reader, name) for name, reader in painted.items()),
        *(Function(Axes3D, name, True, name, reader, name, False) for name, reader in extras.items()),
    ]


def _package_functions() -> list[Function]:
    functions = []
    if networkx := _load("networkx"):
        readers = {"nodes": paints.faces, "edges": paints.arrows, "labels": paints.labels}
        for module in (networkx.drawing.nx_pylab, networkx):
            for part, reader in readers.items():
                name = f"draw_networkx_{part}"
                functions.append(Function(module, name, True, name, reader, name))
    if squarify := _load("squarify"):
        functions.append(Function(squarify, "plot", True, "plot_squarify", paints.treemap, "squarify"))
    return functions


def _load(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
