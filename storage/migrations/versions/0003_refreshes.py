"""Training runs that are leased and resumed, snapshots, evaluations, gate reports, and the standing of raters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)
OPEN = sa.text("state in ('queued', 'running')")


def upgrade() -> None:
    _runs()
    _snapshots()
    _versions()
    _judgements()


def _runs() -> None:
    with op.batch_alter_table("training_runs") as table:
        table.drop_constraint("state", type_="check")
        table.add_column(sa.Column("resource", sa.String(64), nullable=False, server_default=""))
        table.add_column(sa.Column("trigger", sa.Text, nullable=False, server_default=""))
        table.add_column(sa.Column("attempt", sa.Integer, nullable=False, server_default="0"))
        table.add_column(sa.Column("stop_requested", sa.Boolean, nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("lease_owner", sa.String(64), nullable=False, server_default=""))
        table.add_column(sa.Column("lease_until", MOMENT))
        table.add_column(sa.Column("phase", sa.String(32), nullable=False, server_default=""))
        table.add_column(sa.Column("progress", sa.JSON, nullable=False, server_default="{}"))
        table.add_column(sa.Column("created", MOMENT))
        table.alter_column("started", existing_type=MOMENT, nullable=True)
    # a run of the schema before had no lease: whatever it was, nobody works on it any more
    op.execute("UPDATE training_runs SET created = started, resource = 'run-' || id")
    op.execute("UPDATE training_runs SET state = 'failed', error = 'ended by an update' WHERE state = 'running'")
    with op.batch_alter_table("training_runs") as table:
        table.alter_column("created", existing_type=MOMENT, nullable=False)
        table.create_check_constraint("state", "state in ('queued', 'running', 'done', 'failed', 'cancelled')")
    op.create_index(
        "uq_training_runs_open", "training_runs", ["resource"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )


def _snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("path", sa.String(1024), nullable=False),
        sa.Column("through", sa.Integer, nullable=False),
        sa.Column("config", sa.JSON, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
    )
    op.create_table(
        "snapshot_verdicts",
        sa.Column("snapshot", sa.String(64), sa.ForeignKey("snapshots.sha256"), primary_key=True),
        sa.Column("verdict_id", sa.Integer, sa.ForeignKey("verdicts.id"), primary_key=True, index=True),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.CheckConstraint("part in ('train', 'gate', 'left out')", name="part"),
    )


def _versions() -> None:
    with op.batch_alter_table("model_versions", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.add_column(sa.Column("parent", sa.Integer))
        table.add_column(sa.Column("recipe", sa.JSON, nullable=False, server_default="{}"))
        table.add_column(sa.Column("snapshot", sa.String(64), nullable=False, server_default=""))
        table.create_foreign_key(
            op.f("fk_model_versions_parent_model_versions"), "model_versions", ["parent"], ["number"]
        )


def _judgements() -> None:
    number = ("model_versions.number",)
    op.create_table(
        "evaluations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, sa.ForeignKey(*number), nullable=False),
        sa.Column("suite", sa.String(128), nullable=False),
        sa.Column("items", sa.JSON, nullable=False),
        sa.Column("summary", sa.JSON, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.UniqueConstraint("number", "suite"),
    )
    op.create_table(
        "gate_reports",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, sa.ForeignKey(*number), nullable=False, index=True),
        sa.Column("champion", sa.Integer, sa.ForeignKey(*number)),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("training_runs.id")),
        sa.Column("passed", sa.Boolean, nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("policy", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("figures", sa.JSON, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.CheckConstraint("decision in ('promoted', 'waiting', 'refused')", name="decision"),
    )
    op.create_table(
        "rater_marks",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("rater", sa.Text, nullable=False),
        sa.Column("quarantined", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
    )
