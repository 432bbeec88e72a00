"""Rates by shrinkage, agreement and weights of raters: numbers worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from training.raters import ASSUMED_NOISE, Agreement, agreement, suspects, weights
from training.rates import chart_rate, estimate, fitted_strength, shrunk


def test_shrinkage_by_hand() -> None:
    """One right answer of one, at a parent of 0.4 that is worth 4 answers: (1.6 + 1) / 5."""
    assert shrunk(1, 1, 0.4, 4) == pytest.approx(0.52)
    assert shrunk(0, 0, 0.4, 4) == pytest.approx(0.4)
    assert chart_rate(0.5, [(1.0, 2), (0.25, 4)]) == pytest.approx((2 * 0.5 + 2 + 1) / 8)


def test_rates_are_never_certain_and_lie_between_parent_and_count() -> None:
    answers = [("bar", "nano@1", 1.0)] * 3 + [("pie", "nano@1", 0.0)] * 3 + [("bar", "nano@2", 1.0)]
    rates = estimate(answers)
    assert rates.overall == pytest.approx((2 * 0.5 + 4) / 9)
    assert 0 < rates.of("pie", "nano@1") < rates.by_version["nano@1"] < rates.of("bar", "nano@1") < 1
    assert rates.of("radar", "nano@1") == rates.by_version["nano@1"]
    assert rates.of("radar", "nano@9") == rates.overall


def test_families_that_differ_are_shrunk_less_than_families_that_are_alike() -> None:
    apart = fitted_strength([(19.0, 20.0), (1.0, 20.0), (18.0, 20.0), (2.0, 20.0)], 0.5)
    alike = fitted_strength([(10.0, 20.0), (10.0, 20.0), (11.0, 20.0), (9.0, 20.0)], 0.5)
    assert apart < 5 < 30 < alike


def test_the_rate_comes_nearer_to_the_truth_than_counting() -> None:
    """Forty families of four verdicts each, five times over: mean square errors to the true rates."""
    mine, counted = [], []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        truth = rng.beta(3, 6, 40)
        right = rng.random((40, 4)) < truth[:, None]
        rates = estimate((str(family), "v", float(one)) for family, row in enumerate(right) for one in row)
        mine.append(np.mean([(rates.of(str(family), "v") - rate) ** 2 for family, rate in enumerate(truth)]))
        counted.append(np.mean((right.mean(1) - truth) ** 2))
    assert np.mean(mine) < 0.6 * np.mean(counted)


def test_agreement_of_all_and_of_each() -> None:
    """Ann and Bob agree on one of two things; Ann says the same of a third thing twice; the fourth is judged once."""
    opinions = [
        ("ann", "1", True), ("bob", "1", True),
        ("ann", "2", True), ("bob", "2", False),
        ("ann", "3", False), ("ann", "3", False),
        ("cid", "4", True),
    ]  # fmt: skip
    together, each = agreement(opinions)
    assert (together.pairs, together.agreeing) == (3, 2)
    assert {rater: (found.pairs, found.agreeing) for rater, found in each.items()} == {"ann": (3, 2), "bob": (2, 1)}
    assert Agreement().share is None and together.share == pytest.approx(2 / 3)


def test_noise_from_agreement_by_hand() -> None:
    """Two who err in 10 % of all cases agree in 0.81 + 0.01 = 82 %."""
    assert Agreement(998, round(0.82 * 1000) - 1).noise == pytest.approx(0.1, abs=1e-6)
    assert Agreement(9, 9).noise == ASSUMED_NOISE
    assert Agreement(1000, 400).noise == 0.45  # below chance is not noise any more, and says nothing


def test_one_rater_among_several_has_at_most_half_of_the_weight() -> None:
    found = weights(["a"] * 8 + ["b"] * 2)
    assert found == pytest.approx([0.25] * 8 + [1.0] * 2)
    assert weights(["a"] * 5) == [1.0] * 5
    assert weights(["a", "b", "a", "b"]) == [1.0] * 4


def test_who_contradicts_everybody_is_found_and_the_others_are_not() -> None:
    """Cid turns everything round: Ann and Bob agree with half of what others say, and with all of each other."""
    opinions = [(rater, str(n), (n % 2 == 0) != (rater == "cid")) for n in range(12) for rater in ("ann", "bob", "cid")]
    assert suspects(opinions) == {"cid": "agrees with others on only 0% of 24 answers judged by both"}
    assert suspects([one for one in opinions if one[0] != "bob"]) == {}  # of two nobody can say which
    assert suspects(opinions[:9]) == {}  # three answers are too few
