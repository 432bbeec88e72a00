"""Jobs, turns and scores as plain JSON values: what `--json` prints and the HTTP side returns.

Leaves out: words and tables for a terminal (app/terminal.py).
"""

from __future__ import annotations

from typing import Any

from app.health import Check
from app.jobs import JobView
from model.records import Difference, Score, Turn
from storage.records import ChartRecord, HistoryItem, HistoryPage, ModelVersion, TurnRecord, VerdictRecord

Json = dict[str, Any]


def score_json(score: Score) -> Json:
    """Every component by name, null where it could not be judged, and their plain mean."""
    parts = {name: getattr(score, name) for name in ("execution", *Score.COMPONENTS)}
    return {**{name: _rounded(value) for name, value in parts.items()}, "overall": _rounded(score.overall)}


def differences_json(differences: tuple[Difference, ...]) -> list[list[str]]:
    return [[difference.part, difference.detail] for difference in differences]


def turn_json(turn: Turn, render: str) -> Json:
    """A turn of the command line; `render` is the file that its drawing was written to, "" for none."""
    return {
        "outcome": turn.execution.outcome.value,
        "error": turn.execution.error,
        "seconds": round(turn.seconds, 3),
        "score": score_json(turn.score),
        "reading": turn.answer.reading,
        "code": turn.answer.code,
        "differences": differences_json(turn.feedback.differences),
        "render": render,
    }


def turn_record_json(turn: TurnRecord) -> Json:
    """A stored turn; `render` is the name of its picture under /files, "" for none."""
    return {
        "id": turn.id,
        "number": turn.number,
        "author": turn.author,
        "model": turn.model,
        "outcome": turn.outcome.value,
        "error": turn.error,
        "seconds": round(turn.seconds, 3),
        "score": score_json(turn.score),
        "reading": turn.reading,
        "code": turn.code,
        "differences": differences_json(turn.differences),
        "render": _picture(turn.render),
        "verdict": verdict_json(turn.verdict) if turn.verdict else None,
    }


def verdict_json(verdict: VerdictRecord) -> Json:
    return {
        "id": verdict.id,
        "turn_id": verdict.turn_id,
        "label": verdict.label.value,
        "tags": list(verdict.tags),
        "comment": verdict.comment,
        "corrected_code": verdict.corrected_code,
        "rater": verdict.rater,
        "supersedes": verdict.supersedes,
        "live": verdict.live,
        "created": verdict.created.isoformat(),
    }


def job_json(view: JobView) -> Json:
    return {
        "id": view.id,
        "state": view.state.value,
        "chart": _chart_json(view.chart),
        "model": view.model,
        "turns_limit": view.turns_limit,
        "origin": view.origin,
        "queue_place": view.queue_place,
        "activity": view.activity,
        "writing": view.writing,
        "best": view.best,
        "stop_reason": view.stop_reason,
        "error": view.error,
        "created": view.created.isoformat(),
        "seconds": round(view.seconds, 3),
        "turns": [turn_record_json(turn) for turn in view.turns],
    }


def history_json(page: HistoryPage) -> Json:
    return {
        "total": page.total,
        "page": page.page,
        "page_size": page.page_size,
        "jobs": [_history_item_json(item) for item in page.items],
    }


def version_json(version: ModelVersion) -> Json:
    return {
        "version": version.label,
        "number": version.number,
        "state": version.state.value,
        "base": version.base,
        "path": version.path,
        "sha256": version.sha256,
        "metrics": version.metrics,
        "created": version.created.isoformat(),
    }


def check_json(check: Check) -> Json:
    return {"name": check.name, "state": check.state, "detail": check.detail}


def _history_item_json(item: HistoryItem) -> Json:
    return {
        "id": item.job_id,
        "state": item.state.value,
        "chart": _chart_json(item.chart),
        "model": item.model,
        "origin": item.origin,
        "created": item.created.isoformat(),
        "turns": item.turns,
        "outcome": item.outcome.value if item.outcome else None,
        "overall": _rounded(item.overall),
        "render": _picture(item.render),
        "label": item.label.value if item.label else None,
    }


def _chart_json(chart: ChartRecord) -> Json:
    return {
        "name": chart.name,
        "picture": _picture(chart.sha256),
        "width_px": chart.width_px,
        "height_px": chart.height_px,
    }


def _picture(sha256: str) -> str:
    return f"{sha256}.png" if sha256 else ""


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
