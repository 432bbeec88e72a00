"""How often a version is right on a family of charts: the rate r that NFT's loss needs, by shrinkage.

A person gives about one verdict for each answer, so the share of right answers to one chart cannot be counted. Families
of charts are shrunk towards their version, versions towards all verdicts (beta-binomial, the strength found by maximum
likelihood), and a chart towards its family by what its own answers say. Two verdicts never make a rate of 0 or 1.
Leaves out: what one answer is worth (calibration.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import betaln

ESTIMATOR = "beta-binomial-1"
"""Kept with every rate: another way to estimate gets another name."""
CHART_STRENGTH = 2.0  # answers that the family's rate counts for in a chart's own
WEAKEST, STRONGEST = 1.0, 40.0  # answers that the parent's rate counts for in a family's

Group = tuple[str, str]  # family, version
Counts = Mapping[Group, tuple[float, float]]  # right answers, all answers


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates in (0, 1) by (family, version), and what stands in for those that are unknown."""

    overall: float
    by_version: Mapping[str, float]
    by_group: Mapping[Group, float]
    strength: float

    def of(self, family: str, version: str) -> float:
        return self.by_group.get((family, version), self.by_version.get(version, self.overall))


def estimate(answers: Iterable[tuple[str, str, float]]) -> Rates:
    """From (family, version, how right an answer is in [0, 1])."""
    groups: dict[Group, list[float]] = defaultdict(list)
    for family, version, right in answers:
        groups[family, version].append(right)
    counts = {group: (sum(found), float(len(found))) for group, found in groups.items()}
    overall = shrunk(sum(right for right, _ in counts.values()), sum(n for _, n in counts.values()), 0.5, 2.0)
    versions: dict[str, tuple[float, float]] = {}
    for (_, version), (right, n) in counts.items():
        before = versions.get(version, (0.0, 0.0))
        versions[version] = (before[0] + right, before[1] + n)
    strength = fitted_strength(list(counts.values()), overall)
    by_version = {version: shrunk(*found, overall, strength) for version, found in versions.items()}
    by_group = {group: shrunk(*found, by_version[group[1]], strength) for group, found in counts.items()}
    return Rates(overall, by_version, by_group, strength)


def shrunk(right: float, n: float, parent: float, strength: float) -> float:
    """The mean of a beta posterior whose prior is worth `strength` answers at the parent's rate."""
    return (strength * parent + right) / (strength + n)


def fitted_strength(counts: Sequence[tuple[float, float]], parent: float) -> float:
    """How much families are alike: the strength under which their counts are likeliest (empirical Bayes)."""
    if len(counts) < 2:
        return STRONGEST
    right, n = np.array(counts, float).T

    def unlikely(log_strength: float) -> float:
        a, b = np.exp(log_strength) * parent, np.exp(log_strength) * (1 - parent)
        return -float((betaln(a + right, b + n - right) - betaln(a, b)).sum())

    found = minimize_scalar(unlikely, bounds=(np.log(WEAKEST), np.log(STRONGEST)), method="bounded")
    return float(np.exp(found.x))


def chart_rate(family_rate: float, answers: Iterable[tuple[float, float]]) -> float:
    """The rate of one chart for one version, from (how right, how many copies) of its answers."""
    found = list(answers)
    right, n = sum(c * copies for c, copies in found), sum(copies for _, copies in found)
    return shrunk(right, n, family_rate, CHART_STRENGTH)
