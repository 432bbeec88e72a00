"""The verbs about training runs: claimed with a lease, kept by a heartbeat, gone on with after a kill, fenced.

A run is claimed as a job is (leases.py), which makes its `attempt` grow. Every later write names that attempt, so a
process that slept past its lease can change nothing any more: what it publishes is refused in the same transaction. The
database itself refuses a second open run of one resource. Leaves out: what a run does (training/refresh.py).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Unpack

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from model.errors import StorageError
from model.records import JsonDict
from storage import rows
from storage.database import Database
from storage.leases import take
from storage.records import (
    Decision,
    GateReport,
    Lease,
    ModelVersion,
    RunState,
    SnapshotRecord,
    TrainingRun,
    VersionState,
)
from storage.schema import GateRow, RunRow, SnapshotRow, VersionRow, now
from storage.versions import CANDIDATE, CHAMPION, Descent, point, version_row

OPEN = (RunState.QUEUED.value, RunState.RUNNING.value)
TRAINER = "trainer"  # the resource of refreshes: one at a time


class Runs:
    def __init__(self, database: Database) -> None:
        self._database = database

    def request(self, resource: str, method: str, config: JsonDict, trigger: str) -> TrainingRun:
        """Queue a run, unless one of that resource is open: then that one is returned."""
        while True:
            found = self.open(resource)
            if found is not None:
                return found
            try:
                with self._database.write() as session:
                    row = RunRow(
                        method=method,
                        config=rows.plain(config),
                        snapshot="",
                        state=RunState.QUEUED.value,
                        metrics={},
                        resource=resource,
                        trigger=trigger,
                    )
                    session.add(row)
                    session.flush()
                    return rows.to_run(row)
            except IntegrityError:  # another process was quicker
                continue

    def claim(self, resource: str, owner: str, lease_s: float) -> TrainingRun | None:
        """Take the open run of a resource if it waits, or if its process died; None otherwise."""
        with self._database.write() as session:
            run_id = take(session, RunRow, owner, lease_s, RunRow.resource == resource)
            return rows.to_run(session.get_one(RunRow, run_id, populate_existing=True)) if run_id is not None else None

    def renew(self, run_id: int, attempt: int, lease_s: float) -> Lease:
        """The heartbeat: hold a running run for another `lease_s` seconds."""
        with self._database.write() as session:
            row = session.get_one(RunRow, run_id, with_for_update=True)
            if row.state != RunState.RUNNING.value or row.attempt != attempt:
                return Lease.LOST
            row.lease_until = now() + timedelta(seconds=lease_s)
            return Lease.STOP if row.stop_requested else Lease.KEPT

    def note(self, run_id: int, attempt: int, phase: str, progress: JsonDict) -> None:
        """Say where a run stands. Raises StorageError when it was taken over; so do all that follow."""
        with self._database.write() as session:
            row = _held(session, run_id, attempt)
            row.phase, row.progress = phase, rows.plain(progress)

    def froze(self, run_id: int, attempt: int, snapshot: str) -> None:
        """Name the training set that the run works on."""
        with self._database.write() as session:
            _held(session, run_id, attempt).snapshot = snapshot

    def publish(
        self, run_id: int, attempt: int, name: str, path: str, sha256: str, **more: Unpack[Descent]
    ) -> ModelVersion:
        """Register what the run made, once: the same weights again are the same version. It is the candidate then."""
        with self._database.write() as session:
            run = _held(session, run_id, attempt)
            row = session.scalar(select(VersionRow).where(VersionRow.run_id == run_id, VersionRow.sha256 == sha256))
            if row is None:
                row = version_row(name, path, sha256, **more, run_id=run_id, snapshot=run.snapshot)
                session.add(row)
                session.flush()
                point(session, CANDIDATE, row.number, f"made by run {run_id}", "refresh")
            return rows.to_version(row)

    def decide(self, run_id: int, attempt: int, report: GateReport) -> GateReport:
        """Keep the gate's decision and carry it out, in one transaction; once for each candidate."""
        with self._database.write() as session:
            _held(session, run_id, attempt)
            row = session.scalar(select(GateRow).where(GateRow.run_id == run_id, GateRow.number == report.number))
            if row is None:
                row = _gate_row(report, run_id)
                session.add(row)
                _carry_out(session, report)
                session.flush()
            return rows.to_report(row)

    def finish(self, run_id: int, attempt: int, state: RunState, *, metrics: JsonDict | None = None,
               error: str = "") -> None:  # fmt: skip
        assert state.final
        with self._database.write() as session:
            row = _held(session, run_id, attempt)
            row.state, row.error, row.finished = state.value, error, now()
            row.metrics, row.lease_owner, row.lease_until = rows.plain(metrics or {}), "", None

    def release(self, run_id: int, attempt: int) -> None:
        """Put a running run back, for the next process to go on with."""
        with self._database.write() as session:
            row = _held(session, run_id, attempt)
            row.state, row.lease_owner, row.lease_until = RunState.QUEUED.value, "", None

    def cancel(self, run_id: int) -> None:
        """End a waiting run; tell the owner of a running one. No effect on a finished one."""
        with self._database.write() as session:
            row = session.get_one(RunRow, run_id, with_for_update=True)
            if row.state == RunState.QUEUED.value:
                row.state, row.error, row.finished = RunState.CANCELLED.value, "cancelled on request", now()
            elif row.state == RunState.RUNNING.value:
                row.stop_requested = True

    # reading

    def get(self, run_id: int) -> TrainingRun | None:
        with self._database.read() as session:
            row = session.get(RunRow, run_id)
            return rows.to_run(row) if row else None

    def open(self, resource: str) -> TrainingRun | None:
        """The run of a resource that waits or is being worked on."""
        with self._database.read() as session:
            row = session.scalar(select(RunRow).where(RunRow.resource == resource, RunRow.state.in_(OPEN)))
            return rows.to_run(row) if row else None

    def all(self, limit: int = 100) -> tuple[TrainingRun, ...]:
        """Newest first."""
        with self._database.read() as session:
            return tuple(map(rows.to_run, session.scalars(select(RunRow).order_by(RunRow.id.desc()).limit(limit))))

    def last_frozen(self) -> tuple[TrainingRun, SnapshotRecord] | None:
        """The newest run that froze verdicts, with what it froze."""
        wanted = (
            select(RunRow, SnapshotRow)
            .join(SnapshotRow, SnapshotRow.sha256 == RunRow.snapshot)
            .order_by(RunRow.id.desc())
        )
        with self._database.read() as session:
            found = session.execute(wanted.limit(1)).first()
            return (rows.to_run(found[0]), rows.to_snapshot(found[1])) if found else None

    def reports(self, number: int | None = None) -> tuple[GateReport, ...]:
        """The gate's decisions, newest first: all of them, or those about one version."""
        wanted = select(GateRow).order_by(GateRow.id.desc())
        with self._database.read() as session:
            found = session.scalars(wanted if number is None else wanted.where(GateRow.number == number))
            return tuple(map(rows.to_report, found))


def _held(session: Session, run_id: int, attempt: int) -> RunRow:
    """The run, if this attempt still holds it."""
    row = session.get_one(RunRow, run_id, with_for_update=True)
    if row.state != RunState.RUNNING.value or row.attempt != attempt:
        raise StorageError(f"training run {run_id} was taken over or ended while attempt {attempt} slept")
    return row


def _gate_row(report: GateReport, run_id: int) -> GateRow:
    return GateRow(
        number=report.number,
        champion=report.champion,
        run_id=run_id,
        passed=report.passed,
        decision=report.decision.value,
        policy=report.policy,
        reason=report.reason,
        figures=rows.plain(report.figures),
    )


def _carry_out(session: Session, report: GateReport) -> None:
    match report.decision:
        case Decision.PROMOTED:
            point(session, CHAMPION, report.number, report.reason, "gate")
        case Decision.REFUSED:
            session.get_one(VersionRow, report.number).state = VersionState.REJECTED.value
        case Decision.WAITING:
            pass
