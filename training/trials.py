"""Trials of answers: parsed, run and judged, all that belong to one step at once, and each different one only once.

Work on an answer begins as soon as it is written (`begin`), in processes beside the trainer (workers.py, the sandbox),
while others are still being sampled; `trials` waits for what is left, and uses the time where it can (`meanwhile`).
Answers that are equal are read once, programs that are equal but for layout and comments run and judged once a step.

Feedback is what the loop of the application gives (model/repair.py), so a model is trained on the very turns that it
will be asked in. A program that the machine lost is no program that failed: its trial has no execution. When all are
lost the sandbox is broken, and that is raised.
Leaves out: what a trial is worth (rewards.py), and sampling.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from model.errors import SandboxUnavailable
from model.prompt import Codec, Message
from model.records import Answer, Conversation, Execution, Feedback
from model.repair import Runner, execute
from training import workers
from training.charts import Case
from training.judge import VisualJudge
from training.rewards import Verdict
from training.workers import Judged

T = TypeVar("T")
OPINIONS_AT_ONCE = 16
LOST = Feedback(error="The program could not be run.")  # only to have something to ask with: such turns are not trained


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote about a chart. `cut_off`: it had not come to an end."""

    case: Case
    raw: str
    cut_off: bool = False

    @property
    def identity(self) -> tuple[int, str, bool]:
        return self.case.number, self.raw, self.cut_off


@dataclass(frozen=True, slots=True)
class Trial:
    """An answer with its verdict. `program` is the same for programs that differ only in layout and comments."""

    written: Written
    verdict: Verdict
    program: str

    @property
    def answer(self) -> Answer:
        return self.verdict.answer

    @property
    def lost(self) -> bool:
        return self.verdict.execution is None


@dataclass(slots=True)
class Clock:
    """Seconds of the trainer in each phase since it was last read, and seconds that others worked for it meanwhile."""

    seconds: dict[str, float] = field(default_factory=dict)
    worked: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started

    def read(self) -> tuple[dict[str, float], dict[str, float]]:
        found = self.seconds, self.worked
        self.seconds, self.worked = {}, {}
        return found


def _nothing() -> bool:
    return False


