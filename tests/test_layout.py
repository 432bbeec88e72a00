"""Panels and the roles of texts, on pictures that matplotlib draws here with its own word on where everything is."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image

from model.layout import Frame, Layout, grid, layout
from model.paint import paints
from model.records import Pixels, TextBox

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.text import Text  # noqa: E402

Boxes = list[tuple[float, float, float, float]]


@pytest.fixture(autouse=True)
def _closed() -> Any:
    with plt.style.context("default"):
        yield
    plt.close("all")


def _drawn(figure: Any) -> tuple[Pixels, tuple[TextBox, ...]]:
    """The picture of a figure and its texts with their boxes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=figure.dpi)
    pixels = np.asarray(Image.open(buffer).convert("RGB"))
    return pixels, tuple(box for text in figure.findobj(Text) if (box := _box(text, figure)) is not None)


def _box(text: Any, figure: Any) -> TextBox | None:
    if not text.get_visible() or not text.get_text().strip():
        return None
    extent, height = text.get_window_extent(figure.canvas.get_renderer()), figure.bbox.height
    shown = extent.x1 > 0 and extent.y1 > 0 and extent.x0 < figure.bbox.width and extent.y0 < height
    upright = 45 < text.get_rotation() % 180 < 135
    return (
        TextBox(text.get_text(), extent.x0, height - extent.y1, extent.x1, height - extent.y0, upright)
        if shown
        else None
    )


def _seen(figure: Any) -> tuple[Layout, tuple[TextBox, ...]]:
    pixels, texts = _drawn(figure)
    return layout(pixels, texts, paints(pixels, texts)), texts


def _same_place(frame: Frame, axes: Any, tolerance: float = 4.0) -> bool:
    extent, height = axes.get_window_extent(), axes.figure.bbox.height
    wanted = (extent.x0, height - extent.y1, extent.x1, height - extent.y0)
    found = (frame.x0, frame.y0, frame.x1, frame.y1)
    return max(abs(one - other) for one, other in zip(wanted, found, strict=True)) <= tolerance


def _strings(texts: Sequence[TextBox], chosen: Sequence[int]) -> list[str]:
    return [texts[i].text for i in chosen]


def _filled(axes: Any) -> None:
    axes.plot([1, 2, 3, 4], [10, 30, 20, 40], label="grown")
    axes.plot([1, 2, 3, 4], [40, 15, 25, 10], label="bought", color="#d62728")
    axes.set(title="Apples of the year", xlabel="Month", ylabel="Tons")


def _roles(frame: Frame) -> list[int]:
    return [
        *frame.x_ticks, *frame.y_ticks, *frame.right_ticks, *frame.title, *frame.x_label, *frame.y_label,
        *frame.right_label, *(entry.text for entry in frame.legend), *frame.inside,
    ]  # fmt: skip


def test_every_text_of_a_plain_chart_gets_its_role() -> None:
    figure, axes = plt.subplots()
    _filled(axes)
    axes.set_xticks([1, 2, 3, 4])
    axes.set_yticks([10, 20, 30, 40])
    axes.legend(loc="upper center")
    found, texts = _seen(figure)
    (frame,) = found.frames
    assert _same_place(frame, axes) and not frame.open and not frame.round
    assert _strings(texts, frame.x_ticks) == ["1", "2", "3", "4"]
    assert _strings(texts, frame.y_ticks) == ["10", "20", "30", "40"]
    assert _strings(texts, frame.title) == ["Apples of the year"]
    assert _strings(texts, frame.x_label) == ["Month"] and _strings(texts, frame.y_label) == ["Tons"]
    assert _strings(texts, [entry.text for entry in frame.legend]) == ["grown", "bought"]
    assert found.others == () and found.title == ()


def test_a_legend_entry_points_at_the_paint_of_its_sample() -> None:
    figure, axes = plt.subplots()
    axes.bar([0, 1], [3, 4], color="#2ca02c", label="green")
    axes.bar([2, 3], [3, 4], color="#9467bd", label="violet")
    axes.legend(loc="upper left", bbox_to_anchor=(0.0, -0.1), ncol=2)
    figure.subplots_adjust(bottom=0.25)
    pixels, texts = _drawn(figure)
    colours = paints(pixels, texts)
    legend = layout(pixels, texts, colours).frames[0].legend
    found = {texts[e.text].text: colours[e.paint].colour for e in legend if e.paint is not None}
    assert found == {"green": "#2ca02c", "violet": "#9467bd"}


