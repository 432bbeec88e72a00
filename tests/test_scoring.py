"""Every published metric by hand-worked numbers, and the scores that are made of them."""

from __future__ import annotations

import numpy as np
import pytest

from model.records import Chart, Execution, FigureFacts, Outcome, Score, TextBox
from model.scoring import low_level, score_against, score_picture
from model.scoring.colour import colour_f1, merged, palette_similarity, similarities
from model.scoring.kind import UNPUBLISHED, kind_f1, main_kind
from model.scoring.layout import layout_f1
from model.scoring.match import assigned_total, f1, multiset_f1
from model.scoring.text import compare_with_picture, folded, similarity, text_f1

Cell = tuple[int, int, int, int, int, int]


def facts(
    texts: tuple[str, ...] = (),
    ticks: tuple[str, ...] = (),
    layout: tuple[Cell, ...] = (),
    types: dict[str, int] | None = None,
    colours: dict[str, tuple[str, ...]] | None = None,
) -> FigureFacts:
    boxes = tuple(TextBox(text, 0, 0, 1, 1) for text in texts)
    tick_boxes = tuple(TextBox(text, 0, 0, 1, 1) for text in ticks)
    return FigureFacts(100, 80, boxes, tick_boxes, layout, types or {}, colours or {})


def ran(found: FigureFacts) -> Execution:
    return Execution(Outcome.OK, pixels=np.full((80, 100, 3), 255, np.uint8), facts=found)


def test_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    precision, recall = 3 / 4, 3 / 6
    assert f1(3, 4, 6) == pytest.approx(2 * precision * recall / (precision + recall))
    assert f1(0, 0, 3) == 0 == f1(0, 3, 0)


def test_equal_items_count_as_often_as_they_occur() -> None:
    # 2 of 3 candidates are right, 2 of 4 references are found: P 2/3, R 1/2, F1 4/7
    assert multiset_f1(["a", "a", "b", "c"], ["a", "a", "a"]) == pytest.approx(4 / 7)
    assert multiset_f1([], []) is None


def test_text_is_exact() -> None:
    assert text_f1(["Sales", "2020"], ["sales", "2020"]) == pytest.approx(1 / 2)
    assert text_f1(["Sales"], []) == 0 == text_f1([], ["Sales"])
    assert text_f1([], []) is None


def test_layout_counts_equal_cells() -> None:
    two = ((1, 2, 0, 0, 0, 0), (1, 2, 0, 0, 1, 1))
    assert layout_f1(facts(layout=two), facts(layout=two)) == 1
    # one of two references found, one of one candidates right: P 1, R 1/2, F1 2/3
    assert layout_f1(facts(layout=two), facts(layout=two[:1])) == pytest.approx(2 / 3)
    assert layout_f1(facts(layout=two), facts(layout=((2, 1, 0, 0, 0, 0),))) == 0
    assert layout_f1(facts(), facts()) is None


def test_kind_takes_the_smaller_count_of_each_function() -> None:
    # shared: min(2, 1) bar + min(1, 1) plot = 2; 4 candidates, 3 references: F1 = 4 / 7
    assert kind_f1({"bar": 2, "plot": 1}, {"bar": 1, "plot": 1, "axhline": 2}) == pytest.approx(4 / 7)
    assert kind_f1({"bar": 1}, {}) == 0
    assert kind_f1({}, {}) is None


def test_functions_that_the_published_evaluator_does_not_know_count_only_if_the_reference_uses_one() -> None:
    assert kind_f1({"bar": 1}, {"bar": 1, "pcolormesh": 3}) == 1
    assert kind_f1({"pcolormesh": 1}, {"pcolormesh": 1}) == 1
    assert kind_f1({"imshow": 1}, {"pcolormesh": 1}) == 0
    assert colour_f1({"bar": ["#ff0000"]}, {"bar": ["#ff0000"], "hexbin": ["hot"]}) == 1


def test_unpublished_functions_are_those_that_the_trace_marks_so() -> None:
    from model.sandbox.trace import _functions

    assert {function.name for function in _functions() if not function.published and function.counts} == UNPUBLISHED


def test_colour_similarity_is_ciede2000() -> None:
    # black and white are 100 apart by definition; Sharma, Wu and Dalal (2005) give red - green as 86.6 (sRGB, D65)
    table = similarities(["#000000", "#ff0000", "hot"], ["#ffffff", "#00ff00", "hot"])
    assert table[0, 0] == pytest.approx(0.0, abs=1e-4)
    assert table[1, 1] == pytest.approx(1 - 0.8661, abs=1e-3)
    assert table[2, 2] == 1 and table[2, 0] == 0 and table[0, 2] == 0


def test_colours_match_within_their_group_by_the_best_assignment() -> None:
    wanted = {"bar": ["#ff0000", "#0000ff"], "pie": ["#000000"]}
    # both bars are found whatever their order; a pie's black is no line's black: P 2/3, R 2/3
    assert colour_f1(wanted, {"bar": ["#0000ff", "#ff0000"], "_makeline": ["#000000"]}) == pytest.approx(2 / 3)
    assert colour_f1(wanted, {}) == 0
    assert colour_f1({}, {}) is None


