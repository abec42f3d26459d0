"""What people are told, and whether it reached them."""

import sqlalchemy as sa
from alembic import op

from app.store.sql.columns import UtcTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "notices",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("target", sa.String(63), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_notices"),
    )
    op.create_index("ix_notices_created", "notices", ["tenant_id", "created_at", "id"])
    op.create_index("ix_notices_target", "notices", ["tenant_id", "target", "state", "created_at"])
    op.create_index("ix_notices_ended", "notices", ["tenant_id", "ended_at"])
