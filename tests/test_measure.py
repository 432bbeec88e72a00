"""What is read off pixels: small charts drawn with hand-known numbers, each read back within a stated tolerance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib

matplotlib.use("Agg")  # before pyplot: a test has no screen

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import ListedColormap

from model.layout import Entry, Frame, Layout
from model.nano import measure
from model.nano.sight import Sight
from model.nano.slots import Slots
from model.paint import paints
from model.records import Hints, TextBox

BLUE, ORANGE, GREEN, RED = "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728"
Numbers = Sequence[float] | np.ndarray[Any, Any]
CLOSE = 0.01  # of the axis' range


class Drawn:
    """A chart drawn by a function of its axes, its sight, and the way from places to values and back."""

    def __init__(self, draw: Callable[[plt.Axes], object], polar: bool = False) -> None:
        figure, self.axes = plt.subplots(figsize=(5, 4), dpi=100, subplot_kw={"projection": "polar"} if polar else {})
        draw(self.axes)
        figure.canvas.draw()
        pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()  # type: ignore[attr-defined]
        self.height, self.width = pixels.shape[:2]
        texts, entries = self._legend()
        box = self.axes.get_window_extent()
        colorbar = self._box(figure.axes[1]) if len(figure.axes) > 1 else None
        self.frame = Frame(*self._box(self.axes), legend=entries, colorbar=colorbar, round=polar)
        assert box.width > 50
        slots = Slots.of(Hints(texts, paints(pixels, texts)), self.width, self.height)
        self.sight = Sight(slots, Layout((self.frame,)), pixels)
        plt.close(figure)

    def _box(self, axes: plt.Axes) -> tuple[float, float, float, float]:
        box = axes.get_window_extent()
        return box.x0, self.height - box.y1, box.x1, self.height - box.y0

    def _legend(self) -> tuple[tuple[TextBox, ...], tuple[Entry, ...]]:
        legend = self.axes.get_legend()
        texts = legend.get_texts() if legend else []
        boxes = [(text.get_text(), text.get_window_extent()) for text in texts]
        found = [TextBox(name, b.x0, self.height - b.y1, b.x1, self.height - b.y0) for name, b in boxes]
        return tuple(found), tuple(Entry(index) for index in range(len(found)))

    def x(self, values: Numbers) -> list[float]:
        """Values of the x axis as fractions of the picture's width."""
        points = self.axes.transData.transform([(value, self.axes.get_ylim()[0]) for value in values])
        return [float(point) / self.width for point in points[:, 0]]

    def y(self, values: Numbers) -> list[float]:
        points = self.axes.transData.transform([(self.axes.get_xlim()[0], value) for value in values])
        return [1 - float(point) / self.height for point in points[:, 1]]

    def seen(
        self, kind: str, colours: Sequence[str], at: Sequence[float] = (), words: Sequence[str] = ()
    ) -> tuple[float, ...]:
        found = measure.seen(kind, words, colours, at, self.frame, self.sight)
        assert found is not None
        return found

    def off(self, found: Sequence[float], true: Sequence[float], along: str = "y") -> float:
        """The largest distance of found places from the true ones, as a share of the frame."""
        x0, y0, x1, y1 = self.sight.box(self.frame)
        side = y1 - y0 if along == "y" else x1 - x0
        assert len(found) == len(true)
        return float(np.abs(np.array(found) - np.array(true)).max()) / side


# ---- bars ------------------------------------------------------------------------------------------------------------


def test_bars_end_where_they_end_below_zero_too() -> None:
    heights = [3, -2, 0, 5, -1.5]
    drawn = Drawn(lambda ax: ax.bar(range(5), heights, color=GREEN, edgecolor="black", yerr=0.4, capsize=3))
    assert drawn.off(drawn.seen("bar", [GREEN], drawn.x(range(5))), drawn.y(heights)) < CLOSE


def test_grouped_bars_are_told_apart_by_colour_and_grid_lines_do_not_cut_them() -> None:
    def draw(ax: plt.Axes) -> None:
        ax.bar(np.arange(3) - 0.2, [4, 2, 6], 0.4, color=BLUE, hatch="//", label="one")
        ax.bar(np.arange(3) + 0.2, [1, 5, 3], 0.4, color=ORANGE, label="two")
        ax.set_ylim(0, 9)
        ax.grid(True)
        ax.legend(loc="upper left")

    drawn = Drawn(draw)
    assert drawn.off(drawn.seen("bar", [BLUE], drawn.x(range(3))), drawn.y([4, 2, 6])) < CLOSE
    assert drawn.off(drawn.seen("bar", [ORANGE], drawn.x(range(3))), drawn.y([1, 5, 3])) < CLOSE


