"""One version in full: how it was made, from which verdicts, what the gate said, and its charts before and after.

Pure functions to HTML. Leaves out: the report (gate.py), the pictures (retried.py).
"""

from __future__ import annotations

from html import escape

from app.refreshes import Dossier, Lineage
from app.ui import text_models
from app.ui.answering import promote_html
from app.ui.curve import curves_html
from app.ui.gate import gate_html
from app.ui.markup import PictureUrl, seconds, when
from app.ui.retried import kept_html, retried_html
from storage.records import SnapshotRecord, TrainingRun


def version_html(dossier: Dossier, lineage: Lineage, url: PictureUrl) -> str:
    version = dossier.version
    return (
        f'<section class="cl-card cl-version" data-number="{version.number}">'
        f'<header><h2>{escape(version.label)}</h2><span class="cl-space"></span>'
        f"{promote_html(version, dossier.report, lineage, place='detail')}</header>"
        f"{_facts(dossier)}{_made_of(dossier, url) if version.run_id else ''}</section>"
    )


def _made_of(dossier: Dossier, url: PictureUrl) -> str:
    gate = gate_html(dossier.report, dossier.compared_with, dossier.version.state)
    charts = f"{retried_html(dossier, url)}{kept_html(dossier)}"
    return f"{_snapshot(dossier.snapshot)}{gate}{charts}{_training(dossier.run)}"


def _facts(dossier: Dossier) -> str:
    """Where it comes from, by which it can be told and made again."""
    version, run, parent, tuning = dossier.version, dossier.run, dossier.parent, dossier.version.recipe.get("tuning")
    facts = {"weights": f"<code>{escape(version.sha256[:12])}</code>"}
    if parent:
        facts["parent"] = f'<a href="models?v={parent.number}">{escape(parent.label)}</a>'
    if run:
        took = seconds(((run.finished or version.created) - (run.started or run.created)).total_seconds())
        facts["made"] = text_models.MADE_BY.format(run=run.id, when=when(version.created), time=took)
    if tuning:
        method = escape(str(tuning["method"]).upper())
        facts["method"] = text_models.METHOD.format(
            method=method, epochs=tuning["epochs"], rate=tuning["learning_rate"]
        )
    if version.snapshot:
        facts["verdicts"] = f"<code>{escape(version.snapshot[:12])}</code>"
    rows = "".join(
        f"<div><dt>{word}</dt> <dd>{facts[name]}</dd></div>"
        for name, word in text_models.FACTS.items()
        if name in facts
    )
    note = "" if run else f'<p class="cl-note">{text_models.NOT_TRAINED}</p>'
    return f'{note}<dl class="cl-facts">{rows}</dl>'


def _snapshot(snapshot: SnapshotRecord | None) -> str:
    """The reverse of what became of a verdict: which verdicts made this version."""
    if snapshot is None:
        return ""
    counts = snapshot.counts
    told = text_models.COUNTS.format(**{name: counts.get(name, 0) for name in ("train", "correct", "wrong", "gate")})
    left_out = "".join(
        f"<p>{text_models.COUNTS_LEFT_OUT.format(count=count, reason=escape(reason))}</p>"
        for reason, count in counts.get("left_out", {}).items()
    )
    return f"<h3>{text_models.LEARNT_FROM}</h3><p>{told}</p>{left_out}"


def _training(run: TrainingRun | None) -> str:
    """Its loss by step, and where the time went."""
    took = run.metrics.get("seconds") if run else None
    if not run or not isinstance(took, dict) or not took:
        return ""
    rows = "".join(
        f"<div><dt>{text_models.PHASES_SHORT.get(phase, escape(phase))}</dt><dd>{seconds(float(value))}</dd></div>"
        for phase, value in took.items()
    )
    return f'<h3>{text_models.STEPS_TOOK}</h3>{curves_html(run)}<dl class="cl-times">{rows}</dl>'
