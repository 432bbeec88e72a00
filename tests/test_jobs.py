"""The job engine with a real store and a real sandbox; the generator is scripted, scores come from a table.

Leaves out: reading pictures and loading models (test_service.py).
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.jobs import MAX_ATTEMPTS, JobEngine, JobView
from app.workshop import Stage
from model.errors import GeneratorUnreachable, NotFound
from model.generators import Generator
from model.records import Chart, Difference, Execution, Score
from model.repair import Event, Judge, repair
from model.sandbox import Sandbox
from storage.blobs import encode_png
from storage.records import JobRecord, JobState
from storage.repository import Store
from tests.fakes import ScriptedGenerator

BARS = "import matplotlib.pyplot as plt\nplt.bar(['a', 'b'], [1, 2])"
BETTER = "import matplotlib.pyplot as plt\nplt.bar(['a', 'b'], [1, 2])\nplt.title('Good')"
BROKEN = "import matplotlib.pyplot as plt\nplt.bar(undefined_name)"
ENDLESS = "while True:\n    pass"
PATIENCE_S = 30.0
"""How long a test waits for what must happen; reached only when it fails."""

Start = Callable[..., JobEngine]


def by_title(_chart: Chart, execution: Execution) -> Score:
    assert execution.facts is not None
    return Score(execution=1.0, text=1.0 if "Good" in execution.facts.strings() else 0.25)


def named(_chart: Chart, _execution: Execution, score: Score) -> tuple[Difference, ...]:
    return () if score.text == 1.0 else (Difference("text", 'missing: "Good"'),)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as store:
        yield store


@pytest.fixture
def chart(store: Store) -> str:
    pixels = np.full((40, 60, 3), 255, np.uint8)
    pixels[10:30, 10:20] = (31, 119, 180)
    return store.jobs.add_chart(encode_png(pixels), "image/png", 60, 40)


def solver(store: Store, sandbox: Sandbox, generator: Generator) -> Callable[..., Iterator[Stage | Event]]:
    def solve(job: JobRecord, cancelled: threading.Event) -> Iterator[Stage | Event]:
        yield Stage("loading")
        history = store.jobs.past_turns(job.id)
        yield from repair(
            store.jobs.chart(job.chart.sha256),
            generator,
            sandbox,
            turns=job.turns_limit - len(history),
            cancelled=cancelled,
            history=history,
            judge=Judge(by_title, named),
        )

    return solve


@pytest.fixture
def start(store: Store, sandbox: Sandbox) -> Iterator[Start]:
    engines: list[JobEngine] = []

    def start(generator: Generator, **options: float) -> JobEngine:
        engines.append(JobEngine(store, solver(store, sandbox, generator), **options))  # type: ignore[arg-type]
        return engines[-1]

    yield start
    for engine in engines:
        engine.close()


def until(engine: JobEngine, job_id: int, wanted: Callable[[JobView], bool]) -> JobView:
    deadline = time.monotonic() + PATIENCE_S
    while not wanted(view := engine.view(job_id)):
        assert time.monotonic() < deadline, view
        time.sleep(0.02)
    return view


def ended(view: JobView) -> bool:
    return view.state.final


def test_a_job_stores_its_turns_and_keeps_the_best(start: Start, chart: str, store: Store) -> None:
    engine = start(ScriptedGenerator([BROKEN, BARS, BETTER]))
    view = until(engine, engine.submit(chart, "bars.png", "m@1", 4), ended)
    assert (view.state, view.error, view.stop_reason) == (JobState.DONE, "", "The drawing matches the chart closely.")
    assert [turn.outcome.value for turn in view.turns] == ["error", "ok", "ok"]
    assert "undefined_name" in view.turns[0].error
    assert [turn.score.overall for turn in view.turns] == [0.0, 0.25, 1.0]
    assert [turn.model for turn in view.turns] == ["m@1"] * 3
    assert view.best == 3 and view.best_turn is not None and view.best_turn.code == BETTER
    assert [turn.differences for turn in view.turns[1:]] == [(Difference("text", 'missing: "Good"'),), ()]
    assert store.blobs.pixels(view.turns[2].render).shape[2] == 3
    assert (view.activity, view.writing, view.queue_place) == ("", "", 0)


def test_a_watcher_sees_the_writing_and_every_turn(start: Start, chart: str) -> None:
    engine = start(ScriptedGenerator([BARS, BETTER], delay_s=0.1, pieces=6))
    views = list(engine.watch(engine.submit(chart, "bars.png", "m", 4), poll_s=0.01))
    assert views[-1].state is JobState.DONE
    assert {len(view.turns) for view in views} == {0, 1, 2}
    written = [view.writing for view in views if view.activity == "writing" and not view.turns and view.writing]
    assert len(written) > 2 and all(later.startswith(early) for early, later in itertools.pairwise(written))


def test_several_watchers_and_one_that_leaves_change_nothing(start: Start, chart: str) -> None:
    engine = start(ScriptedGenerator([BROKEN, BETTER], delay_s=0.05))
    job_id = engine.submit(chart, "bars.png", "m", 4)
    next(engine.watch(job_id))  # a tab that is closed at once
    ends: list[JobView] = []
    watchers = [threading.Thread(target=lambda: ends.append(list(engine.watch(job_id))[-1])) for _ in range(3)]
    for watcher in watchers:
        watcher.start()
    for watcher in watchers:
        watcher.join(PATIENCE_S)
    assert [len(view.turns) for view in ends] == [2, 2, 2]


def test_jobs_wait_their_turn_and_know_their_place(start: Start, chart: str) -> None:
    engine = start(ScriptedGenerator([BETTER], delay_s=0.2))
    first, second, third = (engine.submit(chart, f"{n}.png", "m", 1) for n in range(3))
    until(engine, first, lambda view: view.state is JobState.RUNNING)
    assert [engine.view(job_id).queue_place for job_id in (first, second, third)] == [0, 1, 2]
    engine.stop(second)
    assert engine.view(second).state is JobState.STOPPED
    assert engine.view(third).queue_place == 1
    assert until(engine, third, ended).state is JobState.DONE
    assert engine.view(second).turns == ()


def test_stop_ends_a_generation(start: Start, chart: str) -> None:
    engine = start(ScriptedGenerator([BARS], delay_s=60.0))
    job_id = engine.submit(chart, "bars.png", "m", 4)
    until(engine, job_id, lambda view: view.activity == "writing")
    engine.stop(job_id)
    view = until(engine, job_id, ended)
    assert (view.state, view.stop_reason, view.turns) == (JobState.STOPPED, "Stopped on request.", ())


def test_stop_ends_a_program(start: Start, chart: str) -> None:
    engine = start(ScriptedGenerator([BARS, ENDLESS]))
    job_id = engine.submit(chart, "bars.png", "m", 4)
    until(engine, job_id, lambda view: len(view.turns) == 1 and view.activity == "running")
    engine.stop(job_id)
    view = until(engine, job_id, ended)
    assert view.state is JobState.STOPPED
    assert [turn.code for turn in view.turns] == [BARS] and view.best == 1


def test_a_stop_asked_for_by_another_process_is_heard(start: Start, chart: str, store: Store) -> None:
    engine = start(ScriptedGenerator([BARS], delay_s=60.0), lease_s=0.6)
    job_id = engine.submit(chart, "bars.png", "m", 4)
    until(engine, job_id, lambda view: view.activity == "writing")
    store.jobs.stop(job_id, "")
    assert until(engine, job_id, ended).state is JobState.STOPPED


def test_a_model_that_cannot_be_asked_fails_the_job_and_not_the_next(start: Start, chart: str) -> None:
    engine = start(ScriptedGenerator([GeneratorUnreachable("no server at http://localhost:1/v1"), BETTER]))
    failed = until(engine, engine.submit(chart, "bars.png", "m", 4), ended)
    assert (failed.state, failed.error) == (JobState.FAILED, "no server at http://localhost:1/v1")
    assert until(engine, engine.submit(chart, "bars.png", "m", 4), ended).state is JobState.DONE


def test_a_bug_fails_the_job_without_telling_its_details(
    chart: str, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    def solve(_job: JobRecord, _cancelled: threading.Event) -> Iterator[Stage | Event]:
        yield Stage("loading")
        raise ZeroDivisionError("secret")

    engine = JobEngine(store, solve)
    view = until(engine, engine.submit(chart, "bars.png", "m", 4), ended)
    engine.close()
    assert view.state is JobState.FAILED and "log" in view.error and "secret" not in view.error
    assert "ZeroDivisionError" in caplog.text


def test_closing_gives_the_job_back_and_the_next_process_goes_on(start: Start, chart: str, store: Store) -> None:
    slow = ScriptedGenerator([BROKEN, BARS], delay_s=0.05)
    engine = start(slow)
    job_id = engine.submit(chart, "bars.png", "m", 4)
    until(engine, job_id, lambda view: len(view.turns) == 1)
    slow.delay_s = 60.0
    until(engine, job_id, lambda view: view.activity == "writing")
    engine.close()
    left = store.jobs.get(job_id)
    assert left is not None and left.state is JobState.QUEUED

    following = ScriptedGenerator([BETTER])
    view = until(start(following), job_id, ended)
    assert [turn.code for turn in view.turns] == [BROKEN, BETTER]
    assert [answer.code for answer, _ in following.conversations[0].history] == [BROKEN]


KILLED = """
import os, signal, sys
from pathlib import Path
from storage.repository import Store
store = Store.open(Path(sys.argv[1]))
assert store.jobs.claim("doomed", lease_s=0.5) is not None
os.kill(os.getpid(), signal.SIGKILL)
"""


def kill_while_it_works(data_dir: Path, checkout: Path) -> None:
    died = subprocess.run([sys.executable, "-c", KILLED, str(data_dir)], cwd=checkout, check=False)
    assert died.returncode == -9


def test_a_job_of_a_killed_process_is_taken_up(
    start: Start, chart: str, store: Store, tmp_path: Path, checkout: Path
) -> None:
    job_id = store.jobs.add(chart, "bars.png", "m", 4)
    kill_while_it_works(tmp_path, checkout)
    left = store.jobs.get(job_id)
    assert left is not None and left.state is JobState.RUNNING
    assert until(start(ScriptedGenerator([BETTER])), job_id, ended).state is JobState.DONE


def test_a_chart_that_kills_its_process_again_and_again_is_given_up(
    start: Start, chart: str, store: Store, tmp_path: Path, checkout: Path
) -> None:
    job_id = store.jobs.add(chart, "bars.png", "m", 4)
    for _ in range(MAX_ATTEMPTS):
        kill_while_it_works(tmp_path, checkout)
        time.sleep(0.6)  # the lease that the dead process left
    view = until(start(ScriptedGenerator([BETTER])), job_id, ended)
    assert view.state is JobState.FAILED and str(MAX_ATTEMPTS) in view.error


def test_an_unknown_job_is_named(start: Start) -> None:
    with pytest.raises(NotFound, match="no job 99"):
        start(ScriptedGenerator([BARS])).view(99)
