"""Model versions, where their aliases pointed and when, and the training runs that made them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "training_runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("config", sa.JSON, nullable=False),
        sa.Column("snapshot", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("metrics", sa.JSON, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("started", MOMENT, nullable=False),
        sa.Column("finished", MOMENT),
        sa.CheckConstraint("state in ('running', 'done', 'failed')", name="state"),
    )
    op.create_table(
        "model_versions",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("base", sa.String(1024), nullable=False),
        sa.Column("path", sa.String(1024), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("metrics", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("training_runs.id")),
        sa.Column("created", MOMENT, nullable=False),
        sa.CheckConstraint("state in ('candidate', 'champion', 'rejected', 'retired')", name="state"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "alias_changes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("alias", sa.String(64), nullable=False, index=True),
        sa.Column("number", sa.Integer, sa.ForeignKey("model_versions.number"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.CheckConstraint("kind in ('promote', 'rollback')", name="kind"),
    )
