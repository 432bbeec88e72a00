"""The verbs about verdicts: an append-only list, so that what was known at any time can be told again.

A verdict by the same rater on the same turn supersedes that rater's newest one; an undo is a WITHDRAWN row that does.
So the verdicts of one rater on one turn are a chain, and the database's constraints keep it one when two clicks come at
once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from storage import rows
from storage.database import Database
from storage.records import Label, VerdictRecord
from storage.schema import TurnRow, VerdictRow
from storage.standing import live


class Verdicts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        turn_id: int,
        label: Label,
        tags: Sequence[str] = (),
        comment: str = "",
        corrected_code: str = "",
        rater: str = "",
    ) -> VerdictRecord:
        """Keep a verdict on an existing turn. When this returns, it is on the disk."""
        while True:
            try:
                with self._database.write() as session:
                    row = VerdictRow(
                        turn_id=turn_id,
                        label=label.value,
                        tags=list(tags),
                        comment=comment,
                        corrected_code=corrected_code,
                        rater=rater,
                        supersedes=_newest(session, turn_id, rater),
                    )
                    session.add(row)
                    session.flush()
                    return rows.to_verdict(row, superseded=False)
            except IntegrityError as error:
                if not _was_a_race(error):
                    raise

    def withdraw(self, verdict_id: int) -> VerdictRecord | None:
        """Undo a live verdict; None when it is unknown, withdrawn, or superseded already."""
        found = self.get(verdict_id)
        if found is None or not found.live:
            return None
        with self._database.write() as session:
            if _newest(session, found.turn_id, found.rater) != verdict_id:
                return None
            row = VerdictRow(
                turn_id=found.turn_id,
                label=Label.WITHDRAWN.value,
                tags=[],
                comment="",
                corrected_code="",
                rater=found.rater,
                supersedes=verdict_id,
            )
            session.add(row)
            session.flush()
            return rows.to_verdict(row, superseded=False)

    def get(self, verdict_id: int) -> VerdictRecord | None:
        with self._database.read() as session:
            row = session.get(VerdictRow, verdict_id)
            if row is None:
                return None
            superseded = session.scalar(select(exists().where(VerdictRow.supersedes == verdict_id)))
            return rows.to_verdict(row, bool(superseded))

    def all(self, *, live_only: bool = True, through: int | None = None) -> Iterator[VerdictRecord]:
        """Verdicts, oldest first: those that count, or with `live_only=False` the whole history.

        `through` is the newest verdict to know of: what counted then can be told at any later time.
        """
        later = aliased(VerdictRow)
        known = (later.id <= through,) if through is not None else ()
        superseded = exists().where(later.supersedes == VerdictRow.id, *known)
        wanted = select(VerdictRow, superseded).order_by(VerdictRow.id)
        if through is not None:
            wanted = wanted.where(VerdictRow.id <= through)
        with self._database.read() as session:
            found = session.execute(wanted).all()
        records = (rows.to_verdict(row, over) for row, over in found)
        return (record for record in records if record.live or not live_only)

    def newest(self, until: datetime | None = None) -> int:
        """The number of the newest verdict, of that time or before; 0 where there is none."""
        wanted = select(func.max(VerdictRow.id))
        with self._database.read() as session:
            return session.scalar(wanted if until is None else wanted.where(VerdictRow.created <= until)) or 0

    def counts(self) -> dict[str, int]:
        """How many live verdicts there are of each label."""
        return {label.value: count for label, count in self.new(0).items()}

    def new(self, through: int) -> dict[Label, int]:
        """How many live verdicts are newer than that one, by label."""
        counted = (
            select(VerdictRow.label, func.count()).where(VerdictRow.id > through, *live()).group_by(VerdictRow.label)
        )
        with self._database.read() as session:
            found = dict(session.execute(counted).all())
        return {label: found.get(label.value, 0) for label in (Label.CORRECT, Label.WRONG)}

    def success(self, model: str) -> tuple[int, int]:
        """Of the live verdicts on a version's answers, how many say correct, and how many there are."""
        with self._database.read() as session:
            counted = (
                select(VerdictRow.label, func.count())
                .join(TurnRow, TurnRow.id == VerdictRow.turn_id)
                .where(TurnRow.model == model, *live())
                .group_by(VerdictRow.label)
            )
            found = dict(session.execute(counted).all())
        return found.get(Label.CORRECT.value, 0), sum(found.values())


def _newest(session: Session, turn_id: int, rater: str) -> int | None:
    """The end of the chain, a withdrawal included."""
    mine = (VerdictRow.turn_id == turn_id, VerdictRow.rater == rater)
    return session.scalar(select(func.max(VerdictRow.id)).where(*mine))


def _was_a_race(error: IntegrityError) -> bool:
    """Another row took this one's place in the chain between reading and writing (possible on PostgreSQL)."""
    return "supersedes" in str(error.orig) or "uq_verdicts_first" in str(error.orig)