@pytest.mark.parametrize(
    "style", ["ggplot", "seaborn-v0_8-whitegrid", "seaborn-v0_8-darkgrid", "bmh", "dark_background"]
)
def test_panels_of_other_styles_are_found(style: str) -> None:
    with plt.style.context(style):
        figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4))
        _filled(left)
        right.bar(["a", "b", "c"], [3, 2, 4])
        figure.tight_layout()
        found, _ = _seen(figure)
    assert [frame.cell for frame in found.frames] == [(0, 0, 0, 0), (0, 0, 1, 1)]
    assert all(_same_place(frame, axes, 6) for frame, axes in zip(found.frames, (left, right), strict=True))


def test_axes_without_spines_at_the_top_and_the_right_are_open() -> None:
    figure, axes = plt.subplots()
    _filled(axes)
    axes.spines[["top", "right"]].set_visible(False)
    found, _ = _seen(figure)
    assert found.frames[0].open and _same_place(found.frames[0], axes)


def test_a_wide_panel_spans_the_columns_of_those_below() -> None:
    figure = plt.figure(figsize=(8, 6))
    places = figure.add_gridspec(2, 2)
    for place in (places[0, :], places[1, 0], places[1, 1]):
        _filled(figure.add_subplot(place))
    figure.tight_layout()
    found, _ = _seen(figure)
    assert (found.rows, found.cols) == (2, 2)
    assert [frame.cell for frame in found.frames] == [(0, 0, 0, 1), (1, 1, 0, 0), (1, 1, 1, 1)]


def test_shared_ticks_stay_with_the_panels_they_stand_at() -> None:
    figure, axes = plt.subplots(2, 2, sharex=True, sharey=True)
    for one in axes.flat:
        one.plot([0, 1, 2], [0, 2, 1])
    figure.suptitle("All four")
    found, texts = _seen(figure)
    assert [bool(frame.x_ticks) for frame in found.frames] == [False, False, True, True]
    assert [bool(frame.y_ticks) for frame in found.frames] == [True, False, True, False]
    assert _strings(texts, found.title) == ["All four"]


def test_a_number_on_the_edge_of_the_panel_to_the_left_is_no_tick() -> None:
    figure, axes = plt.subplots(1, 2, sharey=True)
    for one in axes:
        one.barh([0, 1, 2], [8, 5, 7])
        one.set_xlim(0, 8)
    axes[0].text(7.9, 0, "800", va="center")
    found, texts = _seen(figure)
    assert [_strings(texts, frame.y_ticks) for frame in found.frames][1] == []


def test_ticks_above_a_legend_below_the_panel_are_not_its_title() -> None:
    figure, axes = plt.subplots(figsize=(6, 4))
    axes.bar([0, 1, 2], [8, 5, 7], label="first")
    axes.bar([0, 1, 2], [1, 2, 1], bottom=[8, 5, 7], label="second")
    axes.set_xticks([0, 1, 2], ["a model", "GPT", "another"])
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.07), ncol=2)
    figure.subplots_adjust(bottom=0.2)
    (frame,), texts = (lambda found: (found[0].frames, found[1]))(_seen(figure))
    assert _strings(texts, frame.x_ticks) == ["a model", "GPT", "another"]
    assert _strings(texts, [entry.text for entry in frame.legend]) == ["first", "second"]


def test_a_colour_bar_is_no_panel_and_has_its_ticks_at_the_right() -> None:
    figure, axes = plt.subplots()
    values = np.arange(12).reshape(3, 4)
    bar = figure.colorbar(axes.imshow(values), label="Degrees", ticks=[0, 5, 10])
    for row, column in np.ndindex(3, 4):
        axes.text(column, row, str(values[row, column] * 11), ha="center", va="center")
    found, texts = _seen(figure)
    (frame,) = found.frames
    assert _same_place(frame, axes) and frame.colorbar is not None
    assert abs(frame.colorbar[0] - bar.ax.get_window_extent().x0) < 4
    assert _strings(texts, frame.right_ticks) == ["0", "5", "10"]
    assert _strings(texts, frame.right_label) == ["Degrees"]
    assert len(frame.inside) == 12


