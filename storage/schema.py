"""The tables, typed. Every statement in them holds on SQLite and on PostgreSQL.

Pictures are not here: a column that names one holds the sha256 of a file kept by blobs.py. Leaves out: how to reach
the database (database.py) and how it came to this shape (migrations/).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraint names, fixed so that a migration can find them on any database."""


class Moment(TypeDecorator[datetime]):
    """An aware datetime in UTC; SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        assert value is None or value.tzinfo is not None, "times are kept with their zone"
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Words(TypeDecorator[str]):
    """Text of any length from people, models and programs; what no database can hold (NUL, half a code point) goes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:  # noqa: ARG002
        return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8") if value is not None else None


def now() -> datetime:
    return datetime.now(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Moment, dict[str, Any]: JSON(none_as_null=True), list[Any]: JSON}  # noqa: RUF012


class ChartRow(Base):
    """A stored picture that was uploaded; the same picture uploaded twice is one row."""

    __tablename__ = "charts"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media: Mapped[str] = mapped_column(String(64))  # of the upload; what is stored is always image/png
    width_px: Mapped[int]
    height_px: Mapped[int]
    hints: Mapped[dict[str, Any] | None]  # what OCR read, once it did
    created: Mapped[datetime] = mapped_column(default=now)


class JobRow(Base):
    """One repair job. A running one is leased; a lease that ran out means that its process died."""

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("state in ('queued', 'running', 'done', 'stopped', 'failed')", name="state"),
        CheckConstraint("turns_limit >= 1", name="turns_limit"),
        Index("ix_jobs_state_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chart_sha256: Mapped[str] = mapped_column(ForeignKey("charts.sha256"), index=True)
    name: Mapped[str] = mapped_column(Words)
    state: Mapped[str] = mapped_column(String(16))
    model: Mapped[str] = mapped_column(String(255))
    turns_limit: Mapped[int]
    origin: Mapped[str] = mapped_column(String(16))
    attempt: Mapped[int] = mapped_column(default=0)
    best: Mapped[int | None]  # number of the best turn
    stop_requested: Mapped[bool] = mapped_column(default=False)
    stop_reason: Mapped[str] = mapped_column(Words, default="")
    error: Mapped[str] = mapped_column(Words, default="")
    lease_owner: Mapped[str] = mapped_column(String(64), default="")
    lease_until: Mapped[datetime | None]
    created: Mapped[datetime] = mapped_column(default=now)
    started: Mapped[datetime | None]
    finished: Mapped[datetime | None]

    chart: Mapped[ChartRow] = relationship(lazy="joined")
    turns: Mapped[list[TurnRow]] = relationship(order_by="TurnRow.number", back_populates="job")


class TurnRow(Base):
    """One turn: what was answered, what came of it, and what the generator gave that training needs."""

    __tablename__ = "turns"
    __table_args__ = (UniqueConstraint("job_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"))
    number: Mapped[int]  # in the job, from 1
    attempt: Mapped[int]  # of the job; a turn's history lies within its attempt
    author: Mapped[str] = mapped_column(String(16))
    model: Mapped[str] = mapped_column(String(255))
    reading: Mapped[str] = mapped_column(Words)
    code: Mapped[str] = mapped_column(Words)
    raw: Mapped[str] = mapped_column(Words)
    outcome: Mapped[str] = mapped_column(String(16))
    error: Mapped[str] = mapped_column(Words)
    score_execution: Mapped[float]
    score_text: Mapped[float | None]
    score_layout: Mapped[float | None]
    score_kind: Mapped[float | None]
    score_colour: Mapped[float | None]
    score_data: Mapped[float | None]
    score_visual: Mapped[float | None]
    feedback: Mapped[dict[str, Any]]  # {"error", "picture": bool, "differences": [[part, detail], ...]}
    finish: Mapped[str] = mapped_column(String(16))
    prompt_token_ids: Mapped[list[Any]] = mapped_column(deferred=True)  # long, and only training reads them
    token_ids: Mapped[list[Any]] = mapped_column(deferred=True)
    logprobs: Mapped[list[Any]] = mapped_column(deferred=True)
    seconds: Mapped[float]
    render: Mapped[str] = mapped_column(String(64))  # "" where the program drew nothing
    facts: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)
    created: Mapped[datetime] = mapped_column(default=now)

    job: Mapped[JobRow] = relationship(back_populates="turns")
    verdicts: Mapped[list[VerdictRow]] = relationship(order_by="VerdictRow.id")


