"""The verbs that tell people what came of their verdicts: which answers a version learnt from, what is said of its own.

Leaves out: what each snapshot made of a verdict (snapshots.py), and putting it into words (app/fates.py).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select

from storage import rows
from storage.database import Database
from storage.records import ChartRecord, Label, Part, VerdictRecord
from storage.schema import EvaluationRow, JobRow, TurnRow, UseRow, VerdictRow
from storage.standing import live


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """An answer that a snapshot holds, with the verdict on it."""

    verdict_id: int
    label: Label
    part: Part
    job_id: int
    turn: int  # its number in the job
    model: str
    chart: ChartRecord
    render: str
    program: str
    overall: float


class Fates:
    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, job_ids: Collection[int]) -> dict[int, VerdictRecord]:
        """The newest live verdict of each of the jobs that has one."""
        wanted = (
            select(TurnRow.job_id, VerdictRow)
            .join(TurnRow, TurnRow.id == VerdictRow.turn_id)
            .where(TurnRow.job_id.in_(job_ids), *live())
            .order_by(VerdictRow.id)
        )
        with self._database.read() as session:
            return {job: rows.to_verdict(verdict, superseded=False) for job, verdict in session.execute(wanted)}

    def said(self, model: str, chart: str) -> Label | None:
        """The newest live verdict on any answer of that version to that chart."""
        wanted = (
            select(VerdictRow.label)
            .join(TurnRow, TurnRow.id == VerdictRow.turn_id)
            .join(JobRow, JobRow.id == TurnRow.job_id)
            .where(TurnRow.model == model, JobRow.chart_sha256 == chart, *live())
            .order_by(VerdictRow.id.desc())
            .limit(1)
        )
        with self._database.read() as session:
            found = session.scalar(wanted)
            return Label(found) if found else None

    def answers(self, snapshot: str, label: Label, limit: int) -> tuple[JudgedAnswer, ...]:
        """The newest answers with that verdict which a snapshot trains on or holds out, one for each chart."""
        newest = (
            select(func.max(VerdictRow.id))
            .join(UseRow, UseRow.verdict_id == VerdictRow.id)
            .join(TurnRow, TurnRow.id == VerdictRow.turn_id)
            .join(JobRow, JobRow.id == TurnRow.job_id)
            .where(UseRow.snapshot == snapshot, UseRow.part != Part.LEFT_OUT.value, VerdictRow.label == label.value)
            .group_by(JobRow.chart_sha256)
        )
        wanted = (
            select(VerdictRow, UseRow.part, TurnRow, JobRow)
            .join(UseRow, (UseRow.verdict_id == VerdictRow.id) & (UseRow.snapshot == snapshot))
            .join(TurnRow, TurnRow.id == VerdictRow.turn_id)
            .join(JobRow, JobRow.id == TurnRow.job_id)
            .where(VerdictRow.id.in_(newest))
            .order_by(VerdictRow.id.desc())
            .limit(limit)
        )
        with self._database.read() as session:
            return tuple(_answer(*found) for found in session.execute(wanted))

    def suites(self, number: int) -> tuple[str, ...]:
        """Names of the suites that a version was measured on."""
        wanted = select(EvaluationRow.suite).where(EvaluationRow.number == number).order_by(EvaluationRow.id)
        with self._database.read() as session:
            return tuple(session.scalars(wanted))


def _answer(verdict: VerdictRow, part: str, turn: TurnRow, job: JobRow) -> JudgedAnswer:
    return JudgedAnswer(
        verdict_id=verdict.id,
        label=Label(verdict.label),
        part=Part(part),
        job_id=job.id,
        turn=turn.number,
        model=turn.model,
        chart=rows.to_chart_record(job.chart, job.name),
        render=turn.render,
        program=turn.code,
        overall=rows.to_score(turn).overall,
    )
