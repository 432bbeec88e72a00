"""Trials of answers: parsed, run and judged, all that belong to one step at once, and each different one only once.

Feedback is what the loop of the application gives (model/repair.py), so a model is trained on the very turns that it
will be asked in. A program that the machine lost is no program that failed: its trial has no execution. When all are
lost the sandbox is broken, and that is raised.
Leaves out: what a trial is worth (rewards.py), and sampling.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

from model.errors import SandboxUnavailable
from model.progress import normalised
from model.prompt import Codec, Message
from model.records import Answer, Chart, Conversation, Execution, Feedback, Score
from model.repair import Judge, Runner, execute, reaction
from model.scoring import differences
from model.scoring.colour import palette_similarity
from training.charts import Case
from training.judge import VisualJudge
from training.rewards import Verdict, judged

T = TypeVar("T")
Found = TypeVar("Found")
OPINIONS_AT_ONCE = 16
LOST = Feedback(error="The program could not be run.")  # only to have something to ask with: such turns are not trained


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote about a chart. `cut_off`: it had not come to an end."""

    case: Case
    raw: str
    cut_off: bool = False


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
    """Seconds of each phase since it was last read."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started

    def read(self) -> dict[str, float]:
        found, self.seconds = self.seconds, {}
        return found


class Bench:
    """Where answers are tried. `workers` programs run at once; `judge` gives opinions where there is one."""

    def __init__(self, sandbox: Runner, codec: Codec, workers: int = 2, judge: VisualJudge | None = None) -> None:
        self.codec, self.clock = codec, Clock()
        self._sandbox, self._judge, self._workers = sandbox, judge, workers

    def question(self, case: Case, first: tuple[Answer, Feedback] | None = None) -> tuple[Message, ...]:
        """What a model is asked about a chart, at first or after a turn."""
        return self.codec.messages(Conversation(case.chart, (first,) if first else ()))

    def trials(self, written: Sequence[Written], opinions: bool = False) -> list[Trial]:
        """A trial of each answer, in order. With `opinions` the judge is asked about what ran."""
        with self.clock.phase("parsing"):
            answers = _once(written, _identity, lambda one: self.codec.parse(one.raw, Conversation(one.case.chart)))
        asked = list(zip(written, answers, strict=True))
        with ThreadPoolExecutor(self._workers) as pool:
            running = {code: pool.submit(self._execution, code) for code in dict.fromkeys(one.code for one in answers)}
            trials = _once(asked, lambda one: _identity(one[0]), lambda one: self._tried(*one, running[one[1].code]))
        _raise_if_all(running.values())
        if opinions and self._judge is not None:
            with self.clock.phase("judging"):
                trials = self._with_opinions(trials)
        return trials

    def feedback(self, trials: Sequence[Trial]) -> list[Feedback]:
        """What the model is told about each trial, as the application's loop tells it."""
        with self.clock.phase("scoring"):
            return _once(trials, lambda one: _identity(one.written), self._feedback)

    def _feedback(self, trial: Trial) -> Feedback:
        execution = trial.verdict.execution
        if execution is None:
            return LOST
        return reaction(trial.written.case.chart, execution, _as_told(trial.verdict), trial.written.cut_off)[1]

    def _tried(self, written: Written, answer: Answer, running: Future[Execution | SandboxUnavailable]) -> Trial:
        """Scored while later programs still run; the clock's seconds of running are those that were waited for."""
        with self.clock.phase("running"):
            found = running.result()
        with self.clock.phase("scoring"):
            case, execution = written.case, None if isinstance(found, SandboxUnavailable) else found
            verdict = judged(answer, execution, case.facts, case.chart.pixels, cut_off=written.cut_off)
            return Trial(written, verdict, normalised(answer.code))

    def _execution(self, code: str) -> Execution | SandboxUnavailable:
        try:
            return execute(code, self._sandbox)
        except SandboxUnavailable as error:
            return error

    def _with_opinions(self, trials: Sequence[Trial]) -> list[Trial]:
        different = {id(trial): trial for trial in trials}
        with ThreadPoolExecutor(OPINIONS_AT_ONCE) as pool:
            found = dict(zip(different, pool.map(self._with_opinion, different.values()), strict=True))
        return [found[id(trial)] for trial in trials]

    def _with_opinion(self, trial: Trial) -> Trial:
        execution = trial.verdict.execution
        if execution is None or execution.pixels is None or not execution.outcome.ran or self._judge is None:
            return trial
        opinion = self._judge.opinion(trial.written.case.chart.pixels, execution.pixels)
        if opinion is None:
            return trial
        components = trial.verdict.components | {"judge": opinion}
        return replace(trial, verdict=replace(trial.verdict, components=components))


def _raise_if_all(programs: Collection[Future[Execution | SandboxUnavailable]]) -> None:
    """What broke the sandbox, if it lost every program."""
    broken = [error for one in programs if isinstance(error := one.result(), SandboxUnavailable)]
    if broken and len(broken) == len(programs):
        raise broken[0]


def _as_told(verdict: Verdict) -> Judge:
    """The loop's judge, as far as it speaks: its words need the colours, and the likeness that is known already.

    It also scores panels and kinds, of which only the score is told; that and the likeness were half of the work.
    """

    def score(chart: Chart, execution: Execution) -> Score:
        assert execution.pixels is not None, "asked of what ran"
        colour = palette_similarity(chart.pixels, execution.pixels)
        return Score(execution=1.0, colour=colour, visual=verdict.score.visual)

    return Judge(score, differences)


def _identity(written: Written) -> tuple[int, str, bool]:
    return written.case.number, written.raw, written.cut_off


def _once(items: Sequence[T], key: Callable[[T], object], work: Callable[[T], Found]) -> list[Found]:
    """`work` of each item, done once for those of equal key."""
    known: dict[object, Found] = {}
    for item in items:
        name = key(item)
        if name not in known:
            known[name] = work(item)
    return [known[key(item)] for item in items]
