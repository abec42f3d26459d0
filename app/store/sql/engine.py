"""The store over SQLAlchemy: how a database is opened, brought up to date, written by one transaction at a time, and
read in one view.

What differs between the databases stands in sqlite.py and postgres.py and nowhere else.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from app.domain.base import Json
from app.domain.errors import BadConfig, CausewayError, Temporary, Unavailable
from app.domain.tenants import KillSwitch, Scope, Tenant
from app.domain.work import ConfigVersion
from app.ports.record import Anchor
from app.ports.store import Session
from app.process.held_file import HeldFile
from app.process.vital_signs import Part, VitalSigns, trouble_of
from app.store.audit.anchor import anchor_head
from app.store.event_lines import log_events
from app.store.sql import config, controls, failures, migrate, tenants
from app.store.sql.failures import answering
from app.store.sql.folder_lock import FolderLock
from app.store.sql.heads import Heads, replaced, set_back
from app.store.sql.postgres import EVERY_TENANT, Postgres
from app.store.sql.session import SqlSession
from app.store.sql.sqlite import Sqlite
from app.store.write_lock import WriteLocks

BUSY_SECONDS = 30.0
IDLE_SECONDS = 3.0
"""A store that committed something within this time need not be probed for writing."""

ROOM = 1_000_000
"""What must fit before a disk that was full counts as one that is not."""

PULSE = "pulse"
"""The row of the installation that a probe writes."""

KINDS: dict[str, type[Sqlite] | type[Postgres]] = {"sqlite": Sqlite, "postgresql": Postgres, "postgres": Postgres}


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def open_store(
    url: str,
    *,
    lock: FolderLock | None = None,
    busy_seconds: float = BUSY_SECONDS,
    anchor: Anchor | None = None,
    vitals: VitalSigns | None = None,
) -> "SqlStore":
    """Open a database and bring it up to date; BadConfig with a sentence when it is not ours, or newer than this
    program.

    `lock` is a held lock on the data folder, which the store lets go when it closes. `anchor` vouches for every chain's
    head. `vitals` are told how reading and writing go.
    """
    kind = kind_of(url, busy_seconds)
    kind.prepare()
    file = kind.hold()
    try:
        if lock is not None and file is not None:
            lock.cover(file)
        store = SqlStore(kind, patience=busy_seconds, lock=lock, file=file, anchor=anchor, vitals=vitals)
    except BaseException:
        if file is not None:
            file.close()
        raise
    try:
        store.upgrade()
        store.remember()
    except Unavailable as failure:
        store.close()
        if failures.is_damage(failure):
            detail = (
                f"{kind.place} cannot be opened as a {store.dialect} database: {failure.cause}. To go on,"
                f" {failures.RESTORE}"
            )
            raise BadConfig([detail]) from failure
        raise
    except BaseException:
        store.close()
        raise
    return store


class SqlStore:
    """The Store port over a database; made by open_store."""

    def __init__(
        self,
        kind: Sqlite | Postgres,
        *,
        patience: float,
        lock: FolderLock | None,
        file: HeldFile | None,
        anchor: Anchor | None,
        vitals: VitalSigns | None,
    ) -> None:
        self.writing = kind.writing()
        self.reading = kind.reading()
        self.dialect = self.reading.dialect.name
        self._kind = kind
        self._turnstiles = WriteLocks(patience, shared=kind.one_writer)
        self._lock = lock
        self._file = file
        self._anchor = anchor
        self._vitals = vitals or VitalSigns()
        self._heads = Heads()
        self._lost = ""
        self._was_full = False
        self._committed_at = 0.0
        self._closed = False

    def write(self, scope: Scope) -> AbstractContextManager[Session]:
        """A writing transaction: commits when the block ends, rolls back when it raises."""
        return self._written(scope)

    def read(self, scope: Scope) -> AbstractContextManager[Session]:
        """A reading transaction: one consistent view, which cannot write."""
        return self._viewed(scope)

    def tenants(self) -> list[Tenant]:
        """Every tenant, by id."""
        with self._view(EVERY_TENANT) as connection:
            return tenants.list_tenants(connection)

    def tenant(self, tenant_id: str) -> Tenant:
        """One tenant; NotFound otherwise."""
        with self._view(EVERY_TENANT) as connection:
            return tenants.read_tenant(connection, tenant_id)

    def put_tenant(self, tenant: Tenant) -> None:
        """Insert or replace a tenant."""
        with self._turnstiles.turn(tenant.id), self._transaction(tenant.id) as connection:
            tenants.put_tenant_row(connection, tenant)

    def kill_switch(self) -> KillSwitch:
        """The switch for every tenant."""
        with self._view(EVERY_TENANT) as connection:
            return controls.read_global_switch(connection)

    def set_kill_switch(self, switch: KillSwitch) -> None:
        """Turn the switch for every tenant."""
        with self._turnstiles.turn(EVERY_TENANT), self._transaction(EVERY_TENANT) as connection:
            controls.set_everywhere(connection, switch)

    def config_versions(self) -> list[ConfigVersion]:
        """Every version that was ever loaded, oldest first."""
        with self._view(EVERY_TENANT) as connection:
            return config.list_versions(connection)

    def config_in_force(self) -> Mapping[tuple[str, str], str]:
        """By kind and name, the newest version that was loaded."""
        with self._view(EVERY_TENANT) as connection:
            return config.versions_in_force(connection)

    def policies_in_force(self) -> str | None:
        """The version of the newest policies that were loaded; None before the first."""
        with self._view(EVERY_TENANT) as connection:
            return config.policies_in_force(connection)

    def record_config(self, loaded: Sequence[ConfigVersion]) -> list[ConfigVersion]:
        """Keep those that differ from the newest of their kind and name."""
        with self._turnstiles.turn(EVERY_TENANT), self._transaction(EVERY_TENANT) as connection:
            return config.record_versions(connection, loaded)

    def health(self) -> dict[str, Json]:
        """What /health/db shows; an unreachable database is an answer, not an error."""
        try:
            with self._view(EVERY_TENANT) as connection:
                return {
                    "dialect": self.dialect,
                    "reachable": True,
                    "revision": migrate.revision_of(connection),
                    **self._kind.traits(connection),
                }
        except (Temporary, SQLAlchemyError) as failure:
            error = failure.detail if isinstance(failure, CausewayError) else type(failure).__name__
            return {"dialect": self.dialect, "reachable": False, "revision": None, "version": None, "error": error}

    def probe(self) -> None:
        """See that what was committed is there, and that something can be written; Unavailable with the reason
        otherwise.

        Whatever the outcome, the vital signs are told. A store that is busy writing anyway is not written to for this.
        """
        try:
            with self._vitals.watch(Part.READ):
                self._check_content()
        finally:
            if time.monotonic() - self._committed_at >= IDLE_SECONDS or self._was_full:
                self._write_pulse()

    def remember(self) -> None:
        """Note where every chain ends, as this process found it: what a later look must find again."""
        with self._view(EVERY_TENANT) as connection:
            self._heads.note_all(connection)

    def everything(self) -> AbstractContextManager[Connection]:
        """One consistent view of the rows of all tenants, for a backup."""
        return self._view(EVERY_TENANT)

    def upgrade(self) -> None:
        """Bring the database to this program's revision, in one transaction that keeps other processes out."""
        with (
            self._turnstiles.turn(EVERY_TENANT),
            self._answering("write"),
            self.writing.connect() as connection,
            connection.begin(),
        ):
            self._kind.claim_schema(connection)
            if migrate.upgrade_to(connection):
                self._kind.protect(connection)
            if self._lock is not None:
                self._kind.take_over(connection)
        with self._turnstiles.turn(EVERY_TENANT):
            self._kind.settle(self.writing)

    def tidy(self) -> None:
        """A small piece of work on the database's files; Temporary when it cannot be done now."""
        self._check_open()
        with self._turnstiles.turn(EVERY_TENANT), answering("tidy"):
            self._kind.tidy(self.writing)

    def close(self) -> None:
        """Release connections and the lock on the data folder; nothing is read or written afterwards."""
        self._closed = True
        self.reading.dispose()
        self.writing.dispose()
        if self._file is not None:
            self._file.close()
        if self._lock is not None:
            self._lock.release()

    @contextmanager
    def _written(self, scope: Scope) -> Iterator[Session]:
        with self._turnstiles.turn(scope.tenant_id):
            with self._transaction(scope.tenant_id) as connection:
                session = SqlSession(connection, scope, writable=True)
                try:
                    session.check_fence()
                    yield session
                finally:
                    session.end()
                if session.head is not None and self._heads.is_behind(scope.tenant_id, session.head.seq):
                    self._lost = set_back(session.head.seq, scope.tenant_id)
            if session.head is not None:
                self._heads.note(scope.tenant_id, session.head.seq, session.head.hash)
            anchor_head(self._anchor, scope.tenant_id, session.head)
            log_events(scope.tenant_id, session.events.appended)

    @contextmanager
    def _viewed(self, scope: Scope) -> Iterator[Session]:
        with self._view(scope.tenant_id) as connection:
            session = SqlSession(connection, scope, writable=False)
            try:
                yield session
            finally:
                session.end()

    @contextmanager
    def _transaction(self, tenant_id: str) -> Iterator[Connection]:
        """Commits when the block ends. The file is looked at before anything is written and once more before the
        commit.
        """
        self._check_open()
        with self._answering("write"):
            self._check_place()
            with self.writing.connect() as connection, connection.begin():
                self._kind.enter(connection, tenant_id, write=True)
                yield connection
                self._check_place()
            self._committed_at = time.monotonic()
        self._vitals.well(Part.WRITE)

    @contextmanager
    def _view(self, tenant_id: str) -> Iterator[Connection]:
        self._check_open()
        with self._answering("read"), self.reading.connect() as connection, connection.begin():
            self._kind.enter(connection, tenant_id, write=False)
            yield connection

    @contextmanager
    def _answering(self, deed: str) -> Iterator[None]:
        """What the database says becomes an error of ours, and the vital signs are told."""
        try:
            with answering(deed, self._kind.place):
                yield
        except Unavailable as failure:
            self._was_full = self._was_full or (deed == "write" and failures.is_full(failure))
            self._vitals.ill(Part.WRITE if deed == "write" else Part.READ, trouble_of(failure))
            raise

    def _check_place(self) -> None:
        """Unavailable when the file that is open is not the one that its path names, or does not hold what was
        committed.
        """
        trouble = self._lost or (self._file.trouble() if self._file is not None else "")
        if trouble:
            raise replaced(trouble, self._kind.place)

    def _check_content(self) -> None:
        """The same, and by a connection that has nothing in its memory: the ends of all chains are where this process
        knows them to be.
        """
        self._check_place()
        known = self._heads.known()
        with answering("read", self._kind.place), self._kind.looking(self.reading) as connection, connection.begin():
            self._kind.enter(connection, EVERY_TENANT, write=False)
            self._lost = self._heads.lost(connection, known)
        self._check_place()

    def _write_pulse(self) -> None:
        """A small write, or one of some size where the disk was full: the next signal may be as large. Before that, a
        look at our lock.
        """
        if self._lock is not None:
            with self._answering("write"):
                self._lock.look_again()
        if self._file is not None and self._file.is_full():
            self._was_full = True
            with self._answering("write"):
                raise Unavailable(
                    "the store cannot write now", "its disk is full", place=self._kind.place, remedy=failures.FULL
                )
        for filling in ("x" * ROOM, "") if self._was_full else ("",):
            with self._turnstiles.turn(EVERY_TENANT), self._transaction(EVERY_TENANT) as connection:
                controls.put_pulse(connection, PULSE, {"at": time.monotonic(), "filling": filling})
        self._was_full = False

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("the store is closed")


def kind_of(url: str, busy_seconds: float = BUSY_SECONDS) -> Sqlite | Postgres:
    """What kind of database a URL names; BadConfig with a sentence when it is none of ours."""
    try:
        target = make_url(url)
    except ArgumentError as wrong:
        raise BadConfig(
            ["the database URL cannot be read; an example is sqlite:////var/lib/causeway/store.db"]
        ) from wrong
    kind = KINDS.get(target.drivername.partition("+")[0])
    if kind is None:
        raise BadConfig([f"the store is kept in SQLite or PostgreSQL; {target.get_backend_name()} is not supported"])
    return kind(target, busy_seconds)