class Bench:
    """Where answers are tried. `at_once` programs run at once; `judge` gives opinions where there is one.

    `meanwhile` does a piece of other work while results are awaited, and says whether there was one.
    """

    def __init__(self, sandbox: Runner, codec: Codec, at_once: int = 2, judge: VisualJudge | None = None) -> None:
        self.codec, self.clock = codec, Clock()
        self.meanwhile: Callable[[], bool] = _nothing
        self._sandbox, self._judge = sandbox, judge
        self._threads = ThreadPoolExecutor(at_once + 1, thread_name_prefix="trials")  # one is judged while others run
        self._processes = workers.processes(min(at_once, os.cpu_count() or 1))
        self._begun: dict[tuple[int, str, bool], Future[Trial]] = {}
        self._known: dict[object, Future[Any]] = {}  # what was found out in this step
        self._lock = threading.Lock()

    def question(self, case: Case, first: tuple[Answer, Feedback] | None = None) -> tuple[Message, ...]:
        """What a model is asked about a chart, at first or after a turn."""
        return self.codec.messages(Conversation(case.chart, (first,) if first else ()))

    def forget(self) -> None:
        """A new step begins: programs run anew."""
        self._begun, self._known = {}, {}

    def begin(self, written: Written, *, tell: bool = False) -> None:
        """Start to try an answer; `tell` if feedback will be asked for. A later `trials` has the outcome."""
        if written.identity not in self._begun:
            self._begun[written.identity] = self._threads.submit(self._try, written, tell)

    def trials(self, written: Sequence[Written], *, tell: bool = False, opinions: bool = False) -> list[Trial]:
        """A trial of each answer, in order. With `opinions` the judge is asked about what ran."""
        for one in written:
            self.begin(one, tell=tell)
        trials = self._awaited([self._begun[one.identity] for one in written])
        if trials and all(trial.lost for trial in trials):
            self._execution(trials[0].program, trials[0].answer.code)  # raises again what broke the sandbox
        if opinions and self._judge is not None:
            with self.clock.phase("judging"):
                trials = self._with_opinions(trials)
        return trials

    def feedback(self, trials: Sequence[Trial]) -> list[Feedback]:
        """What the model is told about each trial, as the application's loop tells it."""
        return self._awaited([self._threads.submit(self._feedback, one) for one in trials])

    def _awaited(self, futures: Sequence[Future[T]]) -> list[T]:
        while not all(one.done() for one in futures) and self.meanwhile():
            continue
        with self.clock.phase("waiting"):
            wait(futures)
        return [one.result() for one in futures]

    # in threads that wait for the processes ---------------------------------------------------------------------------

    def _try(self, written: Written, tell: bool) -> Trial:
        process, chart = self._process(written.case), self._packed(written.case)
        parsed = process.submit(workers.parse, self.codec, chart, written.raw).result()
        self._note("parsing", parsed.seconds)
        trial = Trial(written, Verdict(parsed.answer, None, cut_off=written.cut_off), parsed.program)
        try:
            execution = self._execution(parsed.program, parsed.answer.code)
        except SandboxUnavailable:
            return trial
        found = self._judged(trial, execution, tell)
        verdict = Verdict(parsed.answer, execution, found.score, found.components, found.flags, written.cut_off)
        return replace(trial, verdict=verdict)

    def _feedback(self, trial: Trial) -> Feedback:
        execution = trial.verdict.execution
        if execution is None:
            return LOST
        told = self._judged(trial, execution, tell=True).told
        assert told is not None
        return replace(told, pixels=execution.pixels) if execution.outcome.ran else told

    def _execution(self, program: str, code: str) -> Execution:
        """Raises SandboxUnavailable, each time, for a program that was lost."""

        def work() -> Execution:
            execution = execute(code, self._sandbox)
            self._note("running", execution.seconds)
            return execution

        return self._once(("run", program), work)

    def _judged(self, trial: Trial, execution: Execution, tell: bool) -> Judged:
        one = trial.written

        def work() -> Judged:
            process, chart = self._process(one.case), self._packed(one.case)
            found = process.submit(workers.judge, chart, trial.answer, execution, one.cut_off, tell).result()
            self._note("scoring", found.seconds)
            return found

        key = "judge", one.case.number, trial.program, one.cut_off
        found = self._once(key, work)
        return found if found.told is not None or not tell else self._once((*key, "tell"), work)

    def _process(self, case: Case) -> ProcessPoolExecutor:
        return self._processes[case.number % len(self._processes)]

    def _packed(self, case: Case) -> bytes:
        return self._once(("case", case.number), lambda: workers.packed(case))

    def _once(self, key: object, work: Callable[[], T]) -> T:
        """What `work` gives, done by the thread that asks first."""
        with self._lock:
            known = self._known.get(key)
            mine = known is None
            if known is None:
                known = self._known[key] = Future()
        if mine:
            try:
                known.set_result(work())
            except BaseException as error:
                known.set_exception(error)
        found: T = known.result()
        return found

    def _note(self, name: str, seconds: float) -> None:
        with self._lock:
            self.clock.worked[name] = self.clock.worked.get(name, 0.0) + seconds

    # opinions ---------------------------------------------------------------------------------------------------------

    def _with_opinions(self, trials: Sequence[Trial]) -> list[Trial]:
        different = {trial.written.identity: trial for trial in trials}
        with ThreadPoolExecutor(OPINIONS_AT_ONCE) as pool:
            found = dict(zip(different, pool.map(self._with_opinion, different.values()), strict=True))
        return [found[trial.written.identity] for trial in trials]

    def _with_opinion(self, trial: Trial) -> Trial:
        execution = trial.verdict.execution
        if execution is None or execution.pixels is None or not execution.outcome.ran or self._judge is None:
            return trial
        opinion = self._judge.opinion(trial.written.case.chart.pixels, execution.pixels)
        if opinion is None:
            return trial
        components = trial.verdict.components | {"judge": opinion}
        return replace(trial, verdict=replace(trial.verdict, components=components))
