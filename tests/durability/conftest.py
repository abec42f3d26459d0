"""What the durability tests share: a nursery, the trial configuration, and places to live in on both databases."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from app.bootstrap import build_application
from app.settings import Settings
from tests.durability.fork_server import Nursery
from tests.durability.worker_driver import Place
from tests.durability.world import config_folder

Places = Callable[[], Place]


@pytest.fixture(scope="session")
def trial_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration of the trials."""
    return config_folder(tmp_path_factory.mktemp("trial") / "config")


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data folder, and the anchor beside it, as the product leaves them after its first start: made
    once, copied for each test that wants one.
    """
    folder = tmp_path_factory.mktemp("furnished")
    build_application(Settings(data=folder / "data", lite=True, demo=False, log_level="ERROR")).stop()
    return folder


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory, trial_config: Path) -> Iterator[Nursery]:
    """A parent that is ready to raise children."""
    with Nursery(tmp_path_factory.mktemp("nursery") / "log.txt", trial_config) as parent:
        yield parent


@pytest.fixture(params=["sqlite", "postgres"])
def places(request: pytest.FixtureRequest, tmp_path: Path, trial_config: Path) -> Places:
    """Makes empty places on one of the databases."""
    numbers = count(1)
    server = request.getfixturevalue("postgres_server") if request.param == "postgres" else None

    def make() -> Place:
        folder = tmp_path / f"place{next(numbers)}"
        folder.mkdir()
        if server is None:
            return Place(folder, trial_config)
        from tests.conftest import new_database

        return Place(folder, trial_config, new_database(server))

    return make
