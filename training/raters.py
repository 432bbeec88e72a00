"""How reliable people are: agreement on answers that were judged twice, noise, and the weight that one rater may have.

An answer counts as judged twice when two people judged it, or one person judged the same program for the same chart
again: the application shows a share of them again. Leaves out: keeping quarantine
(storage/evaluations.py).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from model.records import JsonDict

MOST_SHARE = 0.5
"""Of all weight, for one rater among several."""
ASSUMED_NOISE = 0.05  # as long as too little was judged twice
ENOUGH_PAIRS = 10
LEAST_AGREEMENT = 0.5  # with others; chance alone gives that

Opinion = tuple[str, str, bool]  # rater, what was judged (chart and program), says correct


@dataclass(frozen=True, slots=True)
class Agreement:
    """Pairs of verdicts on one thing, and how many of them agree."""

    pairs: int = 0
    agreeing: int = 0

    @property
    def share(self) -> float | None:
        return self.agreeing / self.pairs if self.pairs else None

    @property
    def noise(self) -> float:
        """How often one verdict errs, if errors come alone: two agree in 1 - 2 e (1 - e) of all cases."""
        if self.pairs < ENOUGH_PAIRS:
            return ASSUMED_NOISE
        disagreeing = 1 - (self.agreeing + 1) / (self.pairs + 2)
        return min(0.45, max(0.01, (1 - math.sqrt(max(0.0, 1 - 2 * disagreeing))) / 2))

    def to_json(self) -> JsonDict:
        return {"pairs": self.pairs, "agreeing": self.agreeing, "noise": round(self.noise, 4)}


def thing(chart: str, program: str) -> str:
    """What a verdict is about: this program for this chart, whichever turn wrote it."""
    return f"{chart}\n{program}"


def agreement(opinions: Iterable[Opinion]) -> tuple[Agreement, dict[str, Agreement]]:
    """Of all, and of each rater with everybody and with themselves."""
    counted: dict[str, list[bool]] = defaultdict(list)
    together: list[bool] = []
    for raters, alike in _pairs(opinions):
        together.append(alike)
        for rater in raters:
            counted[rater].append(alike)
    return _agreement(together), {rater: _agreement(found) for rater, found in counted.items()}


def _pairs(opinions: Iterable[Opinion]) -> Iterator[tuple[set[str], bool]]:
    """The raters of every two verdicts on one thing, and whether these say the same."""
    by_thing: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for rater, judged, right in opinions:
        by_thing[judged].append((rater, right))
    for found in by_thing.values():
        for (one, first), (other, second) in combinations(found, 2):
            yield {one, other}, first == second


def suspects(opinions: Sequence[Opinion]) -> dict[str, str]:
    """Raters who contradict the others more often than not, with the reason in words.

    The one with the least agreement goes first and is no longer counted against the rest, or an honest majority would
    look bad for having disagreed with it. Of two nobody can say which one is wrong.
    """
    found: dict[str, str] = {}
    left = list(opinions)
    while len({rater for rater, _, _ in left}) > 2:
        against = _with_others(left)
        worst = min(against, key=lambda rater: against[rater].share or 0.0, default="")
        if not worst or (against[worst].share or 0.0) >= LEAST_AGREEMENT:
            break
        share = against[worst].share or 0.0
        found[worst] = f"agrees with others on only {share:.0%} of {against[worst].pairs} answers judged by both"
        left = [opinion for opinion in left if opinion[0] != worst]
    return found


def _with_others(opinions: Sequence[Opinion]) -> dict[str, Agreement]:
    """Of each rater with enough answers that another one judged too."""
    counted: dict[str, list[bool]] = defaultdict(list)
    for raters, alike in _pairs(opinions):
        for rater in raters if len(raters) > 1 else ():
            counted[rater].append(alike)
    return {rater: _agreement(found) for rater, found in counted.items() if len(found) >= ENOUGH_PAIRS}


def _agreement(found: Sequence[bool]) -> Agreement:
    return Agreement(len(found), sum(found))


def weights(raters: Sequence[str], most_share: float = MOST_SHARE) -> list[float]:
    """1 for each verdict, less for those of a rater who would have more than `most_share` of all."""
    counts = Counter(raters)
    if len(counts) < 2:
        return [1.0] * len(raters)
    allowed = {rater: most_share * (len(raters) - own) / (1 - most_share) for rater, own in counts.items()}
    return [min(1.0, allowed[rater] / counts[rater]) for rater in raters]
