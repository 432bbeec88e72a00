"""Training runs, snapshots, evaluations and raters in a real SQLite file: one run at a time, nothing by a late one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from model.errors import StorageError
from model.records import Answer, Execution, Feedback, Outcome, Score, Turn
from storage.blobs import encode_png
from storage.records import Decision, GateReport, Label, Lease, Part, RunState, TrainingRun, VersionState
from storage.repository import Store
from storage.versions import CANDIDATE, PREVIOUS

TURN = Turn(1, Answer("", "pass"), Execution(Outcome.NO_FIGURE), Score(0.0), Feedback("no figure"), author="person")
LONG_S, OVER_S = 60.0, -1.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as store:
        yield store


@pytest.fixture
def run(store: Store) -> TrainingRun:
    """A claimed run."""
    store.runs.request("cpu", "nft", {"seed": 0}, "the button")
    run = store.runs.claim("cpu", "me", LONG_S)
    assert run is not None
    return run


def report(number: int, decision: Decision, passed: bool = True) -> GateReport:
    return GateReport(0, number, None, None, passed, decision, "auto", "because", {"p": 0.5}, datetime.now(UTC))


def judged_turn(store: Store) -> int:
    sha256 = store.jobs.add_chart(encode_png(np.zeros((4, 4, 3), np.uint8)), "image/png", 4, 4)
    return store.jobs.add_turn(store.jobs.add(sha256, "bars.png", "m", 4), TURN).id


def test_one_run_at_a_time_for_each_resource(store: Store) -> None:
    first = store.runs.request("cpu", "nft", {}, "200 new verdicts")
    assert store.runs.request("cpu", "nft", {}, "the button").id == first.id
    assert store.runs.request("gpu0", "nft", {}, "the button").id != first.id
    assert (first.state, first.trigger, first.attempt) == (RunState.QUEUED, "200 new verdicts", 0)


def test_many_that_ask_at_once_get_the_same_run(store: Store) -> None:
    found: list[int] = []

    def ask() -> None:
        with Store.open(store.blobs.root.parent) as own:
            found.append(own.runs.request("cpu", "nft", {}, "a clock").id)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1 and len(store.runs.all()) == 1


def test_a_claimed_run_is_not_claimed_again_until_its_lease_ran_out(store: Store, run: TrainingRun) -> None:
    assert run.attempt == 1 and run.state is RunState.RUNNING and run.started is not None
    assert store.runs.claim("cpu", "other", LONG_S) is None
    assert store.runs.renew(run.id, run.attempt, OVER_S) is Lease.KEPT  # dies now
    again = store.runs.claim("cpu", "other", LONG_S)
    assert again is not None and (again.id, again.attempt) == (run.id, 2)
    assert store.runs.renew(run.id, run.attempt, LONG_S) is Lease.LOST
    assert store.runs.renew(run.id, again.attempt, LONG_S) is Lease.KEPT


LATE: list[Callable[[Store, TrainingRun], object]] = [
    lambda store, run: store.runs.note(run.id, run.attempt, "tune", {}),
    lambda store, run: store.runs.froze(run.id, run.attempt, "f" * 64),
    lambda store, run: store.runs.publish(run.id, run.attempt, "nano", "models/1", "0" * 64),
    lambda store, run: store.runs.decide(run.id, run.attempt, report(1, Decision.PROMOTED)),
    lambda store, run: store.runs.finish(run.id, run.attempt, RunState.DONE),
    lambda store, run: store.runs.release(run.id, run.attempt),
]


@pytest.mark.parametrize("write", LATE, ids=["note", "froze", "publish", "decide", "finish", "release"])
def test_who_slept_past_its_lease_changes_nothing(
    store: Store, run: TrainingRun, write: Callable[[Store, TrainingRun], object]
) -> None:
    store.versions.add("nano", "models/0", "1" * 64)
    store.runs.renew(run.id, run.attempt, OVER_S)
    holder = store.runs.claim("cpu", "other", LONG_S)
    assert holder is not None
    with pytest.raises(StorageError, match="taken over"):
        write(store, run)
    assert store.runs.get(run.id) == holder
    assert len(store.versions.all()) == 1 and store.versions.alias() is None and store.runs.reports() == ()


def test_what_a_run_says_of_itself_can_be_read(store: Store, run: TrainingRun) -> None:
    store.runs.froze(run.id, run.attempt, "f" * 64)
    store.runs.note(run.id, run.attempt, "tune", {"step": 3, "of": 40, "loss": float("nan")})
    store.runs.finish(run.id, run.attempt, RunState.FAILED, metrics={"rows": 12}, error="the disk is full")
    found = store.runs.get(run.id)
    assert found is not None
    assert (found.snapshot, found.phase, found.progress) == ("f" * 64, "tune", {"step": 3, "of": 40, "loss": None})
    assert (found.state, found.error, found.metrics) == (RunState.FAILED, "the disk is full", {"rows": 12})
    assert store.runs.open("cpu") is None and found.finished is not None


def test_a_waiting_run_is_cancelled_and_a_running_one_is_told(store: Store, run: TrainingRun) -> None:
    waiting = store.runs.request("gpu0", "nft", {}, "the button")
    store.runs.cancel(waiting.id)
    cancelled = store.runs.get(waiting.id)
    assert cancelled is not None and cancelled.state is RunState.CANCELLED
    store.runs.cancel(run.id)
    assert store.runs.renew(run.id, run.attempt, LONG_S) is Lease.STOP


def test_a_released_run_waits_for_the_next_process(store: Store, run: TrainingRun) -> None:
    store.runs.release(run.id, run.attempt)
    again = store.runs.claim("cpu", "other", LONG_S)
    assert again is not None and again.attempt == 2


def test_what_a_run_makes_is_one_version_with_its_origin(store: Store, run: TrainingRun) -> None:
    parent = store.versions.add("nano", "models/0", "1" * 64)
    store.runs.froze(run.id, run.attempt, "f" * 64)
    made = [
        store.runs.publish(run.id, run.attempt, "nano", "models/1", "0" * 64, parent=parent.number, recipe={"lr": 1e-5})
        for _ in range(2)  # a process that was killed after the first comes here again
    ]
    assert made[0] == made[1] and len(store.versions.all()) == 2
    assert (made[0].parent, made[0].recipe, made[0].snapshot, made[0].run_id) == (1, {"lr": 1e-5}, "f" * 64, run.id)
    candidate = store.versions.alias(CANDIDATE)
    assert candidate == made[0] and candidate.state is VersionState.CANDIDATE


@pytest.mark.parametrize("decision", list(Decision))
def test_a_decision_is_kept_and_carried_out_once(store: Store, run: TrainingRun, decision: Decision) -> None:
    old = store.versions.add("nano", "models/0", "1" * 64)
    store.versions.promote(old.number)
    made = store.runs.publish(run.id, run.attempt, "nano", "models/1", "0" * 64)
    kept = [store.runs.decide(run.id, run.attempt, report(made.number, decision)) for _ in range(2)]
    assert kept[0] == kept[1] and store.runs.reports(made.number) == (kept[0],)
    assert (kept[0].run_id, kept[0].decision, kept[0].reason, kept[0].figures) == (
        run.id,
        decision,
        "because",
        {"p": 0.5},
    )
    champion, found = store.versions.alias(), store.versions.get(made.number)
    assert champion is not None and found is not None
    assert (champion.number == made.number) is (decision is Decision.PROMOTED)
    assert (found.state is VersionState.REJECTED) is (decision is Decision.REFUSED)


def test_previous_is_what_a_rollback_would_bring_back(store: Store) -> None:
    numbers = [store.versions.add("nano", f"models/{n}", f"{n}" * 64).number for n in range(3)]
    assert store.versions.alias(PREVIOUS) is None
    for number in numbers:
        store.versions.promote(number)
    previous = store.versions.alias(PREVIOUS)
    assert previous is not None and previous.number == numbers[1]
    assert store.versions.rollback().number == numbers[1]
    previous = store.versions.alias(PREVIOUS)
    assert previous is not None and previous.number == numbers[0]


def test_what_became_of_a_verdict(store: Store, run: TrainingRun) -> None:
    turn_id = judged_turn(store)
    used, left, waiting = (store.verdicts.add(turn_id, Label.WRONG, rater=rater).id for rater in ("a", "b", "c"))
    uses = [(used, Part.TRAIN, ""), (left, Part.LEFT_OUT, "its rater is quarantined")]
    for _ in range(2):
        store.snapshots.keep("f" * 64, "snapshots/f", left, {"seed": 0}, {"train": 1}, uses)
    store.runs.froze(run.id, run.attempt, "f" * 64)
    assert store.snapshots.fate(waiting) == ()
    (use,) = store.snapshots.fate(used)
    assert (use.part, use.run_id, use.run_state, use.number) == (Part.TRAIN, run.id, RunState.RUNNING, None)
    made = store.runs.publish(run.id, run.attempt, "nano", "models/1", "0" * 64)
    assert [use.number for use in store.snapshots.fate(used)] == [made.number]
    (use,) = store.snapshots.fate(left)
    assert (use.part, use.reason) == (Part.LEFT_OUT, "its rater is quarantined")
    assert store.snapshots.uses("f" * 64) == tuple(uses)
    kept = store.snapshots.get("f" * 64)
    assert kept is not None and (kept.path, kept.through, kept.counts) == ("snapshots/f", left, {"train": 1})
    assert store.snapshots.all() == (kept,)


def test_what_counted_at_any_time_can_be_told_later(store: Store) -> None:
    turn_id = judged_turn(store)
    first = store.verdicts.add(turn_id, Label.WRONG)
    before = datetime.now(UTC)
    second = store.verdicts.add(turn_id, Label.CORRECT)
    store.verdicts.withdraw(second.id)
    assert [one.label for one in store.verdicts.all(through=first.id)] == [Label.WRONG]
    assert [one.label for one in store.verdicts.all(through=second.id)] == [Label.CORRECT]
    assert list(store.verdicts.all()) == []
    assert store.verdicts.newest(before) == first.id
    assert store.verdicts.newest() == second.id + 1
    assert store.verdicts.newest(before - timedelta(days=1)) == 0


def test_the_first_evaluation_of_a_suite_holds(store: Store) -> None:
    number = store.versions.add("nano", "models/0", "1" * 64).number
    store.evaluations.keep(number, "charts-abc", {"bar_1": {"low_level": 0.5}}, {"low_level": 0.5})
    store.evaluations.keep(number, "charts-abc", {}, {})
    found = store.evaluations.get(number, "charts-abc")
    assert found is not None and found.items == {"bar_1": {"low_level": 0.5}}
    assert store.evaluations.of(number) == (found,)
    assert store.evaluations.get(number, "charts-def") is None


def test_the_newest_mark_of_a_rater_holds(store: Store) -> None:
    store.raters.mark("ann", quarantined=True, reason="contradicts everybody", changed_by="gate")
    store.raters.mark("bob", quarantined=True, reason="a robot", changed_by="admin")
    store.raters.mark("ann", quarantined=False, reason="was a misunderstanding", changed_by="admin")
    assert store.raters.quarantined() == {"bob"}
    assert [mark.rater for mark in store.raters.marks()] == ["ann", "bob", "ann"]
