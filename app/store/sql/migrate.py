"""Bringing a database up to date: an empty one is made, an older one of ours upgraded, anything else refused with a
sentence.
"""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, inspect

from app.domain.errors import BadConfig

MARK = "causeway_revision"
"""The table that holds the revision: it marks a database as ours."""
HEAD = "head"


def upgrade_to(connection: Connection, to: str = HEAD) -> bool:
    """Upgrade within the running transaction, so that a failed upgrade leaves the database as it was; whether anything
    changed.

    `to` is a revision on the way, for a backup that is loaded as it was made.
    """
    config = _alembic_config()
    known = _script_directory()
    now = revision_of(connection)
    if now is None and tables_of(connection):
        raise BadConfig(
            [
                "this database holds tables that Causeway did not make; it is left as it is: give Causeway a database"
                " of its own"
            ]
        )
    if now is not None and now not in {script.revision for script in known.walk_revisions()}:
        raise BadConfig(
            [
                f"this database is of revision {now}, which this version of Causeway does not know: a newer one made"
                " it; upgrade Causeway"
            ]
        )
    if now == known.get_current_head():
        return False
    config.attributes["connection"] = connection
    command.upgrade(config, to)
    return True


def revision_of(connection: Connection) -> str | None:
    """The revision the database stands at; None when it has no mark of ours."""
    if MARK not in tables_of(connection):
        return None
    return MigrationContext.configure(connection, opts={"version_table": MARK}).get_current_revision()


def list_revisions() -> list[str]:
    """Every revision this program knows, the oldest first."""
    return [
        script.revision for script in reversed(list(ScriptDirectory.from_config(_alembic_config()).walk_revisions()))
    ]


def write_revision(title: str) -> Path:
    """A new revision with the next number, for a contributor to fill in; where it is."""
    number = f"{int(list_revisions()[-1]) + 1:04d}"
    written = command.revision(_alembic_config(), message=title, rev_id=number)
    assert isinstance(written, Script)
    return Path(written.path)


def tables_of(connection: Connection) -> set[str]:
    """The names of all tables and views."""
    found = inspect(connection)
    return {*found.get_table_names(), *found.get_view_names()}


@cache
def _script_directory() -> ScriptDirectory:
    """The revisions this program came with: they are read once."""
    return ScriptDirectory.from_config(_alembic_config())


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations").replace("%", "%%"))
    return config
