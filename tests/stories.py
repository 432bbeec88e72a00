"""Refreshes as their process would write them, by the real verbs of storage; nothing is trained.

Leaves out: the figures' meaning (training/gate.py makes real ones; these are alike in form).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from model.records import JsonDict
from storage.records import Decision, GateReport, Label, ModelVersion, Part, RunState, TrainingRun
from storage.repository import Store
from storage.versions import CHAMPION

LONG_S = 600.0
CURVE = [
    {"step": step, "loss": -step / 50, "log_ratio/right": step / 30, "log_ratio/wrong": -step / 20}
    for step in range(1, 41)
]
RECIPE = {"tuning": {"method": "nft", "epochs": 2.0, "learning_rate": 5e-5}}
SECONDS = {"snapshot": 0.4, "sample": 61.0, "weigh": 0.2, "tune": 190.0, "publish": 1.0, "exam": 95.0, "decide": 0.5}


@dataclass(frozen=True)
class Story:
    """How a refresh goes: the uses of verdicts, what the candidate draws of each chart, what the gate says."""

    uses: Sequence[tuple[int, Part, str]]
    items: Mapping[str, JsonDict] = field(default_factory=dict)
    decision: Decision = Decision.WAITING
    passed: bool = True
    reason: str = "likely accepted on 22 held-out charts: 41.0% before, 58.3% now"
    failed: str = ""  # the condition that the candidate did not meet


def item(chart: str, program: str, overall: float, *, right: bool | None = None, outcome: str = "ok") -> JsonDict:
    """What exam.sit says of one chart."""
    score = {"execution": 1.0, "text": overall, "visual": overall, "layout": None, "kind": None, "colour": None}
    return {
        "family": "bar", "chart": chart, "outcome": outcome, "quality": None, "score": {**score, "data": None},
        "tokens": 90, "cut_off": False, "flagged": [], "still_right": right, "program": program, "raw": program,
    }  # fmt: skip


def begin(store: Store) -> TrainingRun:
    """Claim the run that somebody asked for, or a new one."""
    store.runs.request("trainer", "nft", {}, "40 new verdicts, 12 of them correct")
    run = store.runs.claim("trainer", "a test", LONG_S)
    assert run is not None
    return run


def freeze(store: Store, run: TrainingRun, uses: Sequence[tuple[int, Part, str]]) -> str:
    name = sha256(repr((run.id, uses)).encode()).hexdigest()
    left_out: dict[str, int] = {}
    for _, _, reason in uses:
        if reason:
            left_out[reason] = left_out.get(reason, 0) + 1
    counts: dict[str, Any] = {part.value: sum(one[1] is part for one in uses) for part in (Part.TRAIN, Part.GATE)}
    labels = {verdict.id: verdict.label for verdict in store.verdicts.all()}
    trained = [labels[verdict] for verdict, part, _ in uses if part is Part.TRAIN]
    counts |= {label.value: trained.count(label) for label in (Label.CORRECT, Label.WRONG)}
    counts["left_out"] = left_out
    store.snapshots.keep(name, "nowhere", store.verdicts.newest(), {}, counts, uses)
    store.runs.froze(run.id, run.attempt, name)
    return name


def tell(store: Store, story: Story) -> ModelVersion:
    """A whole refresh."""
    run = begin(store)
    freeze(store, run, story.uses)
    store.runs.note(run.id, run.attempt, "tune", {"done": 40, "of": 40, "curve": CURVE})
    champion = store.versions.alias(CHAMPION)
    assert champion is not None
    made = store.runs.publish(
        run.id, run.attempt, champion.name, champion.path, f"{run.id:064x}", parent=1, recipe=RECIPE
    )
    store.evaluations.keep(made.number, f"judged-{run.id}", dict(story.items), {"n": len(story.items)})
    report = GateReport(
        0, made.number, champion.number, run.id, story.passed, story.decision, "ask", story.reason,
        {"conditions": conditions(story.failed), "worth": {"calibration": RELIABILITY}}, datetime.now(UTC),
    )  # fmt: skip
    store.runs.decide(run.id, run.attempt, report)
    metrics = {"seconds": SECONDS, "number": made.number, "decision": story.decision.value, "curve": CURVE}
    store.runs.finish(run.id, run.attempt, RunState.DONE, metrics=metrics)
    found = store.versions.get(made.number)
    assert found is not None
    return found


def conditions(failed: str) -> list[JsonDict]:
    paired = {"n": 60, "mean": 0.012, "low": -0.004, "high": 0.028, "p_better": 0.87, "p_worse": 0.02}
    bars = {**paired, "n": 21, "mean": 0.055, "low": 0.01, "high": 0.09}
    told = {
        "charts": ("frozen charts +0.012 on 60", {"overall": paired, "families": {"bar": bars, "plot": paired}}),
        "verdicts": ("likely accepted on 22 held-out charts: 41.0% before, 58.3% now", {**bars, "n": 22}),
        "kept": ("of 14 charts once judged correct, 92.9% are drawn so (92.9% before)", {**paired, "n": 14}),
        "drift": ("0.051 nats a token from the champion, 0.051 from the base", {"champion": 0.051, "base": 0.051}),
        "turns": ("no second turn could be compared", {}),
        "conduct": ("71 tokens an answer, 1.7% fail", {}),
        "people": ("93% of 30 answers that were judged twice were judged alike", {"pairs": 30}),
    }
    return [
        {"name": name, "passed": False if name == failed else None if name == "turns" else True, "says": says,
         "figures": figures}
        for name, (says, figures) in told.items()
    ]  # fmt: skip


RELIABILITY = {
    "bins": [
        {"n": 30, "foretold": 0.12, "observed": 0.1},
        {"n": 22, "foretold": 0.43, "observed": 0.36},
        {"n": 41, "foretold": 0.86, "observed": 0.9},
    ],
    "brier": 0.11, "auc": 0.91, "score_auc": 0.88,
}  # fmt: skip
