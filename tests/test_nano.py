"""The built-in model's language: what is encoded decodes to the same chart, and anything decodes to what runs."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from model.layout import Frame, Layout
from model.nano import asking, grammar
from model.nano.axismap import AxisMap, round_to
from model.nano.codec import SlotCodec, reading
from model.nano.decode import decode, read
from model.nano.layers import shared
from model.nano.sight import Sight
from model.nano.slots import Slots, parse_number, text_type
from model.nano.spec import AxisSpec, FigureSpec, LayerSpec, PanelSpec, SeriesSpec
from model.nano.writer import write
from model.records import Answer, Chart, Conversation, Difference, Feedback, Hints, Paint, Region, TextBox
from training.synthesis.charts import ChartSampler
from training.synthesis.draw import Undrawable, draw
from training.synthesis.faults import corrected
from training.synthesis.pairs import Pair, make
from training.synthesis.tables import Tables


def _box(text: str, x: float, y: float, vertical: bool = False) -> TextBox:
    """A text centred at (x, y) of a 1000 x 500 picture."""
    return TextBox(text, x - 20, y - 8, x + 20, y + 8, vertical)


def _bars() -> np.ndarray:
    """Red bars at x = 300 and 700 that reach from y = 400 up to 250 and 150, on white."""
    pixels = np.full((500, 1000, 3), 255, np.uint8)
    pixels[250:400, 250:350] = pixels[150:400, 650:750] = (255, 0, 0)
    return pixels


SLOTS = Slots.of(
    Hints(
        (
            _box("Sales", 500, 20),  # s0
            _box("20", 80, 100),  # s1
            _box("0", 80, 400),  # s2
            _box("tea", 300, 430),  # s3
            _box("milk", 700, 430),  # s4
        ),
        (Paint("#ff0000", 40000, (Region(650, 150, 750, 400, 25000), Region(250, 250, 350, 400, 15000))),),
    ),
    1000,
    500,
)
FRAME = Frame(100, 80, 900, 400, x_ticks=(3, 4), y_ticks=(2, 1), title=(0,))
SIGHT = Sight(SLOTS, Layout((FRAME,)), _bars())
PREFIX = "<think><n1><n1><panel><kind:bar><n1><f0><f:cats><f:lin></think><prog><panel>"
BARS = PREFIX + "<kind:bar><cats><s3><s4><ser><c0><y><p127><p76><title><s0></prog>"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,200", 1200),
        ("−3.5", -3.5),
        ("20%", 20),
        ("4k", 4000),
        ("$5", 5),
        ("10^3", 1000),
        ("10⁻2", 0.01),
        ("6 × 10⁰", 6),
        ("10-1", 0.1),
        ("2,5", 2.5),
        ("0.1 )", 0.1),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, value: float) -> None:
    assert parse_number(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "tea", "Model 3", "2019 Q2", "-"])
def test_words_are_not_numbers(text: str) -> None:
    assert parse_number(text) is None


def test_text_types() -> None:
    kinds = [text_type(TextBox(text, 0, 0, 9, 9)) for text in ("12", "12%", "tea", "green tea")]
    assert kinds == ["number", "percent", "word", "phrase"]
    assert text_type(TextBox("12", 0, 0, 9, 30, vertical=True)) == "vertical"


def test_a_linear_axis_by_hand() -> None:
    """0 stands at y = 0.8, 20 at y = 0.2: half way is 10, and upwards is more."""
    axis = AxisMap.through(0.8, 0, 0.2, 20)
    assert axis is not None
    assert axis.value(0.5) == pytest.approx(10)
    assert axis.position(15) == pytest.approx(0.35)


def test_a_logarithmic_axis_by_hand() -> None:
    axis = AxisMap.through(0.8, 1, 0.2, 100, log=True)
    assert axis is not None
    assert axis.value(0.5) == pytest.approx(10)
    assert axis.position(10) == pytest.approx(0.5)


def test_points_that_make_no_axis() -> None:
    assert AxisMap.through(0.5, 1, 0.5, 2) is None
    assert AxisMap.through(0.1, 3, 0.5, 3) is None
    assert AxisMap.through(0.1, 0, 0.5, 10, log=True) is None


def test_values_keep_only_the_digits_that_a_picture_shows() -> None:
    assert round_to(12.3456, 0.35) == 12.3
    assert round_to(12345.6, 70) == 12350
    assert round_to(0.02, 0.1) == 0.0


def test_an_answer_becomes_the_program_worked_out_by_hand() -> None:
    """Bar ends at bins 127 and 76 of 256: y = 0.498 and 0.299; 20 at 0.2 and 0 at 0.8 make 10.07 and 16.71."""
    spec = decode(BARS, SIGHT)
    assert spec is not None
    layer = spec.panels[0].layers[0]
    assert layer.categories == ("tea", "milk")
    assert layer.series[0].y == pytest.approx((10.1, 16.7), abs=0.05)
    assert layer.series[0].colours == ("#ff0000",)
    code = write(spec)
    assert 'ax.bar(["tea", "milk"], [10.1, 16.7], color="#ff0000")' in code
    assert 'ax.set_title("Sales")' in code
    assert draw(code).facts.types == {"bar": 1}


def test_the_reading_in_words() -> None:
    assert reading(BARS, SIGHT).splitlines() == ["panels: 1 x 1", "bar, 1 series, no legend, y from 0 to 21.3"]


def test_every_prefix_of_an_answer_can_be_shown() -> None:
    tokens = grammar.pieces(BARS)
    specs = [decode("".join(tokens[:count]), SIGHT) for count in range(len(tokens) + 1)]
    assert specs[0] is None
    assert specs[-1] is not None
    assert any(spec is not None for spec in specs[:-3])


def test_any_tokens_decode_to_nothing_or_to_a_program_that_runs() -> None:
    """A model that has hardly learnt anything must still not break the loop."""
    chance = random.Random(7)
    names = grammar.tokens()
    ran = 0
    for _ in range(60):
        body = "".join(
            chance.choice(names) if chance.random() < 0.3 else f"<p{chance.randrange(256)}>" for _ in range(60)
        )
        spec = decode(PREFIX + f"<kind:{chance.choice(grammar.KINDS)}><ser><y>" + body, SIGHT)
        if spec is not None:
            try:
                draw(write(spec))
            except Undrawable as stopped:
                assert str(stopped) == "blank"
            ran += 1
    assert ran > 20


def test_stacked_parts_are_heights_again() -> None:
    raw = PREFIX + "<kind:bar><stacked><cats><s3><s4><ser><c0><y><p178><p178><ser><k0><y><p127><p76></prog>"
    spec = decode(raw, SIGHT)
    assert spec is not None
    lower, upper = (series.y for series in spec.panels[0].layers[0].series)
    assert lower == pytest.approx((3.4, 3.4), abs=0.1)
    assert upper == pytest.approx((6.7, 13.3), abs=0.1)


def test_dollars_that_ocr_read_are_not_formulas() -> None:
    sight = Sight.of(_bars(), Hints((_box("$5 to $9", 500, 20),)))
    spec = decode("<prog><panel><kind:bar><ser><y><p9><title><s0></prog>", sight)
    assert spec is not None
    assert spec.panels[0].title == r"\$5 to \$9"
    draw(write(spec))


def test_crossed_error_bars_still_draw() -> None:
    """A fault that held-out charts brought up: an upper end below its bar."""
    for words in ("", "<stacked>"):
        wrong = "<ser><c0><y><p127><p76><hi><p250><p76><lo><p10><p10></prog>"
        spec = decode(PREFIX + f"<kind:bar>{words}<cats><s3><s4>" + wrong, SIGHT)
        assert spec is not None
        draw(write(spec))


def test_what_is_seen_is_measured_and_not_named() -> None:
    """The bars end at y = 250 and 150 of 500; 20 stands at y = 100 and 0 at y = 400: 10 and 16.67."""
    spec = decode(PREFIX + "<kind:bar><cats><seen><ser><c0><y><seen></prog>", SIGHT)
    assert spec is not None
    layer = spec.panels[0].layers[0]
    assert layer.categories == ("tea", "milk")
    assert layer.series[0].y == pytest.approx((10, 16.67), abs=0.1)


def test_a_streamed_answer_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decoding comes again with every few tokens; looking at pixels must not."""
    raw = PREFIX + "<kind:bar><cats><seen><ser><c0><y><seen></prog>"
    sight = replace(SIGHT, known={})
    first = decode(raw, sight)
    monkeypatch.setattr("model.nano.panel.Panel.of", None)
    assert decode(raw, sight) == first
    with pytest.raises(TypeError):
        decode(raw, replace(SIGHT, known={}))


