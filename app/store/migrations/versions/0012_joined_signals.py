"""Only signals that joined an incident are looked up by it: the others, nearly all, cost their entry when they came in.

A sweep asks for the newest of a type: without an index it looked through all that came in since the oldest of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0009"
branch_labels = None
depends_on = None

JOINED = sa.text("incident_id IS NOT NULL")


def upgrade() -> None:
    """Apply."""
    op.drop_index("ix_signals_incident", "signals")
    op.create_index(
        "ix_signals_incident",
        "signals",
        ["tenant_id", "incident_id", "occurred_at", "id"],
        sqlite_where=JOINED,
        postgresql_where=JOINED,
    )
    op.create_index("ix_signals_type", "signals", ["tenant_id", "signal_type", "occurred_at", "id"])
