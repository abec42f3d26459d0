"""When a signal came in by the database's clock, and whether it was set aside, with the reason."""

import json
from datetime import datetime

import sqlalchemy as sa
from alembic import op

from app.store.sql.columns import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UNSWEPT = sa.column("swept").is_(sa.false())
ASIDE = sa.column("aside_at").is_not(None)
BATCH = 1_000


def upgrade() -> None:
    """Apply."""
    op.add_column("signals", sa.Column("arrived", sa.Float(53), nullable=True))
    op.add_column("signals", sa.Column("aside_at", UtcTime(), nullable=True))
    op.add_column("signals", sa.Column("aside_reason", sa.Text(), nullable=True))
    _note_arrivals()
    op.create_index("ix_signals_arrived", "signals", ["tenant_id", "arrived"], sqlite_where=UNSWEPT, postgresql_where=UNSWEPT)
    op.create_index("ix_signals_aside", "signals", ["tenant_id", "aside_at"], sqlite_where=ASIDE, postgresql_where=ASIDE)


def _note_arrivals() -> None:
    """What still waits for a sweep came in when it says so; of the rest nobody asks any more."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT tenant_id, id, body FROM signals WHERE swept IS FALSE")).all()
    noted = [
        {"tenant": tenant, "id": name, "arrived": datetime.fromisoformat(json.loads(body)["received_at"]).timestamp()} for tenant, name, body in rows
    ]
    for start in range(0, len(noted), BATCH):
        connection.execute(sa.text("UPDATE signals SET arrived = :arrived WHERE tenant_id = :tenant AND id = :id"), noted[start : start + BATCH])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_signals_aside", "signals")
    op.drop_index("ix_signals_arrived", "signals")
    with op.batch_alter_table("signals") as table:
        for name in ("aside_reason", "aside_at", "arrived"):
            table.drop_column(name)
