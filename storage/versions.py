"""The verbs about model versions, the aliases that point at them, and the training runs that made them.

A version is immutable and its number is never used again. An alias moves by a new row in its history: promotion adds
one, rollback adds one that points to what the alias pointed to before. Leaves out: judging versions (training/gate.py).
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from model.errors import StorageError
from model.records import JsonDict
from storage import rows
from storage.database import Database
from storage.records import AliasChange, ModelVersion, TrainingRun, VersionState
from storage.schema import AliasRow, RunRow, VersionRow, now

CHAMPION = "champion"


class Versions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        name: str,
        path: str,
        sha256: str,
        *,
        base: str = "",
        metrics: JsonDict | None = None,
        run_id: int | None = None,
    ) -> ModelVersion:
        """Register a candidate: a model folder at `path`, or an adapter there on top of `base`."""
        with self._database.write() as session:
            row = VersionRow(
                name=name,
                base=base,
                path=path,
                sha256=sha256,
                metrics=rows.plain(metrics or {}),
                state=VersionState.CANDIDATE.value,
                run_id=run_id,
            )
            session.add(row)
            session.flush()
            return rows.to_version(row)

    def get(self, number: int) -> ModelVersion | None:
        with self._database.read() as session:
            row = session.get(VersionRow, number)
            return rows.to_version(row) if row else None

    def all(self) -> tuple[ModelVersion, ...]:
        """Newest first."""
        with self._database.read() as session:
            return tuple(map(rows.to_version, session.scalars(select(VersionRow).order_by(VersionRow.number.desc()))))

    def alias(self, alias: str = CHAMPION) -> ModelVersion | None:
        """The version that an alias points to now."""
        with self._database.read() as session:
            stack = _stack(session, alias)
            return rows.to_version(session.get_one(VersionRow, stack[-1])) if stack else None

    def promote(self, number: int, *, reason: str = "", changed_by: str = "", alias: str = CHAMPION) -> ModelVersion:
        """Point the alias at a version. Raises StorageError if there is none, or if the alias is there already."""
        with self._database.write() as session:
            row = session.get(VersionRow, number)
            if row is None:
                raise StorageError(
                    f"there is no model version {number}; `chartloop models list` shows those that exist"
                )
            stack = _stack(session, alias)
            if stack and stack[-1] == number:
                raise StorageError(f"version {number} is the {alias} already")
            _move(session, alias, number, "promote", reason, changed_by, stack)
            return rows.to_version(row)

    def rollback(self, *, reason: str = "", changed_by: str = "", alias: str = CHAMPION) -> ModelVersion:
        """Point the alias at what it pointed to before. Raises StorageError if there was nothing before."""
        with self._database.write() as session:
            stack = _stack(session, alias)
            if len(stack) < 2:
                raise StorageError(f"there is no {alias} before this one to go back to")
            _move(session, alias, stack[-2], "rollback", reason, changed_by, stack)
            return rows.to_version(session.get_one(VersionRow, stack[-2]))

    def reject(self, number: int) -> None:
        """Mark a candidate that did not pass the gate."""
        with self._database.write() as session:
            row = session.get_one(VersionRow, number)
            assert row.state == VersionState.CANDIDATE.value, "only a candidate can be rejected"
            row.state = VersionState.REJECTED.value

    def changes(self, alias: str = CHAMPION) -> tuple[AliasChange, ...]:
        """Where an alias pointed, oldest first."""
        with self._database.read() as session:
            found = session.scalars(select(AliasRow).where(AliasRow.alias == alias).order_by(AliasRow.id))
            return tuple(
                AliasChange(row.id, row.alias, row.number, row.kind, row.changed_by, row.reason, row.created)
                for row in found
            )

    # training runs

    def start_run(self, method: str, config: JsonDict, snapshot: str) -> int:
        """Record that a training run began on the data with that sha256; returns its id."""
        with self._database.write() as session:
            row = RunRow(method=method, config=rows.plain(config), snapshot=snapshot, state="running", metrics={})
            session.add(row)
            session.flush()
            return row.id

    def finish_run(self, run_id: int, *, metrics: JsonDict | None = None, error: str = "") -> None:
        with self._database.write() as session:
            row = session.get_one(RunRow, run_id)
            row.state, row.error = ("failed" if error else "done"), error
            row.metrics, row.finished = rows.plain(metrics or {}), now()

    def runs(self) -> tuple[TrainingRun, ...]:
        """Newest first."""
        with self._database.read() as session:
            found = session.scalars(select(RunRow).order_by(RunRow.id.desc()))
            return tuple(
                TrainingRun(
                    row.id,
                    row.method,
                    row.config,
                    row.snapshot,
                    row.state,
                    row.metrics,
                    row.error,
                    row.started,
                    row.finished,
                )
                for row in found
            )


def _stack(session: Session, alias: str) -> list[int]:
    """What the alias points to, last, and what a rollback would return to before it."""
    stack: list[int] = []
    for kind, number in session.execute(
        select(AliasRow.kind, AliasRow.number).where(AliasRow.alias == alias).order_by(AliasRow.id)
    ):
        if kind == "rollback":
            stack.pop()
        else:
            stack.append(number)
    return stack


def _move(session: Session, alias: str, number: int, kind: str, reason: str, changed_by: str, stack: list[int]) -> None:
    session.add(AliasRow(alias=alias, number=number, kind=kind, reason=reason, changed_by=changed_by))
    if alias == CHAMPION:
        if stack:
            session.get_one(VersionRow, stack[-1]).state = VersionState.RETIRED.value
        session.get_one(VersionRow, number).state = VersionState.CHAMPION.value
