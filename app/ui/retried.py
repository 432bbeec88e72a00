"""Before and after: charts of which an answer was judged wrong, that answer, what a version draws now; and the others.

Pure functions to HTML. Leaves out: running the version's program, which happens as its picture is asked for.
"""

from __future__ import annotations

from html import escape

from app.fates import Now
from app.refreshes import SHOWN_ANSWERS, Dossier, Retried
from app.ui import text, text_models
from app.ui.fate import sight_says
from app.ui.markup import PictureUrl, percent
from storage.records import ModelVersion, Part

BADGE_CLASS = {Now.RIGHT: "cl-correct", Now.WRONG: "cl-wrong", Now.UNSURE: "", Now.UNTRIED: ""}


def retried_html(dossier: Dossier, url: PictureUrl) -> str:
    if dossier.snapshot is None:
        return ""
    found = dossier.retried
    if not found:
        return f'<h3>{text_models.RETRIED}</h3><p class="cl-note">{text_models.RETRIED_NONE}</p>'
    right = sum(one.sight.now is Now.RIGHT for one in found)
    said = text_models.RETRIED_NEWEST if len(found) == SHOWN_ANSWERS else text_models.RETRIED_RIGHT
    count = said.format(right=right, count=len(found))
    rows = "".join(_row(one, dossier.version, url) for one in found)
    return f'<h3>{text_models.RETRIED}<span class="cl-note">{count}</span></h3><ul class="cl-retried">{rows}</ul>'


def kept_html(dossier: Dossier) -> str:
    """The charts of which an answer was judged correct: a line of links, each with what the version makes of it."""
    if not dossier.kept:
        return ""
    right = sum(one.sight.now is Now.RIGHT for one in dossier.kept)
    count = text_models.KEPT_RIGHT.format(right=right, count=len(dossier.kept))
    links = "".join(
        f'<li><a href="./?job={one.answer.job_id}">{escape(one.answer.chart.name)}</a>{_badge(one)}</li>'
        for one in dossier.kept
    )
    return f'<h3>{text_models.KEPT}<span class="cl-note">{count}</span></h3><ul class="cl-kept">{links}</ul>'


def _badge(one: Retried) -> str:
    answer, sight = one.answer, one.sight
    word = text.NOW_SHORT[answer.label][sight.now]
    if sight.now is Now.UNSURE:
        after = percent(sight.overall or 0.0)
        word = text_models.BADGE_UNSURE.format(before=percent(answer.overall), after=after)
    says = escape(sight_says(sight, answer.label, answer.overall))
    return f'<span class="cl-badge {BADGE_CLASS[sight.now]}" title="{says}">{word}</span>'


def _row(one: Retried, version: ModelVersion, url: PictureUrl) -> str:
    answer = one.answer
    name = escape(answer.chart.name)
    held_out = f'<span class="cl-badge">{text_models.HELD_OUT_BADGE}</span>' if answer.part is Part.GATE else ""
    before = (
        text_models.JUDGED_WRONG_BY.format(model=escape(answer.model)) if answer.model else text_models.JUDGED_WRONG
    )
    chart = _figure(url(answer.chart.sha256), text.ORIGINAL_ALT.format(name=name), text_models.THE_CHART)
    judged = _figure(url(answer.render) if answer.render else "", before, before)
    return (
        f'<li><p><a href="./?job={answer.job_id}">{name}</a>{held_out}{_badge(one)}</p>'
        f'<div class="cl-triple">{chart}{judged}{_after(one, version, name)}</div></li>'
    )


def _after(one: Retried, version: ModelVersion, name: str) -> str:
    caption = text_models.DRAWN_NOW.format(version=escape(version.label))
    if not one.sight.drawn:
        return _figure("", "", caption, text_models.NOT_TRIED if one.sight.overall is None else text_models.NO_DRAWING)
    source = f"drawings/{version.number}/{one.answer.chart.sha256}.png?of={version.sha256[:12]}"
    return _figure(source, text_models.DRAWN_ALT.format(version=escape(version.label), name=name), caption)


def _figure(source: str, alt: str, caption: str, empty: str = text_models.NO_DRAWING) -> str:
    picture = f'<img src="{escape(source)}" alt="{alt}" loading="lazy">' if source else f"<p>{empty}</p>"
    return f"<figure><div>{picture}</div><figcaption>{caption}</figcaption></figure>"
