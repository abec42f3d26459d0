"""Bringing a database up to date: an empty one is made, an older one of ours upgraded, anything else refused with a sentence."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from app.domain.errors import BadConfig

MARK = "causeway_revision"
"""The table that holds the revision: it marks a database as ours."""


def upgrade(connection: Connection) -> None:
    """Upgrade within the running transaction, so that a failed upgrade leaves the database as it was."""
    known = ScriptDirectory.from_config(_config())
    now = revision_of(connection)
    if now is None and _tables(connection):
        raise BadConfig(["this database holds tables that Causeway did not make; it is left as it is: give Causeway a database of its own"])
    if now is not None and now not in {script.revision for script in known.walk_revisions()}:
        raise BadConfig([f"this database is of revision {now}, which this version of Causeway does not know: a newer one made it; upgrade Causeway"])
    if now != known.get_current_head():
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def revision_of(connection: Connection) -> str | None:
    """The revision the database stands at; None when it has no mark of ours."""
    if MARK not in _tables(connection):
        return None
    return MigrationContext.configure(connection, opts={"version_table": MARK}).get_current_revision()


def _tables(connection: Connection) -> set[str]:
    found = inspect(connection)
    return {*found.get_table_names(), *found.get_view_names()}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