def test_lying_stacked_bars_tell_the_end_of_each_part() -> None:
    def draw(ax: plt.Axes) -> None:
        ax.barh(range(3), [2, 3, 1], color=BLUE)
        ax.barh(range(3), [2, 0, 4], left=[2, 3, 1], color=ORANGE)

    drawn = Drawn(draw)
    words = ("horizontal", "stacked")
    found = drawn.seen("bar", [ORANGE], drawn.y(range(3)), words)
    assert drawn.off(found, drawn.x([4, 3, 5]), "x") < CLOSE, "the part of no height ends where the one below it does"


def test_a_bar_is_seen_through_the_legend_that_lies_over_it() -> None:
    def draw(ax: plt.Axes) -> None:
        ax.bar(range(3), [5, 6, 9.6], color=BLUE, label="a long name of one series")
        ax.set_ylim(0, 10)
        ax.legend(loc="upper right")

    drawn = Drawn(draw)
    assert drawn.off(drawn.seen("bar", [BLUE], drawn.x(range(3))), drawn.y([5, 6, 9.6])) < 2 * CLOSE


def test_bars_of_many_colours_tell_them() -> None:
    colours = (BLUE, ORANGE, GREEN, RED)
    drawn = Drawn(lambda ax: ax.bar(range(4), [2, 4, 3, 1], color=colours, edgecolor="black"))
    assert measure.each_colour(drawn.x(range(4)), False, drawn.frame, drawn.sight) == colours
    assert drawn.off(drawn.seen("bar", colours, drawn.x(range(4))), drawn.y([2, 4, 3, 1])) < CLOSE


# ---- curves ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", [{}, {"linestyle": "--"}, {"marker": "o"}, {"linestyle": ":", "marker": "s"}])
def test_crossing_lines_are_followed(look: dict[str, str]) -> None:
    up, down = [1, 2, 4, 3, 6, 7], [6, 5, 5.5, 2, 1, 3]

    def draw(ax: plt.Axes) -> None:
        ax.plot(range(6), up, color=BLUE, **look)  # type: ignore[arg-type]
        ax.plot(range(6), down, color=RED, **look)  # type: ignore[arg-type]
        ax.grid(True)

    drawn = Drawn(draw)
    for colour, values in ((BLUE, up), (RED, down)):
        assert drawn.off(drawn.seen("line", [colour], drawn.x(range(6))), drawn.y(values)) < CLOSE


def test_steps_have_their_level_at_their_middle() -> None:
    drawn = Drawn(lambda ax: ax.step(range(5), [1, 4, 2, 2, 5], where="mid", color=GREEN))
    assert drawn.off(drawn.seen("line", [GREEN], drawn.x(range(5)), ["step"]), drawn.y([1, 4, 2, 2, 5])) < CLOSE


def test_stacked_areas_have_their_upper_edges() -> None:
    first, second = np.array([1, 3, 2, 4]), np.array([2, 1, 3, 2])
    drawn = Drawn(lambda ax: ax.stackplot(range(4), first, second, colors=[BLUE, ORANGE]))
    at = drawn.x(range(4))
    assert drawn.off(drawn.seen("area", [BLUE], at, ["stacked"]), drawn.y(first)) < 2 * CLOSE
    assert drawn.off(drawn.seen("area", [ORANGE], at, ["stacked"]), drawn.y(first + second)) < 2 * CLOSE


def test_translucent_areas_are_told_apart_where_they_overlap() -> None:
    first, second = [2, 5, 3, 6], [4, 2, 5, 1]

    def draw(ax: plt.Axes) -> None:
        ax.fill_between(range(4), first, color=BLUE, alpha=0.4)
        ax.fill_between(range(4), second, color=ORANGE, alpha=0.4)

    drawn = Drawn(draw)
    for colour, values in (("#a5c9e1", first), (ORANGE, second)):  # as it is seen, and as it was given
        found = drawn.seen("area", [colour], drawn.x(range(4)), ["faint"])
        assert drawn.off(found, drawn.y(values)) < 2 * CLOSE


