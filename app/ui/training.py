"""The refresh: what is at work and how far, else how the last one went; what starts the next; the button; the policy.

Pure functions from an outlook to HTML. Leaves out: training (a process of its own).
"""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from app.refreshes import Outlook
from app.ui import text_models
from app.ui.curve import curves_html
from app.ui.fate import version_link
from app.ui.markup import icon, seconds, when
from storage.records import Label, ModelVersion, RunState, TrainingRun

LONG_WAIT_S = 20.0


def training_html(outlook: Outlook, now: datetime | None = None) -> str:
    moment = now or datetime.now(UTC)
    state = _at_work(outlook, outlook.open, moment) if outlook.open else _resting(outlook)
    return (
        f'<section class="cl-card cl-training"><h2>{text_models.REFRESH_TITLE}</h2>{state}'
        f'<div class="cl-next">{_next(outlook)}{_policy(outlook)}</div></section>'
    )


def _at_work(outlook: Outlook, run: TrainingRun, moment: datetime) -> str:
    if run.stop_requested:
        return f'<div class="cl-act">{_doing(text_models.RUN_STOPS.format(run=run.id))}</div>{_steps(run)}'
    stop = (
        f'<button type="button" class="cl-button cl-stop" data-event="cancel" data-number="{run.id}">'
        f"{icon('stop')}<span>{text_models.CANCEL_RUN.format(run=run.id)}</span></button>"
    )
    if run.state is RunState.QUEUED:
        late = (moment - run.created).total_seconds() > LONG_WAIT_S
        hint = f'<p class="cl-note">{text_models.RUN_WAITS_LONG}</p>' if late else ""
        return f'<div class="cl-act">{_doing(text_models.RUN_WAITS.format(run=run.id))}{stop}</div>{hint}{_why(run)}'
    words = text_models.RUN_WORKS.format(run=run.id, phase=text_models.PHASES.get(run.phase, text_models.STARTING))
    return (
        f'<div class="cl-act">{_doing(words)}{stop}</div>{_steps(run)}{_progress(outlook, run, moment)}'
        f"{curves_html(run)}{_why(run)}"
    )


def _doing(words: str) -> str:
    return f'<p class="cl-doing" role="status"><span class="cl-working">{words}</span></p>'


def _why(run: TrainingRun) -> str:
    return f'<p class="cl-note">{escape(text_models.WHY_RUN.format(trigger=run.trigger))}</p>'


def _steps(run: TrainingRun) -> str:
    """The phases in a row: done, at work, to come."""
    names = list(text_models.PHASES_SHORT)
    at = names.index(run.phase) if run.phase in names else -1
    looks = ["cl-past" if index < at else "cl-present" if index == at else "" for index in range(len(names))]
    items = "".join(
        f'<li class="{look}"{" aria-current=step" if look == "cl-present" else ""}>'
        f"{text_models.PHASES_SHORT[name]}</li>"
        for name, look in zip(names, looks, strict=True)
    )
    return f'<ol class="cl-steps" aria-label="{text_models.PHASES_LABEL}">{items}</ol>'


def _progress(outlook: Outlook, run: TrainingRun, moment: datetime) -> str:
    done, of = run.progress.get("done"), run.progress.get("of")
    bar = counted = ""
    if isinstance(done, int) and isinstance(of, int) and of > 0:
        bar = f'<progress value="{done}" max="{of}"></progress>'
        counted = f"{text_models.PART_OF.format(done=done, of=of)} · "
    spent = (moment - (run.started or run.created)).total_seconds()
    left = ""
    if outlook.estimate_s is not None and outlook.estimate_s > spent:
        left = f", {text_models.LEFT.format(time=_about(outlook.estimate_s - spent))}"
    return f'{bar}<p class="cl-note">{counted}{text_models.ELAPSED.format(time=seconds(spent))}{left}</p>'


def _resting(outlook: Outlook) -> str:
    last = outlook.last
    nothing = not outlook.judged
    button = (
        f'<button type="button" class="cl-button cl-primary" data-event="refresh"{" disabled" if nothing else ""}>'
        f"{icon('again')}<span>{text_models.REFRESH}</span></button>"
    )
    beside = text_models.NOTHING_TO_LEARN if nothing else _takes(outlook)
    return (
        f'<div class="cl-act">{button}<p class="cl-note">{beside}</p></div>'
        f'<p class="cl-note cl-last" role="status">{_last(last, outlook.made) if last else text_models.NO_RUN}</p>'
    )


def _takes(outlook: Outlook) -> str:
    if outlook.estimate_s is None:
        return text_models.TAKES_UNKNOWN
    said = text_models.TAKES_ONE if outlook.estimated_from == 1 else text_models.TAKES
    return said.format(time=_about(outlook.estimate_s), count=outlook.estimated_from)


def _about(value: float) -> str:
    """Rounded as an estimate should be: 8 s, 40 s, 9 min, 2 h 10 min."""
    if value < 90:
        return f"{max(1, round(value / 5) * 5 if value >= 10 else round(value))} s"
    minutes = round(value / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _last(run: TrainingRun, made: ModelVersion | None) -> str:
    ended = when(run.finished or run.created)
    if run.state is RunState.FAILED:
        return text_models.LAST_RUN_FAILED.format(run=run.id, when=ended, error=escape(run.error))
    if run.state is RunState.CANCELLED:
        return text_models.LAST_RUN_CANCELLED.format(run=run.id, when=ended)
    what = text_models.LAST_RUN_MADE.format(version=version_link(made)) if made else text_models.LAST_RUN_NOTHING
    took = ((run.finished or run.created) - (run.started or run.created)).total_seconds()
    return text_models.LAST_RUN.format(run=run.id, when=ended, time=seconds(took), what=what)


def _next(outlook: Outlook) -> str:
    """What starts the next one, and how much of it is there."""
    settings, new = outlook.settings, outlook.new
    lines = [text_models.NEW_SO_FAR.format(correct=new[Label.CORRECT], wrong=new[Label.WRONG]), _needs(outlook)]
    if settings.every_hours:
        lines.append(text_models.NEXT_HOURS.format(hours=settings.every_hours))
    if settings.quiet:
        lines.append(text_models.NEXT_QUIET.format(start=settings.quiet[0], end=settings.quiet[1]))
    return "".join(f"<p>{line}</p>" for line in lines)


def _needs(outlook: Outlook) -> str:
    """New verdicts that are missing: of each kind, and beyond these of any."""
    parts = [text_models.NEXT_LABEL[label].format(count=count) for label, count in outlook.needed.items() if count]
    beyond = outlook.needed_any - sum(outlook.needed.values())
    if beyond > 0:
        parts.append(text_models.NEXT_ANY.format(count=beyond))
    if not parts:
        return text_models.NEXT_DUE
    *first, last = parts
    listed = text_models.NEXT_NEEDS_AND.join([", ".join(first), last] if first else [last])
    return text_models.NEXT_NEEDS.format(what=listed)


def _policy(outlook: Outlook) -> str:
    now = outlook.settings.policy
    rows = "".join(
        f"<div{' class=cl-chosen aria-current=true' if name == now else ''}><dt>{name}</dt><dd>{what}</dd></div>"
        for name, what in text_models.POLICIES
    )
    title, hint = text_models.POLICY_TITLE, text_models.POLICY_SET
    return f'<div class="cl-policy"><h3>{title}</h3><dl title="{hint}">{rows}</dl></div>'
