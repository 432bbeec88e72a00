"""What the turns so far say about going on: the best one, repeats, progress, and when to stop.

The loop (model/repair.py) stops on

- good enough: the best turn's Score.overall reaches the caller's mark;
- repeated: the model wrote a program that it had written before (compared as syntax trees) for the second time.
  The first repeat costs one turn and is answered by one retry with a little temperature and another seed, because
  a model that decodes greedily writes the same answer to the same question for ever (MM-ReCoder, arXiv 2604.01600,
  counts up to 81.5 % repeats);
- no progress: `PATIENCE` turns in a row neither raised the best score by `MIN_GAIN` nor, while nothing has run yet,
  failed in a new way;
- cancelled, or the turn limit.

Leaves out: running and asking anything.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from model.generators import Sampling
from model.records import Answer, Feedback, Outcome, Turn

MIN_GAIN = 0.01
PATIENCE = 2
RETRY_TEMPERATURE = 0.6


class StopReason(enum.StrEnum):
    GOOD_ENOUGH = "good enough"
    REPEATED = "repeated program"
    NO_PROGRESS = "no progress"
    CANCELLED = "cancelled"
    TURN_LIMIT = "turn limit"


def normalised(code: str) -> str:
    """A program as its syntax tree, so that comments and layout do not count; its words if it does not parse."""
    try:
        return ast.dump(ast.parse(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return " ".join(code.split())


def _failure(turn: Turn) -> tuple[Outcome, str]:
    """How a program failed: the last line of its error, which names it; the lines before quote the program."""
    lines = turn.execution.error.strip().splitlines()
    return turn.execution.outcome, lines[-1] if lines else ""


def rank(turn: Turn) -> tuple[bool, float]:
    """A program that runs beats one that does not; then the score decides."""
    return turn.execution.outcome.ran, turn.score.overall


@dataclass(slots=True)
class Record:
    """The turns so far and what they say about going on."""

    turns: list[Turn] = field(default_factory=list)
    best: Turn | None = None
    stale: int = 0  # turns in a row without progress
    repeats: int = 0
    retry: bool = False  # the last turn was the first repeat

    @classmethod
    def of(cls, history: Sequence[Turn]) -> Record:
        """Turns of an earlier run of the loop: they are remembered, but the patience begins anew."""
        record = cls()
        for turn in history:
            record.add(turn)
        return cls(turns=record.turns, best=record.best)

    def history(self) -> tuple[tuple[Answer, Feedback], ...]:
        return tuple((turn.answer, turn.feedback) for turn in self.turns)

    def same_program(self, code: str) -> Turn | None:
        wanted = normalised(code)
        return next((turn for turn in self.turns if normalised(turn.answer.code) == wanted), None)

    def add(self, turn: Turn) -> None:
        repeated = self.same_program(turn.answer.code) is not None
        self.retry = repeated and self.repeats == 0
        self.repeats += repeated
        self.stale = 0 if self._is_progress(turn) else self.stale + 1
        self.turns.append(turn)
        if self.best is None or rank(turn) > rank(self.best):
            self.best = turn

    def _is_progress(self, turn: Turn) -> bool:
        if self.best is None:
            return True
        if not self.best.execution.outcome.ran:
            known = {_failure(earlier) for earlier in self.turns}
            return turn.execution.outcome.ran or _failure(turn) not in known
        return turn.execution.outcome.ran and turn.score.overall >= self.best.score.overall + MIN_GAIN

    def sampling(self, sampling: Sampling, index: int) -> Sampling:
        """What the caller asked for, except in the one retry after a repeat."""
        if not self.retry:
            return sampling
        warmer = max(sampling.temperature, RETRY_TEMPERATURE)
        return replace(sampling, temperature=warmer, seed=sampling.seed + index)

    def stop_reason(self, good_enough: float) -> StopReason | None:
        assert self.best is not None, "asked before the first turn"
        if self.best.execution.outcome.ran and self.best.score.overall >= good_enough:
            return StopReason.GOOD_ENOUGH
        if self.repeats > 1:
            return StopReason.REPEATED
        if self.stale >= PATIENCE and not self.retry:
            return StopReason.NO_PROGRESS
        return None
