"""What changed from one turn to the next: its program line by line, its score part by part.

Pure functions from two turns to HTML. The summary stands in the timeline (turns.py), the lines beside the code
(program.py).
"""

from __future__ import annotations

import difflib
import re
from html import escape

from app.ui import text
from app.ui.markup import percent
from model.records import Score
from storage.records import TurnRecord

_FIRST_HUNK = re.compile(r"@@ -1\b")


def changes_html(turn: TurnRecord, before: TurnRecord | None) -> str:
    """A line diff against the turn before, with unchanged stretches folded to three lines around each change."""
    if before is None:
        return f'<p class="cl-note">{text.FIRST_TURN}</p>'
    lines = _diff(turn, before)
    if not lines:
        return f'<p class="cl-note">{text.SAME_CODE.format(number=before.number)}</p>'
    summary = text.CHANGES_SINCE.format(number=before.number, **_counts(lines))
    return f'<p class="cl-note">{summary}</p><pre class="cl-code cl-diff">{"".join(map(_diff_line, lines))}</pre>'


def summary_html(turn: TurnRecord, before: TurnRecord | None) -> str:
    """The same in two lines: how much of the code, and which parts of the score. Nothing for a first turn."""
    if before is None:
        return ""
    lines = _diff(turn, before)
    code = text.LINES_CHANGED.format(**_counts(lines)) if lines else text.SAME_CODE.format(number=before.number)
    show = f'<button type="button" class="cl-show" data-view="changes">{text.SHOW_CHANGES}</button>' if lines else ""
    rows = [(text.LINES, f"{code} {show}"), *_score_rows(turn.score, before.score)]
    items = "".join(f'<li><span class="cl-part">{part}</span><span>{what}</span></li>' for part, what in rows)
    heading = text.WHAT_CHANGED.format(number=before.number)
    return f'<h3>{heading}</h3><ul class="cl-differences cl-changed">{items}</ul>'


def _score_rows(now: Score, before: Score) -> list[tuple[str, str]]:
    """The parts that both turns were judged by and that look different when written down."""
    if not (now.judged() and before.judged()):
        return []
    pairs = [(text.OVERALL, before.overall, now.overall)]
    pairs += [(text.PARTS[part], getattr(before, part), getattr(now, part)) for part in Score.COMPONENTS]
    told = [(name, percent(old), percent(new)) for name, old, new in pairs if old is not None and new is not None]
    return [(name, f"{old} → {new}") for name, old, new in told if old != new]


def _diff(turn: TurnRecord, before: TurnRecord) -> list[str]:
    return list(difflib.unified_diff(before.code.splitlines(), turn.code.splitlines(), n=3, lineterm=""))[2:]


def _counts(lines: list[str]) -> dict[str, int]:
    return {
        "added": sum(line.startswith("+") for line in lines),
        "removed": sum(line.startswith("-") for line in lines),
    }


def _diff_line(line: str) -> str:
    if line.startswith("@@"):
        return "" if _FIRST_HUNK.match(line) else '<span class="cl-gap">⋯</span>'
    tag = {"+": "ins", "-": "del"}.get(line[:1], "span")
    return f"<{tag}>{escape(line)}</{tag}>"
