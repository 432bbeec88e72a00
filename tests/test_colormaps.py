"""Colour maps read off pictures that matplotlib really drew."""

from __future__ import annotations

from dataclasses import replace

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg

from model.layout import Frame, Layout
from model.nano import colormaps
from model.nano.decode import decode
from model.nano.sight import Sight
from model.nano.slots import Slots
from model.records import Pixels

FIELD = np.add.outer(np.linspace(0, 1, 9), np.linspace(0, 2, 11) ** 2)


def _shown(how: str, cmap: str, bar: bool = False) -> Sight:
    """A field drawn by imshow or contourf, as a sight of one frame, with the colour bar's box where there is one."""
    figure, ax = plt.subplots(figsize=(4, 3), dpi=100)
    image = getattr(ax, how)(FIELD, cmap=cmap, **({"aspect": "auto"} if how == "imshow" else {}))
    side = figure.colorbar(image).ax if bar else None
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    pixels: Pixels = np.asarray(canvas.buffer_rgba())[..., :3].copy()
    frame = Frame(*_box(ax), colorbar=None if side is None else _box(side))
    plt.close(figure)
    return Sight(Slots((), (), 400, 300), Layout((frame,)), pixels)


def _box(ax: object) -> tuple[float, float, float, float]:
    found = ax.get_window_extent()  # type: ignore[attr-defined]
    return float(found.x0), 300 - float(found.y1), float(found.x1), 300 - float(found.y0)


@pytest.mark.parametrize("cmap", ["viridis", "Blues", "PuBu", "coolwarm", "RdYlGn", "inferno", "jet", "YlOrBr"])
@pytest.mark.parametrize("how", ["imshow", "contourf"])
def test_the_map_of_a_field_is_named(how: str, cmap: str) -> None:
    sight = _shown(how, cmap)
    assert colormaps.seen(sight.layout.frames[0], sight) == cmap


@pytest.mark.parametrize("cmap", ["viridis", "viridis_r"])
def test_the_bar_tells_which_end_is_up(cmap: str) -> None:
    sight = _shown("imshow", cmap, bar=True)
    assert colormaps.seen(sight.layout.frames[0], sight) == cmap


def test_a_panel_of_two_colours_or_of_none_has_no_map() -> None:
    blank: Pixels = np.full((300, 400, 3), 255, np.uint8)
    bars = blank.copy()
    bars[100:250, 50:150], bars[150:250, 200:300] = (31, 119, 180), (255, 127, 14)
    for pixels in (blank, bars):
        sight = Sight(Slots((), (), 400, 300), Layout((Frame(20, 20, 380, 280),)), pixels)
        assert colormaps.seen(sight.layout.frames[0], sight) == ""


def test_an_answer_that_names_another_map_is_corrected() -> None:
    sight = _shown("imshow", "magma")
    spec = decode("<think><panel><f0><kind:heat></think><prog><panel><kind:heat><cmap:Blues><n3><n4></prog>", sight)
    assert spec is not None and "cmap:magma" in spec.panels[0].layers[0].words


@pytest.mark.parametrize(("bar", "said"), [(True, ""), (False, "<colorbar>")])
def test_a_colour_bar_is_drawn_where_one_is_seen(bar: bool, said: str) -> None:
    """The frame does not know of its bar: what a glance sees beside the panel decides."""
    sight = _shown("imshow", "viridis", bar=bar)
    bare = replace(sight.layout.frames[0], colorbar=None)
    answer = f"<think><panel><f0><kind:heat></think><prog><panel><kind:heat>{said}<n3><n4></prog>"
    spec = decode(answer, Sight(sight.slots, Layout((bare,)), sight.pixels))
    assert spec is not None and ("colorbar" in spec.panels[0].layers[0].words) is bar
