"""What came in, added up by slot, stream and merchant, which signals are counted in it, and what is still awaited."""

import sqlalchemy as sa
from alembic import op

from app.store.sql.columns import UtcTime

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None

UNCOUNTED = sa.column("counted").is_(sa.false())


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "rollups",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stream", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("merchant", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Float(53), nullable=False),
        sa.Column("exposure", sa.Float(53), nullable=False),
        sa.Column("value", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "slot", "stream", "merchant", name="pk_rollups"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rollup_names",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "number", name="pk_rollup_names"),
    )
    op.create_index("uq_rollup_names_name", "rollup_names", ["tenant_id", "name"], unique=True)
    op.create_table(
        "rollup_slots",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("merged", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "slot", name="pk_rollup_slots"),
    )
    op.create_index("ix_rollup_slots_version", "rollup_slots", ["tenant_id", "version"])
    op.create_table(
        "awaited",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("pair", sa.String(64), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("merchant", sa.String(64), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=True),
        sa.Column("signal_id", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "pair", "key", name="pk_awaited"),
    )
    op.create_index("ix_awaited_state", "awaited", ["tenant_id", "pair", "state", "at"])
    op.create_index("ix_awaited_at", "awaited", ["tenant_id", "at"])
    op.add_column("signals", sa.Column("counted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_signals_uncounted", "signals", ["tenant_id", "occurred_at", "id"], sqlite_where=UNCOUNTED, postgresql_where=UNCOUNTED)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_signals_uncounted", "signals")
    with op.batch_alter_table("signals") as table:
        table.drop_column("counted")
    for name in ("awaited", "rollup_slots", "rollup_names", "rollups"):
        op.drop_table(name)
