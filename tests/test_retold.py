"""People's programs told again: specs worked out by hand, answers that are read and run again, and honest refusals."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from model.nano.codec import SlotCodec
from model.nano.slots import Slots
from model.nano.spec import PanelSpec
from model.paint import paints
from model.prompt import PlainCodec
from model.records import Chart, Hints, TextBox
from model.sandbox import Sandbox
from model.scoring import score_against
from training.retold import Untold, answer_of, right_answer, sight_of
from training.retold_panels import told
from training.retold_parts import parts, seen_frames
from training.retold_pointer import AlikePointer
from training.retold_said import said
from training.synthesis.draw import draw
from training.synthesis.ocrlike import true_texts

PLT = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(figsize=(6, 4))\n"
NAMES = '["north", "south", "west"]'
GROUPED = PLT + (
    "import numpy as np\nx = np.arange(3)\n"
    'ax.bar(x - 0.2, [3, 5, 4], width=0.4, label="before", color="#1f77b4")\n'
    'ax.bar(x + 0.2, [4, 2, 6], width=0.4, label="after", color="#ff7f0e")\n'
    f'ax.set_xticks(x, {NAMES})\nax.set_title("Sales by region")\nax.set_ylabel("units")\nax.legend()\n'
)


def chart_of(program: str) -> Chart:
    """The chart that a program draws, with all that is written in it."""
    drawing = draw(program)
    texts = true_texts(drawing.facts)
    return Chart(f"{hash(program)}", "drawn", drawing.pixels, Hints(texts, paints(drawing.pixels, texts)))


def panels_of(program: str, chart: Chart | None = None) -> list[PanelSpec]:
    facts, sight = draw(program).facts, sight_of(chart or chart_of(program))
    rows, cols, found = parts(facts)
    frames = seen_frames(found, rows, cols, facts, sight)
    words = said(program, facts)
    return [told(part, frame, facts, sight, words)[0] for part, frame in zip(found, frames, strict=True)]


def panel_of(program: str) -> PanelSpec:
    (panel,) = panels_of(program)
    return panel


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1) as sandbox:
        yield sandbox


def test_bars_side_by_side_stand_at_names() -> None:
    panel = panel_of(GROUPED)
    (layer,) = panel.layers
    assert (layer.kind, layer.categories, layer.x, layer.words) == ("bar", ("north", "south", "west"), (), ())
    assert [(one.label, one.y) for one in layer.series] == [("before", (3, 5, 4)), ("after", (4, 2, 6))]
    assert (panel.title, panel.y.label, bool(panel.legend)) == ("Sales by region", "units", True)


def test_bars_on_each_other_are_stacked_and_bars_on_the_same_ground_cannot_be_said() -> None:
    below = PLT + f"ax.bar({NAMES}, [3, 5, 4])\n"
    (layer,) = panel_of(below + f"ax.bar({NAMES}, [1, 2, 3], bottom=[3, 5, 4])\n").layers
    assert (layer.words, [one.y for one in layer.series]) == (("stacked",), [(3, 5, 4), (1, 2, 3)])
    with pytest.raises(Untold, match="over each other"):
        panel_of(below + f"ax.bar({NAMES}, [1, 2, 3])\n")


def test_lying_bars_from_below_whichever_way_their_axis_runs() -> None:
    program = PLT + f"ax.barh({NAMES}, [3, 5, 4], height=0.5)\n"
    assert panel_of(program).layers[0].words == ("horizontal", "narrow")
    (layer,) = panel_of(program + "ax.invert_yaxis()\n").layers
    assert (layer.categories, layer.series[0].y) == (("west", "south", "north"), (4, 5, 3))


def test_bars_drawn_one_by_one_are_one_row() -> None:
    program = PLT + f"for i, v in enumerate([3, 5, 4]):\n    ax.bar(i, v)\nax.set_xticks(range(3), {NAMES})\n"
    (layer,) = panel_of(program).layers
    assert [one.y for one in layer.series] == [(3, 5, 4)]
    assert layer.series[0].colours == ("#1f77b4", "#ff7f0e", "#2ca02c")


def test_values_written_at_bars_are_labels_and_no_notes() -> None:
    panel = panel_of(PLT + f"ax.bar_label(ax.bar({NAMES}, [3, 5, 4]))\n")
    assert (panel.layers[0].words, panel.notes) == (("labels",), ())


def test_a_line_with_its_band_and_a_rule() -> None:
    panel = panel_of(
        PLT + 'ax.plot([1, 2, 3], [2, 4, 3], color="#d62728")\n'
        'ax.fill_between([1, 2, 3], [1, 3, 2], [3, 5, 4], color="#d62728", alpha=0.2)\n'
        'ax.axhline(2.5, color="#000000", linestyle="--")\n'
    )
    (layer,) = panel.layers
    series = layer.series[0]
    assert (layer.kind, layer.words, layer.x) == ("line", ("band",), (1, 2, 3))
    assert (series.y, series.lo, series.hi) == ((2, 4, 3), (1, 3, 2), (3, 5, 4))
    (rule,) = panel.rules
    assert (rule.axis, rule.value, rule.colour, rule.style) == ("y", 2.5, "#000000", "dashed")


def test_styles_markers_and_edges_are_those_that_the_program_says() -> None:
    lines = panel_of(
        PLT + 'ax.plot([1, 2, 3], [2, 4, 3], linestyle="--", marker="D")\nax.plot([1, 2, 3], [1, 2, 2])\n'
        'ax.step([1, 2, 3], [3, 1, 2], where="mid", ls=":")\n'
    )
    assert [(layer.words, [one.words for one in layer.series]) for layer in lines.layers] == [
        ((), [("line:dashed", "marker:D"), ("line:solid",)]),
        (("step",), [("line:dotted",)]),
    ]
    bars = f'ax.bar({NAMES}, [3, 5, 4], edgecolor="black", hatch="//")\n'
    assert panel_of(PLT + bars).layers[0].words == ("edge", "hatch")
    assert panel_of(PLT + f"for _ in range(1):\n    {bars}").layers[0].words == ()  # of a loop nobody knows


def test_stacked_areas_are_their_heights() -> None:
    (layer,) = panel_of(PLT + 'ax.stackplot([1, 2, 3], [1, 2, 1], [2, 2, 3], labels=["a", "b"])\nax.legend()\n').layers
    assert (layer.kind, layer.words) == ("area", ("stacked",))
    assert [(one.label, one.y, one.lo) for one in layer.series] == [("a", (1, 2, 1), ()), ("b", (2, 2, 3), ())]


def test_a_second_axis_and_a_pie_that_begins_at_the_top() -> None:
    twin = panel_of(PLT + "ax.bar([1, 2, 3], [4, 5, 6])\nax.twinx().plot([1, 2, 3], [0.1, 0.3, 0.2])\n")
    assert [(layer.kind, "twin" in layer.words) for layer in twin.layers] == [("bar", False), ("line", True)]
    pie = f'ax.pie([50, 30, 20], labels={NAMES}, autopct="%.1f%%", startangle={{}})\n'
    (layer,) = panel_of(PLT + pie.format(90)).layers
    assert (layer.categories, layer.words) == (("north", "south", "west"), ("percent1", "startangle90"))
    assert layer.series[0].y == pytest.approx((0.5, 0.3, 0.2), abs=1e-6)
    with pytest.raises(Untold, match="begins neither"):
        panel_of(PLT + pie.format(45))


def test_boxes_cells_and_several_panels() -> None:
    program = (
        "import matplotlib.pyplot as plt\nfig, (a, b) = plt.subplots(1, 2, figsize=(8, 4))\n"
        'a.boxplot([[1, 2, 3, 4, 5], [2, 4, 6, 8, 10]], tick_labels=["p", "q"])\na.set_title("Boxes")\n'
        'image = b.imshow([[1, 2], [3, 4], [5, 6]], cmap="plasma", aspect="auto")\nfig.colorbar(image, ax=b)\n'
    )
    boxes, cells = panels_of(program)
    assert [panel.cell for panel in (boxes, cells)] == [(0, 0, 0, 0), (0, 0, 1, 1)]
    assert (boxes.layers[0].categories, boxes.layers[0].series[1].y) == (("p", "q"), (2, 4, 6, 8, 10))
    heat = cells.layers[0]
    assert (heat.kind, len(heat.series), len(heat.series[0].y)) == ("heat", 3, 2)
    assert heat.words == ("colorbar", "cmap:plasma")


def test_a_pointer_finds_what_ocr_made_of_a_text_and_of_equals_the_nearest() -> None:
    texts = (
        TextBox("Revenue(k$)", 0, 0, 10, 10),
        TextBox("Year", 0, 90, 10, 100),
        TextBox("Year", 90, 90, 100, 100),
        TextBox("20", 50, 50, 60, 60),
    )
    pointer = AlikePointer(Slots(texts, (), 100, 100))
    assert pointer.slots("Revenue (k$)", (0.0, 0.0)) == (0,)
    assert pointer.slots("Year", (0.9, 0.9)) == (2,)
    assert pointer.slots("Revenue (k$)\nYear", (0.0, 1.0)) == (0, 1)
    assert pointer.slots("20.0", (0.5, 0.5)) == (3,)
    assert pointer.slots("200", (0.5, 0.5)) == () == pointer.slots("Turnover", (0.0, 0.0))


def test_an_answer_draws_what_the_person_drew_though_in_another_size(sandbox: Sandbox) -> None:
    chart = chart_of(GROUPED)
    program = GROUPED.replace("(6, 4)", "(9, 7)")
    answer, drawn = right_answer(chart, program, "", SlotCodec(), sandbox)
    assert answer.raw == answer_of(chart, GROUPED, draw(GROUPED).facts)
    assert score_against(draw(program).facts, drawn).of_facts > 0.97


def test_models_that_write_python_should_have_written_the_program(sandbox: Sandbox) -> None:
    answer, _ = right_answer(chart_of(GROUPED), GROUPED, "", PlainCodec(), sandbox)
    assert answer.code == GROUPED and GROUPED.strip() in answer.raw


def test_what_cannot_be_told_says_why(sandbox: Sandbox) -> None:
    chart = chart_of(GROUPED)
    for program, reason in (
        ("nonsense(", "does not run"),
        (PLT + "ax.contour([[1, 2], [3, 4]])", "contours"),
        (PLT + "ax.plot([1, 2, 1], [1, 2, 3])", "turns back"),
        (PLT + 'ax.pie([1, 2], labels=["a", "b"])', "draws only"),  # another chart
    ):
        with pytest.raises(Untold, match=reason):
            right_answer(chart, program, "", SlotCodec(), sandbox)
    with pytest.raises(Untold, match="no better"):
        right_answer(chart, GROUPED, GROUPED, SlotCodec(), sandbox)
