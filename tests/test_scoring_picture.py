"""What can be judged from pictures alone, on pictures that matplotlib really drew, and the differences in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from skimage.metrics import structural_similarity

from model.records import Chart, Execution, Hints, Outcome, Pixels, TextBox
from model.sandbox import facts
from model.sandbox.wire import facts_from_json
from model.scoring import differences, score_against, score_picture
from model.scoring.panels import panel_similarity, rendered_panels, visible_panels
from model.scoring.visual import _small, _ssim, visual_similarity


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    plt.close("all")
    matplotlib.rcdefaults()
    yield
    plt.close("all")


def rendering(draw: Callable[[], object]) -> Execution:
    """Run a drawing function in this process and read its figure as the sandbox would."""
    plt.close("all")
    trace = facts.install()
    draw()
    trace.final = plt.gcf()
    canvas = trace.final.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].copy()
    document = json.loads(json.dumps(facts.collect(trace)))
    return Execution(Outcome.OK, pixels=pixels, facts=facts_from_json(document))


def as_chart(execution: Execution) -> Chart:
    """A chart whose OCR is perfect: its hints are the texts that were drawn."""
    assert execution.facts is not None and execution.pixels is not None
    texts = (*execution.facts.texts, *execution.facts.tick_texts)
    return Chart("0" * 64, "chart", execution.pixels, Hints(texts))


def bars() -> None:
    _, ax = plt.subplots()
    ax.bar(["a", "b", "c"], [3, 5, 2], color="tab:orange")
    ax.set_title("Sales by region")


def lines() -> None:
    _, ax = plt.subplots(figsize=(8, 3))
    ax.plot([0, 1, 2], [5, 3, 9], color="tab:green", label="profit")
    ax.legend()


def two_panels() -> None:
    _, (left, right) = plt.subplots(1, 2)
    left.plot([1, 2])
    right.plot([2, 1])


def plain(colour: int) -> Pixels:
    return np.full((90, 120, 3), colour, np.uint8)


def test_a_rendering_of_itself_is_right_in_everything_that_can_be_judged() -> None:
    for draw in (bars, lines, two_panels):
        execution = rendering(draw)
        score = score_picture(as_chart(execution), execution)
        assert score.judged().keys() >= {"text", "layout", "colour", "visual"}
        assert min(score.judged().values()) == pytest.approx(1, abs=0.01), draw


def test_against_its_own_facts_too() -> None:
    execution = rendering(bars)
    assert execution.facts is not None
    score = score_against(execution.facts, execution, execution.pixels)
    assert score.judged() == pytest.approx(dict.fromkeys(("text", "layout", "kind", "colour", "data", "visual"), 1.0))


def test_another_chart_scores_far_lower() -> None:
    chart = as_chart(rendering(bars))
    score = score_picture(chart, rendering(lines))
    assert score.overall < 0.6 and score.text is not None and score.text < 0.5


def test_blank_is_not_like_a_chart() -> None:
    picture = rendering(bars).pixels
    assert picture is not None
    assert visual_similarity(picture, np.full_like(picture, 255)) < 0.2
    assert visual_similarity(plain(255), plain(255)) == pytest.approx(1)


def test_visual_similarity_forgives_small_shifts_and_other_sizes() -> None:
    picture = rendering(bars).pixels
    assert picture is not None
    shifted = np.roll(picture, 2, axis=1)
    smaller = picture[::2, ::2]
    elsewhere = rendering(lines).pixels
    assert elsewhere is not None
    assert visual_similarity(picture, shifted) > 0.7
    assert visual_similarity(picture, smaller) > 0.7
    assert visual_similarity(picture, elsewhere) < 0.5


def test_the_map_of_similarity_is_scikit_images() -> None:
    """To 1e-9 in every pixel and channel, on two charts and on noise."""
    noise = np.random.default_rng(0).integers(0, 256, (90, 70, 3), dtype=np.uint8)
    drawn = [pixels for draw in (bars, lines) if (pixels := rendering(draw).pixels) is not None]
    for picture in (drawn[1], noise):
        one, other = _small(drawn[0], (128, 96)), _small(picture, (128, 96))
        _, expected = structural_similarity(
            one.pixels, other.pixels, channel_axis=2, data_range=255, win_size=7, full=True
        )
        np.testing.assert_allclose(_ssim(one, other), expected, atol=1e-9, rtol=0)


def test_panels_are_seen_where_the_axes_are() -> None:
    execution = rendering(two_panels)
    assert execution.pixels is not None and execution.facts is not None
    seen = visible_panels(execution.pixels)
    assert seen is not None and len(seen) == 2
    for box, axes in zip(sorted(seen), sorted(rendered_panels(execution.facts)), strict=True):
        assert box == pytest.approx(axes, abs=0.01)
    assert panel_similarity(execution.pixels, execution.facts, execution.pixels) == pytest.approx(1, abs=0.02)


def test_open_axes_are_seen_and_frameless_ones_are_not_guessed() -> None:
    def half_open() -> None:
        bars()
        plt.gca().spines[["top", "right"]].set_visible(False)

    def pie() -> None:
        plt.pie([1, 2])

    half, round_ = rendering(half_open).pixels, rendering(pie).pixels
    assert half is not None and round_ is not None
    assert len(visible_panels(half) or ()) == 1
    assert visible_panels(round_) is None


def test_differences_name_texts_panels_colours_and_shape() -> None:
    chart = as_chart(rendering(two_panels))
    chart = replace(chart, hints=Hints((*chart.hints.texts, TextBox("Growth of revenue", 0, 0, 9, 9))))
    execution = rendering(lines)
    found = differences(chart, execution, score_picture(chart, execution))
    by_part = {difference.part: difference.detail for difference in reversed(found)}
    assert by_part["layout"] == "the chart has 2 panels, the rendering 1"
    assert by_part["text"].startswith('missing: "Growth of revenue"')
    assert any(difference.detail == 'not in the chart: "profit"' for difference in found)
    assert any(difference.detail.startswith("missing: #1f77b4") for difference in found)
    assert any(difference.detail == "the chart is 640 x 480 pixels, the rendering 800 x 300" for difference in found)
    assert found[-1].part == "visual" and found[-1].detail.startswith("similarity 0.")
    assert len(found) <= 8


def test_a_misread_text_is_told_as_a_pair() -> None:
    execution = rendering(bars)
    chart = as_chart(execution)
    wrong = tuple(replace(box, text=box.text.replace("Sales by", "Sale of")) for box in chart.hints.texts)
    chart = replace(chart, hints=Hints(wrong))
    found = differences(chart, execution, score_picture(chart, execution))
    assert found[0].detail == 'different: "Sales by region" should read "Sale of region"'


def test_with_reference_facts_kinds_and_data_are_named() -> None:
    wanted, execution = rendering(bars), rendering(lines)
    assert wanted.facts is not None
    score = score_against(wanted.facts, execution, wanted.pixels)
    found = differences(as_chart(wanted), execution, score, wanted.facts)
    details = {(difference.part, difference.detail) for difference in found}
    assert ("kind", "missing: bar (1 call)") in details and ("kind", "not in the chart: plot") in details
    assert ("data", "0% of the drawn values agree") in details


def test_no_difference_between_a_chart_and_itself() -> None:
    execution = rendering(bars)
    chart = as_chart(execution)
    assert differences(chart, execution, score_picture(chart, execution)) == ()
    assert differences(chart, Execution(Outcome.ERROR, "x"), score_picture(chart, execution)) == ()


def pie() -> None:
    _, ax = plt.subplots()
    ax.pie([3, 5, 2], labels=["a", "b", "c"])
    ax.set_title("Sales by region")


def test_the_kind_is_judged_by_what_a_panel_looks_like() -> None:
    drawn = {draw: rendering(draw) for draw in (bars, lines, pie)}
    for wish, wanted in drawn.items():
        found = {made: score_picture(as_chart(wanted), made_of).kind or 0.0 for made, made_of in drawn.items()}
        assert found[wish] == pytest.approx(1) and all(other < 0.3 for made, other in found.items() if made is not wish)


def test_a_kind_taken_for_another_is_named() -> None:
    chart, drawn = as_chart(rendering(pie)), rendering(bars)
    told = [one.detail for one in differences(chart, drawn, score_picture(chart, drawn)) if one.part == "kind"]
    assert told == ["what the rendering draws as bar looks like pie in the chart"]


def test_a_reference_without_kinds_says_nothing_of_them() -> None:
    drawn = rendering(bars)
    assert drawn.facts is not None
    reference = replace(drawn.facts, types={})
    told = differences(as_chart(drawn), drawn, score_against(reference, drawn), reference)
    assert not [one for one in told if one.part == "kind"]
