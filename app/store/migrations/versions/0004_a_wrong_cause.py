"""Whether a person who refused an action said that its cause is wrong, too."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("healing_actions", sa.Column("cause_is_wrong", sa.Boolean(), nullable=False, server_default=sa.false()))
