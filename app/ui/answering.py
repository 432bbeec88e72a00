"""Who answers now, who waits for a yes, and the two clicks that change it.

Pure functions from a lineage to HTML. Rolling back and letting a version answer that passed are one click; a version
that the gate did not pass is asked about first, with its reasons. Leaves out: moving the alias (app/refreshes.py).
"""

from __future__ import annotations

from html import escape

from app.refreshes import Lineage
from app.ui import text_models
from app.ui.markup import icon, when
from storage.records import AliasChange, Decision, GateReport, ModelVersion

SHOWN_CHANGES = 3


def answering_html(lineage: Lineage, answers: str) -> str:
    """`answers` is the model that a new job would use, which need not be a version."""
    waiting = lineage.waiting
    return (
        f'<section class="cl-card cl-answering"><h2>{text_models.ANSWERING}</h2>'
        f"{_now(lineage, answers)}{_before(lineage)}{_waiting(waiting, lineage) if waiting else ''}"
        f"{_changes(lineage)}</section>"
    )


def _now(lineage: Lineage, answers: str) -> str:
    champion = lineage.champion
    if champion is None:
        return f'<p class="cl-note">{text_models.NOBODY_ANSWERS}</p>'
    if answers != champion.label:
        words = escape(text_models.OTHER_ANSWERS.format(model=answers))
        return f'<p class="cl-champion" role="status">{escape(answers)}</p><p class="cl-note">{words}</p>'
    since = text_models.SINCE.format(when=when(lineage.since)) if lineage.since else ""
    label = escape(champion.label)
    return f'<p class="cl-champion" role="status">{label} <span class="cl-note">{since}</span></p>'


def _before(lineage: Lineage) -> str:
    previous = lineage.previous
    if previous is None:
        return f'<p class="cl-note">{text_models.NOBODY_BEFORE}</p>'
    back = text_models.ROLL_BACK.format(version=escape(previous.label))
    return (
        f'<p><button type="button" class="cl-button" data-event="rollback" data-number="{previous.number}">'
        f"{icon('back')}<span>{back}</span></button></p>"
    )


def _waiting(version: ModelVersion, lineage: Lineage) -> str:
    report = lineage.decisions.get(version.number)
    said = escape(f"{report.reason[:1].upper()}{report.reason[1:]}.") if report and report.reason else ""
    return (
        f'<div class="cl-candidate"><h3>{text_models.WAITING_VERSION}</h3>'
        f'<p><a href="models?v={version.number}">{escape(version.label)}</a> <span class="cl-note">{said}</span></p>'
        f"{promote_html(version, report, lineage, place='top')}</div>"
    )


def promote_html(version: ModelVersion, report: GateReport | None, lineage: Lineage, place: str) -> str:
    """The button that lets a version answer, with the question before it where the gate did not say yes."""
    if lineage.champion and lineage.champion.number == version.number:
        return ""
    words = f"<span>{text_models.LET_ANSWER.format(version=escape(version.label))}</span>"
    if report is not None and report.passed:
        return f"<p>{_promote(version, words, 'cl-primary')}</p>"
    name = f"promote-{place}-{version.number}"
    return (
        f'<p><button type="button" class="cl-button" data-dialog="{name}">{icon("check")}{words}</button></p>'
        f"{_question(version, report, lineage, name)}"
    )


def _promote(version: ModelVersion, words: str, look: str) -> str:
    return (
        f'<button type="button" class="cl-button {look}" data-event="promote" data-number="{version.number}">'
        f"{icon('check')}{words}</button>"
    )


def _question(version: ModelVersion, report: GateReport | None, lineage: Lineage, name: str) -> str:
    champion = escape(lineage.champion.label) if lineage.champion else ""
    if report is None:
        title, reason = text_models.ASK_NO_GATE, text_models.ASK_NOTHING_KNOWN.format(champion=champion)
    else:
        title = text_models.ASK_REFUSED if report.decision is Decision.REFUSED else text_models.ASK_UNJUDGED
        reason = escape(f"{report.reason[:1].upper()}{report.reason[1:]}.")
    undone = text_models.ASK_UNDONE.format(champion=champion) if champion else ""
    return (
        f'<dialog class="cl-dialog cl-question" id="{name}" aria-labelledby="{name}-title">'
        f'<h2 id="{name}-title">{title.format(version=escape(version.label))}</h2><p>{reason}</p><p>{undone}</p>'
        f'<form method="dialog"><button class="cl-button">{text_models.KEEP_AS_IS}</button>'
        f"{_promote(version, f'<span>{text_models.LET_ANSWER_ANYWAY}</span>', 'cl-stop')}</form></dialog>"
    )


def _changes(lineage: Lineage) -> str:
    """Where the champion's name has been, newest first."""
    rows = [_change(change, lineage) for change in lineage.changes]
    if not rows:
        return ""
    newest = f'<ol class="cl-changes">{"".join(rows[:SHOWN_CHANGES])}</ol>'
    earlier = "".join(rows[SHOWN_CHANGES:])
    if earlier:
        summary = f"<summary>{text_models.EARLIER}</summary>"
        earlier = f'<details class="cl-more">{summary}<ol class="cl-changes">{earlier}</ol></details>'
    return f'<div class="cl-past-answers"><h3>{text_models.CHAMPIONS}</h3>{newest}{earlier}</div>'


def _change(change: AliasChange, lineage: Lineage) -> str:
    version = lineage.get(change.number)
    what = text_models.CHANGE[change.kind].format(version=escape(version.label) if version else change.number)
    why = ": ".join(escape(words) for words in (change.changed_by, change.reason) if words)
    return f'<li><b>{what}</b> <span class="cl-note">{when(change.created)} · {why}</span></li>'