def test_a_lone_line_with_abscissae_of_its_own_says_them_once() -> None:
    own = LayerSpec("line", (SeriesSpec((1, 2), (0, 5), label="Fit"),))
    assert shared(own) == LayerSpec("line", (SeriesSpec((1, 2), label="Fit"),), x=(0, 5))
    two = replace(own, series=own.series * 2)
    assert shared(two) == two


def test_texts_that_do_not_exist_are_empty() -> None:
    """A fault that a benchmark chart brought up: the answer named a slot beyond the last."""
    for values in ("<seen>", "<p127><p76>"):
        raw = PREFIX + f"<kind:bar><cats><s99><s4><ser><c0><lab><s98><y>{values}<notes><s97><title><s96></prog>"
        spec = decode(raw, SIGHT)
        assert spec is not None and spec.panels[0].layers[0].categories == ("", "milk")
        draw(write(spec))


def test_one_misread_tick_label_changes_nothing() -> None:
    points = [(0.8, 0.0), (0.6, 10.0), (0.4, 70.0), (0.2, 30.0)]
    axis = AxisMap.fitted(points)
    assert axis is not None and axis.value(0.5) == pytest.approx(15)
    assert AxisMap.fitted([(0.1, 1.0), (0.2, 5.0), (0.3, 2.0)]) is None


