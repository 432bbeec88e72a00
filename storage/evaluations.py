"""The verbs about evaluations of versions, and about raters and their standing.

Both are append-only. Leaves out: how versions and raters are judged (training/gate.py, training/raters.py).
"""

from __future__ import annotations

import contextlib

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from model.records import JsonDict
from storage import rows
from storage.database import Database
from storage.records import Evaluation, RaterMark
from storage.schema import EvaluationRow, RaterRow


class Evaluations:
    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, number: int, suite: str, items: JsonDict, summary: JsonDict) -> None:
        """Keep what a version made of a suite; the first time holds."""
        row = EvaluationRow(number=number, suite=suite, items=rows.plain(items), summary=rows.plain(summary))
        with contextlib.suppress(IntegrityError), self._database.write() as session:
            session.add(row)

    def get(self, number: int, suite: str) -> Evaluation | None:
        with self._database.read() as session:
            wanted = select(EvaluationRow).where(EvaluationRow.number == number, EvaluationRow.suite == suite)
            row = session.scalar(wanted)
            return _evaluation(row) if row else None

    def of(self, number: int) -> tuple[Evaluation, ...]:
        """All evaluations of a version, oldest first."""
        with self._database.read() as session:
            found = session.scalars(
                select(EvaluationRow).where(EvaluationRow.number == number).order_by(EvaluationRow.id)
            )
            return tuple(map(_evaluation, found))


class Raters:
    def __init__(self, database: Database) -> None:
        self._database = database

    def mark(self, rater: str, *, quarantined: bool, reason: str, changed_by: str) -> None:
        """Take a rater's verdicts out of all later snapshots, or let them in again."""
        with self._database.write() as session:
            session.add(RaterRow(rater=rater, quarantined=quarantined, reason=reason, changed_by=changed_by))

    def marks(self) -> tuple[RaterMark, ...]:
        """Every change, oldest first."""
        with self._database.read() as session:
            found = session.scalars(select(RaterRow).order_by(RaterRow.id))
            return tuple(
                RaterMark(row.rater, row.quarantined, row.reason, row.changed_by, row.created) for row in found
            )

    def quarantined(self) -> frozenset[str]:
        """Raters whose newest mark says so."""
        newest = select(func.max(RaterRow.id)).group_by(RaterRow.rater)
        with self._database.read() as session:
            wanted = select(RaterRow.rater).where(RaterRow.id.in_(newest), RaterRow.quarantined)
            return frozenset(session.scalars(wanted))


def _evaluation(row: EvaluationRow) -> Evaluation:
    return Evaluation(row.number, row.suite, row.items, row.summary, row.created)
