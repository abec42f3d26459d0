"""The queries of older systems, as they were written: a person's own SELECT over four views of one tenant.

It reads only. On SQLite the plain names are views of this connection, which hide the tables, and nothing else can be
named; on PostgreSQL they stand in the schema `reports`, and the session sees one tenant's rows.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from app.domain.errors import BadInput, NotFound
from app.store.sql.postgres import Postgres

VIEWS: Final = ("incidents", "healing_actions", "config_history", "memory_chunks")
MOST_ROWS: Final = 10_000
BUSY_SECONDS: Final = 30.0
_ALLOWED: Final = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})


class Rows(NamedTuple):
    """What a query gave."""

    names: list[str]
    rows: list[tuple[Any, ...]]


def run_query(url: str, tenant_id: str, query: str) -> Rows:
    """The first rows of a query over the views of one tenant; BadInput with the database's own words when it is
    wrong.
    """
    asked = make_url(url)
    try:
        if asked.get_backend_name() == "sqlite":
            return _query_file(Path(str(asked.database)), tenant_id, query)
        return _query_server(Postgres(asked, BUSY_SECONDS), tenant_id, query)
    except (sqlite3.Error, sqlite3.Warning, SQLAlchemyError) as wrong:
        said = str(getattr(wrong, "orig", None) or wrong).strip().splitlines()[0]
        raise BadInput(f"the query was not run: {said}; it may read {', '.join(VIEWS)}") from wrong


def _query_file(path: Path, tenant_id: str, query: str) -> Rows:
    if not path.exists():
        raise NotFound(f"there is no store at {path} yet")
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as connection:
        own = tenant_id.replace("'", "''")
        for name in VIEWS:
            connection.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM reports_{name} WHERE tenant_id = '{own}'")
        connection.set_authorizer(_authorize)
        cursor = connection.execute(query)
        return Rows([one[0] for one in cursor.description or ()], cursor.fetchmany(MOST_ROWS))


def _authorize(what: int, _first: str | None, _second: str | None, place: str | None, view: str | None) -> int:
    """Reading, and of the store itself only through a view."""
    if what == sqlite3.SQLITE_READ:
        return sqlite3.SQLITE_OK if view or place != "main" else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if what in _ALLOWED else sqlite3.SQLITE_DENY


def _query_server(server: Postgres, tenant_id: str, query: str) -> Rows:
    engine = server.reading()
    try:
        with engine.connect() as connection:
            server.enter(connection, tenant_id, write=False)
            connection.exec_driver_sql("SET LOCAL search_path = reports")
            answer = connection.exec_driver_sql(query.replace("%", "%%"))
            if not answer.returns_rows:
                return Rows([], [])
            return Rows(list(answer.keys()), [tuple(row) for row in answer.fetchmany(MOST_ROWS)])
    finally:
        engine.dispose()
