"""What only SQLite needs: one writing connection, BEGIN IMMEDIATE, the pragmas of a store that must not
lose a commit.
"""

import sqlite3
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, text, update
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.util import LRUCache

from app.domain.base import Json
from app.domain.errors import BadConfig, Unavailable
from app.process import private_files
from app.process.held_file import HeldFile
from app.store.sql import failures
from app.store.sql.heads import replaced
from app.store.sql.tables import leases

OLDEST_SQLITE = (3, 35, 0)
"""The first that can say which rows an insert really added."""

WRITERS_KILOBYTES = 64_000
"""The ids of signals come in no order: the pages of their index that do not fit in here are read again and again."""

REMEMBERED_STATEMENTS = 1_000
"""So many statements stay spelled out."""

READERS = 64
"""At least as many as a server has threads: a reader never waits for another reader."""


class Sqlite:
    """One file, one writing process, one writer at a time in it."""

    one_writer = True
    lasting = True
    """Whether a commit must outlive a machine that loses power."""

    def __init__(self, url: URL, busy_seconds: float) -> None:
        self.place = str(url.database)
        self._url = url
        self._busy = busy_seconds
        self._file: HeldFile | None = None

    def prepare(self) -> None:
        """Refuse what cannot be a store, and make the folder."""
        if not self._url.database or self._url.database == ":memory:":
            raise BadConfig(["the database URL names no file; an example is sqlite:////var/lib/causeway/store.db"])
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise BadConfig(
                [f"SQLite {sqlite3.sqlite_version} is too old; {'.'.join(map(str, OLDEST_SQLITE))} or newer is needed"]
            )
        try:
            private_files.own_folder(Path(self._url.database).parent)
            private_files.own_file(Path(self._url.database))
        except OSError as failure:
            raise BadConfig([f"{self._url.database} cannot be made: {failure.strerror}"]) from failure

    def hold(self) -> HeldFile | None:
        """The file, made where there is none, and kept open to see what becomes of it."""
        try:
            self._file = HeldFile(Path(self.place))
            return self._file
        except OSError as failure:
            raise Unavailable(
                "the store cannot be opened", str(failure.strerror), place=self.place, remedy=failures.ELSE
            ) from failure

    @contextmanager
    def looking(self, reading: Engine) -> Iterator[Connection]:
        """A connection that has read nothing yet: one of the pool may answer from its memory."""
        fresh = self._engine(begin="BEGIN", query_only=True, connections=1)
        try:
            with fresh.connect() as connection:
                yield connection
        finally:
            fresh.dispose()

    def writing(self) -> Engine:
        """The engine of writing transactions."""
        return self._engine(begin="BEGIN IMMEDIATE", query_only=False, connections=1)

    def reading(self) -> Engine:
        """The engine of views: it cannot write."""
        return self._engine(begin="BEGIN", query_only=True, connections=READERS)

    def enter(self, connection: Connection, tenant_id: str, *, write: bool) -> None:
        """Nothing to do: BEGIN IMMEDIATE has the lock, and the tenant is in every statement."""

    def claim_schema(self, connection: Connection) -> None:
        """Nothing to do: BEGIN IMMEDIATE keeps others out while the schema changes."""

    def protect(self, connection: Connection) -> None:
        """Nothing to do: the guards are made by the migrations."""

    def take_over(self, connection: Connection) -> None:
        """Whoever held a lease is gone, since the lock of the folder is ours: its work can go on at once."""
        connection.execute(update(leases).values(until=0.0))

    def settle(self, writing: Engine) -> None:
        """Once it is known to be ours: a file that an older version made can give back its free pages from now on."""
        with _outside_of_transactions(writing) as connection:
            private_files.make_shrinkable(connection)

    def tidy(self, writing: Engine) -> None:
        """Fold in the log, give back some free pages."""
        with _outside_of_transactions(writing) as connection:
            private_files.tidy(connection)

    def traits(self, connection: Connection) -> dict[str, Json]:
        """What /health/db says about this database."""
        version = connection.execute(text("SELECT sqlite_version()")).scalar_one()
        return {"version": version, "journal_mode": connection.execute(text("PRAGMA journal_mode")).scalar_one()}

    def _connected(self) -> sqlite3.Connection:
        """A new connection, never to another file than the one that is held: SQLite alone would make one where it is
        missing.
        """
        trouble = self._file.trouble() if self._file is not None else ""
        if trouble:
            raise replaced(trouble, self.place)
        mode = "rwc" if self._file is None else "rw"
        place = f"{Path(self.place).absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(place, uri=True, check_same_thread=False, timeout=self._busy, isolation_level=None)

    def _engine(self, *, begin: str, query_only: bool, connections: int) -> Engine:
        dialect, compiled = _spoken()
        creator: Any = self._connected
        pool = QueuePool(creator, pool_size=connections, max_overflow=0, timeout=self._busy, dialect=dialect)
        engine = Engine(pool, dialect, self._url, execution_options={"compiled_cache": compiled})
        pragmas = _pragma_statements(query_only=query_only, busy_seconds=self._busy, lasting=self.lasting)

        @event.listens_for(engine, "connect")
        def _prepare(connection: sqlite3.Connection, _record: object) -> None:
            connection.isolation_level = None
            for pragma in pragmas:
                connection.execute(pragma).close()

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            driven = connection.connection.driver_connection
            assert isinstance(driven, sqlite3.Connection)
            try:
                driven.execute(begin).close()
            except sqlite3.Error as refused:
                raise OperationalError(begin, None, refused) from refused

        return engine


@cache
def _spoken() -> tuple[Dialect, MutableMapping[Any, Any]]:
    """How a SQLite is spoken to, and the statements that were spelled for it: a statement is spelled once in a process,
    however many files it opens.
    """
    engine = create_engine("sqlite://")
    engine.connect().close()
    engine.dispose()
    return engine.dialect, LRUCache(REMEMBERED_STATEMENTS)


@contextmanager
def _outside_of_transactions(writing: Engine) -> Iterator[sqlite3.Connection]:
    """The one connection that writes, as the driver has it."""
    borrowed = writing.raw_connection()
    try:
        connection = borrowed.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        yield connection
    finally:
        borrowed.close()


def _pragma_statements(*, query_only: bool, busy_seconds: float, lasting: bool) -> list[str]:
    shared = [
        f"PRAGMA busy_timeout = {int(busy_seconds * 1000)}",
        "PRAGMA foreign_keys = ON",
        "PRAGMA mmap_size = 0",
        "PRAGMA trusted_schema = OFF",
    ]
    own = (
        ["PRAGMA query_only = ON"]
        if query_only
        else [
            *private_files.PRAGMAS,
            "PRAGMA journal_mode = WAL",
            f"PRAGMA synchronous = {'FULL' if lasting else 'OFF'}",
            f"PRAGMA cache_size = -{WRITERS_KILOBYTES}",
        ]
    )
    return shared + own
