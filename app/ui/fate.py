"""What became of a verdict, in a sentence or two (workbench) and in two words (history).

Pure functions from a fate to HTML. Leaves out: finding it out (app/fates.py).
"""

from __future__ import annotations

from html import escape

from app.fates import Fate, Now, Sight, Stage
from app.ui import text
from app.ui.markup import percent
from storage.records import Label, ModelVersion, Part


def fate_html(fate: Fate, label: Label, overall: float) -> str:
    """`label` is the verdict, `overall` the score of the judged answer."""
    sentences = [_sentence(fate)]
    if fate.reason and fate.stage is not Stage.LEFT_OUT:
        sentences.append(f"{escape(fate.reason[:1].upper() + fate.reason[1:])}.")
    if fate.stage is Stage.IN_VERSION:
        sentences.append(sight_says(fate.sight, label, overall))
    if fate.also:
        sentences.append(text.ALSO_IN.format(versions=", ".join(map(escape, fate.also))))
    if fate.next_run:
        sentences.append(text.AGAIN_IN.format(run=fate.next_run))
    return f'<p class="cl-fate cl-note">{" ".join(sentences)}</p>'


def _sentence(fate: Fate) -> str:
    held_out = fate.part is Part.GATE
    match fate.stage:
        case Stage.WAITING:
            return f'<a href="models">{text.WAITS}</a>'
        case Stage.AT_WORK:
            return (text.AT_WORK_HELD_OUT if held_out else text.AT_WORK).format(run=fate.run_id)
        case Stage.LEFT_OUT:
            return text.LEFT_OUT.format(run=fate.run_id, reason=escape(fate.reason))
        case Stage.NOTHING:
            return text.CAME_TO_NOTHING.format(run=fate.run_id)
        case Stage.IN_VERSION:
            assert fate.version is not None, "it says which"
            state = text.IS_NOW[fate.version.state]
            said = text.HELD_OUT if held_out else text.LEARNT
            return said.format(version=version_link(fate.version), state=state)


def sight_says(sight: Sight, label: Label, overall: float) -> str:
    """What a version makes of a chart on which that verdict was given, as a sentence."""
    if sight.person:
        return text.GETS_BY_PERSON[sight.now]
    match sight.now:
        case Now.RIGHT:
            return text.GETS_RIGHT[label]
        case Now.WRONG:
            return text.GETS_WRONG[label]
        case Now.UNTRIED:
            return text.NOT_TRIED_ON
        case Now.UNSURE:
            return text.GETS_OTHER.format(before=percent(overall), after=percent(sight.overall or 0.0))


def fate_short(fate: Fate, label: Label) -> str:
    version = escape(fate.version.label) if fate.version else ""
    now = text.NOW_SHORT[label][fate.sight.now]
    return text.FATE_SHORT[fate.stage].format(run=fate.run_id, version=version, now=now)


def fate_class(fate: Fate) -> str:
    """A colour where there is news: right by now, or still wrong."""
    return {Now.RIGHT: "cl-right", Now.WRONG: "cl-still"}.get(fate.sight.now, "")


def version_link(version: ModelVersion) -> str:
    return f'<a href="models?v={version.number}">{escape(version.label)}</a>'
