"""Synthetic charts: every kind comes, the same for a seed, in its share, and what is sampled can be drawn."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import matplotlib
import numpy as np
import pytest

from model.colours import rgb
from model.nano import grammar
from model.nano.spec import FigureSpec, LayerSpec, PanelSpec, SeriesSpec
from model.nano.writer import write
from model.records import AxesFacts, FigureFacts, TextBox
from training.synthesis import looks, weather
from training.synthesis.charts import QUOTA, ChartSampler
from training.synthesis.colours import palette
from training.synthesis.draw import Drawing, draw
from training.synthesis.framing import Affine
from training.synthesis.pairs import fingerprint
from training.synthesis.tables import Tables

COUNT = 500
MOST_TEXTS = 130
MARKS = (*(f"line:{style}" for style in grammar.LINE_STYLES), *(f"marker:{mark}" for mark in grammar.MARKERS))


@pytest.fixture(scope="module")
def sampler() -> ChartSampler:
    return ChartSampler(Tables("train"))


@pytest.fixture(scope="module")
def specs(sampler: ChartSampler) -> list[FigureSpec]:
    return [sampler.sample(np.random.default_rng(seed))[0] for seed in range(COUNT)]


def _layers(specs: list[FigureSpec]) -> list[LayerSpec]:
    return [layer for spec in specs for panel in spec.panels for layer in panel.layers]


def test_the_same_seed_gives_the_same_chart(sampler: ChartSampler, specs: list[FigureSpec]) -> None:
    again = ChartSampler(Tables("train"))
    for seed in range(60):
        assert again.sample(np.random.default_rng(seed))[0] == specs[seed]
        assert looks.sample(np.random.default_rng(seed)) == looks.sample(np.random.default_rng(seed))


def test_kinds_come_in_their_shares(specs: list[FigureSpec]) -> None:
    found = Counter(spec.panels[0].layers[0].kind for spec in specs)
    assert set(QUOTA) == set(grammar.KINDS)
    for kind, share in QUOTA.items():
        assert abs(found[kind] / COUNT - share) <= 0.012 + 3 * (share * (1 - share) / COUNT) ** 0.5, kind
    assert sum(QUOTA.values()) == pytest.approx(1)


def test_every_kind_and_every_word_is_reachable(sampler: ChartSampler) -> None:
    found = _layers([sampler.sample(np.random.default_rng(seed))[0] for seed in range(2500)])
    assert {layer.kind for layer in found} == set(grammar.KINDS)
    words = {word for layer in found for word in layer.words}
    assert {word.split(":")[0] for word in words} >= {word.split(":")[0] for word in grammar.LAYER_WORDS} - {"points"}
    assert {word for layer in found for series in layer.series for word in series.words} == set(MARKS)


def test_figures_differ_in_their_layout(specs: list[FigureSpec]) -> None:
    panels = [panel for spec in specs for panel in spec.panels]
    assert 0.5 < sum(spec.rows * spec.cols == 1 for spec in specs) / COUNT < 0.7
    assert {spec.style for spec in specs} == {"", *grammar.STYLES}
    assert {panel.legend for panel in panels} == {"", *grammar.LEGEND_PLACES}
    assert any(panel.inset and panel.box for panel in panels) and any(len(panel.layers) > 1 for panel in panels)
    assert any(panel.notes for panel in panels) and any(rule.to for panel in panels for rule in panel.rules)
    assert any(panel.x.log for panel in panels) and any(panel.y.log for panel in panels)
    assert 0.5 < sum(bool(panel.title) for panel in panels) / len(panels) < 0.75


def test_what_is_sampled_is_in_the_language(specs: list[FigureSpec]) -> None:
    for layer in _layers(specs):
        assert layer.series and all(series.y for series in layer.series)
        known = {*grammar.LAYER_WORDS, *(f"cmap:{name}" for name in grammar.COLORMAPS)}
        assert {word for word in layer.words if not word.startswith("cmap:#")} <= known
        assert all(word in MARKS for series in layer.series for word in series.words)
        for series in layer.series:
            assert np.isfinite([*series.y, *series.x, *series.hi, *series.lo, *series.size]).all()
            assert all(len(colour) == 7 and colour.startswith("#") for colour in series.colours)
    for panel in (panel for spec in specs for panel in spec.panels):
        assert all(0 <= note.x <= 1 and 0 <= note.y <= 1 and note.text for note in panel.notes)


@pytest.mark.parametrize("seed", range(12))
def test_what_is_sampled_is_drawn(sampler: ChartSampler, seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec, _ = sampler.sample(rng)
    drawing = draw(looks.dress(write(spec), looks.sample(rng)))
    assert len(drawing.facts.axes) >= len(spec.panels)
    assert len(drawing.facts.texts) + len(drawing.facts.tick_texts) <= MOST_TEXTS


def test_colours_are_distinct_and_seen_on_their_ground() -> None:
    for seed in range(300):
        for dark in (False, True):
            found = palette(np.random.default_rng(seed), 8, dark)
            assert len(set(found)) == 8


def test_drawing_gives_matplotlibs_settings_back() -> None:
    """A style left behind changed what browser tests drew later in the same process."""
    with matplotlib.rc_context({"figure.facecolor": "pink"}):
        draw("import matplotlib.pyplot as plt\nplt.style.use('dark_background')\nplt.plot([1, 2])\n")
        assert matplotlib.rcParams["figure.facecolor"] == "pink"


# ---- what happens to pictures --------------------------------------------------------------------------------------


def _marked() -> tuple[Drawing, FigureSpec]:
    """A white picture with one black box that its facts name, and a spec of one colour."""
    pixels = np.full((300, 400, 3), 255, np.uint8)
    pixels[120:140, 200:260] = 0
    frame = AxesFacts(None, (50, 40, 350, 260), "rectilinear", "linear", "linear", (0, 1), (0, 1))
    facts = FigureFacts(400, 300, (TextBox("box", 200, 120, 260, 140),), (), (), {}, {}, (frame,))
    bars = LayerSpec("bar", (SeriesSpec((1.0,), colours=("#804020",)),))
    return Drawing(pixels, facts), FigureSpec((PanelSpec((bars,)),))


@pytest.mark.parametrize("how", sorted(weather.SHARES))
def test_boxes_move_with_what_they_name(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr(weather, "SHARES", {how: 1.0})
    for seed in range(8):
        shown, _ = weather.weathered(*_marked(), np.random.default_rng(seed))
        height, width = shown.pixels.shape[:2]
        assert (shown.facts.width_px, shown.facts.height_px) == (width, height)
        x0, y0, x1, y1 = (round(edge) for edge in shown.facts.axes[0].box)
        rows, cols = np.nonzero(shown.pixels[y0:y1, x0:x1].mean(axis=2) < 120)
        found = (cols.min() + x0, rows.min() + y0, cols.max() + 1 + x0, rows.max() + 1 + y0)
        box = shown.facts.texts[0]
        assert np.abs(np.subtract(found, (box.x0, box.y0, box.x1, box.y1))).max() <= 2.5, (how, seed)


def test_half_of_the_pictures_stay_as_they_were_drawn() -> None:
    assert sum(weather.SHARES.values()) == pytest.approx(1)
    same = [weather.weathered(*_marked(), np.random.default_rng(seed))[0] for seed in range(200)]
    drawing, _ = _marked()
    clean = sum(one.pixels.shape == drawing.pixels.shape and bool((one.pixels == drawing.pixels).all()) for one in same)
    assert 80 <= clean <= 120


def test_colours_of_a_scan_are_those_that_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weather, "SHARES", {"scan": 1.0})
    drawing, spec = _marked()
    drawing.pixels[200:250, 60:340] = (0x80, 0x40, 0x20)
    shown, seen = weather.weathered(drawing, spec, np.random.default_rng(3))
    x0, y0, x1, y1 = shown.facts.axes[0].box
    middle = shown.pixels[int(y0 + (y1 - y0) * 0.84), int(x0 + (x1 - x0) / 2)]
    assert np.abs(np.subtract(middle, rgb(seen.panels[0].layers[0].series[0].colours[0]))).max() <= 14
    assert seen != spec


def test_a_path_after_another_is_both() -> None:
    turn = Affine(0.8, -0.6, 0.6, 0.8, 5, 7)  # 3-4-5: (10, 0) goes to (8, 6) + (5, 7)
    assert turn.around((10, 0, 10, 0)) == pytest.approx((13, 13, 13, 13))
    assert turn.then(Affine(2, 0, 0, 3, 1, 1)).around((10, 0, 10, 0)) == pytest.approx((27, 40, 27, 40))


def test_numbers_on_dark_cells_are_white() -> None:
    layer = LayerSpec("heat", (SeriesSpec((0.0, 9.0)), SeriesSpec((9.0, 0.0))), words=("cells", "cmap:Greys"))
    program = looks.dress(write(FigureSpec((PanelSpec((layer,)),))), looks.Look({}, readable=True))
    ground = draw(program).pixels
    assert (draw(program.replace('"w" if', '"k" if')).pixels != ground).any()  # white was drawn
    assert 'color="w"' not in looks.dress(write(FigureSpec((PanelSpec((layer,)),))), looks.Look({}, readable=False))


def test_a_chart_is_known_again_in_other_colours() -> None:
    bars = LayerSpec("bar", (SeriesSpec((1.0, 2.0), colours=("#ff0000",)),))
    blue = replace(bars, series=(replace(bars.series[0], colours=("#0000ff",)),))
    other = replace(bars, series=(replace(bars.series[0], y=(1.0, 3.0)),))
    first, second, third = (fingerprint(write(FigureSpec((PanelSpec((one,)),)))) for one in (bars, blue, other))
    assert first == second != third
