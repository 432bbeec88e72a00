"""The verdict on the shown turn: two buttons, then which part is wrong, a comment, the way back, and what
became of it.

Pure functions from a job to HTML. A click is kept at once; tags and comment are kept as they are given
(assets/chartloop.js sends the form). Leaves out: keeping them (app/service.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from app.fates import Fate
from app.jobs import JobView
from app.ui import text
from app.ui.fate import fate_html
from app.ui.markup import icon, is_live, key, panel, per_turn
from storage.records import TAGS, Label, TurnRecord, VerdictRecord


def verdict_html(view: JobView, fates: Mapping[int, Fate]) -> str:
    """`fates` are of the verdicts on its turns, by their numbers."""
    sections = "".join(_section(view, turn, fates) for turn in view.turns)
    if not view.turns:
        sections = f'<p class="cl-note">{text.NOT_YET}</p>'
    return panel(view, "cl-verdict", sections)


def _section(view: JobView, turn: TurnRecord, fates: Mapping[int, Fate]) -> str:
    if not turn.render:
        body = f'<p class="cl-note">{text.NOT_YET if is_live(view) else text.DID_NOT_RUN}</p>'
    elif turn.verdict is None:
        body = _question(turn)
    else:
        body = _given(turn, turn.verdict, fates)
    return f'<div class="cl-of-turn" {per_turn(view, turn.number)}>{body}</div>'


def _question(turn: TurnRecord) -> str:
    return (
        f'<div class="cl-ask"><p id="ask-{turn.id}">{text.ASK}</p>'
        f'<div class="cl-answers" role="group" aria-labelledby="ask-{turn.id}">'
        f"{_button(turn, Label.CORRECT)}{_button(turn, Label.WRONG)}</div></div>"
    )


def _button(turn: TurnRecord, label: Label) -> str:
    word, letter, picture = (text.CORRECT, "C", "check") if label is Label.CORRECT else (text.WRONG, "W", "cross")
    return (
        f'<button type="button" class="cl-button cl-verdict-{label.value}" data-event="judge"'
        f' data-key="{letter.lower()}" data-turn-id="{turn.id}" data-label="{label.value}">'
        f"{icon(picture)}<span>{word}</span>{key(letter)}</button>"
    )


def _given(turn: TurnRecord, verdict: VerdictRecord, fates: Mapping[int, Fate]) -> str:
    mark = icon("check" if verdict.label is Label.CORRECT else "cross")
    words = text.MARKED[verdict.label.value].format(number=turn.number)
    head = (
        f'<div class="cl-given"><p class="cl-marked cl-{verdict.label.value}" role="status">'
        f"{mark}<span>{words}</span></p>"
        f'<button type="button" class="cl-button cl-quiet" data-event="undo" data-key="u"'
        f' data-verdict-id="{verdict.id}">{text.UNDO}{key("U")}</button></div>'
    )
    fate = fate_html(fates[verdict.id], verdict.label, turn.score.overall) if verdict.id in fates else ""
    return head + (_form(turn, verdict) if verdict.label is Label.WRONG else "") + fate


def _form(turn: TurnRecord, verdict: VerdictRecord) -> str:
    boxes = "".join(
        f'<label class="cl-tag"><input type="checkbox" name="tags" value="{tag}"'
        f"{' checked' if tag in verdict.tags else ''}><span>{text.PARTS[tag]}</span></label>"
        for tag in TAGS
    )
    return (
        f'<form class="cl-why" data-form="{turn.id}-{verdict.label.value}" data-turn-id="{turn.id}"'
        f' data-label="{verdict.label.value}">'
        f'<fieldset><legend class="cl-hidden">{text.WHICH_PART}</legend>{boxes}</fieldset>'
        f'<input type="text" name="comment" maxlength="500" value="{escape(verdict.comment)}"'
        f' placeholder="{text.COMMENT}" aria-label="{text.COMMENT}"></form>'
    )
