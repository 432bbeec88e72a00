"""What each answer of a training set is worth: how right it is, the rate of its question, and how much it counts.

An answer's chance to be right starts with what the calibrated score says and takes in every verdict on that program for
that chart; people err as often as their disagreement on answers judged twice says. Drawn answers that nobody judged
have the score alone, or the verdict on the very same program. What a person's program says is right as a verdict has
it, from a start of CORRECTED, and says nothing of how often a model is right. Leaves out: the loss that uses all this
(nft.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from datasets import Dataset

from model.records import JsonDict, Score
from training import raters, rates
from training.calibration import Calibration, calibrate, posterior
from training.raters import Agreement
from training.tune import with_columns

VERDICT_WEIGHT = 2.0
"""A verdict counts as much as two drawn answers: it is one signal beside the automatic score, not the only one."""
CORRECTED = 0.9
"""The chance that what a person put right is right, before their reliability is counted in."""


@dataclass(frozen=True, slots=True)
class Worth:
    """The training set with its columns, and how they were found."""

    rows: Dataset
    calibration: Calibration
    agreement: Agreement
    by_rater: dict[str, Agreement]
    rates: rates.Rates

    def to_json(self) -> JsonDict:
        reliability = self.calibration.reliability
        return {
            "rows": len(self.rows),
            "agreement": self.agreement.to_json(),
            "calibration": reliability.to_json() if reliability else None,
            "estimator": rates.ESTIMATOR,
            "rate": self.rates.overall,
            "rates": {"/".join(group): round(rate, 4) for group, rate in self.rates.by_group.items()},
        }


def worth(rows: Dataset) -> Worth:
    """Columns `correct`, `rate`, `weight`, and `label` by them, for judged and drawn answers together."""
    table = rows.select_columns(
        ["chart", "family", "version", "source", "label", "rater", "program", "score", "copies"]
    ).to_list()
    judged = [row for row in table if row["source"] == "verdict"]
    calibration = calibrated(judged)
    together, each = raters.agreement(opinions(judged))
    correct = chances(table, calibration, together.noise)
    found = rates.estimate(
        (row["family"], row["version"], right)
        for row, right in zip(table, correct, strict=True)
        if row["source"] != "correction"
        for _ in range(row["copies"])
    )
    columns: dict[str, Sequence[object]] = {
        "correct": correct,
        "rate": _chart_rates(table, correct, found),
        "weight": _weights(table),
        "label": [right >= 0.5 for right in correct],
    }
    return Worth(with_columns(rows, columns), calibration, together, each, found)


def calibrated(judged: Sequence[JsonDict]) -> Calibration:
    scores = [score_of(row) for row in judged]
    return calibrate(scores, [row["label"] for row in judged], [row["chart"] for row in judged])


def opinions(judged: Sequence[JsonDict]) -> list[raters.Opinion]:
    return [(row["rater"], thing(row), row["label"]) for row in judged]


def thing(row: JsonDict) -> str:
    """What a row is about."""
    return raters.thing(row["chart"], row["program"])


def score_of(row: JsonDict) -> Score:
    return Score(**row["score"])


def chances(table: Sequence[JsonDict], calibration: Calibration, noise: float) -> list[float]:
    """How right each answer is, in [0, 1]; the same program for the same chart is as right wherever it stands."""
    known: dict[str, float] = {}
    for row, prior in zip(table, calibration([score_of(row) for row in table]).tolist(), strict=True):
        known.setdefault(thing(row), prior)
    for row in table:
        if row["source"] == "verdict":
            known[thing(row)] = posterior(known[thing(row)], row["label"], noise)
    for row in table:
        if row["source"] == "correction":
            known[thing(row)] = posterior(max(known[thing(row)], CORRECTED), True, noise)
    return [known[thing(row)] for row in table]


def _chart_rates(table: Sequence[JsonDict], correct: Sequence[float], found: rates.Rates) -> list[float]:
    """The rate of each row's question, by its chart and version."""
    answers: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for row, right in zip(table, correct, strict=True):
        if row["source"] == "correction":
            continue
        answers[row["chart"], row["version"]].append((right, row["copies"]))
    return [
        rates.chart_rate(found.of(row["family"], row["version"]), answers[row["chart"], row["version"]])
        for row in table
    ]


def _weights(table: Sequence[JsonDict]) -> list[float]:
    """People's rows, verdicts and corrections alike, weigh more, but no one rater's all together too much."""
    bounded = iter(raters.weights([row["rater"] for row in table if row["source"] != "sample"]))
    return [float(row["copies"]) if row["source"] == "sample" else VERDICT_WEIGHT * next(bounded) for row in table]
