"""The verbs about model versions and the aliases that point at them.

A version is immutable and its number is never used again. An alias moves by a new row in its history: promotion adds
one, rollback adds one that points to what the alias pointed to before. "previous" is what a rollback of the champion
would bring back, so it has no history of its own. Leaves out: judging versions (training/gate.py), the runs that made
them (runs.py).
"""

from __future__ import annotations

from typing import TypedDict, Unpack

from sqlalchemy import select
from sqlalchemy.orm import Session

from model.errors import StorageError
from model.records import JsonDict
from storage import rows
from storage.database import Database
from storage.records import AliasChange, ModelVersion, VersionState
from storage.schema import AliasRow, VersionRow

CHAMPION = "champion"
CANDIDATE = "candidate"
PREVIOUS = "previous"


class Descent(TypedDict, total=False):
    """What a version was made of and how."""

    base: str
    parent: int
    recipe: JsonDict


class Origin(Descent, total=False):
    """Where a version comes from; what is not said is not known."""

    metrics: JsonDict
    run_id: int
    snapshot: str


class Versions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, path: str, sha256: str, **more: Unpack[Origin]) -> ModelVersion:
        """Register a candidate: a model folder at `path`, or an adapter there on top of `base`."""
        with self._database.write() as session:
            row = version_row(name, path, sha256, **more)
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
            stack = _stack(session, CHAMPION)[:-1] if alias == PREVIOUS else _stack(session, alias)
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

    def changes(self, alias: str = CHAMPION) -> tuple[AliasChange, ...]:
        """Where an alias pointed, oldest first."""
        with self._database.read() as session:
            found = session.scalars(select(AliasRow).where(AliasRow.alias == alias).order_by(AliasRow.id))
            return tuple(
                AliasChange(row.id, row.alias, row.number, row.kind, row.changed_by, row.reason, row.created)
                for row in found
            )


def version_row(name: str, path: str, sha256: str, **more: Unpack[Origin]) -> VersionRow:
    """A candidate's row, not yet in a session."""
    return VersionRow(
        name=name,
        path=path,
        sha256=sha256,
        base=more.get("base", ""),
        metrics=rows.plain(more.get("metrics", {})),
        state=VersionState.CANDIDATE.value,
        run_id=more.get("run_id"),
        parent=more.get("parent"),
        recipe=rows.plain(more.get("recipe", {})),
        snapshot=more.get("snapshot", ""),
    )


def point(session: Session, alias: str, number: int, reason: str, changed_by: str) -> None:
    """Move an alias to a version in a transaction of the caller's."""
    _move(session, alias, number, "promote", reason, changed_by, _stack(session, alias))


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
