"""Leases, the outbox, setbacks, kept answers, the global kill switch and the versions of the configuration."""

import json

import sqlalchemy as sa
from alembic import op

from app.store.sql.columns import Json, UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

VIEWS = {
    "policy_packs": "policies",
    "domain_packs": "domain_pack",
    "playbooks": "playbook",
    "tools": "tool",
}
"""The documented tables of what was loaded: views that show the version in force."""


def upgrade() -> None:
    """Apply."""
    op.create_table("leases",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name", name=op.f("pk_leases")),
    )
    op.create_table("outbox",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("action_id", sa.String(64), nullable=False),
        sa.Column("tool", sa.String(120), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("request", Json(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("tried_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("ending", sa.String(16), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_action", "outbox", ["tenant_id", "action_id"])
    op.create_index("ix_outbox_created", "outbox", ["tenant_id", "created_at"])
    op.create_table("setbacks",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("incident_id", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", UtcTime(), nullable=False),
        sa.Column("dead", sa.Boolean(), nullable=False),
        sa.Column("was", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "incident_id", name=op.f("pk_setbacks")),
    )
    op.create_table("replies",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("route", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", Json(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key", "route", name=op.f("pk_replies")),
    )
    op.create_index("ix_replies_at", "replies", ["tenant_id", "at"])
    op.create_table("installation",
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("value", Json(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation")),
    )
    op.create_table("config_versions",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("body", Json(), nullable=False),
        sa.Column("loaded_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_config_versions")),
    )
    op.create_index("ix_config_versions_kind", "config_versions", ["kind", "name", "seq"])
    _add_to_actions()
    for view, kind in VIEWS.items():
        op.get_bind().exec_driver_sql(f"""CREATE VIEW {view} AS
            SELECT name, version, body, loaded_at FROM config_versions AS loaded
            WHERE kind = '{kind}' AND body <> '{{"removed":true}}'
            AND seq = (SELECT MAX(seq) FROM config_versions WHERE kind = loaded.kind AND name = loaded.name)""")


def _add_to_actions() -> None:
    """The step and the policies of an action in columns of their own, filled from the rows that are there."""
    op.add_column("healing_actions", sa.Column("step", sa.String(16), nullable=False, server_default="first"))
    op.add_column("healing_actions", sa.Column("policy_version", sa.String(64), nullable=False, server_default=""))
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT tenant_id, id, body FROM healing_actions")).all()
    for tenant_id, action_id, body in rows:
        kept = json.loads(body)
        connection.execute(
            sa.text("UPDATE healing_actions SET step = :step, policy_version = :version WHERE tenant_id = :tenant AND id = :id"),
            {"step": kept.get("step", "first"), "version": kept["decision"]["ruling"]["policy_version"], "tenant": tenant_id, "id": action_id},
        )


def downgrade() -> None:
    """Take back."""
    for view in VIEWS:
        op.execute(f"DROP VIEW {view}")
    with op.batch_alter_table("healing_actions") as table:
        table.drop_column("policy_version")
        table.drop_column("step")
    for name in ("config_versions", "installation", "replies", "setbacks", "outbox", "leases"):
        op.drop_table(name)
