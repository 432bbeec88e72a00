"""The verbs about charts, jobs and turns.

A job is claimed by one worker with a lease that it renews (leases.py). Leaves out: running jobs (app/jobs.py), the
listing of jobs (history.py).
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from model.errors import StorageError
from model.records import Chart, Completion, Conversation, Execution, Feedback, Hints, JsonDict, Outcome, Turn
from storage import rows
from storage.blobs import Blobs
from storage.database import Database
from storage.leases import take
from storage.records import JobRecord, JobState, Lease, TurnRecord
from storage.schema import ChartRow, JobRow, TurnRow, now


class Jobs:
    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    # charts

    def add_chart(self, png: bytes, media: str, width_px: int, height_px: int) -> str:
        """Keep an upright opaque PNG; the same picture again is the same chart. Returns its sha256."""
        sha256 = self._blobs.put(png)
        row = ChartRow(sha256=sha256, media=media, width_px=width_px, height_px=height_px, hints=None)
        with contextlib.suppress(IntegrityError), self._database.write() as session:
            session.add(row)
        return sha256

    def chart(self, sha256: str, name: str = "") -> Chart:
        """The chart with its pixels, and its hints if they were read before. Raises StorageError if it is unknown."""
        with self._database.read() as session:
            row = session.get(ChartRow, sha256)
            if row is None:
                raise StorageError(f'there is no chart "{sha256[:80]}"')
            hints = rows.to_hints(row.hints)
        return Chart(sha256, name, self._blobs.pixels(sha256), hints)

    def has_hints(self, sha256: str) -> bool:
        with self._database.read() as session:
            return session.scalar(select(ChartRow.sha256).where(ChartRow.sha256 == sha256, _HINTED)) is not None

    def keep_hints(self, sha256: str, hints: Hints) -> None:
        with self._database.write() as session:
            session.execute(update(ChartRow).where(ChartRow.sha256 == sha256).values(hints=rows.plain(hints)))

    # the queue

    def add(self, chart_sha256: str, name: str, model: str, turns_limit: int) -> int:
        """Queue a job for a stored chart; returns its id."""
        return self._insert(
            JobRow(
                chart_sha256=chart_sha256,
                name=name,
                state=JobState.QUEUED.value,
                model=model,
                turns_limit=turns_limit,
                origin="upload",
            )
        )

    def add_example(self, chart_sha256: str, name: str, model: str, turns: Sequence[Turn], reason: str) -> int:
        """Keep a job that was solved elsewhere: a chart that comes with the project. Returns its id."""
        moment = now()
        job_id = self._insert(
            JobRow(
                chart_sha256=chart_sha256,
                name=name,
                state=JobState.DONE.value,
                model=model,
                turns_limit=len(turns),
                origin="example",
                stop_reason=reason,
                started=moment - timedelta(seconds=sum(turn.seconds for turn in turns)),
                finished=moment,
            )
        )
        for turn in turns:
            self.add_turn(job_id, turn)
        return job_id

    def examples(self) -> dict[str, int]:
        """The newest example job of each chart, by the chart's sha256."""
        with self._database.read() as session:
            found = select(JobRow.chart_sha256, JobRow.id).where(JobRow.origin == "example").order_by(JobRow.id)
            return dict(session.execute(found).all())

    def _insert(self, row: JobRow) -> int:
        with self._database.write() as session:
            session.add(row)
            session.flush()
            return row.id

    def claim(self, owner: str, lease_s: float) -> JobRecord | None:
        """Take the oldest job that waits, or that a dead process left behind; None when there is none."""
        with self._database.write() as session:
            job_id = take(session, JobRow, owner, lease_s)
            return _record(session, job_id) if job_id is not None else None

    def renew(self, job_id: int, owner: str, lease_s: float) -> Lease:
        """Hold a running job for another `lease_s` seconds."""
        with self._database.write() as session:
            row = session.get_one(JobRow, job_id, with_for_update=True)
            if row.state != JobState.RUNNING.value or row.lease_owner != owner:
                return Lease.LOST
            row.lease_until = now() + timedelta(seconds=lease_s)
            return Lease.STOP if row.stop_requested else Lease.KEPT

    def release(self, job_id: int, owner: str) -> None:
        """Put a running job back into the queue, for the next process to go on with."""
        with self._database.write() as session:
            row = _held(session, job_id, owner)
            row.state, row.lease_owner, row.lease_until = JobState.QUEUED.value, "", None

    def finish(self, job_id: int, owner: str, state: JobState, *, reason: str = "", error: str = "") -> None:
        assert state.final
        with self._database.write() as session:
            row = _held(session, job_id, owner)
            row.state, row.stop_reason, row.error = state.value, reason, error
            row.lease_owner, row.lease_until, row.finished = "", None, now()

    def stop(self, job_id: int, reason: str) -> None:
        """End a waiting job; tell the owner of a running one. No effect on a finished one."""
        with self._database.write() as session:
            row = session.get_one(JobRow, job_id, with_for_update=True)
            if row.state == JobState.QUEUED.value:
                row.state, row.stop_reason, row.finished = JobState.STOPPED.value, reason, now()
            elif row.state == JobState.RUNNING.value:
                row.stop_requested = True

    def queue_place(self, job_id: int) -> int:
        """1 for the next job to start; 0 for one that does not wait."""
        waiting = JobRow.state == JobState.QUEUED.value
        with self._database.read() as session:
            if session.scalar(select(JobRow.id).where(JobRow.id == job_id, waiting)) is None:
                return 0
            return session.scalar(select(func.count()).where(waiting, JobRow.id <= job_id)) or 0

    def counts(self) -> dict[str, int]:
        """How many jobs there are in each state."""
        with self._database.read() as session:
            found = session.execute(select(JobRow.state, func.count()).group_by(JobRow.state)).all()
        return {state.value: dict(found).get(state.value, 0) for state in JobState}

    def outcomes(self) -> dict[str, int]:
        """How many turns there are of each outcome."""
        with self._database.read() as session:
            found = session.execute(select(TurnRow.outcome, func.count()).group_by(TurnRow.outcome)).all()
        return {outcome.value: dict(found).get(outcome.value, 0) for outcome in Outcome}

    def success(self, model: str) -> tuple[int, int]:
        """Of a version's first turns, how many ran, and how many there are."""
        first = (TurnRow.model == model, TurnRow.number == 1)
        with self._database.read() as session:
            found = session.execute(select(TurnRow.outcome, func.count()).where(*first).group_by(TurnRow.outcome)).all()
        counts = dict(found)
        return counts.get(Outcome.OK.value, 0), sum(counts.values())

    # turns

    def add_turn(self, job_id: int, turn: Turn, owner: str | None = None) -> TurnRecord:
        """Keep a turn as the job's next one, and remember it if it is the best.

        `owner` is the worker that holds the job; None for a person's turn on a finished job. Raises StorageError when
        another worker has taken the job over.
        """
        render = "" if turn.execution.pixels is None else self._blobs.put_pixels(turn.execution.pixels)
        with self._database.write() as session:
            job = (
                session.get_one(JobRow, job_id, with_for_update=True)
                if owner is None
                else _held(session, job_id, owner)
            )
            last = session.scalar(select(func.max(TurnRow.number)).where(TurnRow.job_id == job_id)) or 0
            row = rows.turn_row(job_id, last + 1, job.attempt, turn, render)
            if turn.execution.outcome.ran and turn.score.overall > _best_overall(session, job):
                job.best = row.number
            session.add(row)
            session.flush()
            return rows.to_turn_record(row)

    def turn(self, turn_id: int) -> TurnRecord | None:
        with self._database.read() as session:
            row = session.get(TurnRow, turn_id, options=[selectinload(TurnRow.verdicts)])
            return rows.to_turn_record(row) if row else None

    def completion(self, turn_id: int) -> Completion | None:
        """What a model wrote in this turn, its raw words and tokens included; None for a person's turn."""
        with self._database.read() as session:
            return rows.to_completion(session.get_one(TurnRow, turn_id))

    def facts(self, turn_id: int) -> JsonDict | None:
        """What the turn's program drew, as it is stored; None where it drew nothing."""
        with self._database.read() as session:
            return session.scalar(select(TurnRow.facts).where(TurnRow.id == turn_id))

    def get(self, job_id: int) -> JobRecord | None:
        with self._database.read() as session:
            return _record(session, job_id)

    def past_turns(self, job_id: int) -> tuple[Turn, ...]:
        """The job's turns as the repair loop takes them, so that it can go on; facts are left out."""
        with self._database.read() as session:
            found = session.scalars(select(TurnRow).where(TurnRow.job_id == job_id).order_by(TurnRow.number))
            return tuple(self._to_turn(row) for row in found)

    def conversation(self, turn_id: int) -> Conversation:
        """What the model was asked with when it wrote this turn: training's prompt. Raises StorageError if unknown."""
        with self._database.read() as session:
            row = session.get(TurnRow, turn_id)
            if row is None:
                raise StorageError(f"there is no turn {turn_id}")
            before = select(TurnRow).where(TurnRow.job_id == row.job_id, TurnRow.number < row.number)
            earlier = session.scalars(before.order_by(TurnRow.number)).all()
            history = tuple((rows.to_answer(past), self._to_feedback(past)) for past in earlier)
            chart_sha256, name = row.job.chart_sha256, row.job.name
        return Conversation(self.chart(chart_sha256, name), history)

    def _to_turn(self, row: TurnRow) -> Turn:
        pixels = self._blobs.pixels(row.render) if row.render else None
        return Turn(
            index=row.number,
            answer=rows.to_answer(row),
            execution=Execution(Outcome(row.outcome), row.error, pixels),
            score=rows.to_score(row),
            feedback=self._to_feedback(row),
            completion=rows.to_completion(row),
            author=row.author,
            seconds=row.seconds,
        )

    def _to_feedback(self, row: TurnRow) -> Feedback:
        shown = row.feedback["picture"] and row.render
        pixels = self._blobs.pixels(row.render) if shown else None
        return Feedback(row.feedback["error"], pixels, rows.to_differences(row))


_HINTED = ChartRow.hints.is_not(None)


def _record(session: Session, job_id: int) -> JobRecord | None:
    options = [selectinload(JobRow.turns).selectinload(TurnRow.verdicts)]
    row = session.get(JobRow, job_id, options=options, populate_existing=True)
    return rows.to_job_record(row, tuple(rows.to_turn_record(turn) for turn in row.turns)) if row else None


def _held(session: Session, job_id: int, owner: str) -> JobRow:
    """The job, if this worker still holds it: one that slept past its lease must not write any more."""
    row = session.get_one(JobRow, job_id, with_for_update=True)
    if row.state != JobState.RUNNING.value or row.lease_owner != owner:
        raise StorageError(f"job {job_id} was taken over by another worker")
    return row


def _best_overall(session: Session, job: JobRow) -> float:
    """The score to beat; below every score as long as nothing ran."""
    best = session.scalar(select(TurnRow).where(TurnRow.job_id == job.id, TurnRow.number == job.best))
    return rows.to_score(best).overall if best else -1.0
