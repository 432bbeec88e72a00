"""Synthetic charts: every kind comes, the same for a seed, in its share, and what is sampled can be drawn."""

from __future__ import annotations

from collections import Counter

import matplotlib
import numpy as np
import pytest

from model.nano import grammar
from model.nano.spec import FigureSpec, LayerSpec
from model.nano.writer import write
from training.synthesis import looks
from training.synthesis.charts import QUOTA, ChartSampler
from training.synthesis.colours import palette
from training.synthesis.draw import draw
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
        wanted = share / sum(QUOTA.values())
        assert abs(found[kind] / COUNT - wanted) <= 0.012 + 3 * (wanted * (1 - wanted) / COUNT) ** 0.5, kind


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
        assert set(layer.words) <= known
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
