"""Every backend of the store: a test that takes `store` runs once on each. Another database is one more entry."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.ports.store import Store
from app.store.sql.engine import open_store, sqlite_url
from tests.builders import make_tenant
from tests.conftest import new_database
from tests.postgres import Server


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at this program's revision: migrated once, copied for each test."""
    path = tmp_path_factory.mktemp("migrated") / "store.db"
    open_store(sqlite_url(path)).close()
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres_server: Server) -> str:
    """The name of a PostgreSQL database at this program's revision: migrated once, copied for each test."""
    url = new_database(postgres_server)
    open_store(url).close()
    return url.partition("?")[0].rpartition("/")[2]


def _sqlite(request: pytest.FixtureRequest) -> Store:
    path = request.getfixturevalue("tmp_path") / "store.db"
    shutil.copy(request.getfixturevalue("migrated"), path)
    return open_store(sqlite_url(path))


def _postgres(request: pytest.FixtureRequest) -> Store:
    server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("migrated_database")
    return open_store(new_database(server, template))


BACKENDS: dict[str, Callable[[pytest.FixtureRequest], Store]] = {
    "sqlite": _sqlite,
    "postgres": _postgres,
}


@pytest.fixture(params=sorted(BACKENDS))
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A store with the tenants demo and other."""
    opened = BACKENDS[request.param](request)
    opened.put_tenant(make_tenant("demo"))
    opened.put_tenant(make_tenant("other"))
    yield opened
    opened.close()