def test_bins_of_overlapping_histograms() -> None:
    edges, first, second = list(range(6)), [3, 6, 4, 2, 1], [1, 2, 4, 7, 3]
    middles = np.arange(5) + 0.5

    def draw(ax: plt.Axes) -> None:
        ax.hist(middles, edges, weights=first, color=BLUE, alpha=0.6)
        ax.hist(middles, edges, weights=second, color=RED, alpha=0.6, edgecolor="black")

    drawn = Drawn(draw)
    for colour, values in ((BLUE, first), (RED, second)):
        found = drawn.seen("hist", [colour], drawn.x(middles), ["faint"])
        assert drawn.off(found, drawn.y(values)) < 2 * CLOSE


# ---- points and shares -----------------------------------------------------------------------------------------------


def test_markers_are_found_and_touching_ones_split() -> None:
    x, y = [1, 2, 2.13, 4, 6], [3, 1, 1, 5, 2]
    drawn = Drawn(lambda ax: ax.scatter(x, y, color=RED))
    found = drawn.seen("scatter", [RED])
    assert drawn.off(found[0::2], drawn.x(x), "x") < 2 * CLOSE
    assert drawn.off(found[1::2], drawn.y(y)) < 2 * CLOSE


@pytest.mark.parametrize("ring", [False, True])
def test_wedges_have_their_shares_whatever_is_written_on_them(ring: bool) -> None:
    shares, colours = [0.4, 0.25, 0.05, 0.3], [BLUE, ORANGE, GREEN, RED]
    look = {"wedgeprops": {"width": 0.4}} if ring else {"wedgeprops": {"edgecolor": "white"}}
    drawn = Drawn(lambda ax: ax.pie(shares, colors=colours, autopct="%.0f%%", startangle=90, **look))
    assert np.allclose(drawn.seen("pie", colours), shares, atol=0.005)


def test_tiles_have_their_shares() -> None:
    def draw(ax: plt.Axes) -> None:
        for left, width, colour in ((0, 5, BLUE), (5, 3, ORANGE), (8, 2, GREEN)):
            ax.add_patch(plt.Rectangle((left, 0), width, 1, color=colour))
        ax.set_xlim(0, 10)
        ax.axis("off")

    assert np.allclose(Drawn(draw).seen("treemap", [BLUE, ORANGE, GREEN]), [0.5, 0.3, 0.2], atol=0.01)


def test_radii_of_radar_and_rose() -> None:
    angles, values = np.linspace(0, 2 * np.pi, 5, endpoint=False), [3, 5, 2, 4, 1]

    def radar(ax: plt.Axes) -> None:
        ax.plot([*angles, 0], [*values, 3], color=RED)
        ax.fill([*angles, 0], [*values, 3], color=RED, alpha=0.25)
        ax.set_ylim(0, 6)

    def rose(ax: plt.Axes) -> None:
        ax.bar(angles, values, width=1, color=GREEN)
        ax.set_ylim(0, 6)

    for kind, draw, colour in (("radar", radar, RED), ("rose", rose, GREEN)):
        found = Drawn(draw, polar=True).seen(kind, [colour], angles.tolist())
        assert np.allclose(found, np.array(values) / 6, atol=0.02), kind


# ---- boxes, cells, error bars ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("filled", [True, False])
@pytest.mark.parametrize("lying", [True, False])
def test_boxes_have_five_numbers(filled: bool, lying: bool) -> None:
    fives = [[1, 3, 4, 6, 9], [2, 4, 6, 7, 8]]

    def draw(ax: plt.Axes) -> None:
        boxes = ax.boxplot(fives, whis=(0, 100), orientation="horizontal" if lying else "vertical", patch_artist=filled)
        for patch in boxes["boxes"] if filled else ():
            patch.set_facecolor(BLUE)
        ax.grid(True)

    drawn = Drawn(draw)
    for place, values in zip((1, 2), fives, strict=True):
        at, true = (drawn.y([place]), drawn.x(values)) if lying else (drawn.x([place]), drawn.y(values))
        found = drawn.seen("box", [BLUE] if filled else [], at, ["horizontal"] if lying else [])
        assert drawn.off(found, true, "x" if lying else "y") < CLOSE


