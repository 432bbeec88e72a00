"""Before and after: the charts of which an answer was judged wrong, that answer, and what a version draws now.

Pure functions to HTML. Leaves out: running the version's program, which happens as its picture is asked for.
"""

from __future__ import annotations

from html import escape

from app.fates import Now
from app.refreshes import Dossier, Retried
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
    count = text_models.RETRIED_RIGHT.format(right=right, count=len(found))
    rows = "".join(_row(one, dossier.version, url) for one in found)
    return f'<h3>{text_models.RETRIED}<span class="cl-note">{count}</span></h3><ul class="cl-retried">{rows}</ul>'


def _row(one: Retried, version: ModelVersion, url: PictureUrl) -> str:
    answer, sight = one.answer, one.sight
    name = escape(answer.chart.name)
    badge = text_models.BADGE[sight.now].format(before=percent(answer.overall), after=percent(sight.overall or 0.0))
    held_out = f'<span class="cl-badge">{text_models.HELD_OUT_BADGE}</span>' if answer.part is Part.GATE else ""
    says = escape(sight_says(sight, answer.overall))
    before = (
        text_models.JUDGED_WRONG_BY.format(model=escape(answer.model)) if answer.model else text_models.JUDGED_WRONG
    )
    chart = _figure(url(answer.chart.sha256), text.ORIGINAL_ALT.format(name=name), text_models.THE_CHART)
    judged = _figure(url(answer.render) if answer.render else "", before, before)
    return (
        f'<li><p><a href="./?job={answer.job_id}">{name}</a>{held_out}'
        f'<span class="cl-badge {BADGE_CLASS[sight.now]}" title="{says}">{badge}</span></p>'
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
