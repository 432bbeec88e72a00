"""The bounded loop: generate -> run -> score -> feedback, and the best turn is kept whichever it was.

Every step is an event as it happens, so that a page can show it and a store can keep it. When the loop stops is
model/progress.py's business. A repeated program is not run again: its turn carries what the first run gave, and the
model is told.

A program that fails is data. A broken sandbox or model raises (model/errors.py) after the events of what was done.
Leaves out: where turns are stored (app/jobs.py) and how feedback is worded for one model (model/prompt.py).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Generator as Steps
from dataclasses import dataclass, replace
from typing import Protocol

from model.errors import GeneratorError
from model.generators import Generator, Sampling
from model.progress import Record, StopReason
from model.records import (
    Answer,
    Chart,
    Completion,
    Conversation,
    Difference,
    Execution,
    Feedback,
    Outcome,
    Score,
    Turn,
)

MAX_ERROR_CHARS = 1500
GREEDY = Sampling()


@dataclass(frozen=True, slots=True)
class TurnStarted:
    index: int


@dataclass(frozen=True, slots=True)
class Writing:
    """The answer so far, as people read it; model.prompt.read_answer splits it into reading and code."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class Running:
    index: int
    code: str


@dataclass(frozen=True, slots=True)
class TurnDone:
    turn: Turn


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of the loop. `best` is None only if it was cancelled before a first turn was done."""

    best: Turn | None
    reason: StopReason


Event = TurnStarted | Writing | Running | TurnDone | Finished


class Runner(Protocol):
    """What the loop needs of model.sandbox.Sandbox."""

    def run(self, code: str, cancelled: threading.Event | None = None) -> Execution: ...


@dataclass(frozen=True, slots=True)
class Judge:
    """How a rendering is compared with the chart; called only for programs that ran."""

    score: Callable[[Chart, Execution], Score]
    differences: Callable[[Chart, Execution, Score], tuple[Difference, ...]]


def picture_judge() -> Judge:
    """Scores against the picture alone, with model.scoring."""
    from model.scoring import differences, score_picture  # image libraries: only when something is judged

    return Judge(score_picture, differences)


def repair(
    chart: Chart,
    generator: Generator,
    sandbox: Runner,
    *,
    turns: int = 4,
    good_enough: float = 0.95,
    sampling: Sampling = GREEDY,
    cancelled: threading.Event | None = None,
    history: Sequence[Turn] = (),
    judge: Judge | None = None,
) -> Iterator[Event]:
    """Turn a chart into a program in at most `turns` further turns after `history`.

    Yields events, `Finished` last. Raises GeneratorError and SandboxUnavailable.
    """
    workplace = _Workplace(chart, sandbox, judge or picture_judge(), cancelled or threading.Event())
    return _loop(workplace, generator, sampling, Record.of(history), turns, good_enough)


def run_by_hand(chart: Chart, code: str, sandbox: Runner, index: int, judge: Judge | None = None) -> Turn:
    """Run a program that a person wrote or edited, as turn number `index`. Raises SandboxUnavailable."""
    started = time.monotonic()
    workplace = _Workplace(chart, sandbox, judge or picture_judge(), threading.Event())
    turn = workplace.judged(index, Answer(reading="", code=code), workplace.execute(code))
    return replace(turn, author="person", seconds=time.monotonic() - started)


def _loop(
    workplace: _Workplace,
    generator: Generator,
    sampling: Sampling,
    record: Record,
    turns: int,
    good_enough: float,
) -> Iterator[Event]:
    first = len(record.turns) + 1
    for index in range(first, first + turns):
        asked = record.sampling(sampling, index)
        turn = yield from _turn(workplace, generator, asked, record, index)
        if turn is None:
            yield Finished(record.best, StopReason.CANCELLED)
            return
        record.add(turn)
        yield TurnDone(turn)
        reason = record.stop_reason(good_enough)
        if reason is not None:
            yield Finished(record.best, reason)
            return
    yield Finished(record.best, StopReason.TURN_LIMIT)


def _turn(
    workplace: _Workplace, generator: Generator, sampling: Sampling, record: Record, index: int
) -> Steps[Event, None, Turn | None]:
    """One turn, or None if it was cancelled before its program had run."""
    if workplace.cancelled.is_set():
        return None
    started = time.monotonic()
    yield TurnStarted(index)
    conversation = Conversation(workplace.chart, record.history())
    completion = yield from _writing(generator, conversation, sampling, workplace.cancelled, index)
    if completion.finish == "cancelled":
        return None
    code = completion.answer.code
    earlier = record.same_program(code)
    if earlier is None:
        yield Running(index, code)
        execution = workplace.execute(code)
        if workplace.cancelled.is_set() and not execution.outcome.ran:
            return None
        turn = workplace.judged(index, completion.answer, execution, cut_off=completion.finish == "length")
    else:
        turn = _repeated(earlier, completion.answer, index)
    return replace(turn, completion=completion, seconds=time.monotonic() - started)


def _writing(
    generator: Generator, conversation: Conversation, sampling: Sampling, cancelled: threading.Event, index: int
) -> Steps[Event, None, Completion]:
    for chunk in generator.stream(conversation, sampling, cancelled):
        if chunk.completion is not None:
            return chunk.completion
        yield Writing(index, chunk.text)
    raise GeneratorError(f'the model "{generator.name}" stopped without ending its answer; ask it again')


def _repeated(earlier: Turn, answer: Answer, index: int) -> Turn:
    """A turn whose program was written before: what running it gave is known, and the model is told."""
    told = f"this is the same program as in turn {earlier.index}; the next one has to differ"
    if earlier.feedback.error:
        feedback = replace(earlier.feedback, error=f"{earlier.feedback.error}\nAnd {told}.")
    else:
        named = (*earlier.feedback.differences, Difference("execution", told))
        feedback = replace(earlier.feedback, differences=named)
    return replace(earlier, index=index, answer=answer, feedback=feedback, author="model")


@dataclass(frozen=True, slots=True)
class _Workplace:
    """Where programs are run and judged for one chart."""

    chart: Chart
    sandbox: Runner
    judge: Judge
    cancelled: threading.Event

    def execute(self, code: str) -> Execution:
        return execute(code, self.sandbox, self.cancelled)

    def judged(self, index: int, answer: Answer, execution: Execution, cut_off: bool = False) -> Turn:
        score, feedback = reaction(self.chart, execution, self.judge, cut_off)
        return Turn(index, answer, execution, score, feedback)


def execute(code: str, sandbox: Runner, cancelled: threading.Event | None = None) -> Execution:
    """Run a model's program, if there is one. Raises SandboxUnavailable."""
    if not code.strip():
        return Execution(Outcome.ERROR, error="the answer holds no program")
    return sandbox.run(code, cancelled=cancelled)


