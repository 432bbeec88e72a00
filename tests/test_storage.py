"""Charts, jobs, turns, history, model versions and pictures in a real SQLite file."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.errors import StorageError
from model.records import (
    Answer,
    AxesFacts,
    Completion,
    Difference,
    Execution,
    Feedback,
    FigureFacts,
    Hints,
    Outcome,
    Paint,
    Region,
    Score,
    TextBox,
    Turn,
)
from storage.blobs import Blobs, encode_png
from storage.records import JobState, Label, Lease, VersionState
from storage.repository import Store

PIXELS = np.arange(12 * 10 * 3, dtype=np.uint8).reshape(12, 10, 3)
RAN = Turn(
    index=1,
    answer=Answer("kind: bar", "plt.bar([1], [2])", "<bar>"),
    execution=Execution(Outcome.OK, "", PIXELS, seconds=0.1),
    score=Score(1.0, text=0.5, visual=0.7),
    feedback=Feedback("", PIXELS, (Difference("text", 'missing: "Sales"'),)),
    completion=Completion(Answer("", ""), "nano@1", "stop", (1, 2), (3, 4, 5), (-0.5, -0.25, float("-inf")), 1.5),
    seconds=2.0,
)
FAILED = replace(
    RAN,
    execution=Execution(Outcome.ERROR, "NameError: x"),
    score=Score(0.0),
    feedback=Feedback("NameError: x"),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as store:
        yield store


@pytest.fixture
def chart(store: Store) -> str:
    return store.jobs.add_chart(encode_png(PIXELS), "image/jpeg", 10, 12)


def held_job(store: Store, chart: str, name: str = "bars.png") -> int:
    """A new job, held by worker "me"; others must be finished before."""
    store.jobs.add(chart, name, "nano@1", 4)
    job = store.jobs.claim("me", lease_s=60.0)
    assert job is not None and job.chart.name == name
    return job.id


# charts and pictures


def test_the_same_picture_is_kept_once(store: Store, chart: str) -> None:
    assert store.jobs.add_chart(encode_png(PIXELS), "image/png", 10, 12) == chart
    assert [path.name for path in store.blobs.root.rglob("*.png")] == [f"{chart}.png"]
    kept = store.jobs.chart(chart, "bars.png")
    assert (kept.sha256, kept.name, kept.hints) == (chart, "bars.png", Hints())
    assert np.array_equal(kept.pixels, PIXELS)


def test_hints_come_back_as_they_were(store: Store, chart: str) -> None:
    region = Region(0.0, 1.0, 5.0, 6.0, 20, ((0.0, 1.0), (5.0, 6.0)))
    hints = Hints((TextBox("Año", 1.0, 2.0, 3.0, 4.0, True, 0.9),), (Paint("#1f77b4", 20, (region,)),))
    assert not store.jobs.has_hints(chart)
    store.jobs.keep_hints(chart, hints)
    assert store.jobs.has_hints(chart)
    assert store.jobs.chart(chart).hints == hints


@pytest.mark.parametrize("name", ["", "0" * 64, "../../etc/passwd", "A" * 64, "0" * 63])
def test_a_picture_that_is_not_there_is_an_error_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    with pytest.raises(StorageError, match="no stored picture"):
        Blobs(tmp_path).path(name)


def test_a_picture_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    blobs = Blobs(tmp_path)
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        blobs.put(b"a picture")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


# turns


def test_a_turn_comes_back_with_everything_that_training_needs(store: Store, chart: str) -> None:
    job_id = held_job(store, chart)
    first = store.jobs.add_turn(job_id, FAILED, "me")
    second = store.jobs.add_turn(job_id, RAN, "me")
    assert (first.number, first.outcome, first.error, first.render) == (1, Outcome.ERROR, "NameError: x", "")
    assert (second.number, second.model, second.score) == (2, "nano@1", RAN.score)
    assert store.jobs.past_turns(job_id)[1].completion == replace(
        RAN.completion or Completion(RAN.answer, ""), answer=RAN.answer, seconds=0.0
    )
    assert store.jobs.turn(second.id) == second
    asked = store.jobs.conversation(second.id)
    assert asked.chart.sha256 == chart and asked.chart.name == "bars.png"
    assert asked.history == ((FAILED.answer, Feedback("NameError: x")),)
    assert store.jobs.conversation(first.id).history == ()


def test_past_turns_let_the_loop_go_on(store: Store, chart: str) -> None:
    job_id = held_job(store, chart)
    store.jobs.add_turn(job_id, RAN, "me")
    (past,) = store.jobs.past_turns(job_id)
    assert past.index == 1 and past.answer == RAN.answer and past.feedback == RAN.feedback
    assert past.feedback.pixels is not None and np.array_equal(past.feedback.pixels, PIXELS)
    assert past.execution == Execution(Outcome.OK)


def test_what_json_and_sql_cannot_hold_does_no_harm(store: Store, chart: str) -> None:
    nan = float("nan")
    axes = AxesFacts(None, (0, 0, 1, 1), "rectilinear", "linear", "linear", (0.0, nan), (float("-inf"), 1.0))
    facts = FigureFacts(10, 12, (), (), (), {"bar": 1}, {"bar": ("#1f77b4",)}, (axes,))
    turn = replace(
        RAN,
        answer=Answer("", "print('\x00\ud800é')"),
        execution=replace(RAN.execution, facts=facts),
    )
    kept = store.jobs.add_turn(held_job(store, chart), turn, "me")
    found = store.jobs.turn(kept.id)
    assert found is not None and found.code == "print('?é')"


def test_the_best_turn_is_the_highest_that_ran(store: Store, chart: str) -> None:
    job_id = held_job(store, chart)

    def best_after(turn: Turn) -> int | None:
        store.jobs.add_turn(job_id, turn, "me")
        job = store.jobs.get(job_id)
        assert job is not None
        return job.best

    assert best_after(FAILED) is None
    assert best_after(replace(RAN, score=Score(1.0, text=0.0))) == 2
    assert best_after(replace(RAN, score=Score(1.0, text=0.6))) == 3
    assert best_after(replace(RAN, score=Score(1.0, text=0.6))) == 3  # an equal one changes nothing
    assert best_after(FAILED) == 3
    assert best_after(replace(RAN, score=Score(1.0, text=0.7))) == 6


def test_turns_of_two_people_at_once_get_numbers_of_their_own(store: Store, chart: str) -> None:
    job_id = held_job(store, chart)
    store.jobs.finish(job_id, "me", JobState.DONE)
    by_hand = replace(RAN, author="person", completion=None)
    threads = [threading.Thread(target=store.jobs.add_turn, args=(job_id, by_hand)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    job = store.jobs.get(job_id)
    assert job is not None and [turn.number for turn in job.turns] == list(range(1, 9))
    assert {(turn.author, turn.model) for turn in job.turns} == {("person", "")}


def test_a_turn_needs_its_job(store: Store, chart: str) -> None:
    job_id = held_job(store, chart)
    with pytest.raises(StorageError, match="taken over"):
        store.jobs.add_turn(job_id, RAN, "somebody else")
    with pytest.raises(StorageError, match="taken over"):
        store.jobs.finish(job_id, "somebody else", JobState.DONE)


# the queue


def test_one_worker_gets_a_job(store: Store, chart: str) -> None:
    ids = {store.jobs.add(chart, f"{n}.png", "m", 4) for n in range(20)}
    got: list[int] = []

    def work(owner: str) -> None:
        while (job := store.jobs.claim(owner, 60.0)) is not None:
            got.append(job.id)

    workers = [threading.Thread(target=work, args=(f"worker {n}",)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(got) == sorted(ids)


def test_a_lease_that_ran_out_goes_to_the_next_and_shuts_the_first_out(store: Store, chart: str) -> None:
    job_id = store.jobs.add(chart, "bars.png", "m", 4)
    assert store.jobs.claim("first", lease_s=-1.0) is not None
    taken = store.jobs.claim("second", lease_s=60.0)
    assert taken is not None and (taken.id, taken.attempt) == (job_id, 2)
    assert store.jobs.claim("third", lease_s=60.0) is None
    assert store.jobs.renew(job_id, "first", 60.0) is Lease.LOST
    assert store.jobs.renew(job_id, "second", 60.0) is Lease.KEPT
    with pytest.raises(StorageError, match="taken over"):
        store.jobs.add_turn(job_id, RAN, "first")


def test_stopping_tells_the_owner_and_ends_what_waits(store: Store, chart: str) -> None:
    running, waiting = held_job(store, chart), store.jobs.add(chart, "b.png", "m", 4)
    assert store.jobs.queue_place(waiting) == 1 and store.jobs.queue_place(running) == 0
    store.jobs.stop(running, "why")
    store.jobs.stop(waiting, "why")
    assert store.jobs.renew(running, "me", 60.0) is Lease.STOP
    stopped = store.jobs.get(waiting)
    assert stopped is not None and (stopped.state, stopped.stop_reason) == (JobState.STOPPED, "why")
    assert store.jobs.claim("me", 60.0) is None
    assert store.jobs.counts() == {"queued": 0, "running": 1, "done": 0, "stopped": 1, "failed": 0}


# the history


@pytest.fixture
def past(store: Store, chart: str) -> list[int]:
    """Five finished jobs: 0 ran, 1 failed, 2 has no turn, 3 has "100%" in its name, 4 is judged."""
    ids = []
    turns: tuple[list[Turn], ...] = ([FAILED, RAN], [FAILED], [], [RAN], [RAN])
    for name, made in zip(["bars.png", "Lines.png", "pie.png", "100% area.png", "judged.png"], turns, strict=True):
        job_id = held_job(store, chart, name)
        kept = [store.jobs.add_turn(job_id, turn, "me") for turn in made]
        store.jobs.finish(job_id, "me", JobState.DONE)
        ids.append(job_id)
    store.verdicts.add(kept[0].id, Label.WRONG)
    return ids


def test_the_history_is_newest_first_in_pages(store: Store, past: list[int]) -> None:
    pages = [store.history.page(page=page, page_size=2) for page in range(4)]
    assert [[item.job_id for item in page.items] for page in pages] == [past[:2:-1], past[2:0:-1], past[:1], []]
    assert {page.total for page in pages} == {5}
    first = pages[2].items[0]
    assert (first.outcome, first.turns, first.label) == (Outcome.OK, 2, None)
    assert first.overall == pytest.approx(0.6)  # the mean of text 0.5 and visual 0.7
    assert first.render and first.model == "nano@1"
    failed, judged = pages[1].items[1], pages[0].items[0]
    assert (failed.outcome, failed.overall, failed.render, failed.turns) == (None, None, "", 1)
    assert judged.label is Label.WRONG


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("lines", [1]),
        ("PLT.BAR", [4, 3, 1, 0]),
        ("100%", [3]),
        ("%", [3]),
        ("_", []),
        ("#2", [1]),
        ("#99", []),
        ("  pie ", [2]),
    ],
)
def test_the_history_can_be_searched(store: Store, past: list[int], search: str, found: list[int]) -> None:
    page = store.history.page(search)
    assert [item.job_id for item in page.items] == [past[n] for n in found]
    assert page.total == len(found)


def test_examples_are_jobs_that_nobody_has_to_run(store: Store, chart: str) -> None:
    job_id = store.jobs.add_example(chart, "grouped_bars.png", "nano@1", [FAILED, RAN], "Good.")
    job = store.jobs.get(job_id)
    assert job is not None
    assert (job.state, job.origin, job.best, len(job.turns)) == (JobState.DONE, "example", 2, 2)
    assert store.jobs.examples() == {chart: job_id}
    assert store.jobs.claim("me", 60.0) is None


# model versions


def test_the_champion_moves_forwards_and_back(store: Store) -> None:
    versions = store.versions
    assert versions.alias() is None
    one, two, three = (versions.add("nano", f"models/{n}", "0" * 64).number for n in (1, 2, 3))
    with pytest.raises(StorageError, match="no champion before"):
        versions.rollback()
    for number in (one, two, three):
        versions.promote(number, reason="better", changed_by="gate")
    assert versions.rollback(reason="worse in use").number == two
    assert versions.rollback().number == one
    with pytest.raises(StorageError, match="no champion before"):
        versions.rollback()
    versions.promote(three)
    assert versions.rollback().number == one
    assert [(change.kind, change.number) for change in versions.changes()] == [
        ("promote", 1),
        ("promote", 2),
        ("promote", 3),
        ("rollback", 2),
        ("rollback", 1),
        ("promote", 3),
        ("rollback", 1),
    ]
    states = {version.number: version.state for version in versions.all()}
    assert states == {1: VersionState.CHAMPION, 2: VersionState.RETIRED, 3: VersionState.RETIRED}


def test_promotion_refuses_what_makes_no_sense(store: Store) -> None:
    number = store.versions.add("nano", "models/1", "0" * 64).number
    store.versions.promote(number)
    with pytest.raises(StorageError, match="champion already"):
        store.versions.promote(number)
    with pytest.raises(StorageError, match="no model version 9"):
        store.versions.promote(9)
    assert len(store.versions.changes()) == 1
