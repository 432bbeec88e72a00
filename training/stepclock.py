"""Splits the seconds of each step of reinforcement: what the trainer did, and what was done beside it meanwhile.

    seconds/drawing, sampling, waiting, judging, updating, other    of the trainer; they add up to seconds/step
    seconds/running             how long programs ran
    seconds/parsing, scoring    processor time of reading and judging answers
    seconds/waited_share    of the step: what it waited for programs and scores, having nothing else to do
    seconds/worked_share    of the step: what they took, most of it while the step went on

Leaves out: measuring the phases (trials.Clock).
"""

from __future__ import annotations

import time
from typing import Any

from transformers import TrainerCallback

from training.trials import Clock


class StepClock(TrainerCallback):
    """What is neither drawing charts, sampling nor waiting is the update, and the rest."""

    def __init__(self, clock: Clock, metrics: dict[str, list[float]]) -> None:
        self._clock, self._metrics, self._started = clock, metrics, 0.0

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        self._started = time.perf_counter()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        step = time.perf_counter() - self._started
        seconds, worked = self._clock.read()
        preparing = seconds.pop("preparing", 0.0)
        phases = seconds | {"step": step, "updating": step - preparing, "other": preparing - sum(seconds.values())}
        for name, value in (worked | phases).items():
            self._metrics[f"seconds/{name}"].append(value)
        self._metrics["seconds/waited_share"].append(seconds.get("waiting", 0.0) / step)
        self._metrics["seconds/worked_share"].append(sum(worked.values()) / step)