def test_cells_are_places_along_the_bar_whatever_is_printed_on_them() -> None:
    table = [[0.0, 0.5, 1.0], [0.25, 0.75, 0.1]]

    def draw(ax: plt.Axes) -> None:
        image = ax.imshow(table, cmap="viridis", aspect="auto")
        ax.figure.colorbar(image, ax=ax)
        for row in range(2):
            for column in range(3):
                ax.text(column, row, str(table[row][column]), ha="center", va="center")

    drawn = Drawn(draw)
    found = measure.cells(2, 3, "viridis", drawn.frame, drawn.sight)
    assert found is not None and drawn.frame.colorbar is not None
    _, top, _, bottom = drawn.frame.colorbar
    shares = (bottom / drawn.height - np.array(found)) / ((bottom - top) / drawn.height)
    assert np.allclose(shares, table, atol=0.015)
    assert measure.cells(2, 3, "viridis", Frame(10, 10, 90, 90), drawn.sight) is None


@pytest.mark.parametrize("bars", [True, False])
def test_error_bars_have_two_ends(bars: bool) -> None:
    values, errors = np.array([4.0, 6, 3, 5]), np.array([0.5, 1, 0.8, 1.2])

    def draw(ax: plt.Axes) -> None:
        if bars:
            ax.bar(range(4), values, yerr=errors, color=ORANGE, capsize=3)
        else:
            ax.errorbar(range(4), values, errors, color=ORANGE, marker="o", linestyle="none", capsize=3)
        ax.grid(True)

    drawn = Drawn(draw)
    found = measure.error_ends(drawn.x(range(4)), drawn.y(values), False, drawn.frame, drawn.sight)
    assert found is not None
    assert drawn.off(found[0], drawn.y(values + errors)) < 2 * CLOSE
    assert drawn.off(found[1], drawn.y(values - errors)) < 2 * CLOSE
    if not bars:
        assert drawn.off(drawn.seen("errorbar", [ORANGE], drawn.x(range(4))), drawn.y(values)) < CLOSE


def test_error_bars_of_grouped_bars_are_found_aside_of_their_places() -> None:
    values, errors = np.array([4.0, 6, 3]), np.array([0.5, 1, 0.8])

    def draw(ax: plt.Axes) -> None:
        ax.bar(np.arange(3) - 0.2, values, 0.4, yerr=errors, color=BLUE, capsize=3)
        ax.bar(np.arange(3) + 0.2, [2, 7, 5], 0.4, color=ORANGE)

    drawn = Drawn(draw)
    found = measure.error_ends(drawn.x(range(3)), drawn.y(values), False, drawn.frame, drawn.sight)
    assert found is not None and drawn.off(found[0], drawn.y(values + errors)) < 2 * CLOSE


# ---- what can not be seen --------------------------------------------------------------------------------------------

KINDS = ("bar", "line", "area", "errorbar", "hist", "scatter", "pie", "box", "radar", "rose", "treemap", "nothing")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_there_is_not_seen_and_nothing_raises(kind: str) -> None:
    drawn = Drawn(lambda ax: ax.plot([0, 1], [0, 1], color=BLUE))
    tiny, outside = Frame(5, 5, 9, 9), Frame(-50, -50, 9999, 9999)
    for frame in (drawn.frame, tiny, outside):
        for at in ([], [0.5], [0.5, 0.5], [-3.0, 7.0, 0.2], [float("nan")]):
            for words in (("horizontal",), ("stacked", "step")):
                assert measure.seen(kind, words, [], at, frame, drawn.sight) is None or kind == "box"
                measure.seen(kind, words, ["#00ff00", "no colour"], at, frame, drawn.sight)
    assert measure.seen(kind, (), ["#00ff00"], [0.3, 0.5, 0.7], drawn.frame, drawn.sight) is None or kind == "box"


def test_nothing_raises_for_odd_cells_colours_and_errors() -> None:
    drawn = Drawn(lambda ax: ax.plot([0, 1], [0, 1], color=BLUE))
    for frame in (drawn.frame, Frame(5, 5, 9, 9), Frame(0, 0, 400, 300, colorbar=(390, 0, 400, 5))):
        measure.cells(3, 3, "no map", frame, drawn.sight)
        assert measure.cells(0, 3, "viridis", frame, drawn.sight) is None
        measure.each_colour([0.1, 0.9, 3.0], True, frame, drawn.sight)
        measure.error_ends([0.1, 0.9, 3.0], [0.2, -1.0, 2.0], False, frame, drawn.sight)
        assert measure.error_ends([0.1], [], False, frame, drawn.sight) is None
        assert measure.each_colour([], False, frame, drawn.sight) is None