class VerdictRow(Base):
    """One verdict, never changed. A row supersedes at most one other and is superseded at most once."""

    __tablename__ = "verdicts"
    __table_args__ = (
        CheckConstraint("label in ('correct', 'wrong', 'withdrawn')", name="label"),
        UniqueConstraint("supersedes"),
        Index(  # one chain per turn and rater: two clicks at once cannot both begin it
            "uq_verdicts_first",
            "turn_id",
            "rater",
            unique=True,
            sqlite_where=text("supersedes IS NULL"),
            postgresql_where=text("supersedes IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id"), index=True)
    label: Mapped[str] = mapped_column(String(16))
    tags: Mapped[list[Any]]
    comment: Mapped[str] = mapped_column(Words)
    corrected_code: Mapped[str] = mapped_column(Words)
    rater: Mapped[str] = mapped_column(Words)
    supersedes: Mapped[int | None] = mapped_column(ForeignKey("verdicts.id"))
    created: Mapped[datetime] = mapped_column(default=now)


class RunRow(Base):
    """One training run. A running one is leased; `attempt` is its fencing token: whoever holds an older one is late."""

    __tablename__ = "training_runs"
    __table_args__ = (
        CheckConstraint("state in ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"),
        Index(  # at most one at a time for each resource
            "uq_training_runs_open",
            "resource",
            unique=True,
            sqlite_where=text("state in ('queued', 'running')"),
            postgresql_where=text("state in ('queued', 'running')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    method: Mapped[str] = mapped_column(String(32))
    config: Mapped[dict[str, Any]]
    snapshot: Mapped[str] = mapped_column(
        String(64)
    )  # sha256 of the data that it was trained on; "" before it is known
    state: Mapped[str] = mapped_column(String(16))
    metrics: Mapped[dict[str, Any]]
    error: Mapped[str] = mapped_column(Words, default="")
    resource: Mapped[str] = mapped_column(String(64))
    trigger: Mapped[str] = mapped_column(Words)  # why it was started, in words
    attempt: Mapped[int] = mapped_column(default=0)
    stop_requested: Mapped[bool] = mapped_column(default=False)
    lease_owner: Mapped[str] = mapped_column(String(64), default="")
    lease_until: Mapped[datetime | None]
    phase: Mapped[str] = mapped_column(String(32), default="")
    progress: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created: Mapped[datetime] = mapped_column(default=now)
    started: Mapped[datetime | None]
    finished: Mapped[datetime | None]


class SnapshotRow(Base):
    """A frozen training set; `through` is the newest verdict that it knows of."""

    __tablename__ = "snapshots"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    path: Mapped[str] = mapped_column(String(1024))
    through: Mapped[int]
    config: Mapped[dict[str, Any]]
    counts: Mapped[dict[str, Any]]
    created: Mapped[datetime] = mapped_column(default=now)


class UseRow(Base):
    """What a snapshot made of one verdict."""

    __tablename__ = "snapshot_verdicts"
    __table_args__ = (CheckConstraint("part in ('train', 'gate', 'left out')", name="part"),)

    snapshot: Mapped[str] = mapped_column(ForeignKey("snapshots.sha256"), primary_key=True)
    verdict_id: Mapped[int] = mapped_column(ForeignKey("verdicts.id"), primary_key=True, index=True)
    part: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Words)  # why it was left out, what became of a program with it


class VersionRow(Base):
    """A model version. Only its state changes; its number is never given to another.

    `base` is the model below an adapter, `parent` the version that training began with, `recipe` how it was trained.
    """

    __tablename__ = "model_versions"
    __table_args__ = (
        CheckConstraint("state in ('candidate', 'champion', 'rejected', 'retired')", name="state"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    base: Mapped[str] = mapped_column(String(1024))
    path: Mapped[str] = mapped_column(String(1024))
    sha256: Mapped[str] = mapped_column(String(64))
    metrics: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("training_runs.id"))
    parent: Mapped[int | None] = mapped_column(ForeignKey("model_versions.number"))
    recipe: Mapped[dict[str, Any]] = mapped_column(default=dict)
    snapshot: Mapped[str] = mapped_column(String(64), default="")
    created: Mapped[datetime] = mapped_column(default=now)


class EvaluationRow(Base):
    """What one version made of one suite of charts, item by item, so that versions can be compared in pairs."""

    __tablename__ = "evaluations"
    __table_args__ = (UniqueConstraint("number", "suite"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(ForeignKey("model_versions.number"))
    suite: Mapped[str] = mapped_column(String(128))  # its name and the sha256 of what is in it
    items: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    summary: Mapped[dict[str, Any]]
    created: Mapped[datetime] = mapped_column(default=now)


class GateRow(Base):
    """One decision about one candidate, never changed."""

    __tablename__ = "gate_reports"
    __table_args__ = (CheckConstraint("decision in ('promoted', 'waiting', 'refused')", name="decision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(ForeignKey("model_versions.number"), index=True)
    champion: Mapped[int | None] = mapped_column(ForeignKey("model_versions.number"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("training_runs.id"))
    passed: Mapped[bool]
    decision: Mapped[str] = mapped_column(String(16))
    policy: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Words)
    figures: Mapped[dict[str, Any]]
    created: Mapped[datetime] = mapped_column(default=now)


class RaterRow(Base):
    """One change of a rater's standing; the newest row of a rater holds."""

    __tablename__ = "rater_marks"

    id: Mapped[int] = mapped_column(primary_key=True)
    rater: Mapped[str] = mapped_column(Words)
    quarantined: Mapped[bool]
    reason: Mapped[str] = mapped_column(Words)
    changed_by: Mapped[str] = mapped_column(Words)
    created: Mapped[datetime] = mapped_column(default=now)


class AliasRow(Base):
    """One move of an alias to a version. The newest row of an alias is where it points."""

    __tablename__ = "alias_changes"
    __table_args__ = (CheckConstraint("kind in ('promote', 'rollback')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    alias: Mapped[str] = mapped_column(String(64), index=True)
    number: Mapped[int] = mapped_column(ForeignKey("model_versions.number"))
    kind: Mapped[str] = mapped_column(String(16))
    changed_by: Mapped[str] = mapped_column(Words)
    reason: Mapped[str] = mapped_column(Words)
    created: Mapped[datetime] = mapped_column(default=now)