def reaction(chart: Chart, execution: Execution, judge: Judge, cut_off: bool = False) -> tuple[Score, Feedback]:
    """The score of a program that was run, and what its model is told: in the loop, and when correction is trained."""
    if not execution.outcome.ran:
        return Score(execution=0.0), Feedback(error=_in_words(execution, cut_off))
    score = judge.score(chart, execution)
    named = judge.differences(chart, execution, score)
    return score, Feedback(pixels=execution.pixels, differences=named)


_ADVICE = {
    Outcome.ERROR: "",
    Outcome.TIMEOUT: "Draw the chart without endless loops or long computations.",
    Outcome.OUT_OF_MEMORY: "Use less data and a smaller figure.",
    Outcome.FORBIDDEN: "Hold the data in the program; use no files, no network and no other programs.",
    Outcome.NO_FIGURE: "Create a figure with matplotlib and draw the chart on it.",
    Outcome.BLANK: "The figure is empty. Draw the data of the chart on it.",
}


def _in_words(execution: Execution, cut_off: bool) -> str:
    """Why a program failed, in words that a model can use; of a long traceback the end, which names the error."""
    error = execution.error.strip() or f"the program ended with: {execution.outcome}"
    if len(error) > MAX_ERROR_CHARS:
        error = "... " + error[-MAX_ERROR_CHARS:]
    cut = "The answer was cut off before its end. Write a shorter program." if cut_off else ""
    return "\n".join(line for line in (error, _ADVICE[execution.outcome], cut) if line)