def test_the_model_is_told_the_roles_of_texts_and_not_their_letters() -> None:
    asked = asking.prompt(SIGHT)
    assert asked.startswith("<texts><n1><n1><f0>")
    assert "<xticks><f:cats><n2><s3><s4><yticks><f:lin><n2><r:title><s0>" in asked
    assert "<paints><c0><k48><area>" in asked


def test_histogram_edges_rise_whatever_was_read() -> None:
    """Given from right to left, all in one place, or not at all."""
    for edges in ("<lin><p200><p50><n3>", "<lin><p50><p50><n3>", ""):
        spec = decode(PREFIX + f"<kind:hist>{edges}<ser><c0><y><p76><p127><p150></prog>", SIGHT)
        assert spec is not None
        layer = spec.panels[0].layers[0]
        assert len(layer.x) == 4 and list(layer.x) == sorted(set(layer.x))
        assert draw(write(spec)).facts.types == {"hist": 1}


def test_long_labels_are_turned() -> None:
    names = tuple(f"a rather long name {i}" for i in range(6))
    layer = LayerSpec("bar", (SeriesSpec((1, 2, 3, 4, 5, 6)),), names)
    assert "rotation=45" in write(FigureSpec((PanelSpec((layer,)),)))
    short = LayerSpec("bar", (SeriesSpec((1, 2)),), ("a", "b"))
    assert "rotation" not in write(FigureSpec((PanelSpec((short,), AxisSpec("x")),)))


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    sampler, found = ChartSampler(Tables("train")), []
    for seed in range(900, 916):
        try:
            found.append(make(seed, sampler))
        except Undrawable:
            continue
    return found


def test_drawn_pairs_decode_to_the_chart_that_was_drawn(pairs: list[Pair]) -> None:
    """The right answer, decoded with nothing but noisy hints, calls the same drawing functions in the same layout."""
    assert len(pairs) >= 12
    for pair in pairs:
        spec = decode(pair.answer, pair.reading.sight)
        assert spec is not None, pair.seed
        facts = draw(write(spec)).facts
        assert facts.types == pair.drawing.facts.types, pair.seed
        assert facts.layout == pair.drawing.facts.layout, pair.seed


def test_values_survive_the_trip_over_the_picture(pairs: list[Pair]) -> None:
    """Single-panel bars with a readable value axis: within 1.5 % of the axis."""
    checked = 0
    for pair in pairs:
        panel, spec = pair.spec.panels[0], decode(pair.answer, pair.reading.sight)
        assert spec is not None
        bars = panel.layers[0].kind == "bar" and "horizontal" not in panel.layers[0].words
        known = read(pair.answer, pair.reading.sight)[2][0].y
        if not bars or len(pair.spec.panels) > 1 or known is None or panel.y.log:
            continue
        low, high = pair.drawing.facts.axes[0].y_limits
        for truth, found in zip(panel.layers[0].series, spec.panels[0].layers[0].series, strict=True):
            assert found.y == pytest.approx(truth.y, abs=0.015 * (high - low)), pair.seed
        checked += 1
    assert checked >= 1


def test_a_seed_names_a_pair(pairs: list[Pair]) -> None:
    again = make(pairs[3].seed, ChartSampler(Tables("train")))
    assert (again.prompt, again.answer, again.program) == (pairs[3].prompt, pairs[3].answer, pairs[3].program)


def test_corrections_show_the_fault_and_keep_the_right_answer(
    pairs: list[Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.synthesis.faults.SHARE", 1.0)
    rows = [corrected(pair) for pair in pairs]
    turned = [(row, pair) for row, pair in zip(rows, pairs, strict=True) if row.draft]
    assert turned
    for row, pair in turned:
        assert row.answer == pair.answer != row.draft
        assert len(row.pictures) == 2
        assert row.feedback[1].startswith("<wrong:")


def test_the_conversation_of_the_built_in_model() -> None:
    pixels = np.zeros((50, 100, 3), np.uint8)
    chart = Chart("0", "a", pixels, Hints((_box("Sales", 50, 20),)))
    feedback = Feedback(pixels=pixels, differences=(Difference("text", "missing"), Difference("text", "extra")))
    first, answer, second = SlotCodec().messages(Conversation(chart, ((Answer("", "x", "<prog>"), feedback),)))
    assert first.parts[0].pixels is not None
    assert first.parts[0].pixels.shape == (384, 384, 3)
    assert first.parts[1].text.startswith("<texts><n1><n1>")
    assert answer.parts[0].text == "<prog>"
    assert [part.text for part in second.parts] == ["<turn><drawn>", "", "<wrong:text>"]
