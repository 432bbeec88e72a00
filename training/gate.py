"""Whether a candidate may take the champion's place: conditions on the same items, with a paired bootstrap.

    charts      the frozen charts are not worse, overall or in any family, beyond a margin
    verdicts    on held-out charts that people judged, more is likely to be accepted than before
    kept        what was once judged correct is still drawn so
    drift       the distance to the champion and to the base is within budget
    turns       a second turn does not spoil more than the champion's did
    conduct     answers do not grow long or unfinished, and no program is flagged as cheating
    people      verdicts agree with each other, and do not contradict the automatic score

A condition that cannot be judged, for want of items, does not pass by itself: then a person is asked, whatever the
policy. Pure: figures in, a decision with its reason out. Leaves out: where figures come from (exam.py).
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.records import JsonDict
from storage.records import Decision
from training.raters import ENOUGH_PAIRS, Agreement

if TYPE_CHECKING:
    from training.calibration import Reliability  # brings scikit-learn

RESAMPLES = 4000
CONTRADICTS = "verdicts contradict the automatic score: were they turned round?"


class Policy(enum.StrEnum):
    """Who decides on a candidate that passed."""

    AUTO = "auto"
    ASK = "ask"
    OFF = "off"  # nothing is promoted; candidates are kept to be looked at


@dataclass(frozen=True, slots=True)
class Limits:
    """Margins in points of a score or share of 1; `doubt` is how probable a loss beyond its margin may be."""

    charts_margin: float = 0.01
    family_margin: float = 0.05
    least_family: int = 5
    doubt: float = 0.5
    family_doubt: float = 0.9
    least_judged: int = 10
    sure_better: float = 0.8
    kept_margin: float = 0.02
    most_drift: float = 0.35  # nats a token to the champion
    most_drift_from_base: float = 0.5
    spoilt_margin: float = 0.05
    spoils: float = 0.02  # a second turn that loses more than this has spoilt a drawing
    longer: float = 1.5
    conduct_margin: float = 0.05
    least_agreement: float = 0.7


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition. `passed` is None where it could not be judged; `says` tells a person why."""

    name: str
    passed: bool | None
    says: str
    figures: JsonDict


@dataclass(frozen=True, slots=True)
class Paired:
    """Differences on the same items: their mean with the middle 90 % of its bootstrap, and P(mean < -margin)."""

    n: int
    mean: float
    low: float
    high: float
    p_better: float
    p_worse: float


