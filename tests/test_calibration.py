"""Scores become probabilities that hold on answers which were not seen, and verdicts are weighed by Bayes' rule."""

from __future__ import annotations

import numpy as np
import pytest

from model.records import Score
from training.calibration import Calibration, calibrate, posterior, reliability


def judged(count: int, seed: int, flip: float = 0.0) -> tuple[list[Score], list[bool], list[str]]:
    """Answers whose chance of being right is their text score squared; some verdicts are turned round."""
    rng = np.random.default_rng(seed)
    text = rng.random(count)
    right = (rng.random(count) < text**2) != (rng.random(count) < flip)
    scores = [Score(1.0, text=t, visual=float(v)) for t, v in zip(text.tolist(), rng.random(count), strict=True)]
    return scores, right.tolist(), [str(n // 2) for n in range(count)]


def test_what_is_foretold_happens() -> None:
    scores, right, charts = judged(2000, 0)
    found = calibrate(scores, right, charts)
    asked = [Score(1.0, text=t, visual=0.5) for t in (0.2, 0.5, 0.9)]
    assert found(asked).tolist() == pytest.approx([0.04, 0.25, 0.81], abs=0.08)
    curve = found.reliability
    assert curve is not None and sum(curve.count) == 2000 and curve.auc > 0.75
    for n, foretold, observed in zip(curve.count, curve.foretold, curve.observed, strict=True):
        assert abs(foretold - observed) < 0.03 + 2.5 * (0.25 / n) ** 0.5


def test_a_program_that_does_not_run_is_never_accepted() -> None:
    scores, right, charts = judged(200, 1)
    assert calibrate(scores, right, charts)([Score(0.0, text=0.9)]).tolist() == [0.01]


def test_few_verdicts_give_their_rate_and_nothing_more() -> None:
    scores, right, charts = judged(10, 2)
    found = calibrate(scores, right, charts)
    assert found.model is None and found.reliability is None
    assert found(scores[:2]).tolist() == pytest.approx([(sum(right) + 1) / 12] * 2)
    assert Calibration(0.3)([]).shape == (0,)


def test_a_rater_who_turns_everything_round_is_seen() -> None:
    scores, right, charts = judged(400, 3)
    straight = calibrate(scores, right, charts).reliability
    turned = calibrate(scores, [not one for one in right], charts).reliability
    assert straight is not None and turned is not None
    assert straight.score_auc > 0.6 and turned.score_auc == pytest.approx(1 - straight.score_auc, abs=1e-3)


def test_reliability_by_hand() -> None:
    """Four answers: two foretold at 0.1 (one right), two at 0.9 (both right)."""
    foretold, labels = np.array([0.1, 0.1, 0.9, 0.9]), np.array([True, False, True, True])
    curve = reliability(foretold, labels, foretold)
    assert (curve.count, curve.foretold, curve.observed) == ((2, 2), (0.1, 0.9), (0.5, 1.0))
    assert curve.brier == pytest.approx((0.81 + 0.01 + 0.01 + 0.01) / 4)
    assert curve.auc == pytest.approx((1 + 1 + 0.5) / 3, abs=1e-4)  # the wrong one against each right one, a tie a half
    assert curve.to_json()["bins"][1] == {"n": 2, "foretold": 0.9, "observed": 1.0}


@pytest.mark.parametrize(
    ("prior", "says_correct", "noise", "after"),
    [(0.5, True, 0.1, 0.9), (0.5, False, 0.1, 0.1), (0.9, False, 0.1, 0.5), (0.2, True, 0.5, 0.2)],
)
def test_a_verdict_is_evidence_by_hand(prior: float, says_correct: bool, noise: float, after: float) -> None:
    assert posterior(prior, says_correct, noise) == pytest.approx(after)
