"""The store over SQLAlchemy: how a database is opened, brought up to date, written by one transaction at a time, and read in one view.

SQLite is the database of this release. What only SQLite needs (pragmas, BEGIN IMMEDIATE) stands here and nowhere else.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.domain.errors import BadConfig, Temporary
from app.domain.tenants import Scope, Tenant
from app.ports import Session
from app.store import migrate, tenants
from app.store.lock import DataLock
from app.store.session import SqlSession
from app.store.turnstile import Turnstile

BUSY_SECONDS = 30.0
OLDEST_SQLITE = (3, 35, 0)
"""The first that can say which rows an insert really added."""

READERS = 64
"""At least as many as a server has threads: a reader never waits for another reader."""


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def open_store(url: str, *, lock: DataLock | None = None, busy_seconds: float = BUSY_SECONDS) -> "SqlStore":
    """Open a database and bring it up to date; BadConfig with a sentence when it is not ours, or newer than this program.

    `lock` is a held lock on the data folder, which the store lets go when it closes.
    """
    target = _checked(url)
    store = SqlStore(
        writing=_engine(target, begin="BEGIN IMMEDIATE", query_only=False, connections=1, busy_seconds=busy_seconds),
        reading=_engine(target, begin="BEGIN", query_only=True, connections=READERS, busy_seconds=busy_seconds),
        patience=busy_seconds,
        lock=lock,
    )
    try:
        store.upgrade()
    except (sqlite3.DatabaseError, DatabaseError) as failure:
        store.close()
        raise BadConfig([f"{target.database} cannot be opened as a SQLite database: {failure}"]) from failure
    except BaseException:
        store.close()
        raise
    return store


class SqlStore:
    """The Store port over a database; made by open_store."""

    def __init__(self, *, writing: Engine, reading: Engine, patience: float, lock: DataLock | None) -> None:
        self._writing = writing
        self._reading = reading
        self._turnstile = Turnstile(patience)
        self._lock = lock
        self._closed = False

    def write(self, scope: Scope) -> AbstractContextManager[Session]:
        """A writing transaction: commits when the block ends, rolls back when it raises."""
        return self._written(scope)

    def read(self, scope: Scope) -> AbstractContextManager[Session]:
        """A reading transaction: one consistent view, which cannot write."""
        return self._viewed(scope)

    def tenants(self) -> list[Tenant]:
        """Every tenant, by id."""
        with self._view() as connection:
            return tenants.every(connection)

    def tenant(self, tenant_id: str) -> Tenant:
        """One tenant; NotFound otherwise."""
        with self._view() as connection:
            return tenants.one(connection, tenant_id)

    def put_tenant(self, tenant: Tenant) -> None:
        """Insert or replace a tenant."""
        with self._transaction() as connection:
            tenants.put(connection, tenant)

    def health(self) -> dict[str, Any]:
        """What /health/db shows; an unreachable database is an answer, not an error."""
        dialect = self._reading.dialect.name
        try:
            with self._view() as connection:
                return {"dialect": dialect, "reachable": True, "revision": migrate.revision_of(connection), **_traits(connection)}
        except (Temporary, SQLAlchemyError) as failure:
            return {"dialect": dialect, "reachable": False, "revision": None, "version": None, "error": type(failure).__name__}

    def upgrade(self) -> None:
        """Bring the database to this program's revision, in one transaction."""
        with self._transaction() as connection:
            migrate.upgrade(connection)

    def close(self) -> None:
        """Release connections and the lock on the data folder; nothing is read or written afterwards."""
        self._closed = True
        self._reading.dispose()
        self._writing.dispose()
        if self._lock is not None:
            self._lock.release()

    @contextmanager
    def _written(self, scope: Scope) -> Iterator[Session]:
        with self._transaction() as connection:
            session = SqlSession(connection, scope, writable=True)
            try:
                yield session
            finally:
                session.end()

    @contextmanager
    def _viewed(self, scope: Scope) -> Iterator[Session]:
        with self._view() as connection:
            session = SqlSession(connection, scope, writable=False)
            try:
                yield session
            finally:
                session.end()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        self._check_open()
        with self._turnstile.turn(), _answering("write"), self._writing.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _view(self) -> Iterator[Connection]:
        self._check_open()
        with _answering("read"), self._reading.connect() as connection, connection.begin():
            yield connection

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("the store is closed")


@contextmanager
def _answering(deed: str) -> Iterator[None]:
    """A database that is busy, full or gone is Temporary, with the cause kept for the log."""
    try:
        yield
    except OperationalError as failure:
        raise Temporary(f"the store cannot {deed} now: {failure.orig}", delay=1.0) from failure
    except PoolTimeout as failure:
        raise Temporary(f"the store cannot {deed} now: all its connections are in use", delay=1.0) from failure


def _checked(url: str) -> URL:
    try:
        target = make_url(url)
    except ArgumentError as wrong:
        raise BadConfig(["the database URL cannot be read; an example is sqlite:////var/lib/causeway/store.db"]) from wrong
    if target.get_backend_name() != "sqlite":
        raise BadConfig([f"this release keeps its store in SQLite; {target.get_backend_name()} is not supported yet"])
    if not target.database or target.database == ":memory:":
        raise BadConfig(["the database URL names no file; an example is sqlite:////var/lib/causeway/store.db"])
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise BadConfig([f"SQLite {sqlite3.sqlite_version} is too old; {'.'.join(map(str, OLDEST_SQLITE))} or newer is needed"])
    try:
        Path(target.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise BadConfig([f"the folder of {target.database} cannot be made: {failure.strerror}"]) from failure
    return target


def _engine(url: URL, *, begin: str, query_only: bool, connections: int, busy_seconds: float) -> Engine:
    """An engine whose connections are set up as rule R-DB says, and whose transactions start with the given word."""
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=busy_seconds,
        connect_args={"check_same_thread": False, "timeout": busy_seconds, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in _pragmas(query_only=query_only, busy_seconds=busy_seconds):
            connection.execute(pragma).close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _pragmas(*, query_only: bool, busy_seconds: float) -> list[str]:
    shared = [f"PRAGMA busy_timeout = {int(busy_seconds * 1000)}", "PRAGMA foreign_keys = ON", "PRAGMA mmap_size = 0", "PRAGMA trusted_schema = OFF"]
    own = ["PRAGMA query_only = ON"] if query_only else ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"]
    return shared + own


def _traits(connection: Connection) -> dict[str, Any]:
    version = connection.execute(text("SELECT sqlite_version()")).scalar_one()
    return {"version": version, "journal_mode": connection.execute(text("PRAGMA journal_mode")).scalar_one()}
