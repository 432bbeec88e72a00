"""Rows to records and back: pure conversions, no queries.

Numbers that JSON has no word for (NaN, infinity) are kept as null: PostgreSQL refuses them.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from model.records import (
    Answer,
    Completion,
    Difference,
    Feedback,
    Hints,
    JsonDict,
    Outcome,
    Paint,
    Region,
    Score,
    TextBox,
    Turn,
)
from storage.records import (
    ChartRecord,
    Decision,
    GateReport,
    JobRecord,
    JobState,
    Label,
    ModelVersion,
    RunState,
    SnapshotRecord,
    TrainingRun,
    TurnRecord,
    VerdictRecord,
    VersionState,
)
from storage.schema import ChartRow, GateRow, JobRow, RunRow, SnapshotRow, TurnRow, VerdictRow, VersionRow


def plain(value: Any) -> Any:
    """Any frozen record as JSON-ready dicts, lists, strings and finite numbers."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def to_hints(kept: JsonDict | None) -> Hints:
    if kept is None:
        return Hints()
    paints = tuple(
        Paint(paint["colour"], paint["area"], tuple(_to_region(region) for region in paint["regions"]))
        for paint in kept["paints"]
    )
    return Hints(tuple(TextBox(**box) for box in kept["texts"]), paints)


def _to_region(kept: JsonDict) -> Region:
    return Region(**{**kept, "trace": tuple((x, y) for x, y in kept["trace"])})


def feedback_json(feedback: Feedback) -> JsonDict:
    """The picture itself is the turn's rendering; only whether it was shown is kept here."""
    differences = [[difference.part, difference.detail] for difference in feedback.differences]
    return {"error": feedback.error, "picture": feedback.pixels is not None, "differences": differences}


def to_differences(row: TurnRow) -> tuple[Difference, ...]:
    return tuple(Difference(part, detail) for part, detail in row.feedback["differences"])


def to_answer(row: TurnRow) -> Answer:
    return Answer(row.reading, row.code, row.raw)


def to_completion(row: TurnRow) -> Completion | None:
    if row.author == "person":
        return None
    return Completion(
        answer=to_answer(row),
        model=row.model,
        finish=row.finish,
        prompt_token_ids=tuple(row.prompt_token_ids),
        token_ids=tuple(row.token_ids),
        logprobs=tuple(-math.inf if value is None else value for value in row.logprobs),
    )


def to_score(row: TurnRow) -> Score:
    return Score(row.score_execution, *(getattr(row, f"score_{name}") for name in Score.COMPONENTS))


def turn_row(job_id: int, number: int, attempt: int, turn: Turn, render: str) -> TurnRow:
    completion, score = turn.completion, turn.score
    return TurnRow(
        job_id=job_id,
        number=number,
        attempt=attempt,
        author=turn.author,
        model=completion.model if completion else "",
        reading=turn.answer.reading,
        code=turn.answer.code,
        raw=turn.answer.raw,
        outcome=turn.execution.outcome.value,
        error=turn.execution.error,
        score_execution=score.execution,
        **{f"score_{name}": getattr(score, name) for name in Score.COMPONENTS},
        feedback=feedback_json(turn.feedback),
        finish=completion.finish if completion else "",
        prompt_token_ids=list(completion.prompt_token_ids) if completion else [],
        token_ids=list(completion.token_ids) if completion else [],
        logprobs=plain(completion.logprobs) if completion else [],
        seconds=turn.seconds,
        render=render,
        facts=plain(turn.execution.facts) if turn.execution.facts else None,
    )


def to_turn_record(row: TurnRow) -> TurnRecord:
    return TurnRecord(
        id=row.id,
        job_id=row.job_id,
        number=row.number,
        attempt=row.attempt,
        author=row.author,
        model=row.model,
        reading=row.reading,
        code=row.code,
        outcome=Outcome(row.outcome),
        error=row.error,
        score=to_score(row),
        differences=to_differences(row),
        render=row.render,
        seconds=row.seconds,
        finish=row.finish,
        created=row.created,
        verdict=_live_verdict(row),
    )


def _live_verdict(row: TurnRow) -> VerdictRecord | None:
    superseded = {verdict.supersedes for verdict in row.verdicts}
    records = [to_verdict(verdict, verdict.id in superseded) for verdict in row.verdicts]
    return next((record for record in reversed(records) if record.live), None)


def to_verdict(row: VerdictRow, superseded: bool) -> VerdictRecord:
    label = Label(row.label)
    return VerdictRecord(
        id=row.id,
        turn_id=row.turn_id,
        label=label,
        tags=tuple(row.tags),
        comment=row.comment,
        corrected_code=row.corrected_code,
        rater=row.rater,
        supersedes=row.supersedes,
        created=row.created,
        live=not superseded and label is not Label.WITHDRAWN,
    )


def to_chart_record(row: ChartRow, name: str) -> ChartRecord:
    return ChartRecord(row.sha256, name, row.width_px, row.height_px)


def to_job_record(row: JobRow, turns: tuple[TurnRecord, ...]) -> JobRecord:
    return JobRecord(
        id=row.id,
        chart=to_chart_record(row.chart, row.name),
        state=JobState(row.state),
        model=row.model,
        turns_limit=row.turns_limit,
        origin=row.origin,
        attempt=row.attempt,
        best=row.best,
        stop_reason=row.stop_reason,
        error=row.error,
        created=row.created,
        started=row.started,
        finished=row.finished,
        turns=turns,
    )


def to_version(row: VersionRow) -> ModelVersion:
    return ModelVersion(
        number=row.number,
        name=row.name,
        base=row.base,
        path=row.path,
        sha256=row.sha256,
        metrics=row.metrics,
        state=VersionState(row.state),
        created=row.created,
        parent=row.parent,
        recipe=row.recipe,
        snapshot=row.snapshot,
        run_id=row.run_id,
    )


def to_run(row: RunRow) -> TrainingRun:
    return TrainingRun(
        id=row.id,
        method=row.method,
        config=row.config,
        snapshot=row.snapshot,
        state=RunState(row.state),
        metrics=row.metrics,
        error=row.error,
        resource=row.resource,
        trigger=row.trigger,
        attempt=row.attempt,
        phase=row.phase,
        progress=row.progress,
        created=row.created,
        started=row.started,
        finished=row.finished,
        stop_requested=row.stop_requested,
    )


def to_snapshot(row: SnapshotRow) -> SnapshotRecord:
    return SnapshotRecord(row.sha256, row.path, row.through, row.config, row.counts, row.created)


def to_report(row: GateRow) -> GateReport:
    return GateReport(
        id=row.id,
        number=row.number,
        champion=row.champion,
        run_id=row.run_id,
        passed=row.passed,
        decision=Decision(row.decision),
        policy=row.policy,
        reason=row.reason,
        figures=row.figures,
        created=row.created,
    )
