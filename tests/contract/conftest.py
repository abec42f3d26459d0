"""Every backend of the store: a test that takes `store` runs once on each. Another database is one more entry."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.ports import Store
from app.store.engine import open_store, sqlite_url
from app.store.memory import MemoryStore
from tests.builders import make_tenant

BACKENDS: dict[str, Callable[[Path], Store]] = {
    "memory": lambda folder: MemoryStore(),
    "sqlite": lambda folder: open_store(sqlite_url(folder / "store.db")),
}


@pytest.fixture(params=sorted(BACKENDS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = BACKENDS[request.param](tmp_path)
    opened.put_tenant(make_tenant("demo"))
    opened.put_tenant(make_tenant("other"))
    yield opened
    opened.close()
