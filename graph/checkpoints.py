"""Where bookmarks are kept: a SQLite file of their own, or a schema of their own on PostgreSQL. Lost, they are redrawn from the store."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import psycopg
import psycopg_pool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from app import files
from app.domain.errors import BadConfig, Temporary

SCHEMA = "causeway_checkpoints"
CONNECTIONS = 10
HOSTILE = b"\xc7\x14\x01\x93\xa8builtins\xa3len\x91\xa4four"
HOSTILE_RESULT = 4
"""A stored value that asks for builtins.len("four") to be called when it is read."""


def strict_serde() -> JsonPlusSerializer:
    """Plain types only: a checkpoint row somebody edited must not run code."""
    return JsonPlusSerializer(allowed_msgpack_modules=None)


def open_checkpoints(path: Path | str) -> SqliteSaver:
    """The checkpoint file: its own SQLite, a bookmark that can be rebuilt from the store, so NORMAL is enough."""
    if isinstance(path, Path):
        files.own_file(path)
    connection = sqlite3.connect(str(path), check_same_thread=False, timeout=30)
    for pragma in ("PRAGMA busy_timeout = 30000", *files.PRAGMAS):
        connection.execute(pragma).close()
    saver = SqliteSaver(connection, serde=strict_serde())
    saver.setup()
    connection.execute("PRAGMA synchronous=NORMAL")
    files.make_shrinkable(connection)
    return saver


def open_shared_checkpoints(url: str) -> BaseCheckpointSaver[Any]:
    """Checkpoints on PostgreSQL, where any worker can go on with any incident."""
    from langgraph.checkpoint.postgres import PostgresSaver
    from psycopg.rows import dict_row

    plain = "postgresql://" + url.partition("://")[2]
    try:
        with psycopg.connect(plain, autocommit=True, connect_timeout=10) as connection:
            connection.execute("SELECT pg_advisory_lock(hashtext('causeway checkpoints'))")
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            own = {"autocommit": True, "row_factory": dict_row, "options": f"-c search_path={SCHEMA}", "prepare_threshold": 0}
            check = psycopg_pool.ConnectionPool.check_connection
            pool = psycopg_pool.ConnectionPool(plain, kwargs=own, min_size=1, max_size=CONNECTIONS, open=True, check=check)
            saver = PostgresSaver(pool, serde=strict_serde())  # type: ignore[arg-type]
            saver.setup()
    except psycopg.OperationalError as failure:
        raise Temporary(f"the database of the checkpoints cannot be reached: {str(failure).splitlines()[0]}") from failure
    return saver


def thin(saver: BaseCheckpointSaver[Any], thread: str) -> None:
    """Keep the newest checkpoint of a thread with what was written since: a thread goes on from there, and from nowhere else."""
    if _file_of(saver) is None:
        saver.prune([thread])
        return
    newest = "SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?"
    with cast(SqliteSaver, saver).cursor() as cursor:
        for table in ("writes", "checkpoints"):
            cursor.execute(f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id < ({newest})", (thread, thread))


def tidy(saver: BaseCheckpointSaver[Any]) -> None:
    """Fold in the log of the file and give back some of its free pages; a server looks after its own."""
    connection = _file_of(saver)
    if connection is not None:
        with cast(SqliteSaver, saver).lock:
            files.tidy(connection)


def _file_of(saver: BaseCheckpointSaver[Any]) -> sqlite3.Connection | None:
    connection = getattr(saver, "conn", None)
    return connection if isinstance(connection, sqlite3.Connection) else None


@contextmanager
def reached() -> Iterator[None]:
    """Bookmarks that cannot be read or written now are no fault of the incident: it goes on later."""
    try:
        yield
    except (sqlite3.OperationalError, psycopg.OperationalError, psycopg.InterfaceError, psycopg_pool.PoolTimeout) as failure:
        raise Temporary(f"the bookmarks cannot be reached now: {failure}", delay=5.0) from failure


def prove_strict(serde: JsonPlusSerializer) -> None:
    """Refuse to start unless a checkpoint that names a callable is read back without calling it."""
    told = logging.getLogger("langgraph.checkpoint.serde.jsonplus")
    usual, told.disabled = told.disabled, True
    read_back = serde.loads_typed(("msgpack", HOSTILE))
    told.disabled = usual
    if read_back == HOSTILE_RESULT:
        raise BadConfig(["checkpoints: the serializer calls what a row names; LANGGRAPH_STRICT_MSGPACK must be true"])
