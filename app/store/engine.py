"""The store over SQLAlchemy: how a database is opened, brought up to date, written by one transaction at a time, and read in one view.

What differs between the databases stands in sqlite.py and postgres.py and nowhere else.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.domain.errors import BadConfig, Temporary
from app.domain.tenants import KillSwitch, Scope, Tenant
from app.domain.work import ConfigVersion
from app.ports import Anchor, Session
from app.store import config, controls, migrate, tenants
from app.store.anchor import vouch
from app.store.lock import DataLock
from app.store.postgres import EVERY_TENANT, Postgres
from app.store.session import SqlSession
from app.store.sqlite import Sqlite
from app.store.turnstile import Turnstiles

BUSY_SECONDS = 30.0
KINDS: dict[str, type[Sqlite] | type[Postgres]] = {"sqlite": Sqlite, "postgresql": Postgres, "postgres": Postgres}


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def open_store(url: str, *, lock: DataLock | None = None, busy_seconds: float = BUSY_SECONDS, anchor: Anchor | None = None) -> "SqlStore":
    """Open a database and bring it up to date; BadConfig with a sentence when it is not ours, or newer than this program.

    `lock` is a held lock on the data folder, which the store lets go when it closes. `anchor` vouches for every chain's head.
    """
    kind = kind_of(url, busy_seconds)
    kind.prepare()
    store = SqlStore(kind, patience=busy_seconds, lock=lock, anchor=anchor)
    try:
        store.upgrade()
    except Temporary:
        store.close()
        raise
    except DatabaseError as failure:
        store.close()
        raise BadConfig([f"{kind.place} cannot be opened as a {store.dialect} database: {failure.orig}"]) from failure
    except BaseException:
        store.close()
        raise
    return store


class SqlStore:
    """The Store port over a database; made by open_store."""

    def __init__(self, kind: Sqlite | Postgres, *, patience: float, lock: DataLock | None, anchor: Anchor | None) -> None:
        self.writing = kind.writing()
        self.reading = kind.reading()
        self.dialect = self.reading.dialect.name
        self._kind = kind
        self._turnstiles = Turnstiles(patience, shared=kind.one_writer)
        self._lock = lock
        self._anchor = anchor
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
            return tenants.every(connection)

    def tenant(self, tenant_id: str) -> Tenant:
        """One tenant; NotFound otherwise."""
        with self._view(EVERY_TENANT) as connection:
            return tenants.one(connection, tenant_id)

    def put_tenant(self, tenant: Tenant) -> None:
        """Insert or replace a tenant."""
        with self._turnstiles.turn(tenant.id), self._transaction(tenant.id) as connection:
            tenants.put(connection, tenant)

    def kill_switch(self) -> KillSwitch:
        """The switch for every tenant."""
        with self._view(EVERY_TENANT) as connection:
            return controls.everywhere(connection)

    def set_kill_switch(self, switch: KillSwitch) -> None:
        """Turn the switch for every tenant."""
        with self._turnstiles.turn(EVERY_TENANT), self._transaction(EVERY_TENANT) as connection:
            controls.set_everywhere(connection, switch)

    def config_versions(self) -> list[ConfigVersion]:
        """Every version that was ever loaded, oldest first."""
        with self._view(EVERY_TENANT) as connection:
            return config.every(connection)

    def policies_in_force(self) -> str | None:
        """The version of the newest policies that were loaded; None before the first."""
        with self._view(EVERY_TENANT) as connection:
            return config.policies_in_force(connection)

    def record_config(self, loaded: Sequence[ConfigVersion]) -> list[ConfigVersion]:
        """Keep those that differ from the newest of their kind and name."""
        with self._turnstiles.turn(EVERY_TENANT), self._transaction(EVERY_TENANT) as connection:
            return config.record(connection, loaded)

    def health(self) -> dict[str, Any]:
        """What /health/db shows; an unreachable database is an answer, not an error."""
        try:
            with self._view(EVERY_TENANT) as connection:
                return {"dialect": self.dialect, "reachable": True, "revision": migrate.revision_of(connection), **self._kind.traits(connection)}
        except (Temporary, SQLAlchemyError) as failure:
            return {"dialect": self.dialect, "reachable": False, "revision": None, "version": None, "error": type(failure).__name__}

    def everything(self) -> AbstractContextManager[Connection]:
        """One consistent view of the rows of all tenants, for a backup."""
        return self._view(EVERY_TENANT)

    def upgrade(self) -> None:
        """Bring the database to this program's revision, in one transaction that keeps other processes out."""
        with self._turnstiles.turn(EVERY_TENANT), answering("write"), self.writing.connect() as connection, connection.begin():
            self._kind.claim_schema(connection)
            if migrate.upgrade(connection):
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
            vouch(self._anchor, scope.tenant_id, session.head)

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
        self._check_open()
        with answering("write"), self.writing.connect() as connection, connection.begin():
            self._kind.enter(connection, tenant_id, write=True)
            yield connection

    @contextmanager
    def _view(self, tenant_id: str) -> Iterator[Connection]:
        self._check_open()
        with answering("read"), self.reading.connect() as connection, connection.begin():
            self._kind.enter(connection, tenant_id, write=False)
            yield connection

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("the store is closed")


@contextmanager
def answering(deed: str) -> Iterator[None]:
    """A database that is busy, full or gone is Temporary, with the cause kept for the log."""
    try:
        yield
    except (OperationalError, InterfaceError, InternalError) as failure:
        raise Temporary(f"the store cannot {deed} now: {str(failure.orig).splitlines()[0]}", delay=1.0) from failure
    except PoolTimeout as failure:
        raise Temporary(f"the store cannot {deed} now: all its connections are in use", delay=1.0) from failure


def kind_of(url: str, busy_seconds: float = BUSY_SECONDS) -> Sqlite | Postgres:
    """What kind of database a URL names; BadConfig with a sentence when it is none of ours."""
    try:
        target = make_url(url)
    except ArgumentError as wrong:
        raise BadConfig(["the database URL cannot be read; an example is sqlite:////var/lib/causeway/store.db"]) from wrong
    kind = KINDS.get(target.drivername.partition("+")[0])
    if kind is None:
        raise BadConfig([f"the store is kept in SQLite or PostgreSQL; {target.get_backend_name()} is not supported"])
    return kind(target, busy_seconds)
