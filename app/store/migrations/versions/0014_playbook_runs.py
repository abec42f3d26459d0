"""The plans of incidents, and how far they have come."""

import sqlalchemy as sa
from alembic import op

from app.store.sql.columns import UtcTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "playbook_runs",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("incident_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("assigned_at", UtcTime(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_playbook_runs"),
        sa.UniqueConstraint("tenant_id", "incident_id", "number", name="uq_playbook_runs_incident"),
    )
    op.create_index("ix_playbook_runs_status", "playbook_runs", ["tenant_id", "status", "assigned_at"])
