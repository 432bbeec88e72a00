"""The price of an answer: one table of weights over named components, behind gates, and a curriculum of two tables.

    format      the answer has a reading, a program, and an end
    execution   the program ran to its end
    text, ticks, layout, kind, colour, data    against the reference's facts (model/scoring; ticks: its tick labels)
    visual      similarity of the pictures          judge    the opinion of a visual judge (judge.py)

Gates in this order: without format nothing is paid, without execution the format alone, for a blank figure format and
execution. A program that drew is paid every component that can be judged, by a weighted mean, so that a chart without
data or text costs nobody anything. A guard's flag (guards.py) makes an answer worth nothing. What the machine lost (no
execution, a judge that does not answer) has no price: None, which leaves the group's mean, never 0.

Sources: MSRL's textual stage before textual plus visual (arXiv 2508.13587), MM-ReCoder's rule and model rewards
(arXiv 2604.01600, section 1a of the project's notes on it). Leaves out: how components are measured (model/scoring).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from model.errors import BadInput
from model.records import Answer, Execution, FigureFacts, Outcome, Pixels, Score
from model.scoring import score_against
from model.scoring.text import text_f1
from training.guards import Flag, flags_of

GATES = ("format", "execution")
DREW_NOTHING = (Outcome.BLANK, Outcome.NO_FIGURE)
FAILED = Score(execution=0.0)


@dataclass(frozen=True, slots=True)
class Weights:
    """What each component is worth; only their proportions count. Raises BadInput for a table that pays nothing."""

    format: float = 0.05
    execution: float = 0.10
    text: float = 0.20
    ticks: float = 0.05
    layout: float = 0.10
    kind: float = 0.15
    colour: float = 0.15
    data: float = 0.20
    visual: float = 0.0
    judge: float = 0.0

    def __post_init__(self) -> None:
        if min(self.table().values()) < 0 or not any(self.components().values()):
            raise BadInput("the reward's weights should not be negative, and one component has to be worth something")

    def table(self) -> dict[str, float]:
        return {one.name: float(getattr(self, one.name)) for one in fields(self)}

    def components(self) -> dict[str, float]:
        return {name: weight for name, weight in self.table().items() if name not in GATES}


@dataclass(frozen=True, slots=True)
class Curriculum:
    """The textual table, then the full one from `switch_at` on, a share of the training (MSRL: 22K of 33K charts)."""

    textual: Weights = field(default_factory=Weights)
    full: Weights = field(default_factory=lambda: Weights(visual=0.30))
    switch_at: float = 2 / 3

    def at(self, progress: float) -> Weights:
        return self.textual if progress < self.switch_at else self.full


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything that is known of one answer before it is priced. `execution` None: the machine lost it.

    `components` holds those of the table that could be judged, in [0, 1]; `score` is model/scoring's own.
    """

    answer: Answer
    execution: Execution | None
    score: Score = FAILED
    components: dict[str, float] = field(default_factory=dict)
    flags: tuple[Flag, ...] = ()
    cut_off: bool = False

    @property
    def well_formed(self) -> bool:
        return bool(self.answer.code.strip() and self.answer.reading.strip()) and not self.cut_off


def judged(
    answer: Answer, execution: Execution | None, reference: FigureFacts, pixels: Pixels, *, cut_off: bool = False
) -> Verdict:
    """The verdict on an answer to the chart of `pixels`, whose facts are `reference`. The judge's word comes later."""
    if execution is None:
        return Verdict(answer, None, cut_off=cut_off)
    score = score_against(reference, execution, pixels)
    components = score.judged()
    if execution.facts is not None:
        ticks = text_f1(_labels(reference), _labels(execution.facts))
        components |= {"ticks": ticks} if ticks is not None else {}
    flags = flags_of(answer.code, execution, reference)
    return Verdict(answer, execution, score, components, flags, cut_off)


def price(verdict: Verdict, weights: Weights) -> float | None:
    """What an answer is worth, in [0, 1]; None where the machine lost it or nothing could be judged."""
    execution = verdict.execution
    if execution is None:
        return None
    if verdict.flags or not verdict.well_formed:
        return 0.0
    table = weights.table()
    total = sum(table.values())
    if not execution.outcome.ran:
        executed = execution.outcome in DREW_NOTHING
        return (weights.format + (weights.execution if executed else 0.0)) / total
    if weights.judge and "judge" not in verdict.components:
        return None
    worth = weights.components()
    known = {name: value for name, value in verdict.components.items() if worth.get(name)}
    if not known:
        return None
    quality = sum(worth[name] * value for name, value in known.items()) / sum(worth[name] for name in known)
    return (weights.format + weights.execution + sum(worth.values()) * quality) / total


def trajectory(first: float | None, second: float | None, gamma: float = 0.0, bonus: float = 0.0) -> float | None:
    """MM-ReCoder's R(o1, o2) = R(o2) + gamma R(o1) + bonus [R(o2) > R(o1)]; both are 0 there and here.

    A bonus pays for a bad first turn: with 0.1 the paper's model fell from 81.8 to 66.7 in turn 1.
    """
    if first is None or second is None:
        return None
    return second + gamma * first + (bonus if second > first else 0.0)


def spread(rewards: Sequence[float | None]) -> float:
    """Largest difference within a group, missing ones left out; 0 for a group that has nothing to compare."""
    known = [reward for reward in rewards if reward is not None]
    return max(known) - min(known) if known else 0.0


def _labels(facts: FigureFacts) -> tuple[str, ...]:
    return tuple(box.text for box in facts.tick_texts)