def test_a_near_colour_counts_in_part() -> None:
    near = float(similarities(["#ff0000"], ["#f00000"])[0, 0])
    assert 0.9 < near < 1
    assert colour_f1({"bar": ["#ff0000", "#00ff00"]}, {"bar": ["#f00000"]}) == pytest.approx(2 * near / 3)


def test_more_than_ten_colours_are_merged() -> None:
    greys = [f"#{level:02x}{level:02x}{level:02x}" for level in range(0, 220, 20)]
    assert len(greys) == 11
    kept = merged({"bar": greys})["bar"]
    table = similarities(kept, kept)
    assert kept[0] == "#000000" and 1 < len(kept) < 5
    assert table[np.triu_indices(len(kept), 1)].max() <= 0.7
    assert (similarities(greys, kept).max(axis=1) > 0.7).all()
    assert merged({"bar": greys[:10]}) == {"bar": greys[:10]}
    assert merged({"bar": ["#000000"] * 12}) == {"bar": ["#000000"]}


def test_assignment_beats_greed() -> None:
    assert assigned_total(np.array([[0.9, 0.8], [0.8, 0.0]])) == pytest.approx(1.6)


def test_low_level_is_the_mean_of_four_and_counts_the_unjudged_as_zero() -> None:
    assert low_level(Score(1, text=0.5, layout=1.0, kind=0.25, colour=0.25, data=0.9)) == pytest.approx(0.5)
    assert low_level(Score(1, text=None, layout=1.0, kind=1.0, colour=1.0)) == pytest.approx(0.75)


def test_a_program_against_its_own_facts_is_right_in_everything_that_is_judged() -> None:
    own = facts(("T",), ("1",), ((1, 1, 0, 0, 0, 0),), {"bar": 1}, {"bar": ("#123456",)})
    execution = ran(own)
    score = score_against(own, execution, execution.pixels)
    assert score.judged() == {"text": 1, "layout": 1, "kind": 1, "colour": 1, "visual": 1}
    assert score.overall == 1 and low_level(score) == 1


def test_a_program_that_fails_scores_zero() -> None:
    failed = Execution(Outcome.ERROR, "NameError: x")
    score = score_against(facts(("T",)), failed)
    assert score.overall == 0 and low_level(score) == 0 and score.text == 0
    chart = Chart("0" * 64, "c", np.zeros((10, 10, 3), np.uint8))
    assert score_picture(chart, failed).overall == 0


def test_folding_makes_strings_that_look_alike_equal() -> None:
    assert folded("$\\mathdefault{10^{2}}$") == folded("10 2")
    assert folded("−5") == folded("-5") and folded("Sales  (k$)") == folded("sales (k$)")


def test_similarity_of_strings() -> None:
    assert similarity("10", "10.0") == 1 and similarity("10", "100") == 0
    # 4 of 5 letters in common in both: 2 * 4 / 10
    assert similarity("Sales", "Saies") == pytest.approx(0.8)
    assert similarity("Sales", "Profit") == 0


def test_reading_against_a_rendering() -> None:
    hints = (TextBox("Sales", 0, 0, 1, 1), TextBox("10", 0, 0, 1, 1), TextBox("noise", 0, 0, 1, 1, False, 0.2))
    reading = compare_with_picture(hints, facts(("sales", "Extra"), ("10",)))
    assert [(one.text, other.text) for one, other, _ in reading.pairs] == [("Sales", "sales"), ("10", "10")]
    assert reading.missing == () and [box.text for box in reading.extra] == ["Extra"]
    # words weigh 1, numbers 1/3: shared 2 + 2/3 of 3 + 2/3
    assert reading.score == pytest.approx((2 + 2 / 3) / (3 + 2 / 3))


def test_palettes_of_pictures() -> None:
    one, other = (np.full((60, 60, 3), 255, np.uint8) for _ in range(2))
    one[10:50, 10:30], other[10:50, 10:30] = (255, 0, 0), (0, 0, 255)
    assert palette_similarity(one, one) == pytest.approx(1)
    assert palette_similarity(one, other) < 0.2
    plain = np.full((60, 60, 3), 255, np.uint8)
    assert palette_similarity(plain, plain) == 1 and palette_similarity(one, plain) == 0


def test_a_picture_without_panels_judges_neither_kind_nor_data() -> None:
    chart = Chart("0" * 64, "c", np.full((80, 100, 3), 255, np.uint8))
    score = score_picture(chart, ran(facts(("T",))))
    assert score.kind is None and score.data is None and score.text is None and score.layout is None
    assert score.visual == pytest.approx(1)


@pytest.mark.parametrize(
    ("calls", "kind"),
    [({"plot": 3, "bar": 1}, "plot"), ({"plot": 2, "bar": 2, "pie": 1}, "bar"), ({}, "none")],
)
def test_the_main_kind_is_the_most_frequent_call(calls: dict[str, int], kind: str) -> None:
    assert main_kind(calls) == kind
