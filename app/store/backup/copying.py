"""A whole store into a file and back: one portable format for both databases, read from one view and loaded in one
transaction.
"""

import math
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Column, Connection, Engine, Table, column, func, inspect, table, type_coerce
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, StatementError
from sqlalchemy.types import TypeDecorator

from app.domain.action_states import ActionStatus
from app.domain.base import JsonObject, Value
from app.domain.errors import BadInput, Conflict
from app.domain.events import Event
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.domain.work import RESTORED, Restoration
from app.ports.store import Store
from app.store import codec
from app.store.backup import archive
from app.store.backup.archive import Backup, ChainHead, Manifest
from app.store.sql import migrate
from app.store.sql.engine import kind_of, open_store
from app.store.sql.failures import answering
from app.store.sql.postgres import EVERY_TENANT, Postgres
from app.store.sql.scope import BATCH, MOST_ROWS
from app.store.sql.session import SqlSession
from app.store.sql.sqlite import Sqlite
from app.store.sql.tables import config_versions, events, leases, metadata, replies, tenants

NOT_RESTORED = frozenset({leases.name, replies.name})
"""Who was at what, and what was just answered: true of the moment of the backup only."""

PERHAPS_SENT = (ActionStatus.PROPOSED, ActionStatus.PENDING, ActionStatus.APPROVED, ActionStatus.SENDING)
"""What may have been sent after the backup was made, and before it was restored."""

CHECKPOINTS = "causeway_checkpoints"
"""The schema of the bookmarks on PostgreSQL: an old one would point into another history."""

Kind = Sqlite | Postgres


class Loaded(Value):
    """What was restored."""

    manifest: Manifest
    revision: str
    heads: dict[str, Event]
    """By tenant, the link that says it was restored: the new end of its chain."""
    perhaps_sent: dict[str, int]


# --- into a file
# ---------------------------------------------------------------------------------------------------------


def dump_store(store: Store, sink: IO[bytes], at: datetime) -> Manifest:
    """Write a backup of everything in the store, as it stands at one moment; the store goes on meanwhile."""
    everything = getattr(store, "everything", None)
    if everything is None:
        raise TypeError(f"{type(store).__name__} cannot be read as a whole")
    with tempfile.TemporaryDirectory(prefix="causeway-backup-") as name:
        folder = Path(name)
        with everything() as connection:
            manifest = Manifest(
                revision=migrate.revision_of(connection) or "",
                dialect=connection.dialect.name,
                created_at=at,
                heads=_read_heads(connection),
                tables={
                    kept.name: archive.spool_table(_table_lines(connection, kept), folder / f"{kept.name}.jsonl")
                    for kept in metadata.sorted_tables
                },
            )
        archive.pack_archive(sink, manifest, folder)
    return manifest


def _table_lines(connection: Connection, kept: Table) -> Iterator[bytes]:
    asked = kept.select().with_only_columns(*(_as_kept(one) for one in kept.c)).order_by(*kept.primary_key.columns)
    for row in connection.execute(asked, execution_options={"yield_per": BATCH}).mappings():
        try:
            yield archive.line_of(dict(row))
        except (TypeError, ValueError) as foreign:
            key = ", ".join(str(row[one.name]) for one in kept.primary_key.columns)
            raise Conflict(
                f"Table {kept.name} cannot be copied: its row {key} holds what is neither text nor number ({foreign})."
            ) from None


def _as_kept(one: Column[Any]) -> Any:
    """A column as the database keeps it: the same text on every database."""
    return type_coerce(one, one.type.impl_instance).label(one.name) if isinstance(one.type, TypeDecorator) else one


def _read_heads(connection: Connection) -> dict[str, ChainHead]:
    """The end of every tenant's chain, and whether the chain holds up to there."""
    ends = events.select().with_only_columns(events.c.tenant_id, func.max(events.c.seq)).group_by(events.c.tenant_id)
    found = {}
    for tenant_id, seq in connection.execute(ends.order_by(events.c.tenant_id)).all():
        last = (
            connection.execute(events.select().where(events.c.tenant_id == tenant_id, events.c.seq == seq))
            .mappings()
            .one()
        )
        checked = SqlSession(connection, Scope(tenant_id=tenant_id), writable=False).events.verify()
        found[tenant_id] = ChainHead(seq=seq, hash=last["hash"], first_bad=checked.first_bad, reason=checked.reason)
    return found


# --- from a file
# -----------------------------------------------------------------------------------------------------------


