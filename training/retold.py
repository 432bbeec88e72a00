"""A program that a person put right, told again as the answer that the built-in model should have written.

The built-in model does not write Python: its answers point at what is seen on the chart. So the program is run, what it
drew becomes a spec, and the spec an answer (model/nano/encode.py) with the texts and frames of the chart as the model
sees it. What cannot be said is refused with one reason, and nothing is taken on trust: the answer is read, written and
run again, and must draw what the person drew, better than the answer that was judged wrong.
Leaves out: contours, surfaces and graphs, whose facts do not hold what the language asks for; and what answers are for
(snapshot.py, worth.py).
"""

from __future__ import annotations

import logging
import re
from dataclasses import replace

from model.nano.codec import SlotCodec
from model.nano.drawn import Ink
from model.nano.encode import encode
from model.nano.grammar import MOST_CHARS, STYLES
from model.nano.sight import sight_of
from model.nano.spec import FigureSpec, PanelSpec
from model.prompt import Codec, write_answer
from model.records import Answer, Chart, Conversation, Execution, FigureFacts
from model.repair import Runner, execute
from model.scoring import score_against
from training.retold_panels import told
from training.retold_parts import Part, parts, seen_frames
from training.retold_pointer import AlikePointer
from training.retold_said import said
from training.retold_scene import Untold

log = logging.getLogger(__name__)
__all__ = ["Untold", "answer_of", "right_answer"]

GOOD = 0.8
"""Score against the person's facts from which on an answer counts as told: see DECISIONS.md."""
SAME_DATA = 0.4
"""The same of its numbers alone: texts, panels and colours of a chart with other numbers may be right, too."""
_GRIDDED = ("ggplot", "seaborn-v0_8-whitegrid", "seaborn-v0_8-darkgrid", "bmh", "fivethirtyeight")
_STYLE = re.compile(r"style\.use\(\s*[\"']([\w-]+)[\"']")


def right_answer(
    chart: Chart, program: str, judged_wrong: str, codec: Codec, sandbox: Runner
) -> tuple[Answer, Execution]:
    """The answer that a model should have written where a person wrote this program, and what it draws.

    `judged_wrong` is the program that it replaces, "" for none. Models that write Python should have written the
    program itself. Raises Untold.
    """
    person = execute(program, sandbox)
    if not person.outcome.ran or person.facts is None:
        raise Untold("it does not run")
    if not isinstance(codec, SlotCodec):
        answer = Answer("", program)
        return replace(answer, raw=write_answer(answer)), person
    try:
        raw = answer_of(chart, program, person.facts)
    except Untold:
        raise
    except Exception as fault:  # people write what nobody thought of: it must not end a refresh
        log.exception("a person's program brought up a fault")
        raise Untold("it is drawn in a way that nobody thought of") from fault
    answer = codec.parse(raw, Conversation(chart))
    drawn = execute(answer.code, sandbox)
    _check(person.facts, drawn, judged_wrong, sandbox)
    return answer, drawn


def _check(person: FigureFacts, drawn: Execution, judged_wrong: str, sandbox: Runner) -> None:
    """Raises Untold where an answer does not draw what the person drew, or no better than the one judged wrong."""
    score = score_against(person, drawn)
    if score.of_facts < GOOD:
        raise Untold(f"what the built-in model can say of it draws only {score.of_facts:.0%} of it")
    if score.data is not None and score.data < SAME_DATA:
        raise Untold("what the built-in model can say of it draws other numbers")
    if judged_wrong and score.of_facts <= score_against(person, execute(judged_wrong, sandbox)).of_facts:
        raise Untold("what the built-in model can say of it is no better than its own answer")


def answer_of(chart: Chart, program: str, facts: FigureFacts) -> str:
    """The raw answer for a program that drew these facts. Raises Untold."""
    sight = sight_of(chart)
    rows, cols, found = parts(facts)
    frames = seen_frames(found, rows, cols, facts, sight)
    words = said(program, facts)
    panels = [told(part, frame, facts, sight, words) for part, frame in zip(found, frames, strict=True)]
    match = _STYLE.search(program)
    style = match[1] if match and match[1] in STYLES else ""
    shown = tuple(_without(panel, style) for panel, _ in panels)
    spec = FigureSpec(shown, rows, cols, title=_title(facts, found), style=style)
    raw = encode(spec, [place for _, place in panels], Ink(sight, AlikePointer(sight.slots)))
    if len(raw) > MOST_CHARS:
        raise Untold("it says more than one answer of the built-in model can hold")
    return raw


def _without(panel: PanelSpec, style: str) -> PanelSpec:
    """The panel without what its style sheet draws by itself."""
    own = "" if style in _GRIDDED else panel.grid
    return replace(panel, grid=own, open_frame=panel.open_frame and not style)


def _title(facts: FigureFacts, found: list[Part]) -> str:
    """The figure's own title: the lines above all panels that are none of theirs."""
    axes = [one for part in found for one in (part.axes, part.twin) if one is not None]
    theirs = {line for one in axes for text in (one.title, one.x_label, *one.legend) for line in text.split("\n")}
    top = min(one.box[1] for one in axes)
    lines = [box for box in facts.texts if box.text not in theirs and not box.vertical and box.y1 <= top]
    middle = facts.width_px / 2
    lines = [box for box in lines if abs((box.x0 + box.x1) / 2 - middle) < 0.3 * facts.width_px]
    return "\n".join(box.text for box in sorted(lines, key=lambda box: box.y0))
