"""The verbs about snapshots: which verdicts each one took, so that a person can see what became of a verdict.

Leaves out: building one (training/snapshot.py); its rows lie in files, named by what is in them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from model.records import JsonDict
from storage import rows
from storage.database import Database
from storage.records import Part, RunState, SnapshotRecord, VerdictUse
from storage.schema import RunRow, SnapshotRow, UseRow, VersionRow

Use = tuple[int, Part, str]  # verdict, part, reason


class Snapshots:
    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(
        self, sha256: str, path: str, through: int, config: JsonDict, counts: JsonDict, uses: Iterable[Use]
    ) -> None:
        """Keep a snapshot; the same one again changes nothing."""
        row = SnapshotRow(
            sha256=sha256, path=path, through=through, config=rows.plain(config), counts=rows.plain(counts)
        )
        with contextlib.suppress(IntegrityError), self._database.write() as session:
            session.add(row)
            session.flush()
            session.add_all(
                UseRow(snapshot=sha256, verdict_id=verdict, part=part.value, reason=reason)
                for verdict, part, reason in uses
            )

    def get(self, sha256: str) -> SnapshotRecord | None:
        with self._database.read() as session:
            row = session.get(SnapshotRow, sha256)
            return rows.to_snapshot(row) if row else None

    def all(self) -> tuple[SnapshotRecord, ...]:
        """Newest first."""
        with self._database.read() as session:
            return tuple(
                map(rows.to_snapshot, session.scalars(select(SnapshotRow).order_by(SnapshotRow.created.desc())))
            )

    def fate(self, verdict_id: int) -> tuple[VerdictUse, ...]:
        """What became of a verdict, oldest first; empty while it waits."""
        wanted = (
            select(UseRow, RunRow, VersionRow.number)
            .outerjoin(RunRow, RunRow.snapshot == UseRow.snapshot)
            .outerjoin(VersionRow, VersionRow.run_id == RunRow.id)
            .where(UseRow.verdict_id == verdict_id)
            .order_by(RunRow.id, VersionRow.number)
        )
        with self._database.read() as session:
            return tuple(_use(*found) for found in session.execute(wanted))

    def uses(self, sha256: str) -> tuple[Use, ...]:
        """Every verdict of one snapshot."""
        with self._database.read() as session:
            found = session.scalars(select(UseRow).where(UseRow.snapshot == sha256).order_by(UseRow.verdict_id))
            return tuple((row.verdict_id, Part(row.part), row.reason) for row in found)


def _use(use: UseRow, run: RunRow | None, number: int | None) -> VerdictUse:
    state = RunState(run.state) if run else None
    return VerdictUse(use.verdict_id, use.snapshot, Part(use.part), use.reason, run.id if run else None, state, number)
