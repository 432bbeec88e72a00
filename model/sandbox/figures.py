"""Which figure counts, and when it is read: the last one saved or shown, else the current one, else the last one made.

A program may close or clear its figure after saving it. Closing loses nothing (the trace keeps every figure); a figure
that is cleared after it was saved or shown is read just before. Saving to a file by name is noted and checked but not
carried out, because the picture is drawn from the live figure anyway; in a program that reads files back it is.

Leaves out: what is read from a figure (facts.py) and where it goes (ending.py).
"""

from __future__ import annotations

import dataclasses
import functools
import io
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from model.records import JsonDict, Pixels
from model.sandbox import facts
from model.sandbox.trace import Trace

# a program with one of these may look at the files that it saved
_READS_FILES = re.compile(
    r"\bopen\(|imread|getsize|exists|is_file|\bstat\(|read_bytes|listdir|glob|iterdir|zipfile|shutil"
)
_MAX_SIDE = 2**16  # Agg's own limit, in pixels


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure as it was when it counted."""

    pixels: Pixels
    facts: JsonDict
    blank: bool


def install(max_pixels: int) -> Gallery:
    """Wrap matplotlib: once, in the server, before any program."""
    gallery = Gallery(facts.install(), max_pixels)
    gallery.wrap()
    return gallery


class Gallery:
    """Follows one program's figures."""

    def __init__(self, trace: Trace, max_pixels: int) -> None:
        self._trace = trace
        self._max_pixels = max_pixels
        self._presented: Figure | None = None
        self._early: Reading | None = None
        self._reading = False
        self.save_files = True
        self._save = Figure.savefig

    def wrap(self) -> None:
        self._wrap_saving()
        self._wrap_showing()
        self._wrap_clearing(Figure, lambda figure: figure)
        self._wrap_clearing(Axes, lambda axes: axes.get_figure(root=True))

    def prepare(self, code: str) -> None:
        """Look at the program before it runs: only one that reads files back needs the files it saves."""
        self.save_files = _READS_FILES.search(code) is not None

    def read(self) -> Reading | None:
        """The figure that counts, drawn and described; None when there is none. Raises what drawing raises."""
        if self._early is not None:
            return self._early
        figure = self.final()
        return None if figure is None else self._read(figure)

    def final(self) -> Figure | None:
        if self._presented is not None:
            return self._presented
        if plt.get_fignums():
            return plt.gcf()
        return self._trace.figures[-1] if self._trace.figures else None

    def export(self, format: str, dpi: float) -> bytes | None:
        """The figure that counts as a file of that format; None when there is none."""
        figure = self.final()
        if figure is None:
            return None
        buffer = io.BytesIO()
        self._save(figure, buffer, format=format, dpi=dpi)
        return buffer.getvalue()

    # wrapping -------------------------------------------------------------------------------------------------------

    def _present(self, figure: Figure) -> None:
        """Note it, unless it is empty and another was shown: plt.show(); plt.savefig(name) saves a new, empty one."""
        if self._presented is None or not is_empty(figure):
            self._presented, self._early = figure, None

    def _wrap_saving(self) -> None:
        original = Figure.savefig

        @functools.wraps(original)
        def savefig(figure: Figure, fname: Any, **kwargs: Any) -> None:
            if self.save_files or not _plain_save(figure, fname, kwargs):
                original(figure, fname, **kwargs)
            self._present(figure)

        @functools.wraps(plt.savefig)
        def save_current(*args: Any, **kwargs: Any) -> None:
            """Without pyplot's redrawing afterwards, which would double the time of a usual program."""
            plt.gcf().savefig(*args, **kwargs)

        plt.savefig = save_current
        Figure.savefig = savefig  # type: ignore[method-assign, assignment]

    def _wrap_showing(self) -> None:
        @functools.wraps(plt.show)
        def show(*_: Any, **__: Any) -> None:
            """As if the windows had been looked at and closed: what is drawn next belongs to a new figure."""
            if plt.get_fignums():
                self._present(plt.gcf())
                plt.close("all")

        @functools.wraps(Figure.show)
        def show_figure(figure: Figure, *_: Any, **__: Any) -> None:
            self._present(figure)

        plt.show = show
        Figure.show = show_figure  # type: ignore[method-assign, assignment]

    def _wrap_clearing(self, owner: Any, figure_of: Callable[[Any], Any]) -> None:
        original = owner.clear

        @functools.wraps(original)
        def clear(thing: Any, *args: Any, **kwargs: Any) -> Any:
            if self._presented is not None and self._early is None and not self._reading:
                self._read_early(figure_of(thing))
            return original(thing, *args, **kwargs)

        owner.clear = clear

    def _read_early(self, figure: Any) -> None:
        if self._presented is not None and figure is self._presented:
            early = self._read(self._presented)
            self._early = dataclasses.replace(early, pixels=early.pixels.copy())  # the canvas may be drawn again

    # reading --------------------------------------------------------------------------------------------------------

    def _read(self, figure: Figure) -> Reading:
        self._reading = True
        try:
            _fit(figure, self._max_pixels)
            canvas = FigureCanvasAgg(figure)
            canvas.draw()
            self._trace.final = figure
            rgba = np.asarray(canvas.buffer_rgba())
            words = rgba.view(np.uint32)  # one per pixel, which is faster to look through
            blank = is_empty(figure) or bool((words == words[0, 0]).all())
            return Reading(_rgb(rgba), facts.collect(self._trace), blank)
        finally:
            self._reading = False


