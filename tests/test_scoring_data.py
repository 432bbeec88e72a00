"""Data accuracy by hand-worked numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from model.records import AxesFacts, FigureFacts, Series
from model.scoring.data import data_accuracy


def series(kind: str, **values: list[float]) -> Series:
    return Series(kind, {role: tuple(map(float, numbers)) for role, numbers in values.items()})


def bars(*heights: float) -> Series:
    count = len(heights)
    return series("bar", x=[*range(count)], height=[*heights], bottom=[0.0] * count)


def axes(*drawn: Series, y: tuple[float, float] = (0, 10), x: tuple[float, float] = (0, 10)) -> AxesFacts:
    return AxesFacts((1, 1, 0, 0, 0, 0), (0, 0, 1, 1), "rectilinear", "linear", "linear", x, y, series=drawn)


def figure(*panels: AxesFacts) -> FigureFacts:
    return FigureFacts(100, 100, (), (), (), {}, {}, panels)


def accuracy(reference: AxesFacts, candidate: AxesFacts) -> float | None:
    return data_accuracy(figure(reference), figure(candidate))


def test_equal_data_is_right() -> None:
    assert accuracy(axes(bars(1, 2, 3)), axes(bars(1, 2, 3))) == 1


def test_relative_error_with_a_floor_of_a_tenth_of_the_axis() -> None:
    # height 4 for 5: error 1/5; bottoms agree: mean (0.8 + 1) / 2
    assert accuracy(axes(bars(5)), axes(bars(4))) == pytest.approx(0.9)
    # height 0.2 for 0.1: floor 1, error 0.1, not 1
    assert accuracy(axes(bars(0.1)), axes(bars(0.2))) == pytest.approx(0.95)


def test_a_far_origin_makes_no_value_right() -> None:
    line = axes(series("plot", x=[0, 10], y=[2000, 2010]), y=(2000, 2010))
    flat = axes(series("plot", x=[0, 10], y=[2000, 2000]), y=(2000, 2010))
    # scale is the axis range, 10: the ends agree 1 and 0 both ways
    assert accuracy(line, flat) == pytest.approx(0.5)


def test_missing_and_additional_marks_count() -> None:
    assert accuracy(axes(bars(1, 2, 3, 4)), axes(bars(1, 2))) == pytest.approx(2 * 2 / 6)
    assert accuracy(axes(bars(1, 2)), axes(bars(1, 2, 3, 4))) == pytest.approx(2 * 2 / 6)


def test_one_call_with_three_bars_equals_three_calls() -> None:
    separate = [series("bar", x=[i], height=[i + 1], bottom=[0]) for i in range(3)]
    assert accuracy(axes(bars(1, 2, 3)), axes(*separate)) == 1


def test_a_mark_elsewhere_is_another_mark() -> None:
    one = axes(series("scatter", x=[2], y=[5]))
    assert accuracy(one, axes(series("scatter", x=[2.5], y=[5]))) == pytest.approx(0.5)  # 5 % of the axis off
    assert accuracy(one, axes(series("scatter", x=[4], y=[5]))) == 0


def test_positions_are_those_that_one_sees() -> None:
    years = axes(series("bar", x=[2001, 2002], height=[1, 2], bottom=[0, 0]), x=(2000.5, 2002.5))
    names = axes(series("bar", x=[0, 1], height=[1, 2], bottom=[0, 0]), x=(-0.5, 1.5))
    assert accuracy(years, names) == pytest.approx(1)


def test_curves_are_compared_at_each_others_positions() -> None:
    fine = series("plot", x=[*np.linspace(0, 10, 101)], y=[*np.linspace(1, 9, 101)])
    coarse = series("plot", x=[0, 10], y=[1, 9])
    assert accuracy(axes(fine), axes(coarse)) == pytest.approx(1)
    half = series("plot", x=[0, 5], y=[1, 5])
    # from the whole to the half: points up to 5.1 exist (51 of 101 + 1 within the slack); back: all
    assert accuracy(axes(fine), axes(half)) == pytest.approx((52 / 101 + 1) / 2, abs=0.01)


def test_curves_match_one_to_one() -> None:
    low, high = series("plot", x=[0, 10], y=[2, 2]), series("plot", x=[0, 10], y=[8, 8])
    assert accuracy(axes(low, high), axes(high, low)) == 1
    assert accuracy(axes(low, high), axes(low, low)) == pytest.approx((1 + 0.25) / 2)  # 2 for 8: error 6/8


def test_logarithmic_axes_compare_exponents() -> None:
    reference = replace(axes(series("plot", x=[0, 10], y=[10, 1000]), y=(1, 10000)), y_scale="log")
    candidate = replace(axes(series("plot", x=[0, 10], y=[100, 1000]), y=(1, 10000)), y_scale="log")
    # exponents 1 and 2: error 1 of at least 0.4 and at most 4, so all; 3 and 3 agree
    assert accuracy(reference, candidate) == pytest.approx(0.5)


def test_pies_and_boxes_count_in_order() -> None:
    assert accuracy(axes(series("pie", fraction=[0.5, 0.5])), axes(series("pie", fraction=[0.5, 0.5]))) == 1
    one = axes(series("boxplot", low=[0], q1=[1], median=[2], q3=[3], high=[4]))
    assert accuracy(one, one) == 1


def test_another_kind_of_data_is_wrong_and_decoration_does_not_count() -> None:
    assert accuracy(axes(bars(1, 2)), axes(series("plot", x=[0, 1], y=[1, 2]))) == 0
    assert accuracy(axes(bars(1)), axes(bars(1), series("axhline", y=[3]))) == 1
    assert accuracy(axes(series("axhline", y=[3])), axes(bars(1))) is None


def test_panels_are_matched_one_to_one() -> None:
    one, two = axes(bars(1, 2)), axes(bars(7, 8))
    assert data_accuracy(figure(one, two), figure(two, one)) == 1
    assert data_accuracy(figure(one, two), figure(one)) == pytest.approx(2 / 3)
    assert data_accuracy(figure(one), figure()) == 0
