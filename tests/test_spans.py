"""Bars that do not begin at 0, boxes side by side: where they stand by hand, and back from a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from model.nano import measure
from model.nano.axismap import AxisMap
from model.nano.feet import seen_feet
from model.nano.places import _signed
from model.nano.spans import bar_spans, beside, seen_spans, unstacked, with_lengths
from model.nano.spec import FigureSpec, LayerSpec, PanelSpec, SeriesSpec
from model.nano.writer import write
from tests.test_measure import BLUE, CLOSE, GREEN, ORANGE, RED, Drawn

UP, DOWN = SeriesSpec((3.0, 1.0), colours=(BLUE,)), SeriesSpec((-2.0, -4.0), colours=(RED,))
STACKED = ("stacked",)


# ---- by hand ---------------------------------------------------------------------------------------------------------


def test_stacks_grow_up_and_down_from_0_or_from_where_their_first_part_begins() -> None:
    apart = LayerSpec("bar", (UP, DOWN, UP), words=STACKED)
    assert bar_spans(apart) == [((0, 0), (3, 1)), ((0, 0), (-2, -4)), ((3, 1), (6, 2))]
    assert seen_spans(apart)[1] == ((-2, -4), (0, 0)), "a part has a lower and an upper end"
    centred = LayerSpec("bar", (SeriesSpec((3.0, 1.0), lo=(-2.0, -5.0)), UP), words=STACKED)
    assert bar_spans(centred) == [((-2, -5), (1, -4)), ((1, -4), (4, -3))]
    off_0 = LayerSpec("bar", (SeriesSpec((3.0, 1.0), lo=(5.0, 5.0)), DOWN), words=STACKED)
    assert bar_spans(off_0) == [((5, 5), (8, 6)), ((5, 5), (3, 1))]
    with_errors = LayerSpec("bar", (SeriesSpec((3.0,), lo=(2.0,), hi=(4.0,)),))
    assert bar_spans(with_errors) == [((0,), (3,))], "with hi, lo is the end of an error bar"


def test_ends_become_lengths_again() -> None:
    assert with_lengths(SeriesSpec((5.0, 1.0), lo=(2.0, 2.0))).y == (3, -1), "from one base line up and down"
    assert with_lengths(SeriesSpec((5.0, 1.0), lo=(2.0, 4.0))) == SeriesSpec((3.0, 3.0), lo=(2.0, 1.0))
    rows = (SeriesSpec((3.0, 1.0)), SeriesSpec((0.0, 0.05), lo=(-2.0, -4.0)), SeriesSpec((-2.0, -4.0), lo=(-3.0, -6.0)))
    assert [row.y for row in unstacked(rows, 0.1)] == [(3, 1), (-2, -4), (-1, -2)]
    centred = (SeriesSpec((1.0, -4.0), lo=(-2.0, -5.0)), SeriesSpec((4.0, -3.0), lo=(1.0, -4.0)))
    off_0 = (SeriesSpec((8.0, 6.0), lo=(5.0, 5.0)), SeriesSpec((5.0, 5.0), lo=(3.0, 1.0)))
    assert [row.y for row in unstacked(off_0, 0.1)] == [(3, 1), (-2, -4)]
    assert unstacked(centred, 0.1) == (SeriesSpec((3.0, 1.0), lo=(-2.0, -5.0)), SeriesSpec((3.0, 1.0)))


def test_parts_told_in_another_order_stand_on_each_other_again() -> None:
    first, second, third = (
        SeriesSpec((top,) * 2, lo=(low,) * 2) for low, top in ((-3.0, -1.0), (-1.0, 1.0), (1.0, 6.0))
    )
    right = unstacked((first, second, third), 0.1)
    assert [row.y for row in right] == [(2, 2), (2, 2), (5, 5)] and right[0].lo == (-3, -3)
    assert unstacked((third, first, second), 0.1) == right


def test_ticks_that_count_away_from_0_on_both_sides() -> None:
    points = [(0.9, 20.0), (0.8, 10.0), (0.7, 0.0), (0.6, 10.0), (0.5, 20.0)]
    assert [value for _, value in _signed(points, "y")] == [-20, -10, 0, 10, 20]
    assert [value for _, value in _signed([(0.1, 30.0), (0.2, 10.0), (0.3, 10.0), (0.4, 30.0)], "x")] == [
        30,
        10,
        10,
        30,
    ]
    twice = [(0.1, 30.0), (0.2, 20.0), (0.3, 10.0), (0.4, 10.0), (0.5, 20.0)]
    assert [value for _, value in _signed(twice, "x")] == [-30, -20, -10, 10, 20]
    assert _signed(points[:3], "y") == points[:3], "an axis turned upside down is none of those"


def test_boxes_share_their_names() -> None:
    assert beside((1.0, 2.0), 4) == pytest.approx((0.8, 1.2, 1.8, 2.2))
    assert beside((1.0, 2.0), 2) == (1, 2) and beside((1.0, 2.0), 3) == (1, 2), "three boxes do not share two names"


# ---- off a drawing ---------------------------------------------------------------------------------------------------


def _feet(drawn: Drawn, colour: str, at: Sequence[float], words: Sequence[str] = ()) -> tuple[float, ...]:
    along = AxisMap.through(drawn.y([0])[0], 0, drawn.y([1])[0], 1)
    if "horizontal" in words:
        along = AxisMap.through(drawn.x([0])[0], 0, drawn.x([1])[0], 1)
    assert along is not None
    return seen_feet(words, [colour], at, along, drawn.frame, drawn.sight, lowest=True)


@pytest.mark.parametrize("lying", [True, False])
def test_floating_bars_have_two_ends(lying: bool) -> None:
    low, length = np.array([2.0, 5, 4, -1]), np.array([3.0, 2, 4, 2.5])

    def draw(ax: plt.Axes) -> None:
        if lying:
            ax.barh(range(4), length, left=low, color=GREEN, edgecolor="black")
        else:
            ax.bar(range(4), length, bottom=low, color=GREEN, edgecolor="black")
        ax.grid(True)

    drawn, words = Drawn(draw), ["horizontal"] if lying else []
    at, side = (drawn.y(range(4)), drawn.x) if lying else (drawn.x(range(4)), drawn.y)
    assert drawn.off(drawn.seen("bar", [GREEN], at, words), side(low + length), "x" if lying else "y") < CLOSE
    assert drawn.off(_feet(drawn, GREEN, at, words), side(low), "x" if lying else "y") < CLOSE


def test_bars_on_0_or_cut_off_have_no_feet_and_those_on_another_line_do() -> None:
    def draw(ax: plt.Axes, base: float, low: float) -> None:
        ax.bar(range(4), [3, -2, 1, 2], bottom=base, color=BLUE)
        ax.set_ylim(low, 10)

    at = range(4)
    drawn = Drawn(lambda ax: draw(ax, 0, -5))
    assert _feet(drawn, BLUE, drawn.x(at)) == ()
    drawn = Drawn(lambda ax: draw(ax, 5, -5))
    assert drawn.off(_feet(drawn, BLUE, drawn.x(at)), drawn.y([5] * 4)) < CLOSE
    drawn = Drawn(lambda ax: (ax.bar(at, [6, 7, 8, 9], color=BLUE), ax.set_ylim(5, 10)))
    assert _feet(drawn, BLUE, drawn.x(at)) == ()


def _bodies(ax: plt.Axes, fives: list[list[int]]) -> list[Any]:
    return list(ax.violinplot(fives)["bodies"])  # type: ignore[call-overload]


def test_what_fills_boxes_and_violins_is_seen() -> None:
    fives = [[1, 3, 4, 6, 9], [2, 4, 6, 7, 8]]

    def boxes(ax: plt.Axes) -> None:
        for place, fill in ((1, BLUE), (2, "none")):
            one = ax.boxplot([fives[place - 1]], whis=(0, 100), positions=[place], patch_artist=True, widths=0.5)
            one["boxes"][0].set_facecolor(fill)

    drawn = Drawn(boxes)
    assert measure.box_colours(drawn.x([1, 2]), False, False, drawn.frame, drawn.sight) == (BLUE, "")
    drawn = Drawn(lambda ax: [body.set(facecolor=ORANGE, alpha=1) for body in _bodies(ax, fives)])
    assert measure.box_colours(drawn.x([1, 2]), True, False, drawn.frame, drawn.sight) == (ORANGE, ORANGE)
    assert measure.box_colours([0.5, float("nan")], False, False, drawn.frame, drawn.sight) == (None, None)


# ---- as a program ----------------------------------------------------------------------------------------------------


def _program(layer: LayerSpec) -> str:
    return write(FigureSpec((PanelSpec((layer,)),)))


def test_programs_say_where_bars_begin() -> None:
    names = ("a", "b")
    assert "bottom" not in _program(LayerSpec("bar", (UP, DOWN), names, words=STACKED))
    assert "bottom=[2, 5]" in _program(LayerSpec("bar", (SeriesSpec((3.0, 1.0), lo=(2.0, 5.0)),), names))
    lying = LayerSpec("bar", (SeriesSpec((3.0, -1.0), lo=(2.0, 2.0)),), names, words=("horizontal", "cells"))
    assert "left=2)" in _program(lying) and 'label_type="center"' in _program(lying)


def test_programs_draw_boxes_in_pairs_and_without_whiskers() -> None:
    bare = SeriesSpec((2.0, 2.0, 3.0, 5.0, 5.0), colours=(BLUE,))
    program = _program(LayerSpec("box", (bare,) * 4, ("a", "b"), words=("filled",)))
    assert "showcaps=False" in program and "positions=[0.8, 1.2, 1.8, 2.2]" in program and "set_linewidth(0)" in program
    assert 'ax.set_xticks(range(1, 3), ["a", "b"])' in program
    whiskers = SeriesSpec((1.0, 2.0, 3.0, 5.0, 6.0))
    assert "showcaps" not in _program(LayerSpec("box", (bare, whiskers)))


@pytest.mark.parametrize(
    "words", [("points",), ("filled", "narrow"), ("stem", "edge", "faint"), ("stem", "horizontal")]
)
def test_violins_of_all_sorts_run(words: tuple[str, ...]) -> None:
    five = SeriesSpec((1.0, 2.0, 3.0, 5.0, 6.0), colours=(BLUE,))
    scope: dict[str, object] = {}
    exec(_program(LayerSpec("violin", (five,) * 4, ("a", "b"), words=words)), scope)
    figure = scope["fig"]
    assert isinstance(figure, plt.Figure) and len(figure.axes[0].collections) >= 4
    plt.close(figure)
