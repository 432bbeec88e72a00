"""When a refresh is due and when a champion steps back, by rows in a real store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.records import Label, RunState, pseudonym
from storage.repository import Store
from tests.judged_store import WRONG, add_job, add_turn, judge
from training.triggers import Fall, Trigger, last_refresh, step_back, within

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
SMALL = Trigger(min_new=4, min_per_class=2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as store:
        yield store


def refreshed(store: Store) -> None:
    """A run that knew of all verdicts until now."""
    store.runs.request("trainer", "nft", {}, "the button")
    run = store.runs.claim("trainer", "me", 60)
    assert run is not None
    out = [pseudonym(rater) for rater in sorted(store.raters.quarantined())]
    store.snapshots.keep(f"{run.id:064}", "somewhere", store.verdicts.newest(), {"quarantined": out}, {}, ())
    store.runs.froze(run.id, run.attempt, f"{run.id:064}")
    store.runs.finish(run.id, run.attempt, RunState.DONE)


def test_enough_new_verdicts_of_each_class(store: Store) -> None:
    for number in range(5):
        judge(store, number, right=number == 0)
    assert SMALL.due(store, NOON) == ""
    judge(store, 5, right=True)
    assert SMALL.due(store, NOON) == "6 new verdicts, 2 of them correct"
    refreshed(store)
    assert SMALL.due(store, NOON) == ""
    for number in range(6, 10):
        judge(store, number, right=number % 2 == 0)
    assert SMALL.due(store, NOON) == "4 new verdicts, 2 of them correct"


def test_a_verdict_that_was_taken_back_is_not_new(store: Store) -> None:
    kept = [judge(store, number, right=number % 2 == 0) for number in range(4)]
    assert SMALL.due(store, NOON)
    store.verdicts.withdraw(kept[0].id)
    assert SMALL.due(store, NOON) == ""


def test_a_clock_asks_for_something_new(store: Store) -> None:
    daily = Trigger(every_hours=24)
    assert daily.due(store, NOON) == ""
    judge(store, 1, right=True)
    assert daily.due(store, NOON) == "24 hours have passed and there are 1 new verdicts"
    refreshed(store)
    judge(store, 2, right=True)
    moment = last_refresh(store)[0]
    assert moment is not None
    assert daily.due(store, moment + timedelta(hours=23)) == ""
    assert daily.due(store, moment + timedelta(hours=24)) != ""


def test_a_rater_taken_out_rebuilds_the_version(store: Store) -> None:
    for number in range(4):
        judge(store, number, right=number % 2 == 0)
    refreshed(store)
    assert SMALL.due(store, NOON) == ""
    store.raters.mark("ann", quarantined=True, reason="flips", changed_by="somebody")
    assert SMALL.due(store, NOON) == "a rater was taken out or let in since the last refresh"
    refreshed(store)
    assert SMALL.due(store, NOON) == ""


def test_what_just_failed_is_not_tried_again_at_once(store: Store) -> None:
    for number in range(4):
        judge(store, number, right=number % 2 == 0)
    store.runs.request("trainer", "nft", {}, "the button")
    run = store.runs.claim("trainer", "me", 60)
    assert run is not None
    store.runs.finish(run.id, run.attempt, RunState.FAILED, error="the disk is full")
    failed = store.runs.all()[0].finished
    assert failed is not None
    assert SMALL.due(store, failed + timedelta(minutes=59)) == ""
    assert SMALL.due(store, failed + timedelta(minutes=61)) != ""


def test_quiet_hours(store: Store) -> None:
    judge(store, 1, right=True)
    quiet = Trigger(every_hours=1, quiet=(9, 18))
    assert quiet.due(store, NOON) == ""
    assert quiet.due(store, NOON.replace(hour=18)) != ""
    assert [hour for hour in range(24) if within(hour, 22, 3)] == [0, 1, 2, 22, 23]


def answers(store: Store, model: str, right: int, wrong: int, first: int) -> None:
    for number in range(right + wrong):
        turn_id = add_turn(store, add_job(store, first + number, model), WRONG, "plot", model)
        store.verdicts.add(turn_id, Label.CORRECT if number < right else Label.WRONG)


@pytest.fixture
def followed(store: Store) -> Store:
    """nano@2 was trained from nano@1 and has taken its place; nano@1 was right in 20 of 30 cases."""
    parent = store.versions.add("nano", "models/1", "1" * 64)
    store.versions.promote(parent.number)
    store.versions.promote(store.versions.add("nano", "models/2", "2" * 64, parent=parent.number).number)
    answers(store, "nano@1", 20, 10, first=0)
    return store


def test_a_champion_that_people_like_much_less_steps_back(followed: Store) -> None:
    answers(followed, "nano@2", 5, 25, first=100)
    back = step_back(followed, Fall())
    assert back is not None and back.label == "nano@1"
    change = followed.versions.changes()[-1]
    assert (change.kind, change.changed_by) == ("rollback", "refresh")
    assert change.reason == "accepted answers fell from 67% of 30 with nano@1 to 17% of 30 with nano@2"
    assert step_back(followed, Fall()) is None  # what answers now has nothing before it


@pytest.mark.parametrize(("right", "wrong"), [(4, 8), (18, 12), (28, 2)], ids=["too few", "much the same", "better"])
def test_a_champion_that_does_as_well_stays(followed: Store, right: int, wrong: int) -> None:
    answers(followed, "nano@2", right, wrong, first=100)
    assert step_back(followed, Fall()) is None
