"""Where bookmarks are kept: a SQLite file of their own, or a schema of their own on PostgreSQL. Lost, they are redrawn
from the store.

A file that was deleted, replaced or damaged while it was in use is set aside and made anew at once, and the vital signs
tell of it.
"""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias, cast

import psycopg
import psycopg_pool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from app.domain.errors import BadConfig, Temporary, Unavailable
from app.process import private_files
from app.process.held_file import LEAST_ROOM, HeldFile

Bookmarks: TypeAlias = BaseCheckpointSaver[Any]
"""Whatever keeps them."""
SCHEMA = "causeway_checkpoints"
CONNECTIONS = 10
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
CANNOT = "the bookmarks cannot be reached now"
REDRAWN = "nothing is lost: it is made anew, and what stood in it is drawn from the store"
FULL = "free some space on its disk; it goes on by itself"
LOOK = "look whether its disk is full, gone or broken, and whether its folder may be written; it goes on by itself"
HOSTILE = b"\xc7\x14\x01\x93\xa8builtins\xa3len\x91\xa4four"
HOSTILE_RESULT = 4
"""A stored value that asks for builtins.len("four") to be called when it is read."""


def strict_serde() -> JsonPlusSerializer:
    """Plain types only: a checkpoint row somebody edited must not run code."""
    return JsonPlusSerializer(allowed_msgpack_modules=None)


class BookmarkFile(SqliteSaver):
    """The saver over a file that may be lost at any time; made by open_checkpoints."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lost = ""
        self._was_full = False
        self._held, connection = _opened(path)
        super().__init__(connection, serde=strict_serde())
        self._furnish()

    @contextmanager
    def cursor(self, transaction: bool = True) -> Iterator[sqlite3.Cursor]:
        """A cursor on the file that its path names now; what fails leaves no transaction open."""
        self._look()
        try:
            with super().cursor(transaction) as cursor:
                yield cursor
        except sqlite3.Error as failure:
            with self.lock, suppress(sqlite3.Error):
                self.conn.rollback()
            if _code(failure) in DAMAGED:
                self._begin_anew("is damaged")
            self._was_full = self._was_full or _code(failure) == sqlite3.SQLITE_FULL
            raise

    def probe(self) -> None:
        """Write something; Unavailable when that fails, and once for every time the file had to be made anew."""
        self._look()
        lost, self._lost = self._lost, ""
        if lost:
            raise Unavailable(CANNOT, f"their file {lost}", place=str(self._path), remedy=REDRAWN)
        if self._held.is_full():
            self._was_full = True
            raise Unavailable(CANNOT, "their disk is full", place=str(self._path), remedy=FULL)
        with reaching_bookmarks(str(self._path)):
            for filling in ("x" * LEAST_ROOM, "") if self._was_full else ("",):
                with self.cursor() as cursor:
                    cursor.execute(
                        "INSERT OR REPLACE INTO pulse (name, beats, filling) VALUES ('pulse', ?, ?)",
                        (time.monotonic(), filling),
                    )
        self._was_full = False

    def close(self) -> None:
        """Let the file go."""
        self.conn.close()
        self._held.close()

    def _look(self) -> None:
        trouble = self._held.trouble()
        if trouble:
            self._begin_anew(trouble)

    def _begin_anew(self, trouble: str) -> None:
        """Let go of the lost file, and open the one that is there now, if it is one; bookmarks that do not agree with
        the store are redrawn.
        """
        with self.lock:
            self._lost = trouble
            with suppress(sqlite3.Error):
                self.conn.close()
            self._held.close()
            if "damaged" in trouble or "overwritten" in trouble:
                _set_aside(self._path)
            self._held, self.conn = _opened(self._path)
            self.is_setup = False
            self._furnish()

    def _furnish(self) -> None:
        self.setup()
        self.conn.execute("CREATE TABLE IF NOT EXISTS pulse (name TEXT PRIMARY KEY, beats REAL, filling TEXT)")
        self.conn.execute("PRAGMA synchronous=NORMAL")
        private_files.make_shrinkable(self.conn)


def open_checkpoints(path: Path | str) -> SqliteSaver:
    """The checkpoint file: its own SQLite, a bookmark that can be rebuilt from the store, so NORMAL is enough."""
    if isinstance(path, Path):
        with reaching_bookmarks(str(path)):
            return BookmarkFile(path)
    saver = SqliteSaver(sqlite3.connect(path, check_same_thread=False), serde=strict_serde())
    saver.setup()
    return saver


def _opened(path: Path) -> tuple[HeldFile, sqlite3.Connection]:
    """The file and a connection to it; what is there and is no database is set aside."""
    for last in (False, True):
        try:
            private_files.own_file(path)
            held = HeldFile(path)
        except OSError as failure:
            raise Unavailable(
                CANNOT, f"their file cannot be opened: {failure.strerror}", place=str(path), remedy=LOOK
            ) from failure
        connection = sqlite3.connect(str(path), check_same_thread=False, timeout=30)
        try:
            for pragma in ("PRAGMA busy_timeout = 30000", *private_files.PRAGMAS):
                connection.execute(pragma).close()
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            return held, connection
        except sqlite3.DatabaseError as failure:
            connection.close()
            held.close()
            if last or _code(failure) not in DAMAGED:
                raise
            _set_aside(path)
    raise AssertionError("unreachable")


def _set_aside(path: Path) -> None:
    """Keep what is there under another name, so that it can be looked at."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        beside = path.with_name(path.name + suffix)
        with suppress(FileNotFoundError):
            beside.replace(path.with_name(f"{path.name}{suffix}.damaged"))