def load_backup(url: str, file: Path, *, at: datetime) -> Loaded:
    """Fill an empty database from a backup in one transaction: all of it, checked, or nothing.

    It is loaded at the revision it was made at and then brought to this program's. Every chain gets the event
    store.restored, and every tenant the note by which nothing that may have been sent since the backup is sent a second
    time unasked.
    """
    kind = kind_of(url)
    kind.prepare()
    engine = kind.writing()
    try:
        with archive.open_backup(file) as backup:
            refuse_unknown_revision(backup)
            with answering("write"), engine.connect() as connection, connection.begin():
                loaded = _load_into(kind, connection, backup, at)
        _check_file(engine, backup)
        return loaded
    finally:
        engine.dispose()


def refuse_unknown_revision(backup: Backup) -> None:
    """BadInput for a backup that a newer program made."""
    known = migrate.list_revisions()
    if backup.manifest.revision not in known:
        raise BadInput(
            f"This backup is of revision {backup.manifest.revision}, which this version of Causeway (revision"
            f" {known[-1]}) does not know: a newer one made it; upgrade Causeway. Nothing was changed."
        )


def _load_into(kind: Kind, connection: Connection, backup: Backup, at: datetime) -> Loaded:
    _refuse_filled(kind, connection)
    if isinstance(kind, Postgres):
        connection.execute(func.set_config("app.tenant", EVERY_TENANT, True).select())
    kind.claim_schema(connection)
    migrate.upgrade_to(connection, backup.manifest.revision)
    _fill_tables(connection, backup)
    migrate.upgrade_to(connection)
    kind.protect(connection)
    _count_on(kind, connection)
    _check_chains(connection, backup)
    known = connection.execute(tenants.select().with_only_columns(tenants.c.tenant_id)).scalars().all()
    try:
        told = {
            tenant_id: _record_restore(connection, tenant_id, backup.manifest, at)
            for tenant_id in sorted({*known, *backup.manifest.heads})
        }
    except ValueError as foreign:
        raise backup.damaged(f"an action in it cannot be read ({str(foreign).splitlines()[0]})") from None
    return Loaded(
        manifest=backup.manifest,
        revision=str(migrate.revision_of(connection)),
        heads={tenant_id: link for tenant_id, (link, _) in told.items()},
        perhaps_sent={tenant_id: count for tenant_id, (_, count) in told.items()},
    )


def _refuse_filled(kind: Kind, connection: Connection) -> None:
    schemas = inspect(connection).get_schema_names()
    if migrate.tables_of(connection) or CHECKPOINTS in schemas:
        raise Conflict(
            f"The database {kind.place} is not empty; a backup is restored into an empty one. Nothing was changed."
        )


def _fill_tables(connection: Connection, backup: Backup) -> None:
    """Insert every row as it was kept, into the columns of the backup's own revision."""
    shapes = _read_shapes(connection)
    for name, rows in backup.tables():
        shape = shapes.pop(name, None)
        if shape is None:
            raise backup.damaged(f"revision {backup.manifest.revision} has no table {name}")
        for some in _batch_rows(backup, name, shape, rows):
            if name not in NOT_RESTORED:
                _insert_rows(connection, backup, name, some)
    if shapes:
        raise backup.damaged(f"the table {sorted(shapes)[0]} is missing")


def _read_shapes(connection: Connection) -> dict[str, dict[str, tuple[type, bool]]]:
    """Every table with its columns: what each takes, and whether it may be empty."""
    seen = inspect(connection)
    names = [name for name in seen.get_table_names() if name != migrate.MARK]
    return {
        name: {one["name"]: (one["type"].python_type, bool(one["nullable"])) for one in seen.get_columns(name)}
        for name in names
    }


def _batch_rows(
    backup: Backup, name: str, shape: Mapping[str, tuple[type, bool]], rows: Iterator[tuple[int, JsonObject]]
) -> Iterator[list[JsonObject]]:
    batch: list[JsonObject] = []
    for number, row in rows:
        wrong = next((key for key in shape if not _fits_column(row.get(key), *shape[key])), None)
        if row.keys() != shape.keys() or wrong is not None:
            raise backup.damaged(
                f"{name}.jsonl line {number} is no row of that table" + (f": {wrong}" if wrong else "")
            )
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _fits_column(value: Any, kind: type, optional: bool) -> bool:
    """Whether a value is what its column takes: no database turns it into something else unseen."""
    if value is None:
        return optional
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return type(value) is kind


def _insert_rows(connection: Connection, backup: Backup, name: str, rows: Sequence[JsonObject]) -> None:
    into = table(name, *(column(key) for key in rows[0]))
    try:
        connection.execute(into.insert(), rows)
    except OperationalError:
        raise
    except (StatementError, UnicodeError, OverflowError) as refused:
        why = str(getattr(refused, "orig", refused)).splitlines()[0]
        raise backup.damaged(f"{name}.jsonl holds a row its table does not take ({why})") from None


