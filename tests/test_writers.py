"""Eight people and a trainer write at once, each in a process of its own: nobody is refused, and nothing is lost."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storage.repository import Store
from tests.judged_store import add_job, add_turn

WRITERS = 8
CLICKS = """
import sys
from pathlib import Path
from storage.records import Label
from storage.repository import Store
with Store.open(Path(sys.argv[1])) as store:
    while True:
        print(store.verdicts.add(int(sys.argv[2]), Label.WRONG).id, flush=True)
"""
PERSON = """
import sys
from pathlib import Path
from storage.records import Label
from storage.repository import Store
folder, turn, rater, count = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
with Store.open(folder) as store:
    for n in range(count):
        store.verdicts.add(turn, (Label.CORRECT, Label.WRONG)[n % 2], comment=f"click {n}", rater=rater)
print("all acknowledged")
"""
TRAINER = """
import sys
from pathlib import Path
from storage.records import RunState
from storage.repository import Store
with Store.open(Path(sys.argv[1])) as store:
    for n in range(int(sys.argv[2])):
        store.runs.request("trainer", "nft", {"n": n}, "a test")
        run = store.runs.claim("trainer", "me", 60)
        store.runs.note(run.id, run.attempt, "tune", {"step": n, "curve": [{"loss": 0.5}] * 200})
        store.runs.renew(run.id, run.attempt, 60)
        made = store.runs.publish(run.id, run.attempt, "nano", f"models/{n}", f"{n:064}")
        items = {str(k): {"quality": 0.5, "program": "x" * 500} for k in range(60)}
        store.evaluations.keep(made.number, "charts", items, {})
        store.runs.finish(run.id, run.attempt, RunState.DONE)
print("all acknowledged")
"""


def started(arguments: list[str], checkout: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", *arguments]
    return subprocess.Popen(command, cwd=checkout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def write_all(folder: Path, checkout: Path, each: int, runs: int) -> None:
    with Store.open(folder) as store:
        turn_id = add_turn(store, add_job(store, 1))
    people = [[PERSON, str(folder), str(turn_id), f"rater {n}", str(each)] for n in range(WRITERS)]
    commands = [*people, [TRAINER, str(folder), str(runs)]]
    processes = [started(command, checkout) for command in commands]
    said = [process.communicate()[0] for process in processes]
    assert said == ["all acknowledged\n"] * (WRITERS + 1)
    with Store.open(folder) as store:
        kept = list(store.verdicts.all(live_only=False))
        assert len(kept) == WRITERS * each
        assert sum(verdict.live for verdict in kept) == WRITERS
        assert len(store.versions.all()) == runs and all(run.error == "" for run in store.runs.all())


def test_eight_people_and_a_trainer(tmp_path: Path, checkout: Path) -> None:
    write_all(tmp_path, checkout, each=40, runs=10)


@pytest.mark.slow
def test_five_thousand_verdicts_beside_a_trainer(tmp_path: Path, checkout: Path) -> None:
    write_all(tmp_path, checkout, each=625, runs=100)


@pytest.mark.slow
def test_twenty_kills_among_clicks_lose_no_acknowledged_one(tmp_path: Path, checkout: Path) -> None:
    dice = random.Random(0)
    with Store.open(tmp_path) as store:
        turn_id = add_turn(store, add_job(store, 1))
        acknowledged: list[int] = []
        for _ in range(20):
            process = started([CLICKS, str(tmp_path), str(turn_id)], checkout)
            assert process.stdout is not None
            acknowledged.append(int(process.stdout.readline()))
            time.sleep(dice.uniform(0.0, 0.3))
            process.kill()
            acknowledged += map(int, process.communicate()[0].split("\n")[:-1])  # a last line may be cut off
        kept = [verdict.id for verdict in store.verdicts.all(live_only=False)]
    assert len(acknowledged) > 100 and set(acknowledged) <= set(kept)
    assert len(kept) - len(acknowledged) <= 20  # what was written and not yet said, at most one for each kill
