"""Small pieces of HTML that several panels share. Every string that comes from outside passes `escape` on its way in.

Leaves out: panels themselves (compare.py, turns.py, program.py, verdict.py, status.py, intake.py, history.py).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from html import escape

from app.jobs import JobView
from app.ui import text

PictureUrl = Callable[[str], str]

ICONS = {
    "check": "M3.5 8.5l3 3 6-7",
    "cross": "M4 4l8 8M12 4l-8 8",
    "stop": "M4.5 4.5h7v7h-7z",
    "again": "M12.6 8a4.6 4.6 0 1 1-1.5-3.4M12.8 2.6v2.6h-2.6",
    "copy": "M6 6V3h7v7h-3M3 6h7v7H3z",
    "edit": "M3 13l.7-2.8 7.5-7.5 2.1 2.1-7.5 7.5zM9.6 4.3l2.1 2.1",
    "picture": "M2.7 3.7h10.6v8.6H2.7zM3 11l3-3.2 2.3 2.3 1.9-1.9 2.8 2.8M10.7 6.1h.01",
    "zoom": "M7 11.3a4.3 4.3 0 1 1 0-8.6 4.3 4.3 0 0 1 0 8.6zM10.2 10.2l3.1 3.1M5.3 7h3.4M7 5.3v3.4",
    "theme": "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11z",
    "back": "M6.2 3.2L3 6.4l3.2 3.2M3 6.4h6.4a3.4 3.4 0 0 1 0 6.8H6.5",
    "question": "M5.6 6.2a2.4 2.4 0 1 1 3.5 2.1c-.7.4-1.1.8-1.1 1.6M8 12.3h.01",
    "keyboard": "M2.5 4.5h11v7h-11zM5 7h.01M8 7h.01M11 7h.01M5.5 9.5h5",
}


def icon(name: str) -> str:
    """A 16-pixel line drawing in the colour of the text around it."""
    return (
        '<svg class="cl-icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">'
        f'<path d="{ICONS[name]}"/></svg>'
    )


def key(letter: str) -> str:
    return f'<kbd class="cl-key" aria-hidden="true">{escape(letter)}</kbd>'


def shown_turn(view: JobView) -> int:
    """The turn to show while the person picked none: the newest at work, the best when the job has ended."""
    newest = view.turns[-1].number if view.turns else 0
    return (view.best or newest) if view.state.final else newest


def is_live(view: JobView) -> bool:
    """Something is being done that has no turn yet."""
    return not view.state.final


def panel(view: JobView, classes: str, body: str, *, exact: bool = False) -> str:
    """A panel's root. The page's script reads its data to know which `data-turn` parts to show.

    With `exact` nothing is shown when the panel has no part for the chosen turn, else the shown turn stands in.
    """
    return (
        f'<section class="{classes}" data-panel{" data-exact" if exact else ""} data-job="{view.id}"'
        f' data-shown="{shown_turn(view)}" data-newest="{view.turns[-1].number if view.turns else 0}"'
        f' data-live="{int(is_live(view))}">{body}</section>'
    )


def per_turn(view: JobView, number: int | str) -> str:
    """The attributes of a part that belongs to one turn; hidden unless it is the one shown at first."""
    hidden = "" if number == shown_turn(view) else " hidden"
    return f'data-turn="{number}"{hidden}'


def percent(value: float) -> str:
    return f"{value:.2f}"


def seconds(value: float) -> str:
    """A duration for people: 0.8 s, 12 s, 3 min 20 s."""
    if value < 10:
        return f"{value:.1f} s"
    if value < 90:
        return f"{value:.0f} s"
    return f"{int(value) // 60} min {int(value) % 60} s"


def when(moment: datetime, now: datetime | None = None) -> str:
    """A point in time, as short as it can be told: 14:05 for today, 3 Mar 14:05 this year, 3 Mar 2025 before."""
    today = (now or datetime.now(UTC)).astimezone()
    local = moment.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local.day} {local:%b %H:%M}" if local.year == today.year else f"{local.day} {local:%b %Y}"


def count_turns(count: int) -> str:
    return text.ONE_TURN if count == 1 else text.MANY_TURNS.format(count=count)