# ---- lines between cells, and cells of a few colours ---------------------------------------------------------------


TABLE = np.random.default_rng(5).random((4, 6))


@pytest.mark.parametrize(("colour", "points"), [("black", 1.0), ("black", 4.0), ("white", 2.0)])
def test_lines_between_cells_have_a_colour_and_a_width(colour: str, points: float) -> None:
    drawn = Drawn(lambda ax: ax.pcolor(TABLE, cmap="viridis", edgecolors=colour, linewidths=points))
    found = measure.lines_of_cells(4, 6, drawn.frame, drawn.sight)
    assert found is not None
    assert found[0] == {"black": "#000000", "white": "#ffffff"}[colour]
    assert found[1] * 0.72 == pytest.approx(points, abs=0.5)


def test_cells_without_lines_have_none() -> None:
    drawn = Drawn(lambda ax: ax.pcolor(TABLE, cmap="viridis"))
    assert measure.lines_of_cells(4, 6, drawn.frame, drawn.sight) is None


def test_few_colours_are_numbered_and_a_smooth_map_has_no_few() -> None:
    numbers = [[0, 1, 2, 1], [2, 2, 0, 1], [1, 0, 0, 2]]
    drawn = Drawn(lambda ax: ax.imshow(numbers, cmap=ListedColormap([BLUE, ORANGE, GREEN]), aspect="auto"))
    found = measure.flat_cells(3, 4, drawn.frame, drawn.sight)
    assert found is not None and len(found[0]) == 3
    assert [[found[0][int(cell)] for cell in row] for row in found[1]] == [
        [(BLUE, ORANGE, GREEN)[cell] for cell in row] for row in numbers
    ]
    smooth = Drawn(lambda ax: ax.imshow(TABLE, aspect="auto"))
    assert measure.flat_cells(4, 6, smooth.frame, smooth.sight) is None


def test_cells_are_told_apart_without_a_bar() -> None:
    """As shares of the panel's height, lowest values at its foot."""
    drawn = Drawn(lambda ax: ax.imshow([[0, 0.5], [1, 0.25]], aspect="auto"))
    found = measure.cells(2, 2, "viridis", drawn.frame, drawn.sight)
    assert found is not None
    _, y0, _, y1 = drawn.sight.box(drawn.frame)
    assert (y1 - np.array(found)) / (y1 - y0) == pytest.approx(np.array([[0, 0.5], [1, 0.25]]), abs=0.02)


def test_densities_that_overlap_are_followed_where_they_bend() -> None:
    x = np.linspace(-4, 6, 30)
    first, second = np.exp(-(x**2) / 2), 0.8 * np.exp(-((x - 2) ** 2) / 0.5)

    def draw(ax: plt.Axes) -> None:
        ax.fill_betweenx(x, first, color=BLUE, alpha=0.4)
        ax.fill_betweenx(x, second, color=RED, alpha=0.4)

    drawn = Drawn(draw)
    for colour, values in ((BLUE, first), (RED, second)):
        found = np.array(drawn.seen("area", [colour], drawn.y(x), ["faint", "horizontal"]))
        off = np.abs(found - drawn.x(values)) / (drawn.sight.box(drawn.frame)[2] - drawn.sight.box(drawn.frame)[0])
        assert np.median(off) < CLOSE and np.mean(off < 0.05) >= 0.85


def test_cells_are_counted_by_their_steps_of_colour_with_and_without_lines() -> None:
    for look in ({}, {"edgecolors": "black", "linewidths": 3}):
        drawn = Drawn(lambda ax, look=look: ax.pcolor(TABLE, **look))  # type: ignore[misc]
        assert measure.cell_counts(drawn.frame, drawn.sight) == (4, 6)
    smooth = Drawn(lambda ax: ax.imshow([np.linspace(0, 1, 400)] * 2, aspect="auto"))
    assert measure.cell_counts(smooth.frame, smooth.sight)[1] is None
