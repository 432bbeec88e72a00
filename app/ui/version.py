"""One version in full: how it was made, from which verdicts, what the gate said, and its charts before and after.

Pure functions to HTML. Leaves out: the report (gate.py), the pictures (retried.py).
"""

from __future__ import annotations

from html import escape

from app.refreshes import Dossier, Lineage
from app.ui import text_models
from app.ui.answering import promote_html
from app.ui.curve import curve_of, loss_html
from app.ui.gate import gate_html
from app.ui.markup import PictureUrl, seconds, when
from app.ui.retried import retried_html
from storage.records import SnapshotRecord, TrainingRun


def version_html(dossier: Dossier, lineage: Lineage, url: PictureUrl) -> str:
    version = dossier.version
    made = version.run_id is not None
    body = f"{gate_html(dossier.report, dossier.compared_with)}{retried_html(dossier, url)}" if made else ""
    return (
        f'<section class="cl-card cl-version" data-number="{version.number}">'
        f'<header><h2>{escape(version.label)}</h2><span class="cl-space"></span>'
        f"{promote_html(version, dossier.report, lineage, place='detail')}</header>"
        f'<p class="cl-note">{_made(dossier)}</p>{_snapshot(dossier.snapshot)}{body}{_training(dossier.run)}</section>'
    )


def _made(dossier: Dossier) -> str:
    run, version, parent = dossier.run, dossier.version, dossier.parent
    if run is None:
        return text_models.NOT_TRAINED
    took = ((run.finished or version.created) - (run.started or run.created)).total_seconds()
    said = text_models.MADE_BY if parent else text_models.MADE_BY_NO_PARENT
    label = escape(parent.label) if parent else ""
    return said.format(run=run.id, when=when(version.created), time=seconds(took), parent=label)


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
    return f'<h3>{text_models.STEPS_TOOK}</h3>{loss_html(curve_of(run))}<dl class="cl-times">{rows}</dl>'
