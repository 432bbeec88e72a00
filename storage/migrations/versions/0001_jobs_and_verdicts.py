"""Charts, repair jobs, their turns, and verdicts on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "charts",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("media", sa.String(64), nullable=False),
        sa.Column("width_px", sa.Integer, nullable=False),
        sa.Column("height_px", sa.Integer, nullable=False),
        sa.Column("hints", sa.JSON),
        sa.Column("created", MOMENT, nullable=False),
    )
    _jobs()
    _turns()
    _verdicts()


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("chart_sha256", sa.String(64), sa.ForeignKey("charts.sha256"), nullable=False, index=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("model", sa.String(255), nullable=False),
        sa.Column("turns_limit", sa.Integer, nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("best", sa.Integer),
        sa.Column("stop_requested", sa.Boolean, nullable=False),
        sa.Column("stop_reason", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("lease_owner", sa.String(64), nullable=False),
        sa.Column("lease_until", MOMENT),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("started", MOMENT),
        sa.Column("finished", MOMENT),
        sa.CheckConstraint("state in ('queued', 'running', 'done', 'stopped', 'failed')", name="state"),
        sa.CheckConstraint("turns_limit >= 1", name="turns_limit"),
    )
    op.create_index("ix_jobs_state_id", "jobs", ["state", "id"])


def _turns() -> None:
    scores = ("text", "layout", "kind", "colour", "data", "visual")
    op.create_table(
        "turns",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("job_id", sa.Integer, sa.ForeignKey("jobs.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("author", sa.String(16), nullable=False),
        sa.Column("model", sa.String(255), nullable=False),
        sa.Column("reading", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("raw", sa.Text, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("score_execution", sa.Double, nullable=False),
        *(sa.Column(f"score_{name}", sa.Double) for name in scores),
        sa.Column("feedback", sa.JSON, nullable=False),
        sa.Column("finish", sa.String(16), nullable=False),
        sa.Column("prompt_token_ids", sa.JSON, nullable=False),
        sa.Column("token_ids", sa.JSON, nullable=False),
        sa.Column("logprobs", sa.JSON, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("render", sa.String(64), nullable=False),
        sa.Column("facts", sa.JSON),
        sa.Column("created", MOMENT, nullable=False),
        sa.UniqueConstraint("job_id", "number"),
    )


def _verdicts() -> None:
    op.create_table(
        "verdicts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("turn_id", sa.Integer, sa.ForeignKey("turns.id"), nullable=False, index=True),
        sa.Column("label", sa.String(16), nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("corrected_code", sa.Text, nullable=False),
        sa.Column("rater", sa.Text, nullable=False),
        sa.Column("supersedes", sa.Integer, sa.ForeignKey("verdicts.id"), unique=True),
        sa.Column("created", MOMENT, nullable=False),
        sa.CheckConstraint("label in ('correct', 'wrong', 'withdrawn')", name="label"),
    )
    first = sa.text("supersedes IS NULL")
    op.create_index(
        "uq_verdicts_first",
        "verdicts",
        ["turn_id", "rater"],
        unique=True,
        sqlite_where=first,
        postgresql_where=first,
    )
