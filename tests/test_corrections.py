"""Correction turns: mistakes that models make, told as the loop tells them, kept where the right answer is better."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from model.nano.spec import AxisSpec, FigureSpec, LayerSpec, PanelSpec, SeriesSpec
from training.publish import NANO
from training.synthesis import faults, firsttries, mistakes
from training.synthesis.charts import ChartSampler
from training.synthesis.draw import Undrawable
from training.synthesis.faults import corrected
from training.synthesis.pairs import Pair, make
from training.synthesis.tables import Tables

BARS = LayerSpec(
    "bar",
    (
        SeriesSpec((1.0, 2.0), label="a", colours=("#ff0000",)),
        SeriesSpec((2.0, 3.0), label="b", colours=("#0000ff",)),
    ),
    ("x", "y"),
)
PANEL = PanelSpec((BARS,), AxisSpec("across"), AxisSpec("up"), title="title", legend="best")
GRID = FigureSpec(tuple(replace(PANEL, cell=(row, row, col, col)) for row in (0, 1) for col in (0, 1)), 2, 2)


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    sampler, found = ChartSampler(Tables("train")), []
    for seed in range(5_000_000, 5_000_014):
        try:
            found.append(make(seed, sampler))
        except Undrawable:
            continue
    return found


def test_a_kept_turn_is_told_in_the_loops_words(pairs: list[Pair], monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop judges by the picture alone, so nothing is said of data."""
    monkeypatch.setattr(faults, "SHARE", 1.0)
    rows = [(corrected(pair), pair) for pair in pairs]
    turned = [(row, pair) for row, pair in rows if row.draft]
    assert len(turned) >= 4
    for row, pair in turned:
        assert row.answer == pair.answer != row.draft and len(row.pictures) == 2
        assert row.feedback[0] == "<turn><drawn>"
        said = set(row.feedback[1].removeprefix("<wrong:").removesuffix(">").split("><wrong:"))
        assert said <= {"text", "layout", "kind", "colour", "visual"}
    assert corrected(turned[0][1]).texts() == turned[0][0].texts()  # a seed names its turn too


def test_a_turn_that_gains_too_little_is_not_kept(pairs: list[Pair], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "SHARE", 1.0)
    turned = [pair for pair in pairs if corrected(pair).draft]
    monkeypatch.setattr(faults, "MARGIN", 1.01)
    assert not any(corrected(pair).draft for pair in turned)


@pytest.mark.parametrize("mistake", mistakes._MISTAKES, ids=lambda mistake: mistake.__name__)
def test_each_mistake_changes_a_panel(mistake: mistakes.PanelMistake) -> None:
    changed = [mistake(PANEL, np.random.default_rng(seed)) for seed in range(6)]
    assert any(panel != PANEL for panel in changed)
    assert all(len(panel.layers[0].series) in (1, 2) for panel in changed)


def test_panels_are_lost_or_moved() -> None:
    found = [mistakes._wrong_panels(GRID, list(range(4)), np.random.default_rng(seed)) for seed in range(20)]  # type: ignore[arg-type]
    assert {len(spec.panels) for spec, _ in found} == {1, 3, 4}
    for spec, places in found:
        assert len(places) == len(spec.panels)
        assert all(panel.cell[1] < spec.rows and panel.cell[3] < spec.cols for panel in spec.panels)
        if len(spec.panels) == 4:
            assert (spec.rows, spec.cols) == (4, 1)


def test_a_models_own_answers_are_corrected(pairs: list[Pair], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they are worse than the right ones; a chart that the model was not asked about is a plain row."""
    monkeypatch.setattr(firsttries, "SHARE", 1.0)
    monkeypatch.setattr(faults, "SHARE", 0.0)
    found = list(firsttries.rows(iter(pairs[:6]), firsttries.own(NANO)))
    turned = [row for _, row in found if row.draft]
    assert turned and all(row.draft != row.answer and row.draft.startswith("<think>") for row in turned)
    assert not any(row.draft for _, row in firsttries.rows(iter(pairs[:6]), None))
