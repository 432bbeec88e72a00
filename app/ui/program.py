"""The program of each turn, coloured, beside what changed in it (changes.py); and the answer as it is being written.

Pure functions from a job to HTML; colours come from Pygments' lexer, which escapes as it goes. Leaves out: the editor,
which is a gr.Code of its own (workbench.py), so that nothing streams into what a person edits.
"""

from __future__ import annotations

from html import escape

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from app.jobs import JobView
from app.ui import text
from app.ui.changes import changes_html
from app.ui.markup import icon, is_live, panel, per_turn
from model.prompt import read_answer
from storage.records import TurnRecord

_LEXER = PythonLexer(stripnl=False, ensurenl=False)
_FORMATTER = HtmlFormatter(nowrap=True, classprefix="hl-")


def program_html(view: JobView) -> str:
    """The finished turns: a bar with the actions of each, its program, and its changes."""
    sections = "".join(
        _section(view, turn, view.turns[index - 1] if index else None) for index, turn in enumerate(view.turns)
    )
    if not view.turns and not is_live(view):
        sections = f'<p class="cl-note">{text.NO_CODE}</p>'
    return panel(view, "cl-program", sections, exact=True)


def live_html(view: JobView) -> str:
    """The turn at work: its reading and its program as far as they are written. Empty when the job has ended."""
    if not is_live(view):
        return panel(view, "cl-program", "", exact=True)
    answer = read_answer(view.writing)
    words = text.ACTIVITY.get(view.activity, text.ACTIVITY[""])
    reading = f'<pre class="cl-reading-live">{escape(answer.reading)}</pre>' if answer.reading else ""
    code = coloured(answer.code) if answer.code else f'<span class="cl-note">{text.NO_CODE}</span>'
    body = (
        f'<div class="cl-live" data-turn="live"><header class="cl-bar"><h2>{text.CODE}</h2>'
        f'<span class="cl-note cl-working">{words}</span></header>'
        f'<div class="cl-scroll" data-follow>{reading}'
        f'<pre class="cl-code">{code}<i class="cl-caret"></i></pre></div></div>'
    )
    return panel(view, "cl-program", body, exact=True)


def coloured(code: str) -> str:
    """A program as HTML, each token in a span of its class; everything is escaped."""
    return highlight(code, _LEXER, _FORMATTER)


def _section(view: JobView, turn: TurnRecord, before: TurnRecord | None) -> str:
    code = coloured(turn.code) if turn.code else f'<span class="cl-note">{text.EMPTY_PROGRAM}</span>'
    hidden = per_turn(view, turn.number) if not is_live(view) else f'data-turn="{turn.number}" hidden'
    return (
        f'<div class="cl-of-turn" {hidden}>{_bar(view, turn, before)}'
        f'<div class="cl-scroll cl-view-program" tabindex="0"><pre class="cl-code">{code}</pre></div>'
        f'<div class="cl-scroll cl-view-changes" tabindex="0">{changes_html(turn, before)}</div></div>'
    )


def _bar(view: JobView, turn: TurnRecord, before: TurnRecord | None) -> str:
    tabs = "".join(
        f'<button type="button" data-view="{view_name}" aria-pressed="false"'
        f"{' disabled' if view_name == 'changes' and before is None else ''}>{word}</button>"
        for view_name, word in (("program", text.PROGRAM), ("changes", text.CHANGES))
    )
    links = "".join(
        f'<a class="cl-link" href="turns/{turn.id}.{kind}" download="{_file_name(view, turn)}.{kind}"'
        f' title="{text.DOWNLOAD} {word}">{word}</a>'
        for kind, word in text.FORMATS
        if kind == "py" or turn.render
    )
    return (
        f'<header class="cl-bar"><h2>{text.CODE}</h2><div class="cl-segments" role="group">{tabs}</div>'
        f'<span class="cl-space"></span><span class="cl-downloads">{links}</span>'
        f'<button type="button" class="cl-button cl-quiet" data-copy data-done="{text.COPIED}">'
        f"{icon('copy')}<span>{text.COPY}</span></button>"
        f'<button type="button" class="cl-button" data-event="edit" data-turn-id="{turn.id}">'
        f"{icon('edit')}<span>{text.EDIT}</span></button></header>"
    )


def _file_name(view: JobView, turn: TurnRecord) -> str:
    stem = view.chart.name.rsplit(".", 1)[0]
    safe = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in stem)
    return f"{safe[:60] or 'chart'}-{view.id}-{turn.number}"
