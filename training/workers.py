"""Processes beside the trainer that read answers and judge what they drew, so that a step waits for little of it.

One thread each, because a core each is all that there is. A process knows the charts that it was asked about last with
all that was found out of them (layout, colours, panels, small pictures: model/pictures.py, model/nano/sight.py), so
many answers to one chart cost little more than one. The processes start when they are first needed, in some seconds,
and serve all that is tried in this process (trials.py).
Leaves out: running programs, for which the sandbox has processes of its own.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import pickle
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import cv2
import torch

from model.progress import normalised
from model.prompt import Codec
from model.records import Answer, Chart, Conversation, Execution, Feedback, Score
from model.repair import Judge, reaction
from model.scoring import differences
from model.scoring.colour import palette_similarity
from training.charts import Case
from training.guards import Flag
from training.rewards import judged

KNOWN_CHARTS = 16


@dataclass(frozen=True, slots=True)
class Parsed:
    """An answer that was read. `program` is the same for programs that differ only in layout and comments."""

    answer: Answer
    program: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What a verdict is made of (rewards.py), and what is told of the program if asked, without its picture."""

    score: Score
    components: dict[str, float]
    flags: tuple[Flag, ...]
    told: Feedback | None = field(repr=False)
    seconds: float


@functools.cache
def processes(count: int) -> tuple[ProcessPoolExecutor, ...]:
    """As many processes, each by itself: all that concerns a chart goes to the same one. Each is started once."""
    spawning = multiprocessing.get_context("spawn")
    return tuple(ProcessPoolExecutor(1, spawning, _settle_in) for _ in range(count))


def packed(case: Case) -> bytes:
    """A chart on its way to the processes; packed once, because it is needed with each answer."""
    return pickle.dumps(case, pickle.HIGHEST_PROTOCOL)


def parse(codec: Codec, chart: bytes, raw: str) -> Parsed:
    started = time.process_time()
    answer = codec.parse(raw, Conversation(_case(chart).chart))
    return Parsed(answer, normalised(answer.code), time.process_time() - started)


def judge(chart: bytes, answer: Answer, execution: Execution, cut_off: bool, tell: bool) -> Judged:
    """With `tell` also what the model is told about its program."""
    started, case = time.process_time(), _case(chart)
    verdict = judged(answer, execution, case.facts, case.chart.pixels, cut_off=cut_off)
    told = _told(case, execution, verdict.score, cut_off) if tell else None
    return Judged(verdict.score, verdict.components, verdict.flags, told, time.process_time() - started)


def _told(case: Case, execution: Execution, score: Score, cut_off: bool) -> Feedback:
    feedback = reaction(case.chart, execution, _as_told(score), cut_off)[1]
    return Feedback(feedback.error, None, feedback.differences)


def _as_told(known: Score) -> Judge:
    """The loop's judge, as far as it speaks: its words need the colours, and the likeness that is known already.

    It also scores panels and kinds, of which only the score is told; that and the likeness were half of the work.
    """

    def score(chart: Chart, execution: Execution) -> Score:
        assert execution.pixels is not None, "asked of what ran"
        colour = palette_similarity(chart.pixels, execution.pixels)
        return Score(execution=1.0, colour=colour, visual=known.visual)

    return Judge(score, differences)


@functools.lru_cache(KNOWN_CHARTS)
def _case(chart: bytes) -> Case:
    """The very same object each time, with what was found out of it."""
    found = pickle.loads(chart)
    assert isinstance(found, Case)
    return found


def _settle_in() -> None:
    """A process's first steps. A trainer that is killed cannot end its processes: each watches for that by itself."""
    threading.Thread(target=_end_with_trainer, daemon=True).start()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def _end_with_trainer() -> None:
    trainer = multiprocessing.parent_process()
    assert trainer is not None, "this is one of the processes"
    trainer.join()
    os._exit(1)
