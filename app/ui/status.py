"""The line above the result: which chart, what is happening, and the buttons that stop it or start it again.

Pure functions from a job to HTML; the words stand in a live region, so that a screen reader tells them.
"""

from __future__ import annotations

from html import escape

from app.jobs import JobView
from app.ui import text
from app.ui.markup import count_turns, icon, is_live, panel, seconds
from storage.records import JobState


def status_html(view: JobView) -> str:
    body = (
        f'<h1 class="cl-name" title="{escape(view.chart.name)}">{escape(view.chart.name)}</h1>'
        f'<a class="cl-link cl-permalink" href="?job={view.id}">#{view.id}</a>'
        f'<p class="cl-doing cl-{view.state.value}" role="status" aria-live="polite">{escape(doing(view))}</p>'
        f'{_elapsed(view)}<span class="cl-space"></span>'
        f'<span class="cl-note cl-model">{escape(view.model)}</span>{_button(view)}'
    )
    return panel(view, "cl-status", body)


def welcome_html() -> str:
    """What stands there as long as there is no job to show."""
    return f'<p class="cl-welcome">{text.TAGLINE}</p>'


def _elapsed(view: JobView) -> str:
    """Whole seconds, outside of the live region: nobody wants them read out."""
    running = view.state is JobState.RUNNING
    return f'<span class="cl-note cl-elapsed" aria-hidden="true">{view.seconds:.0f} s</span>' if running else ""


def doing(view: JobView) -> str:
    """What happens now, or how it ended, in one sentence."""
    if view.state is JobState.QUEUED:
        ahead = view.queue_place - 1
        return text.QUEUED.format(ahead=ahead) if ahead > 0 else text.QUEUED_NEXT
    if view.state is JobState.RUNNING:
        activity = text.ACTIVITY.get(view.activity, text.ACTIVITY[""])
        return text.WORKING.format(number=len(view.turns) + 1, limit=view.turns_limit, activity=activity)
    return _ended(view)


def _ended(view: JobView) -> str:
    turns = count_turns(len(view.turns))
    if view.state is JobState.FAILED:
        return text.FAILED.format(error=view.error)
    if view.state is JobState.STOPPED:
        return text.STOPPED.format(turns=turns)
    reason = f" {view.stop_reason}" if view.stop_reason else ""
    return text.DONE.format(turns=turns, seconds=seconds(view.seconds)) + reason


def _button(view: JobView) -> str:
    if is_live(view):
        return (
            f'<button type="button" class="cl-button cl-stop" data-event="stop" data-job-id="{view.id}">'
            f"{icon('stop')}<span>{text.STOP}</span></button>"
        )
    return (
        f'<button type="button" class="cl-button" data-event="again" data-job-id="{view.id}">'
        f"{icon('again')}<span>{text.AGAIN}</span></button>"
    )
