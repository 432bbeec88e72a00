"""Trials in processes beside the trainer: the very verdicts and words of one process, each program once, nothing early.

Leaves out: what a trainer makes of them (test_grpo.py).
"""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import psutil

from model.prompt import PlainCodec
from model.records import Execution
from model.repair import picture_judge, reaction
from model.sandbox import Sandbox
from tests.fakes import as_answer
from tests.grpo_ground import BARS, START, charts, sandbox
from tests.sandboxes import wait_until
from training.charts import Case, FolderCharts
from training.rewards import judged
from training.trials import Bench, Written

__all__ = ["charts", "sandbox"]  # fixtures
LINES = START + "plt.figure(figsize=(2, 2))\nplt.plot([0, 1], [3, 5])\nplt.title('Costs')\n"
BROKEN = START + "plt.bar(\n"


class Watched:
    """The real sandbox with a list of what it ran. While `held` is not set, programs wait."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox, self.ran, self.held = sandbox, list[str](), threading.Event()
        self.held.set()

    def run(self, code: str, cancelled: threading.Event | None = None) -> Execution:
        assert self.held.wait(60)
        self.ran.append(code)
        return self._sandbox.run(code, cancelled)


def written(case: Case, code: str, cut_off: bool = False) -> Written:
    return Written(case, as_answer(code), cut_off)


def test_verdicts_and_words_are_those_of_one_process(charts: Path, sandbox: Sandbox) -> None:
    case, bench = FolderCharts(charts, sandbox, None).case(0), Bench(sandbox, PlainCodec())
    asked = [written(case, BARS), written(case, LINES), written(case, BROKEN, cut_off=True)]
    trials = bench.trials(asked, tell=True)
    assert bench.feedback(trials) == bench.feedback(Bench(sandbox, PlainCodec()).trials(asked))  # told later
    for one, trial, told in zip(asked, trials, bench.feedback(trials), strict=True):
        execution = sandbox.run(trial.answer.code)
        expected = judged(trial.answer, execution, case.facts, case.chart.pixels, cut_off=one.cut_off)
        assert (trial.verdict.score, trial.verdict.components) == (expected.score, expected.components)
        assert (trial.verdict.flags, trial.verdict.cut_off) == (expected.flags, one.cut_off)
        by_loop = reaction(case.chart, execution, picture_judge(), one.cut_off)[1]
        assert (told.error, told.differences) == (by_loop.error, by_loop.differences)
        assert (told.pixels is None) == (by_loop.pixels is None)
        assert told.pixels is None or np.array_equal(told.pixels, execution.pixels)  # type: ignore[arg-type]


def test_a_program_runs_once_a_step_however_it_is_laid_out(charts: Path, sandbox: Sandbox) -> None:
    watched = Watched(sandbox)
    case, bench = FolderCharts(charts, sandbox, None).case(0), Bench(watched, PlainCodec())
    again = BARS.replace("[0, 1], [3, 5]", "[0,1],[3,5]") + "# the same\n"
    first, second = bench.trials([written(case, BARS), written(case, again)])
    assert first.verdict.score == second.verdict.score and first.answer.code != second.answer.code
    assert first.verdict.execution is second.verdict.execution
    bench.trials([written(case, again), written(case, LINES)])
    assert len(watched.ran) == 2 and watched.ran[0].strip() in (BARS.strip(), again.strip())  # whichever came first
    assert watched.ran[1].strip() == LINES.strip()
    bench.forget()
    bench.trials([written(case, again)])
    assert len(watched.ran) == 3


def test_other_work_is_done_while_programs_run(charts: Path, sandbox: Sandbox) -> None:
    """Three pieces of work are there; the last lets the program go on that began before anybody waited for it."""
    watched = Watched(sandbox)
    case, bench = FolderCharts(charts, sandbox, None).case(0), Bench(watched, PlainCodec())
    done: list[int] = []

    def piece() -> bool:
        done.append(len(done))
        if len(done) == 3:
            watched.held.set()
        return len(done) < 3

    bench.meanwhile = piece
    watched.held.clear()
    bench.begin(written(case, BARS))
    assert bench.trials([written(case, BARS)])[0].verdict.score.execution == 1.0
    assert done == [0, 1, 2] and len(watched.ran) == 1
    bench.trials([written(case, BARS)])  # known: nothing to wait for
    assert len(done) == 3
    seconds, worked = bench.clock.read()
    assert seconds.keys() == {"waiting"} and worked.keys() == {"parsing", "running", "scoring"}


def test_no_process_outlives_a_trainer_that_is_killed() -> None:
    code = "import os, time\nfrom training import workers\n"
    code += "print(workers.processes(1)[0].submit(os.getpid).result(), flush=True)\ntime.sleep(300)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as trainer:
        assert trainer.stdout is not None
        worker = int(trainer.stdout.readline())
        assert psutil.pid_exists(worker)
        trainer.kill()
    assert wait_until(lambda: not psutil.pid_exists(worker) or psutil.Process(worker).status() == psutil.STATUS_ZOMBIE)
