"""Colours and areas found in drawn pictures, against the pixels where matplotlib really put them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from model.paint import paints
from model.records import Paint, Pixels, TextBox


def figure(width: float = 8, height: float = 6) -> tuple[Figure, Axes]:
    fig = Figure(figsize=(width, height), dpi=100)
    FigureCanvasAgg(fig)
    return fig, fig.add_subplot()


def shot(fig: Figure, jpeg: int = 0) -> Pixels:
    """The figure as RGB; through JPEG of that quality if one is given."""
    stream = io.BytesIO()
    fig.savefig(stream, dpi=100)
    picture = Image.open(stream).convert("RGB")
    if jpeg:
        squeezed = io.BytesIO()
        picture.save(squeezed, "JPEG", quality=jpeg)
        picture = Image.open(squeezed).convert("RGB")
    return np.asarray(picture)


def pixel(ax: Axes, x: float, y: float) -> tuple[float, float]:
    px, py = ax.transData.transform((x, y))
    return float(px), float(ax.figure.bbox.height - py)


def of(found: tuple[Paint, ...], colour: str) -> Paint:
    by_colour = {paint.colour: paint for paint in found}
    assert colour in by_colour, sorted(by_colour)
    return by_colour[colour]


def bar_box(ax: Axes, left: float, width: float, height: float, bottom: float = 0) -> tuple[float, ...]:
    x0, y1 = pixel(ax, left, bottom)
    x1, y0 = pixel(ax, left + width, bottom + height)
    return x0, y0, x1, y1


def assert_boxes(paint: Paint, expected: list[tuple[float, ...]], within: float = 1.5) -> None:
    boxes = sorted((r.x0, r.y0, r.x1, r.y1) for r in paint.regions)
    assert len(boxes) == len(expected)
    assert np.abs(np.array(boxes) - np.array(sorted(expected))).max() <= within


@pytest.mark.parametrize("style", ["plain", "grid in front", "black edges", "number inside"])
def test_bars_are_one_region_each(style: str) -> None:
    heights = [3.0, 7.0, 5.0, 6.2, 1.4]
    fig, ax = figure()
    ax.bar(range(5), heights, color="#3a7ca5", edgecolor="black" if style == "black edges" else None)
    if style == "grid in front":
        ax.grid(True, zorder=5)
    ignore = []
    if style == "number inside":
        text = ax.text(1, 3.0, "a number as wide as it", ha="center", color="white")
        ignore = [text]
    fig.canvas.draw()
    boxes = [t.get_window_extent() for t in ignore]
    texts = [TextBox("", b.x0, 600 - b.y1, b.x1, 600 - b.y0) for b in boxes]
    found = paints(shot(fig), texts)
    assert_boxes(
        of(found, "#3a7ca5"),
        [bar_box(ax, i - 0.4, 0.8, h) for i, h in enumerate(heights)],
        within=2.5 if style == "black edges" else 1.5,
    )


def test_jpeg_bars_keep_boxes_and_colours() -> None:
    heights = [3.0, 7.0, 5.0]
    fig, ax = figure()
    ax.bar(range(3), heights, color="#e07a5f")
    found = paints(shot(fig, jpeg=80))
    rgb = np.array([int(found[0].colour[i : i + 2], 16) for i in (1, 3, 5)])
    assert np.abs(rgb - [0xE0, 0x7A, 0x5F]).max() <= 6
    assert_boxes(found[0], [bar_box(ax, i - 0.4, 0.8, h) for i, h in enumerate(heights)])


def test_histogram_bars_with_dark_edges_stay_apart() -> None:
    fig, ax = figure()
    values = np.random.default_rng(0).normal(size=400)
    counts, edges, _ = ax.hist(values, bins=9, color="#81b29a", edgecolor="black")
    fig.canvas.draw()
    expected = [bar_box(ax, e, edges[1] - edges[0], n) for e, n in zip(edges, counts, strict=False)]
    assert_boxes(of(paints(shot(fig)), "#81b29a"), [box for box in expected if box[3] - box[1] > 5], within=2.5)


def test_touching_bars_of_a_histogram_are_split_at_their_steps() -> None:
    fig, ax = figure()
    counts, edges, _ = ax.hist(np.random.default_rng(1).normal(size=500), bins=8, color="#457b9d")
    fig.canvas.draw()
    expected = [bar_box(ax, e, edges[1] - edges[0], n) for e, n in zip(edges, counts, strict=False)]
    assert_boxes(of(paints(shot(fig)), "#457b9d"), expected)


@pytest.mark.parametrize("hatch", ["/", "//", "\\\\", "x", "-", ".", "o"])
def test_hatched_bars_are_one_region_each(hatch: str) -> None:
    heights = [3.0, 7.0, 5.0, 6.2]
    fig, ax = figure()
    ax.bar(range(4), heights, color="#ee9b00", edgecolor="black", hatch=hatch)
    found = paints(shot(fig))
    assert_boxes(of(found, "#ee9b00"), [bar_box(ax, i - 0.4, 0.8, h) for i, h in enumerate(heights)], within=2.5)


def test_stacked_bars_are_regions_of_each_colour() -> None:
    low, high = [4.0, 2.0, 3.0], [1.0, 3.0, 2.5]
    fig, ax = figure()
    ax.bar(range(3), low, color="#264653")
    ax.bar(range(3), high, bottom=low, color="#e9c46a")
    fig.canvas.draw()
    found = paints(shot(fig))
    assert_boxes(of(found, "#264653"), [bar_box(ax, i - 0.4, 0.8, h) for i, h in enumerate(low)])
    stacked = zip(range(3), low, high, strict=True)
    assert_boxes(of(found, "#e9c46a"), [bar_box(ax, i - 0.4, 0.8, h, b) for i, b, h in stacked])


@pytest.mark.parametrize(
    "style", [{}, {"ls": "--"}, {"ls": ":"}, {"ls": "-."}, {"marker": "o"}, {"marker": "s", "ls": "--"}]
)
def test_a_curve_is_traced(style: dict[str, Any]) -> None:
    x = np.linspace(0, 10, 40)
    fig, ax = figure()
    ax.plot(x, np.sin(x) * 3, color="#d62728", **style)
    ax.plot(x, np.cos(x / 3), color="#1f77b4")
    ax.grid(True)
    fig.canvas.draw()
    traced = [region for region in of(paints(shot(fig)), "#d62728").regions if region.trace]
    assert len(traced) == 1 and len(traced[0].trace) == 16
    fine = np.linspace(0, 10, 40 * 50)
    true = np.array([pixel(ax, px, np.interp(px, x, np.sin(x) * 3)) for px in fine])
    for point in traced[0].trace:
        assert np.hypot(*(true - point).T).min() <= (5 if "marker" in style else 2)


def test_crossing_curves_stay_whole() -> None:
    x = np.linspace(0, 1, 30)
    fig, ax = figure()
    for colour, y in (("#2ca02c", x), ("#9467bd", 1 - x), ("#ff7f0e", 0 * x + 0.5)):
        ax.plot(x, y, color=colour)
    fig.canvas.draw()
    found = paints(shot(fig))
    for colour, y in (("#2ca02c", x), ("#9467bd", 1 - x), ("#ff7f0e", 0 * x + 0.5)):
        (region,) = of(found, colour).regions
        for end in (0, -1):
            assert np.abs(np.subtract(region.trace[end], pixel(ax, x[end], y[end]))).max() <= 2


def test_scatter_points_are_small_regions() -> None:
    points = [(i % 6, i // 6 + 0.3 * (i % 2)) for i in range(18)]
    fig, ax = figure()
    ax.scatter(*zip(*points, strict=True), color="#17becf")
    fig.canvas.draw()
    regions = of(paints(shot(fig)), "#17becf").regions
    centres = sorted(((r.x0 + r.x1) / 2, (r.y0 + r.y1) / 2) for r in regions)
    assert len(regions) == 18 and not any(r.trace for r in regions)
    assert np.abs(np.array(centres) - np.array(sorted(pixel(ax, *p) for p in points))).max() <= 1.5


def test_pie_wedges_have_a_colour_each() -> None:
    shares, colours = [40, 30, 20, 10], ["#003049", "#d62828", "#f77f00", "#fcbf49"]
    fig, ax = figure()
    ax.pie(shares, colors=colours)
    found = paints(shot(fig))
    areas = [of(found, colour).area for colour in colours]
    assert np.abs(np.array(areas) / sum(areas) - np.array(shares) / 100).max() < 0.01
    assert all(len(of(found, colour).regions) == 1 for colour in colours)


def test_a_translucent_band_has_its_visible_colour() -> None:
    x = np.linspace(0, 5, 20)
    fig, ax = figure()
    ax.plot(x, x, color="#0000ff")
    ax.fill_between(x, x - 1, x + 1, color="#0000ff", alpha=0.2, lw=0)
    found = paints(shot(fig))
    assert of(found, "#0000ff").regions[0].trace
    assert of(found, "#ccccff").area > 10_000


def test_grey_bars_are_found_beside_spines_ticks_and_grid() -> None:
    fig, ax = figure()
    ax.bar(range(3), [2, 3, 4], color="#7f7f7f")
    ax.grid(axis="y", linestyle="--")
    texts = [TextBox("", 0, 0, 98, 600), TextBox("", 0, 538, 800, 600)]
    fig.canvas.draw()
    found = paints(shot(fig), texts)
    assert [paint.colour for paint in found] == ["#7f7f7f"]
    assert_boxes(found[0], [bar_box(ax, i - 0.4, 0.8, i + 2) for i in range(3)])


def test_a_background_that_is_not_white_comes_first() -> None:
    fig, ax = figure()
    fig.set_facecolor("#202020")
    ax.set_facecolor("#202020")
    ax.plot([0, 1], [0, 1], color="#ffcc00")
    first, second = paints(shot(fig))[:2]
    assert (first.colour, first.regions[0].x1, second.colour) == ("#202020", 800, "#ffcc00")


def test_an_empty_and_a_noisy_picture_are_survived() -> None:
    assert paints(np.full((40, 50, 3), 255, np.uint8)) == ()
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    assert len(paints(noise)) <= 13


def test_a_large_picture_keeps_original_coordinates() -> None:
    fig, ax = figure(16, 12)
    ax.bar(range(4), [1, 2, 3, 4], color="#6a4c93")
    found = paints(shot(fig))
    assert_boxes(of(found, "#6a4c93"), [bar_box(ax, i - 0.4, 0.8, i + 1) for i in range(4)], within=2.5)


def test_a_disc_behind_its_name_is_seen() -> None:
    fig, ax = figure()
    ax.scatter([0, 1], [0, 1], s=500, color="#ff7f50")
    fig.canvas.draw()
    names = [TextBox("0", px - 14, py - 14, px + 14, py + 14) for px, py in (pixel(ax, 0, 0), pixel(ax, 1, 1))]
    assert len(of(paints(shot(fig), names), "#ff7f50").regions) == 2
