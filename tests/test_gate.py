"""The gate on figures made by hand: what each condition refuses, what it lets pass, and what it leaves to a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from model.records import JsonDict
from storage.records import Decision
from training.calibration import Reliability
from training.gate import Evidence, Limits, Policy, conditions, decide, paired
from training.raters import Agreement

LIMITS = Limits()
STRAIGHT = Reliability((100,), (0.5,), (0.5,), 0.2, 0.8, 0.75)


def figures(qualities: Sequence[float], **changed: object) -> dict[str, JsonDict]:
    """Items 0, 1, ... of families a and b by turns."""
    plain = {"outcome": "ok", "tokens": 100, "cut_off": False, "flagged": [], "still_right": True, "program": "p"}
    return {
        str(n): {**plain, "family": "ab"[n % 2], "quality": q, "second": q, "score": {"text": q}, **changed}
        for n, q in enumerate(qualities)
    }


def text_score(found: Sequence[JsonDict]) -> NDArray[np.float64]:
    return np.array([one["score"]["text"] for one in found])


BEFORE = [0.5 + 0.01 * n for n in range(20)]
BETTER = [q + 0.1 for q in BEFORE]
GOOD = Evidence(
    charts=(figures(BEFORE), figures(BEFORE)),
    judged=(figures(BEFORE), figures(BETTER)),
    kept=(figures(BEFORE), figures(BEFORE)),
    accepted=text_score,
    drift=0.1,
    drift_from_base=0.2,
    agreement=Agreement(20, 19),
    reliability=STRAIGHT,
)


def verdict_of(evidence: Evidence, name: str) -> bool | None:
    return next(one.passed for one in conditions(evidence, LIMITS) if one.name == name)


def test_a_candidate_that_is_better_and_spoils_nothing_passes() -> None:
    found = conditions(GOOD, LIMITS)
    assert [one.name for one in found] == ["charts", "verdicts", "kept", "drift", "turns", "conduct", "people"]
    assert all(one.passed for one in found)
    decision, passed, reason = decide(found, Policy.AUTO)
    assert (decision, passed) == (Decision.PROMOTED, True)
    assert reason == "likely accepted on 20 held-out charts: 59.5% before, 69.5% now"


def worse(by: float, every: int = 1) -> dict[str, JsonDict]:
    return figures([q - by * (n % every == 0) for n, q in enumerate(BEFORE)])


BAD: dict[str, tuple[str, Callable[[Evidence], Evidence]]] = {
    "all charts lose 0.02": ("charts", lambda e: replace(e, charts=(e.charts[0], worse(0.02)))),
    "one family loses 0.06, the other gains": (
        "charts",
        lambda e: replace(e, charts=(e.charts[0], figures([q + (-0.06, 0.2)[n % 2] for n, q in enumerate(BEFORE)]))),
    ),
    "nothing gained on verdicts": ("verdicts", lambda e: replace(e, judged=(e.judged[0], e.judged[0]))),
    "one chart of twenty no longer right": (
        "kept",
        lambda e: replace(e, kept=(e.kept[0], {**e.kept[1], "3": {**e.kept[1]["3"], "still_right": False}})),
    ),
    "too far from the champion": ("drift", lambda e: replace(e, drift=0.4)),
    "too far from the base": ("drift", lambda e: replace(e, drift_from_base=0.6)),
    "second turns spoil": (
        "turns",
        lambda e: replace(e, charts=(e.charts[0], figures(BEFORE, second=0.3))),
    ),
    "answers twice as long": ("conduct", lambda e: replace(e, charts=(e.charts[0], figures(BEFORE, tokens=200)))),
    "answers without an end": ("conduct", lambda e: replace(e, charts=(e.charts[0], figures(BEFORE, cut_off=True)))),
    "programs that cheat": ("conduct", lambda e: replace(e, charts=(e.charts[0], figures(BEFORE, flagged=["giant"])))),
    "people who disagree": ("people", lambda e: replace(e, agreement=Agreement(20, 11))),
    "people who turn everything round": ("people", lambda e: replace(e, reliability=replace(STRAIGHT, score_auc=0.25))),
}


@pytest.mark.parametrize(("name", "spoil"), BAD.values(), ids=BAD.keys())
def test_each_condition_refuses_what_it_is_for(name: str, spoil: Callable[[Evidence], Evidence]) -> None:
    spoilt = spoil(GOOD)
    assert verdict_of(spoilt, name) is False
    decision, passed, reason = decide(conditions(spoilt, LIMITS), Policy.AUTO)
    assert (decision, passed) == (Decision.REFUSED, False)
    assert reason


def test_small_losses_are_within_the_margins() -> None:
    assert verdict_of(replace(GOOD, charts=(GOOD.charts[0], worse(0.005))), "charts") is True
    assert verdict_of(replace(GOOD, charts=(GOOD.charts[0], worse(0.08, every=20))), "charts") is True


UNKNOWN: dict[str, tuple[str, Callable[[Evidence], Evidence]]] = {
    "too few held-out verdicts": ("verdicts", lambda e: replace(e, judged=(figures(BEFORE[:3]), figures(BETTER[:3])))),
    "no frozen charts": ("charts", lambda e: replace(e, charts=({}, {}))),
    "no distance": ("drift", lambda e: replace(e, drift=None)),
}


@pytest.mark.parametrize(("name", "take"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_cannot_be_judged_is_left_to_a_person(name: str, take: Callable[[Evidence], Evidence]) -> None:
    taken = take(GOOD)
    assert verdict_of(taken, name) is None
    decision, passed, reason = decide(conditions(taken, LIMITS), Policy.AUTO)
    assert (decision, passed) == (Decision.WAITING, False) and reason


def test_policies() -> None:
    found = conditions(GOOD, LIMITS)
    assert decide(found, Policy.ASK)[:2] == (Decision.WAITING, True)
    assert decide(found, Policy.OFF)[:2] == (Decision.WAITING, True)
    refused = conditions(replace(GOOD, drift=9.0), LIMITS)
    assert {decide(refused, policy)[0] for policy in Policy} == {Decision.REFUSED}


def test_the_bootstrap_is_paired_and_the_same_every_time() -> None:
    """Items differ much more than versions do; on the same items 0.01 is seen all the same."""
    rng = np.random.default_rng(0)
    before = rng.random(50)
    found = paired(before.tolist(), (before + 0.01).tolist())
    assert (found.mean, found.low, found.high, found.p_better) == (0.01, 0.01, 0.01, 1.0)
    noisy = (before + rng.normal(0, 0.1, 50)).tolist()
    assert paired(before.tolist(), noisy) == paired(before.tolist(), noisy)


def test_the_bootstrap_by_hand() -> None:
    """Differences 1, 0: their mean over two drawn items is 0, 0.5 or 1 with 1/4, 1/2, 1/4."""
    found = paired([0, 0], [1, 0], margin=-0.75)
    assert found.mean == 0.5 and found.p_better == pytest.approx(0.75, abs=0.03)
    assert found.p_worse == pytest.approx(0.75, abs=0.03)
