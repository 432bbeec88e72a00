"""The timeline: every turn with its outcome, its score in parts, what changed since the turn before, what was wrong.

Pure functions from a job to HTML. The list is a native radio group, so arrow keys walk along it. Leaves out: how two
turns are compared (changes.py).
"""

from __future__ import annotations

import re
from html import escape

from app.jobs import JobView
from app.ui import text
from app.ui.changes import summary_html
from app.ui.markup import PictureUrl, is_live, panel, per_turn, percent, seconds, shown_turn
from model.records import Score
from storage.records import TurnRecord

_EXCEPTION = re.compile(r"\b[A-Z]\w{0,40}(?:Error|Exception)\b")


def turns_html(view: JobView, url: PictureUrl) -> str:
    if not view.turns and not is_live(view):
        return panel(view, "cl-card cl-turns", f'<p class="cl-note">{text.NO_TURNS}</p>')
    items = "".join(_item(view, turn, url) for turn in view.turns) + (_live_item(view) if is_live(view) else "")
    pairs = zip(view.turns, (None, *view.turns), strict=False)
    details = "".join(_detail(view, turn, before) for turn, before in pairs)
    if not view.turns:
        details = f'<div class="cl-detail"><p class="cl-note">{text.NO_TURNS}</p></div>'
    body = (
        f'<fieldset class="cl-turn-list"><legend>{text.TURNS}</legend>{items}</fieldset>'
        f'<div class="cl-details">{details}</div>'
    )
    return panel(view, "cl-card cl-turns", body)


def _item(view: JobView, turn: TurnRecord, url: PictureUrl) -> str:
    badges = []
    if turn.number == view.best:
        badges.append(f'<span class="cl-badge cl-best">{text.BEST}</span>')
    if turn.author == "person":
        badges.append(f'<span class="cl-badge">{text.BY_PERSON}</span>')
    if turn.verdict is not None:
        label = text.VERDICT[turn.verdict.label.value]
        badges.append(f'<span class="cl-badge cl-{turn.verdict.label.value}">{label}</span>')
    ran = "ran" if turn.outcome.ran else "failed"
    score = percent(turn.score.overall) if turn.score.judged() else ""
    what = f'<span class="cl-outcome cl-{ran}">{text.OUTCOME[turn.outcome]}</span>{_error_name(turn)}'
    return _radio(
        str(turn.number),
        checked=turn.number == shown_turn(view),
        number=str(turn.number),
        picture=f'<img src="{escape(url(turn.render))}" alt="" draggable="false">' if turn.render else "",
        middle=what + "".join(badges),
        end=score,
    )


def _error_name(turn: TurnRecord) -> str:
    """The exception's class, where the error names one."""
    named = _EXCEPTION.search(turn.error)
    return f'<span class="cl-note">{named.group()}</span>' if named else ""


def _live_item(view: JobView) -> str:
    number = (view.turns[-1].number if view.turns else 0) + 1
    words = text.ACTIVITY.get(view.activity, text.ACTIVITY[""])
    middle = f'<span class="cl-outcome cl-working">{words}</span>'
    return _radio("live", checked=False, number=str(number), picture="", middle=middle, end="")


def _radio(value: str, *, checked: bool, number: str, picture: str, middle: str, end: str) -> str:
    return (
        f'<label class="cl-turn"><input type="radio" name="cl-turn" value="{value}"{" checked" if checked else ""}>'
        f'<span class="cl-number">{number}</span><span class="cl-thumb">{picture}</span>'
        f'<span class="cl-what">{middle}</span><span class="cl-score">{end}</span></label>'
    )


def _detail(view: JobView, turn: TurnRecord, before: TurnRecord | None) -> str:
    meters = f"<div>{_meters(turn.score)}</div>" if turn.outcome.ran else ""
    words = f"{_wrong(turn)}{summary_html(turn, before)}{_reading(turn)}"
    return f'<div class="cl-detail" {per_turn(view, turn.number)}>{meters}<div>{words}</div></div>'


def _meters(score: Score) -> str:
    rows = "".join(_meter(part, getattr(score, part)) for part in Score.COMPONENTS)
    overall = percent(score.overall) if score.judged() else "–"
    return (
        f'<dl class="cl-meters"><div class="cl-overall"><dt>{text.OVERALL}</dt><dd></dd><dd>{overall}</dd></div>'
        f"{rows}</dl>"
    )


def _meter(part: str, value: float | None) -> str:
    name = f'<dt title="{text.PART_HELP[part]}">{text.PARTS[part]}</dt>'
    if value is None:
        return (
            f'<div class="cl-unjudged" title="{text.NOT_JUDGED_HELP}">{name}'
            f'<dd><span class="cl-track"></span></dd><dd><span class="cl-hidden">{text.NOT_JUDGED}</span>–</dd></div>'
        )
    width = max(0.0, min(1.0, value)) * 100
    return (
        f'<div>{name}<dd><span class="cl-track"><span class="cl-fill" style="width:{width:.0f}%"></span></span></dd>'
        f"<dd>{percent(value)}</dd></div>"
    )


def _wrong(turn: TurnRecord) -> str:
    heading = f'<h3>{text.WHAT_WAS_WRONG}<span class="cl-note">{seconds(turn.seconds)}</span></h3>'
    if not turn.outcome.ran:
        error = f'<pre class="cl-error" tabindex="0">{escape(turn.error)}</pre>' if turn.error else ""
        return f"{heading}<p>{text.OUTCOME_SENTENCE[turn.outcome]}</p>{error}"
    if not turn.differences:
        return f'{heading}<p class="cl-note">{text.NOTHING_FOUND}</p>'
    rows = "".join(
        f'<li><span class="cl-part">{text.PARTS.get(difference.part, escape(difference.part))}</span>'
        f"<span>{escape(difference.detail)}</span></li>"
        for difference in turn.differences
    )
    return f'{heading}<ul class="cl-differences">{rows}</ul>'


def _reading(turn: TurnRecord) -> str:
    cut = f'<p class="cl-note">{text.CUT_OFF}</p>' if turn.finish == "length" else ""
    if not turn.reading.strip():
        return cut
    return (
        f'{cut}<details class="cl-reading"><summary>{text.READING}</summary><pre>{escape(turn.reading)}</pre></details>'
    )