def _code(failure: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 when the failure has none."""
    return int(getattr(failure, "sqlite_errorcode", 0)) & 0xFF


def probe(saver: Any) -> None:
    """See that bookmarks can be kept; Unavailable with the reason otherwise. On PostgreSQL they lie in the store's own
    database.
    """
    own = getattr(saver, "probe", None)
    if own is not None:
        own()
        return
    with reaching_bookmarks():
        saver.get_tuple({"configurable": {"thread_id": "pulse"}})


def close(saver: Any) -> None:
    """Let go of whatever it keeps open."""
    getattr(saver, "close", saver.conn.close)()


def open_shared_checkpoints(url: str) -> BaseCheckpointSaver[Any]:
    """Checkpoints on PostgreSQL, where any worker can go on with any incident."""
    from langgraph.checkpoint.postgres import PostgresSaver
    from psycopg.rows import dict_row

    plain = "postgresql://" + url.partition("://")[2]
    try:
        with psycopg.connect(plain, autocommit=True, connect_timeout=10) as connection:
            connection.execute("SELECT pg_advisory_lock(hashtext('causeway checkpoints'))")
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            own = {
                "autocommit": True,
                "row_factory": dict_row,
                "options": f"-c search_path={SCHEMA}",
                "prepare_threshold": 0,
            }
            check = psycopg_pool.ConnectionPool.check_connection
            pool = psycopg_pool.ConnectionPool(
                plain, kwargs=own, min_size=1, max_size=CONNECTIONS, open=True, check=check
            )
            saver = PostgresSaver(pool, serde=strict_serde())  # type: ignore[arg-type]
            saver.setup()
    except psycopg.OperationalError as failure:
        raise Temporary(
            f"the database of the checkpoints cannot be reached: {str(failure).splitlines()[0]}"
        ) from failure
    return saver


def thin(saver: BaseCheckpointSaver[Any], thread: str) -> None:
    """Keep the newest checkpoint of a thread with what was written since: a thread goes on from there, and from nowhere
    else.
    """
    if _file_of(saver) is None:
        saver.prune([thread])
        return
    newest = "SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?"
    with cast(SqliteSaver, saver).cursor() as cursor:
        for table in ("writes", "checkpoints"):
            cursor.execute(f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id < ({newest})", (thread, thread))


def tidy_file(saver: BaseCheckpointSaver[Any]) -> None:
    """Fold in the log of the file and give back some of its free pages; a server looks after its own."""
    connection = _file_of(saver)
    if connection is not None:
        with cast(SqliteSaver, saver).lock:
            private_files.tidy(connection)


def _file_of(saver: BaseCheckpointSaver[Any]) -> sqlite3.Connection | None:
    connection = getattr(saver, "conn", None)
    return connection if isinstance(connection, sqlite3.Connection) else None


@contextmanager
def reaching_bookmarks(place: str = "") -> Iterator[None]:
    """Bookmarks that cannot be read or written now are no fault of the incident: it goes on later."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise
    except (
        sqlite3.DatabaseError,
        psycopg.OperationalError,
        psycopg.InterfaceError,
        psycopg_pool.PoolTimeout,
    ) as failure:
        remedy = FULL if isinstance(failure, sqlite3.Error) and _code(failure) == sqlite3.SQLITE_FULL else LOOK
        said = (str(failure).splitlines() or ["no reason was given"])[0]
        raise Unavailable(CANNOT, said, place=place, remedy=remedy, delay=5.0) from failure


def prove_strict(serde: JsonPlusSerializer) -> None:
    """Refuse to start unless a checkpoint that names a callable is read back without calling it."""
    told = logging.getLogger("langgraph.checkpoint.serde.jsonplus")
    usual, told.disabled = told.disabled, True
    read_back = serde.loads_typed(("msgpack", HOSTILE))
    told.disabled = usual
    if read_back == HOSTILE_RESULT:
        raise BadConfig(["checkpoints: the serializer calls what a row names; LANGGRAPH_STRICT_MSGPACK must be true"])
