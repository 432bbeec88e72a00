"""Verdicts in a real SQLite file: append-only, undone by a new row, on disk when acknowledged, never locked out."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from model.records import Answer, Execution, Feedback, Outcome, Score, Turn
from storage.blobs import encode_png
from storage.records import Label
from storage.repository import Store

TURN = Turn(1, Answer("", "pass"), Execution(Outcome.NO_FIGURE), Score(0.0), Feedback("no figure"), author="person")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as store:
        yield store


@pytest.fixture
def turn_id(store: Store) -> int:
    sha256 = store.jobs.add_chart(encode_png(np.zeros((4, 4, 3), np.uint8)), "image/png", 4, 4)
    job_id = store.jobs.add(sha256, "bars.png", "m", 4)
    return store.jobs.add_turn(job_id, TURN).id


def labels(store: Store, live_only: bool = True) -> list[str]:
    return [verdict.label.value for verdict in store.verdicts.all(live_only=live_only)]


def test_a_verdict_keeps_what_was_said(store: Store, turn_id: int) -> None:
    kept = store.verdicts.add(turn_id, Label.WRONG, ["text", "data"], "axis is off", "plt.plot()", "ann")
    assert store.verdicts.get(kept.id) == kept
    assert (kept.tags, kept.comment, kept.corrected_code, kept.rater) == (
        ("text", "data"),
        "axis is off",
        "plt.plot()",
        "ann",
    )
    assert kept.live and kept.supersedes is None
    turn = store.jobs.turn(turn_id)
    assert turn is not None and turn.verdict == kept


def test_a_changed_mind_is_a_new_row(store: Store, turn_id: int) -> None:
    first = store.verdicts.add(turn_id, Label.WRONG)
    second = store.verdicts.add(turn_id, Label.CORRECT)
    assert second.supersedes == first.id
    assert labels(store) == ["correct"]
    assert labels(store, live_only=False) == ["wrong", "correct"]


def test_undo_leaves_the_turn_unjudged_and_the_history_whole(store: Store, turn_id: int) -> None:
    first = store.verdicts.add(turn_id, Label.CORRECT)
    second = store.verdicts.add(turn_id, Label.WRONG)
    withdrawn = store.verdicts.withdraw(second.id)
    assert withdrawn is not None and withdrawn.supersedes == second.id and not withdrawn.live
    assert labels(store) == []
    assert labels(store, live_only=False) == ["correct", "wrong", "withdrawn"]
    for spent in (first.id, second.id, withdrawn.id, 999):
        assert store.verdicts.withdraw(spent) is None
    turn = store.jobs.turn(turn_id)
    assert turn is not None and turn.verdict is None
    again = store.verdicts.add(turn_id, Label.CORRECT)
    assert again.supersedes == withdrawn.id and labels(store) == ["correct"]
    assert store.verdicts.counts() == {"correct": 1, "wrong": 0}


def test_raters_do_not_overrule_each_other(store: Store, turn_id: int) -> None:
    ann = store.verdicts.add(turn_id, Label.WRONG, rater="ann")
    bob = store.verdicts.add(turn_id, Label.CORRECT, rater="bob")
    assert (ann.supersedes, bob.supersedes) == (None, None)
    store.verdicts.withdraw(bob.id)
    assert labels(store) == ["wrong"]
    turn = store.jobs.turn(turn_id)
    assert turn is not None and turn.verdict == ann


def test_a_verdict_needs_its_turn(store: Store) -> None:
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        store.verdicts.add(12345, Label.CORRECT)


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO verdicts (turn_id, label, tags, comment, corrected_code, rater, supersedes, created)"
        " SELECT turn_id, label, tags, comment, corrected_code, rater, supersedes, created FROM verdicts"
        " WHERE id = {id}",
        "UPDATE verdicts SET label = 'maybe' WHERE id = {id}",
        "DELETE FROM turns",
    ],
    ids=["a second beginning", "an unknown label", "a turn that was judged"],
)
def test_the_database_itself_refuses(store: Store, turn_id: int, change: str) -> None:
    first = store.verdicts.add(turn_id, Label.CORRECT)
    second = store.verdicts.add(turn_id, Label.WRONG)
    for verdict in (first, second):
        with pytest.raises(IntegrityError), store.database.write() as session:
            session.execute(text(change.format(id=verdict.id)))
    assert labels(store, live_only=False) == ["correct", "wrong"]


def test_two_people_and_a_reader_are_never_locked_out(store: Store, turn_id: int) -> None:
    """A thousand verdicts by two threads with a store of their own each, as two processes would have."""
    problems: list[BaseException] = []

    def judge(rater: str) -> None:
        try:
            with Store.open(store.blobs.root.parent) as own:
                for n in range(500):
                    own.verdicts.add(turn_id, (Label.CORRECT, Label.WRONG)[n % 2], rater=rater)
        except BaseException as problem:
            problems.append(problem)

    raters = [threading.Thread(target=judge, args=(rater,)) for rater in ("ann", "bob")]
    for rater in raters:
        rater.start()
    while any(rater.is_alive() for rater in raters):
        store.verdicts.counts()
        time.sleep(0.01)
    assert problems == []
    assert store.verdicts.counts() == {"correct": 0, "wrong": 2}
    assert len(labels(store, live_only=False)) == 1000


KILLED = """
import os, signal, sys
from pathlib import Path
from storage.records import Label
from storage.repository import Store
store = Store.open(Path(sys.argv[1]))
for n in range(20):
    print(store.verdicts.add(int(sys.argv[2]), Label.WRONG, comment=f"click {n}", rater=str(n)).id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_an_acknowledged_click_survives_a_kill(store: Store, turn_id: int, checkout: Path) -> None:
    folder = store.blobs.root.parent
    command = [sys.executable, "-c", KILLED, str(folder), str(turn_id)]
    died = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert died.returncode == -9, died.stderr
    acknowledged = [int(line) for line in died.stdout.split()]
    assert len(acknowledged) == 20
    with Store.open(folder) as reopened:
        assert [verdict.id for verdict in reopened.verdicts.all()] == acknowledged


def test_a_commit_waits_for_the_disk(store: Store) -> None:
    """What makes an acknowledgement survive a power cut too; a test cannot pull the plug."""
    with store.database.write() as session:
        found = [session.execute(text(f"PRAGMA {name}")).scalar() for name in ("synchronous", "journal_mode")]
        enforced = session.execute(text("PRAGMA foreign_keys")).scalar()
    assert (found, enforced) == ([2, "wal"], 1)  # 2 is FULL
