"""Work that one process at a time holds for a while: how a waiting or an orphaned row is taken, jobs and runs alike.

A guarded UPDATE decides who gets it, which holds on SQLite and on PostgreSQL, and `attempt` grows with each taking.
Leaves out: what is held and how it ends (jobs.py, runs.py).
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, CursorResult, func, or_, select, update
from sqlalchemy.orm import Session

from storage.schema import JobRow, RunRow, now

QUEUED, RUNNING = "queued", "running"  # of JobState and of RunState


def take(
    session: Session, row: type[JobRow] | type[RunRow], owner: str, lease_s: float, *wanted: ColumnElement[bool]
) -> int | None:
    """The oldest row that waits, or that a dead process left behind, held for `lease_s` seconds; None without any."""
    moment = now()
    orphaned = (row.state == RUNNING) & (row.lease_until < moment)
    free = (or_(row.state == QUEUED, orphaned), *wanted)
    found = session.scalar(select(row.id).where(*free).order_by(row.id).limit(1))
    if found is None:
        return None
    taken = session.execute(
        update(row)
        .where(row.id == found, *free)
        .values(
            state=RUNNING,
            attempt=row.attempt + 1,
            lease_owner=owner,
            lease_until=moment + timedelta(seconds=lease_s),
            started=func.coalesce(row.started, moment),
        )
        .execution_options(synchronize_session=False)
    )
    assert isinstance(taken, CursorResult)
    return found if taken.rowcount else None
