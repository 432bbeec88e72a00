"""A simulated person for benchmarks.refresh: charts that are drawn, and answers judged by what was drawn.

A chart is accepted when its program ran and the mean of what it can be compared by (texts, panels, kinds, colours,
data) reaches a threshold; with a stated chance the person says the opposite. The pictures reach the model as a person's
would, but OCR is imitated, to save its second per chart. Leaves out: refreshing (benchmarks/refresh.py).
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from model.nano.spec import FigureSpec
from model.records import Chart, Completion, Conversation, Execution, Feedback, FigureFacts, Turn
from model.repair import Runner
from model.scoring import score_against, score_picture
from storage.blobs import encode_png
from storage.records import Label
from storage.repository import Store
from training.answers import Draft, Tried, ask, tried
from training.loaded import Loaded
from training.synthesis.charts import ChartSampler
from training.synthesis.draw import Undrawable
from training.synthesis.pairs import stream
from training.synthesis.tables import Tables

SHOWN_AGAIN = 0.1
"""Share of the answers that a second person, or the same one again, is asked about."""


@dataclass(frozen=True, slots=True)
class Known:
    """A chart with the truth about it."""

    kind: str
    chart: Chart
    program: str
    facts: FigureFacts = field(repr=False)


def pool(folder: Path, first_seed: int, count: int, kinds: Sequence[str] = ()) -> list[Known]:
    """The first so many charts of these kinds from a seed on, of tables that training never saw; drawn once."""
    kept = folder / f"{first_seed}-{count}-{'+'.join(sorted(kinds)) or 'all'}.pickle"
    if kept.is_file():
        found: list[Known] = pickle.loads(kept.read_bytes())
        return found
    found = []
    for pair in stream(first_seed, _Only(kinds)):
        found.append(Known(pair.kind, pair.chart, pair.program, pair.drawing.facts))
        if len(found) == count:
            break
    folder.mkdir(parents=True, exist_ok=True)
    partial = kept.with_suffix(".partial")
    partial.write_bytes(pickle.dumps(found))
    partial.rename(kept)
    return found


class _Only(ChartSampler):
    """Charts of these kinds, or of all: a spec costs a millisecond, drawing it a hundred times as much."""

    def __init__(self, kinds: Sequence[str]) -> None:
        super().__init__(Tables("heldout"))
        self.kinds = kinds

    def sample(self, rng: np.random.Generator) -> tuple[FigureSpec, str]:
        spec, family = super().sample(rng)
        if self.kinds and spec.panels[0].layers[0].kind not in self.kinds:
            raise Undrawable("of another kind")
        return spec, family


def truth(known: Known, execution: Execution) -> float:
    """What the person looks at."""
    return score_against(known.facts, execution, known.chart.pixels).of_facts


def answered(loaded: Loaded, charts: Sequence[Known], sandbox: Runner) -> Iterator[tuple[Known, Tried]]:
    """Greedy answers, run and scored as the application scores them, a few charts at a time."""
    drafts: list[Draft] = [found[0] for found in ask(loaded, [Conversation(known.chart) for known in charts])]
    pairs = [(known.chart, draft) for known, draft in zip(charts, drafts, strict=True)]
    yield from zip(charts, tried(pairs, sandbox, score_picture), strict=True)


def qualities(loaded: Loaded, charts: Sequence[Known], sandbox: Runner) -> list[float]:
    return [truth(known, one.execution) for known, one in answered(loaded, charts, sandbox)]


@dataclass(frozen=True, slots=True)
class Person:
    """`noise` is how often each of the raters says the opposite of what is so; `corrects` how often a wrong answer gets
    the right program beside its verdict.
    """

    accepts_at: float
    noise: tuple[float, ...] = (0.0, 0.0, 0.0)
    corrects: float = 0.0


def judge_all(
    store: Store, loaded: Loaded, label: str, charts: Sequence[Known], person: Person, sandbox: Runner, seed: int
) -> float:
    """Store jobs, answers of that version and verdicts on them; the share that was really right."""
    rng = np.random.default_rng(seed)
    right = []
    for known, one in answered(loaded, charts, sandbox):
        correct = truth(known, one.execution) >= person.accepts_at
        right.append(correct)
        turn_id = _keep(store, known, one, label)
        first = int(rng.integers(len(person.noise)))
        _say(store, turn_id, known, correct, first, person, rng)
        if rng.random() < SHOWN_AGAIN:
            others = [rater for rater in range(len(person.noise)) if rater != first]
            second = int(rng.choice(others)) if others else first
            _say(store, turn_id if others else _keep(store, known, one, label), known, correct, second, person, rng)
    return float(np.mean(right))


def _keep(store: Store, known: Known, one: Tried, label: str) -> int:
    height_px, width_px = known.chart.pixels.shape[:2]
    sha256 = store.jobs.add_chart(encode_png(known.chart.pixels), "image/png", width_px, height_px)
    store.jobs.keep_hints(sha256, known.chart.hints)
    job_id = store.jobs.add(sha256, known.chart.name, label, 1)
    feedback = Feedback(one.execution.error, one.execution.pixels)
    turn = Turn(1, one.draft.answer, one.execution, one.score, feedback, Completion(one.draft.answer, label))
    return store.jobs.add_turn(job_id, turn).id


def _say(
    store: Store, turn_id: int, known: Known, correct: bool, rater: int, person: Person, rng: np.random.Generator
) -> None:
    says = correct != (rng.random() < person.noise[rater])
    code = known.program if not says and not correct and rng.random() < person.corrects else ""
    store.verdicts.add(turn_id, Label.CORRECT if says else Label.WRONG, corrected_code=code, rater=f"rater {rater}")
