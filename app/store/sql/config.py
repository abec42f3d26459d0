"""The versions of the configuration that were loaded, of no tenant: the newest of a kind and name is in force."""

from collections.abc import Sequence

from sqlalchemy import Connection

from app.domain.work import ConfigVersion
from app.store import codec, transitions
from app.store.sql.scope import Installation
from app.store.sql.tables import config_versions

_COLUMNS = tuple(config_versions.c[name] for name in ConfigVersion.model_fields)


def list_versions(connection: Connection) -> list[ConfigVersion]:
    """Every version that was ever loaded, oldest first."""
    rows = Installation(connection)
    found = rows.run(rows.select(config_versions, *_COLUMNS).order_by(config_versions.c.seq))
    return [ConfigVersion.model_validate(dict(row._mapping)) for row in found]


def versions_in_force(connection: Connection) -> dict[tuple[str, str], str]:
    """By kind and name, the newest version that was loaded; what it says is not read for that."""
    rows = Installation(connection)
    named = (config_versions.c.kind, config_versions.c.name, config_versions.c.version)
    found = rows.run(rows.select(config_versions, *named).order_by(config_versions.c.seq))
    return {(row.kind, row.name): row.version for row in found}


def policies_in_force(connection: Connection) -> str | None:
    """The version of the newest policies that were loaded."""
    rows = Installation(connection)
    newest = rows.select(config_versions, config_versions.c.version).where(
        config_versions.c.kind == transitions.POLICIES
    )
    found: str | None = rows.run(newest.order_by(config_versions.c.seq.desc()).limit(1)).scalar()
    return found


def record_versions(connection: Connection, loaded: Sequence[ConfigVersion]) -> list[ConfigVersion]:
    """Keep those that differ from the newest of their kind and name; from now on they are in force. Those that were
    new.
    """
    fresh = [codec.to_columns(one) for one in transitions.changed_versions(versions_in_force(connection), loaded)]
    Installation(connection).insert(config_versions, fresh)
    return [ConfigVersion.model_validate(one) for one in fresh]