# what Figure.savefig takes for every format
_SAVE_OPTIONS = frozenset(
    {"dpi", "format", "facecolor", "edgecolor", "bbox_inches", "pad_inches", "transparent", "orientation"}
    | {"metadata", "bbox_extra_artists"}
)


def _plain_save(figure: Figure, fname: Any, kwargs: dict[str, Any]) -> bool:
    """Whether saving would surely work, so that it need not be done: a file name, a known format, known options."""
    if not isinstance(fname, str | os.PathLike) or not kwargs.keys() <= _SAVE_OPTIONS:
        return False
    extension = os.path.splitext(os.fspath(fname))[1].lstrip(".").lower() or "png"
    return str(kwargs.get("format") or extension).lower() in figure.canvas.get_supported_filetypes()


def _fit(figure: Figure, max_pixels: int) -> None:
    """Lower the resolution of a figure that has more pixels than may be sent back; its look stays."""
    width, height = figure.get_size_inches() * figure.dpi
    if max(width, height) >= _MAX_SIDE:
        raise ValueError(
            f"Image size of {int(width)}x{int(height)} pixels is too large. "
            f"It must be less than 2^16 in each direction."
        )
    if width * height > max_pixels:
        figure.set_dpi(figure.dpi * (max_pixels / (width * height)) ** 0.5 * 0.999)


def _rgb(rgba: np.ndarray) -> Pixels:
    """Over white, as a page shows it: (height, width, 4) -> (height, width, 3), uint8, a view where that is enough."""
    if int(np.bitwise_and.reduce(rgba.view(np.uint32), axis=None)) >> 24 == 255:  # alpha, of every pixel
        return rgba[..., :3]
    weight = rgba[..., 3:].astype(np.float32) / 255
    return (rgba[..., :3] * weight + 255 * (1 - weight)).round().astype(np.uint8)


def is_empty(figure: Figure) -> bool:
    """Nothing was drawn in it: no artists of its own, and axes without data, texts or titles."""
    own = (figure.texts, figure.lines, figure.patches, figure.images, figure.artists, figure.legends)
    return not any(own) and not figure.subfigs and not any(_has_content(axes) for axes in figure.axes)


def _has_content(axes: Axes) -> bool:
    return axes.has_data() or any((axes.texts, axes.tables, axes.artists, axes.get_title()))
