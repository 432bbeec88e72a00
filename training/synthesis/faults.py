"""Correction turns: a first answer with a realistic mistake, what the loop says of it, and the right answer again.

The cold start that MM-ReCoder found necessary (arXiv 2604.01600): without it a model repeats its program. Mistakes are
made in the spec, so that the draft is an answer that the built-in model could have written; what it is told comes from
the loop's own code; and as there, a turn is kept only where the right answer scores better than the draft by MARGIN.
Leaves out: the mistakes (mistakes.py), a model's own first answers (firsttries.py), other models' programs (export.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from model.nano.codec import feedback_parts
from model.nano.decode import decode
from model.nano.drawn import Ink
from model.nano.encode import encode
from model.nano.sight import picture
from model.nano.writer import write
from model.records import Execution, FigureFacts, Outcome, Pixels
from model.repair import picture_judge, reaction
from model.scoring import score_against
from training.synthesis.draw import Drawing, Undrawable, draw
from training.synthesis.mistakes import mistaken
from training.synthesis.pairs import Pair, SlotPointer
from training.synthesis.placed import drawn_panels

SHARE = 0.1
"""Share of rows that are given a mistake: it costs two drawings, and most of these rows then have a second turn."""
MARGIN = 0.02
ATTEMPTS = 3  # mistakes that are tried until one fits the chart
_LAYOUT = "plt.tight_layout()\n"


@dataclass(frozen=True)
class Row:
    """What the trainer reads: text before the answer in pieces between pictures, and the pictures."""

    prompt: str
    answer: str
    pictures: list[Pixels] = field(repr=False)
    draft: str = ""
    feedback: tuple[str, str] = ("", "")  # before and after the rendered picture

    def texts(self) -> dict[str, object]:
        texts: dict[str, object] = {"prompt": self.prompt, "answer": self.answer}
        return texts | ({"draft": self.draft, "feedback": list(self.feedback)} if self.draft else {})


def corrected(pair: Pair, own: str = "") -> Row:
    """The pair as a row, now and then with a faulty first turn before the right answer; `own` is a model's answer."""
    rng = np.random.default_rng((pair.seed, 1, pair.view))
    plain = Row(pair.prompt, pair.answer, [pair.pixels])
    if own:
        return _with_turn(plain, pair, own)
    if rng.random() >= SHARE:
        return plain
    for _ in range(ATTEMPTS):
        draft = _draft(pair, rng)
        if draft != pair.answer:
            return _with_turn(plain, pair, draft)
    return plain


def _draft(pair: Pair, rng: np.random.Generator) -> str:
    places = drawn_panels(pair.spec, pair.drawing.facts)
    return encode(*mistaken(pair.spec, places, rng), Ink(pair.reading.sight, SlotPointer(pair.reading)))


def _with_turn(plain: Row, pair: Pair, draft: str) -> Row:
    """The draft is decoded, drawn and judged as in the loop, so that the model is shown what it will be shown there."""
    try:
        drawing = _drawn(draft, pair)
        better = _quality(pair, _drawn(pair.answer, pair, laid_out=False).facts)
    except Undrawable:
        return plain
    if better < _quality(pair, drawing.facts) + MARGIN:
        return plain
    _, feedback = reaction(pair.chart, _ran(drawing.facts, drawing.pixels), picture_judge())
    before, _, after = feedback_parts(feedback)
    pictures = [*plain.pictures, picture(drawing.pixels)]
    return replace(plain, pictures=pictures, draft=draft, feedback=(before.text, after.text))


def _drawn(answer: str, pair: Pair, laid_out: bool = True) -> Drawing:
    """What an answer draws. Without the layout, which takes its time, its facts are the same but for places."""
    spec = decode(answer, pair.reading.sight)
    if spec is None:
        raise Undrawable("the answer holds no chart")
    program = write(spec)
    return draw(program if laid_out else program.replace(_LAYOUT, ""))


def _ran(facts: FigureFacts, pixels: Pixels | None = None) -> Execution:
    return Execution(Outcome.OK, facts=facts, pixels=pixels)


def _quality(pair: Pair, facts: FigureFacts) -> float:
    """Mean of the parts of the score that can be judged: ChartMimic's four, and the data."""
    score = score_against(pair.drawing.facts, _ran(facts))
    parts = (score.text, score.layout, score.kind, score.colour, score.data)
    return float(np.mean([part for part in parts if part is not None]))
