"""Alembic's entry: runs the revisions on the connection, and in the transaction, that app.store.sql.migrate
hands over.
"""

from alembic import context

from app.store.sql.migrate import MARK
from app.store.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=MARK,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
