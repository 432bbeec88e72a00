"""Charts in screenshots: their panels are where they are without the page, the window or the border around them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from model.boxes import overlap
from model.frames import find
from model.legends import legends
from model.page import figure
from model.paint import paints
from model.records import Pixels, TextBox

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.text import Text  # noqa: E402

Colour = tuple[int, int, int]
STYLES = ("default", "ggplot", "dark_background")
BAR_PX, PAGE_PX, DEEP_PX = 40, 25, 32


def _chart(style: str) -> tuple[Pixels, list[TextBox]]:
    """Two panels of a style, and their texts with their boxes."""
    with plt.style.context(style):
        drawn, (left, right) = plt.subplots(1, 2, figsize=(8, 4))
        left.plot([1, 2, 3, 4], [10, 30, 20, 40])
        left.set(title="Apples", xlabel="Month", ylabel="Tons")
        right.bar(["a", "b", "c"], [3, 2, 4])
        drawn.tight_layout()
        buffer = io.BytesIO()
        drawn.savefig(buffer, dpi=drawn.dpi)
        texts = [box for text in drawn.findobj(Text) if (box := _box(text, drawn)) is not None]
    plt.close(drawn)
    return np.asarray(Image.open(buffer).convert("RGB")), texts


def _box(text: Any, drawn: Any) -> TextBox | None:
    extent, height = text.get_window_extent(drawn.canvas.get_renderer()), drawn.bbox.height
    hidden = not text.get_visible() or not text.get_text().strip()
    if hidden or extent.x1 <= 0 or extent.y1 <= 0 or extent.x0 >= drawn.bbox.width:
        return None
    return TextBox(text.get_text(), extent.x0, height - extent.y1, extent.x1, height - extent.y0)


def _around(pixels: Pixels, top: int, bottom: int, left: int, right: int, colour: Colour) -> Pixels:
    return np.asarray(cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_CONSTANT, value=colour), np.uint8)


def _grey_page(pixels: Pixels) -> Pixels:
    return _around(pixels, BAR_PX, PAGE_PX, DEEP_PX, 0, (225, 225, 225))


def _faint_page(pixels: Pixels) -> Pixels:
    return _around(pixels, BAR_PX, PAGE_PX, DEEP_PX, PAGE_PX, (245, 246, 250))


def _window(pixels: Pixels) -> Pixels:
    """A bar with an address field above, the page at the sides and below."""
    bar = np.full((BAR_PX - 10, pixels.shape[1] + DEEP_PX + PAGE_PX, 3), (60, 60, 65), np.uint8)
    bar[8:22, 60:-150] = 255
    return np.vstack([bar, _around(pixels, 10, PAGE_PX, DEEP_PX, PAGE_PX, (248, 249, 250))])


def _bordered(pixels: Pixels) -> Pixels:
    """A line around the figure, on a page of its own colour."""
    red, green, blue = pixels[0, 0].tolist()
    framed = _around(pixels, BAR_PX, PAGE_PX, DEEP_PX, PAGE_PX, (red, green, blue))
    end = framed.shape[1] - PAGE_PX, framed.shape[0] - PAGE_PX
    cv2.rectangle(framed, (DEEP_PX - 1, BAR_PX - 1), end, (150, 150, 150), 1)
    return framed


def _shaded(pixels: Pixels) -> Pixels:
    """A shadow under the figure."""
    page = _around(np.full_like(pixels, 100), BAR_PX, PAGE_PX, DEEP_PX, PAGE_PX, (255, 255, 255))
    page = np.asarray(cv2.GaussianBlur(page, (0, 0), 6), np.uint8)
    page[BAR_PX:-PAGE_PX, DEEP_PX:-PAGE_PX] = pixels
    return page


def _moved(texts: Sequence[TextBox], across: float, down: float) -> list[TextBox]:
    return [replace(t, x0=t.x0 + across, y0=t.y0 + down, x1=t.x1 + across, y1=t.y1 + down) for t in texts]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("shot", [_grey_page, _faint_page, _window, _bordered, _shaded])
def test_a_screenshot_has_the_panels_of_its_chart(shot: Callable[[Pixels], Pixels], style: str) -> None:
    pixels, texts = _chart(style)
    plain = [panel.box for panel in find(pixels, texts, (), ()).panels]
    assert len(plain) == 2
    moved = _moved(texts, DEEP_PX, BAR_PX)
    found = [(x0 - DEEP_PX, y0 - BAR_PX, x1 - DEEP_PX, y1 - BAR_PX) for x0, y0, x1, y1 in _boxes(shot(pixels), moved)]
    assert len(found) == 2
    assert all(max(overlap(box, other) for other in found) > 0.97 for box in plain)


def _boxes(pixels: Pixels, texts: Sequence[TextBox]) -> list[tuple[float, float, float, float]]:
    return [panel.box for panel in find(pixels, texts, (), ()).panels]


@pytest.mark.parametrize("style", STYLES)
def test_nothing_is_cut_off_where_no_page_is(style: str) -> None:
    pixels, texts = _chart(style)
    boxes = [(text.x0, text.y0, text.x1, text.y1) for text in texts]
    assert figure(pixels, boxes) == (0, 0, pixels.shape[1], pixels.shape[0])


def test_a_tinted_panel_with_ticks_is_no_figure_on_a_page() -> None:
    pixels = np.full((300, 400, 3), 255, np.uint8)
    pixels[20:260, 40:390] = 229
    ticks = [(20.0, y - 6.0, 36.0, y + 6.0) for y in (60, 120, 180)]
    inside = (180.0, 100.0, 240.0, 112.0)
    assert figure(pixels, [*ticks, inside]) == (0, 0, 400, 300)
    assert figure(pixels, [inside]) == (40, 20, 390, 260)


@pytest.mark.parametrize("shot", [_grey_page, _window])
def test_page_and_window_have_no_paints_and_no_legends(shot: Callable[[Pixels], Pixels]) -> None:
    pixels, texts = _chart("default")
    shown = shot(pixels)
    shown[12:20, 20:28] = (200, 30, 30)  # an icon beside the window's title
    title = TextBox("Report", 36, 10, 90, 22)
    moved = [title, *_moved(texts, DEEP_PX, BAR_PX)]
    plain = {paint.colour for paint in paints(pixels, texts)}
    assert {paint.colour for paint in paints(shown, moved)} == plain
    assert legends(shown, moved, paints(shown, moved)) == []


def test_a_colour_bar_as_high_as_the_picture_is_no_window() -> None:
    pixels = np.full((300, 400, 3), 255, np.uint8)
    pixels[2:298, 300:320] = np.linspace(0, 255, 296)[:, None, None]
    ticks = [(326.0, y - 6.0, 350.0, y + 6.0) for y in (20, 150, 280)]
    assert figure(pixels, [*ticks, (150.0, 10.0, 200.0, 24.0)]) == (0, 0, 400, 300)
