"""Real tables come out whole, the same for a seed, and split by their source."""

from __future__ import annotations

import numpy as np
import pytest

from training.synthesis.tables import KINDS, Tables, split
from training.synthesis.words import Words


@pytest.fixture(scope="module")
def tables() -> Tables:
    return Tables()


def test_the_same_seed_gives_the_same_tables(tables: Tables) -> None:
    again = Tables()
    for seed in range(50):
        assert tables.sample(np.random.default_rng(seed)) == again.sample(np.random.default_rng(seed))


@pytest.mark.parametrize("kind", KINDS)
def test_columns_are_as_long_as_their_rows(tables: Tables, kind: str) -> None:
    for seed in range(300):
        table = tables.sample(np.random.default_rng(seed), kind=kind)
        rows = {"categorical": table.categories, "ordered": table.x, "cloud": table.columns[0].values}[kind]
        assert table.kind == kind and table.columns
        assert all(len(column.values) == len(rows) for column in table.columns)
        assert all(np.isfinite(column.values).all() and column.header for column in table.columns)


def test_categories_are_distinct_and_readable(tables: Tables) -> None:
    for seed in range(300):
        categories = tables.sample(np.random.default_rng(seed), kind="categorical").categories
        assert len(set(categories)) == len(categories) >= 3
        assert all(0 < len(category) <= 40 for category in categories)


def test_an_ordered_axis_rises(tables: Tables) -> None:
    for seed in range(300):
        x = tables.sample(np.random.default_rng(seed), kind="ordered", rows=12).x
        assert 5 <= len(x) <= 12 and (np.diff(x) > 0).all()


def test_held_out_families_are_never_trained_on() -> None:
    rng = np.random.default_rng(0)
    train, heldout = Tables("train"), Tables("heldout")
    trained = {train.sample(rng).family for _ in range(2000)}
    held = {heldout.sample(rng).family for _ in range(500)}
    assert len(trained) > 200 and len(held) > 15 and not trained & held


def test_the_split_has_about_the_share_that_was_asked_for() -> None:
    held = sum(split(f"family {i}", 0.1) == "heldout" for i in range(5000))
    assert 400 < held < 600


def test_words_are_distinct_and_the_same_for_a_seed() -> None:
    for seed in range(200):
        words, again = Words(np.random.default_rng(seed)), Words(np.random.default_rng(seed))
        assert words.title() == again.title() != ""
        assert words.axis_label("Body_mass.g", "g") == again.axis_label("Body_mass.g", "g") != ""
        for count in (1, 3, 7, 14):
            for make in (words.series_names, words.categories, words.short_categories):
                names = make(count)
                assert len(set(names)) == count and all(names)


def test_words_vary() -> None:
    titles = {Words(np.random.default_rng(seed)).title() for seed in range(1000)}
    assert len(titles) > 950
    assert any("\n" in title for title in titles) and any(title.isupper() for title in titles)


def test_an_axis_label_dresses_its_header() -> None:
    labels = {Words(np.random.default_rng(seed)).axis_label("body_mass", "kg") for seed in range(200)}
    assert {"Body Mass (kg)", "Body mass (kg)", "BODY MASS (kg)"} <= labels
