"""Every backend of the store: a test that takes `store` runs once on each. Another database is one more entry."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.ports import Store
from app.store.engine import open_store, sqlite_url
from app.store.memory import MemoryStore
from tests.builders import make_tenant


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at this program's revision: migrated once, copied for each test."""
    path = tmp_path_factory.mktemp("migrated") / "store.db"
    open_store(sqlite_url(path)).close()
    return path


def _memory(folder: Path, migrated: Path) -> Store:
    return MemoryStore()


def _sqlite(folder: Path, migrated: Path) -> Store:
    shutil.copy(migrated, folder / "store.db")
    return open_store(sqlite_url(folder / "store.db"))


BACKENDS: dict[str, Callable[[Path, Path], Store]] = {"memory": _memory, "sqlite": _sqlite}


@pytest.fixture(params=sorted(BACKENDS))
def store(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path) -> Iterator[Store]:
    """A store with the tenants demo and other."""
    opened = BACKENDS[request.param](tmp_path, migrated)
    opened.put_tenant(make_tenant("demo"))
    opened.put_tenant(make_tenant("other"))
    yield opened
    opened.close()
