"""A store with judged answers in it, made in a second: pictures of bars, answers in the words of ordinary models."""

from __future__ import annotations

import numpy as np

from model.prompt import write_answer
from model.records import (
    Answer,
    Completion,
    Execution,
    Feedback,
    FigureFacts,
    Hints,
    Outcome,
    Pixels,
    Score,
    Turn,
)
from storage.blobs import encode_png
from storage.records import Label, VerdictRecord
from storage.repository import Store

RIGHT, WRONG = "plt.bar([1, 2], [3, 4])", "plt.plot([1, 2], [3, 4])"


def picture(number: int) -> Pixels:
    """A small chart that is like no other number's."""
    return np.random.default_rng(number).integers(0, 255, (40, 64, 3), np.uint8)


def add_job(store: Store, number: int, model: str = "nano@1") -> int:
    """A job for picture `number`, without turns."""
    sha256 = store.jobs.add_chart(encode_png(picture(number)), "image/png", 64, 40)
    store.jobs.keep_hints(sha256, Hints())
    return store.jobs.add(sha256, f"chart {number}.png", model, 4)


def add_turn(
    store: Store,
    job_id: int,
    code: str = RIGHT,
    kind: str = "bar",
    model: str = "nano@1",
    overall: float = 0.5,
    author: str = "model",
) -> int:
    """One turn that ran; returns its id."""
    answer = Answer(f"kind: {kind}", code)
    raw = write_answer(answer)
    answer = Answer(answer.reading, code, raw)
    facts = FigureFacts(64, 40, (), (), (), {kind: 1}, {})
    drawn = Execution(Outcome.OK, pixels=picture(len(code)), facts=facts)
    completion = Completion(answer, model, token_ids=(1, 2), logprobs=(-0.1, -0.2)) if author == "model" else None
    score = Score(1.0, text=overall, colour=overall, visual=overall)
    turn = Turn(1, answer, drawn, score, Feedback(pixels=drawn.pixels), completion, author)
    return store.jobs.add_turn(job_id, turn).id


def judge(store: Store, number: int, right: bool, rater: str = "ann", **how: str) -> VerdictRecord:
    """A verdict on a new job for picture `number`."""
    turn_id = add_turn(store, add_job(store, number), RIGHT if right else WRONG, "bar" if right else "plot")
    return store.verdicts.add(turn_id, Label.CORRECT if right else Label.WRONG, rater=rater, **how)
