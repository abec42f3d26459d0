"""What came in and nobody could read, by its shape, and how a person said that the shape is read."""

import sqlalchemy as sa
from alembic import op

from app.store.sql.columns import UtcTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "unmapped_shapes",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("last_at", UtcTime(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_unmapped_shapes"),
    )
    op.create_table(
        "unmapped_items",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("shape_id", sa.String(64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_unmapped_items"),
    )
    op.create_index("ix_unmapped_items_shape", "unmapped_items", ["tenant_id", "shape_id", "at", "id"])
