"""Styles of lines and markers read off pictures that matplotlib really drew."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg

from model.layout import Frame, Layout
from model.nano import pen
from model.nano.sight import Sight
from model.nano.slots import Slots
from model.records import Paint, Region

X, Y = np.arange(7), np.array([2.0, 3.5, 3.0, 5.0, 4.2, 6.5, 5.5])
BLUE = "#1f77b4"


def _read(**look: Any) -> tuple[str, str]:
    figure, ax = plt.subplots(figsize=(6, 4), dpi=100)
    ax.plot(X, Y, color=BLUE, **look)
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].copy()
    box = ax.get_window_extent()
    places = ax.transData.transform(np.stack([X, Y], 1)) / (600, 400)
    plt.close(figure)
    frame = Frame(float(box.x0), 400 - float(box.y1), float(box.x1), 400 - float(box.y0))
    paint = Paint(BLUE, 900, (Region(80, 60, 500, 340, 900),))
    sight = Sight(Slots((), (paint,), 600, 400), Layout((frame,)), pixels)
    return pen.drawn(BLUE, tuple((float(x), 1 - float(y)) for x, y in places), frame, sight)


@pytest.mark.parametrize("style", ["solid", "dashed", "dotted", "dashdot"])
@pytest.mark.parametrize("width", [1.5, 2.5])
def test_the_style_of_a_line_is_read_off_its_ink(style: str, width: float) -> None:
    assert _read(linestyle=style, linewidth=width) == (style, "")


@pytest.mark.parametrize("marker", ["o", "s", "D", "^", "v"])
@pytest.mark.parametrize("style", ["solid", "dashed"])
def test_markers_are_seen_and_named(marker: str, style: str) -> None:
    assert _read(marker=marker, markersize=9, linestyle=style) == (style, marker)


def test_points_that_stand_too_near_tell_nothing() -> None:
    frame = Frame(0, 0, 100, 100)
    sight = Sight(Slots((), (), 100, 100), Layout((frame,)), np.full((100, 100, 3), 255, np.uint8))
    assert pen.drawn(BLUE, tuple((0.1 + 0.01 * i, 0.5) for i in range(5)), frame, sight) == ("", "")
    assert pen.drawn(BLUE, ((0.5, 0.5),), frame, sight) == ("", "")


def test_what_is_seen_of_a_line_is_said_of_it_and_a_told_shape_is_kept() -> None:
    assert pen.replaced(("line:solid", "marker:P"), "dashed", "o") == ("line:dashed", "marker:P")
    assert pen.replaced(("line:dotted",), "", "s") == ("line:dotted", "marker:s")
    assert pen.replaced((), "solid", "") == ("line:solid",)