def _count_on(kind: Kind, connection: Connection) -> None:
    """New versions of the configuration are numbered after the restored ones; SQLite does so by itself."""
    last = connection.execute(config_versions.select().with_only_columns(func.max(config_versions.c.seq))).scalar()
    if last is not None and isinstance(kind, Postgres):
        counter = func.pg_get_serial_sequence(config_versions.name, config_versions.c.seq.name)
        connection.execute(func.setval(counter, last).select())


def _check_chains(connection: Connection, backup: Backup) -> None:
    """Each chain ends and holds as it did in the store that was copied."""
    told, found = backup.manifest.heads, _read_heads(connection)
    for tenant_id in sorted({*told, *found}):
        said, is_now = told.get(tenant_id), found.get(tenant_id)
        if said is None or is_now is None:
            raise backup.damaged(f"its manifest and its events do not name the same tenants: {tenant_id}")
        if (said.seq, said.hash, said.first_bad) != (is_now.seq, is_now.hash, is_now.first_bad):
            how = is_now.reason or f"it ends at link {is_now.seq}"
            raise backup.damaged(f"the chain of tenant {tenant_id} is not the one its manifest tells of: {how}")


def _record_restore(connection: Connection, tenant_id: str, manifest: Manifest, at: datetime) -> tuple[Event, int]:
    """Write into a tenant's chain that it was restored, and the note by which whatever may have been sent since is
    looked up first.
    """
    session = SqlSession(connection, Scope(tenant_id=tenant_id, principal=LOCAL_ADMIN), writable=True)
    head = manifest.heads.get(tenant_id)
    waiting = len(session.actions.page(statuses=PERHAPS_SENT, limit=MOST_ROWS))
    session.notes.put(RESTORED, Restoration(at=at, backup_at=manifest.created_at).plain())
    told: codec.Columns = {"backup_at": manifest.created_at, "head": head.seq if head else 0, "perhaps_sent": waiting}
    return session.events.append("store.restored", "store", told, at=at), waiting


# --- files
# -----------------------------------------------------------------------------------------------------------------


def file_of(url: str) -> Path | None:
    """The file a URL names; None where a server keeps the data."""
    target = make_url(url)
    return Path(str(target.database)) if target.get_backend_name() == "sqlite" else None


def find_file_faults(connection: Connection, most: int = 20) -> list[str]:
    """What SQLite finds wrong with its own file: damaged pages, and rows that refer to nothing. Empty for a server's
    database.
    """
    if connection.dialect.name != "sqlite":
        return []
    found = [str(row[0]) for row in connection.exec_driver_sql(f"PRAGMA integrity_check({most})") if row[0] != "ok"]
    orphans = [
        f"a row of {row[0]} refers to no row of {row[2]}"
        for row in connection.exec_driver_sql("PRAGMA foreign_key_check")
    ]
    return (found + orphans)[:most]


def examine_store(store: Store) -> list[str]:
    """What is wrong with the store's own file, read beside its writers."""
    everything = getattr(store, "everything", None)
    if everything is None:
        return []
    with everything() as connection:
        return find_file_faults(connection)


def fold_wal(path: Path) -> None:
    """Bring what stands in the write-ahead log into the database file itself, so that the file alone is the store."""
    with closing(sqlite3.connect(path)) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise Conflict(f"{path} is in use by another program.")


def _check_file(engine: Engine, backup: Backup) -> None:
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection, connection.begin():
        wrong = find_file_faults(connection)
    if wrong:
        raise backup.damaged(f"loaded, it does not hold together: {wrong[0]}")


@contextmanager
def synced_folder(folder: Path) -> Iterator[None]:
    """Whatever is renamed within a block is on the disk when it ends."""
    yield
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- revisions
# ---------------------------------------------------------------------------------------------------------------


def upgrade_database(url: str) -> tuple[str | None, str]:
    """Make or upgrade a database; the revision it stood at before (None when it was empty), and the one it stands at
    now.
    """
    before = read_revision(url)
    open_store(url).close()
    return before, str(read_revision(url))


def read_revision(url: str) -> str | None:
    """The revision a database stands at; None when it is empty or not ours. Nothing is made or changed."""
    place = file_of(url)
    if place is not None and not place.exists():
        return None
    engine = kind_of(url).reading()
    try:
        with answering("read"), engine.connect() as connection, connection.begin():
            return migrate.revision_of(connection)
    finally:
        engine.dispose()


def newest_revision() -> str:
    """The revision of this program."""
    return migrate.list_revisions()[-1]


def stamp_revision(title: str) -> Path:
    """A new revision for a contributor to fill in; where it is."""
    return migrate.write_revision(title)