Figures = Mapping[str, JsonDict]  # by item, as exam.sit gives them


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the decision rests on; champion and candidate have the same items.

    `accepted` foretells, for figures of a judged item, whether a person would accept it.
    """

    charts: tuple[Figures, Figures]  # champion's, candidate's
    judged: tuple[Figures, Figures]  # held-out charts with verdicts
    kept: tuple[Figures, Figures]  # charts with an answer that was judged correct
    accepted: Callable[[Sequence[JsonDict]], NDArray[np.float64]]
    drift: float | None
    drift_from_base: float | None
    agreement: Agreement
    reliability: Reliability | None


def conditions(evidence: Evidence, limits: Limits) -> tuple[Condition, ...]:
    return (
        _charts(*evidence.charts, limits),
        _verdicts(*evidence.judged, evidence.accepted, limits),
        _kept(*evidence.kept, limits),
        _drift(evidence.drift, evidence.drift_from_base, limits),
        _turns(*evidence.charts, limits),
        _conduct(*evidence.charts, limits),
        _people(evidence.agreement, evidence.reliability, limits),
    )


def decide(found: Sequence[Condition], policy: Policy) -> tuple[Decision, bool, str]:
    """The decision, whether all was passed, and the reason in words."""
    failed = [condition for condition in found if condition.passed is False]
    unknown = [condition for condition in found if condition.passed is None]
    if failed:
        return Decision.REFUSED, False, "; ".join(condition.says for condition in failed)
    if policy is Policy.OFF:
        return Decision.WAITING, not unknown, "promotion is switched off"
    if unknown:
        return Decision.WAITING, False, "; ".join(condition.says for condition in unknown)
    better = next(condition.says for condition in found if condition.name == "verdicts")
    return (Decision.PROMOTED if policy is Policy.AUTO else Decision.WAITING), True, better


def paired(before: Sequence[float], after: Sequence[float], margin: float = 0.0, seed: int = 0) -> Paired:
    """Bootstrap over items of after - before. The same seed every time: a report can be made again."""
    difference = np.asarray(after, float) - np.asarray(before, float)
    rng = np.random.default_rng(seed)
    means = difference[rng.integers(len(difference), size=(RESAMPLES, len(difference)))].mean(axis=1)
    low, high = np.percentile(means, (5, 95))
    return Paired(
        n=len(difference),
        mean=round(float(difference.mean()), 4),
        low=round(float(low), 4),
        high=round(float(high), 4),
        p_better=round(float((means > 0).mean()), 4),
        p_worse=round(float((means < -margin).mean()), 4),
    )


def _charts(champion: Figures, candidate: Figures, limits: Limits) -> Condition:
    names = sorted(champion)
    if not names:
        return Condition("charts", None, "there are no frozen charts to compare by", {})
    overall = _compared(champion, candidate, names, limits.charts_margin)
    families: dict[str, list[str]] = defaultdict(list)
    for name in names:
        families[champion[name]["family"]].append(name)
    each = {
        family: _compared(champion, candidate, of, limits.family_margin)
        for family, of in sorted(families.items())
        if len(of) >= limits.least_family
    }
    figures = {"overall": asdict(overall), "families": {family: asdict(found) for family, found in each.items()}}
    worse = [family for family, found in each.items() if found.p_worse > limits.family_doubt]
    if overall.p_worse > limits.doubt:
        return Condition("charts", False, f"the frozen charts lose {-overall.mean:.3f} on average", figures)
    if worse:
        lost = ", ".join(f"{family} ({each[family].mean:+.3f})" for family in worse)
        return Condition("charts", False, f"families of the frozen charts get worse: {lost}", figures)
    return Condition("charts", True, f"frozen charts {overall.mean:+.3f} on {overall.n}", figures)


def _compared(champion: Figures, candidate: Figures, names: Sequence[str], margin: float) -> Paired:
    return paired([champion[name]["quality"] for name in names], [candidate[name]["quality"] for name in names], margin)


def _verdicts(
    champion: Figures,
    candidate: Figures,
    accepted: Callable[[Sequence[JsonDict]], NDArray[np.float64]],
    limits: Limits,
) -> Condition:
    names = sorted(champion)
    if len(names) < limits.least_judged:
        few = f"only {len(names)} held-out charts have verdicts, {limits.least_judged} are needed to tell"
        return Condition("verdicts", None, few, {"n": len(names)})
    before, after = (accepted([of[name] for name in names]) for of in (champion, candidate))
    found = paired(before.tolist(), after.tolist())
    figures = {**asdict(found), "before": round(float(before.mean()), 4), "after": round(float(after.mean()), 4)}
    says = f"likely accepted on {found.n} held-out charts: {before.mean():.1%} before, {after.mean():.1%} now"
    return Condition("verdicts", found.mean > 0 and found.p_better >= limits.sure_better, says, figures)


def _kept(champion: Figures, candidate: Figures, limits: Limits) -> Condition:
    names = sorted(champion)
    if not names:
        return Condition("kept", True, "nothing was judged correct yet", {"n": 0})
    before, after = ([float(bool(of[name]["still_right"])) for name in names] for of in (champion, candidate))
    found = paired(before, after, limits.kept_margin)
    figures = {**asdict(found), "before": round(float(np.mean(before)), 4), "after": round(float(np.mean(after)), 4)}
    says = f"of {found.n} charts once judged correct, {np.mean(after):.1%} are drawn so ({np.mean(before):.1%} before)"
    return Condition("kept", found.p_worse <= limits.doubt, says, figures)


def _drift(drift: float | None, from_base: float | None, limits: Limits) -> Condition:
    if drift is None or from_base is None:
        return Condition("drift", None, "the distance to the champion could not be measured", {})
    says = f"{drift:.3f} nats a token from the champion, {from_base:.3f} from the base"
    within = drift <= limits.most_drift and from_base <= limits.most_drift_from_base
    return Condition("drift", within, says, {"champion": round(drift, 4), "base": round(from_base, 4)})


def _turns(champion: Figures, candidate: Figures, limits: Limits) -> Condition:
    before, after = (_spoilt(of, limits.spoils) for of in (champion, candidate))
    if before is None or after is None:
        return Condition("turns", None, "no second turn could be compared", {})
    says = f"a second turn spoils {after:.1%} of what ran ({before:.1%} before)"
    return Condition("turns", after <= before + limits.spoilt_margin, says, {"before": before, "after": after})


def _spoilt(figures: Figures, spoils: float) -> float | None:
    """Share of drawings that ran and were worse after the second turn."""
    pairs = [(one["quality"], one["second"]) for one in figures.values() if one["outcome"] == "ok" and "second" in one]
    return round(sum(second < first - spoils for first, second in pairs) / len(pairs), 4) if pairs else None


def _conduct(champion: Figures, candidate: Figures, limits: Limits) -> Condition:
    if not champion:
        return Condition("conduct", None, "there are no answers to look at", {})
    before, after = (_manners(of) for of in (champion, candidate))
    figures: JsonDict = {"before": before, "after": after}
    if after["tokens"] > limits.longer * before["tokens"]:
        grown = f"answers grew from {before['tokens']:.0f} to {after['tokens']:.0f} tokens"
        return Condition("conduct", False, grown, figures)
    for name, said in _FAULTS.items():
        if after[name] > before[name] + limits.conduct_margin:
            return Condition("conduct", False, f"{said} rise from {before[name]:.1%} to {after[name]:.1%}", figures)
    return Condition("conduct", True, f"{after['tokens']:.0f} tokens an answer, {after['failed']:.1%} fail", figures)


_FAULTS = {"cut_off": "answers without an end", "flagged": "programs that cheat", "failed": "failures"}


def _manners(figures: Figures) -> dict[str, float]:
    found = list(figures.values())
    return {
        "tokens": round(float(np.mean([one["tokens"] for one in found])), 2),
        "cut_off": round(float(np.mean([one["cut_off"] for one in found])), 4),
        "flagged": round(float(np.mean([bool(one["flagged"]) for one in found])), 4),
        "failed": round(float(np.mean([one["outcome"] != "ok" for one in found])), 4),
    }


def _people(agreement: Agreement, reliability: Reliability | None, limits: Limits) -> Condition:
    share, figures = agreement.share, agreement.to_json()
    if reliability is not None:
        figures["score_auc"] = reliability.score_auc
        if reliability.score_auc < 0.5 - _error_of_auc(reliability):
            return Condition("people", False, CONTRADICTS, figures)
    if share is not None and agreement.pairs >= ENOUGH_PAIRS and share < limits.least_agreement:
        disagree = f"only {share:.0%} of {agreement.pairs} answers that were judged twice were judged alike"
        return Condition("people", False, disagree, figures)
    if share is None:
        return Condition("people", True, "nothing was judged twice yet", figures)
    alike = f"{share:.0%} of {agreement.pairs} answers that were judged twice were judged alike"
    return Condition("people", True, alike, figures)


def _error_of_auc(reliability: Reliability) -> float:
    """Two standard errors of an area of a half, for classes of equal size (Hanley and McNeil, 1982)."""
    each = max(1.0, sum(reliability.count) / 2)
    return 2 * float(np.sqrt((0.25 + 2 * (each - 1) / 12) / each**2))