def test_ticks_of_a_second_axis_are_at_the_right() -> None:
    figure, axes = plt.subplots()
    _filled(axes)
    other = axes.twinx()
    other.plot([1, 4], [100, 300], color="green")
    other.set(ylabel="Price", yticks=[100, 200, 300])
    (frame,), texts = (lambda found: (found[0].frames, found[1]))(_seen(figure))
    assert _strings(texts, frame.right_ticks) == ["100", "200", "300"]
    assert _strings(texts, frame.right_label) == ["Price"]


def test_the_first_tick_below_the_corner_is_the_x_axis() -> None:
    """Lying bars from 0 on: the 0 below the left end of the axis, where OCR's box may reach the names' column."""
    figure, axes = plt.subplots(figsize=(6, 4), dpi=100)
    axes.barh(["Neptune", "Uranus", "Saturn"], [2, 1, 3])
    pixels, texts = _drawn(figure)
    left, bottom = axes.get_window_extent().x0, figure.bbox.height - axes.get_window_extent().y0
    seen = TextBox("0", left - 5, bottom + 2, left + 8, bottom + 19)
    shifted = tuple(seen if text.text in ("0", "0.0") else text for text in texts)
    frame = layout(pixels, shifted, paints(pixels, shifted)).frames[0]
    assert _strings(shifted, frame.y_ticks) == ["Neptune", "Uranus", "Saturn"]


def test_pies_and_polar_axes_are_round() -> None:
    figure = plt.figure(figsize=(9, 4))
    figure.add_subplot(1, 2, 1).pie([3, 4, 5], labels=["one", "two", "three"], autopct="%.0f%%")
    figure.add_subplot(1, 2, 2, projection="polar").plot([0, 1, 2, 3], [1, 2, 1, 2])
    found, texts = _seen(figure)
    assert [frame.round for frame in found.frames] == [True, True]
    assert {"one", "two", "three", "25%"} <= set(_strings(texts, found.frames[0].inside))


def test_an_inset_comes_after_the_panel_it_stands_in() -> None:
    figure, axes = plt.subplots()
    axes.plot([0, 10], [0, 5])
    inset = axes.inset_axes((0.1, 0.55, 0.35, 0.35))
    inset.plot([1, 2, 3], [3, 1, 2])
    found, _ = _seen(figure)
    assert len(found.frames) == 2 and (found.rows, found.cols) == (1, 1)
    assert _same_place(found.frames[0], axes) and _same_place(found.frames[1], inset)


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (400, 3), (9, 9), (60, 80)])
@pytest.mark.parametrize("shade", [0, 128, 255])
def test_odd_pictures_have_one_guessed_frame(shape: tuple[int, int], shade: int) -> None:
    found = layout(np.full((*shape, 3), shade, np.uint8), (), ())
    assert len(found.frames) == 1 and (found.rows, found.cols) == (1, 1)


def test_noise_and_stray_texts_break_nothing() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (200, 300, 3)).astype(np.uint8)
    corners = rng.uniform(-20, 320, (60, 4))
    texts = [
        TextBox("x" * (1 + i % 7), min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1), i % 3 == 0)
        for i, (x0, y0, x1, y1) in enumerate(corners)
    ]
    texts += [TextBox("", 5, 5, 5, 5), TextBox("7", 400, 400, 410, 410)]
    found = layout(pixels, texts, paints(pixels))
    roles = [i for frame in found.frames for i in _roles(frame)] + [*found.title, *found.others]
    assert sorted(roles) == list(range(len(texts)))


def test_rows_and_columns_come_from_the_boxes_alone() -> None:
    boxes: Boxes = [(0, 0, 40, 30), (50, 2, 90, 30), (0, 40, 90, 70)]
    assert grid(boxes) == (2, 2, [(0, 0, 0, 0), (0, 0, 1, 1), (1, 1, 0, 1)])
