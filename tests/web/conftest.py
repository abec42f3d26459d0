"""The real server over a data folder of its own, without torch and without the demo."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.bootstrap import Application, build_application
from app.settings import Settings
from tests.api_record import be_patient, caller_of


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """One application per test module; its worker sweeps only when asked to."""
    folder: Path = tmp_path_factory.mktemp("data")
    settings = Settings(
        data=folder, lite=True, demo=False, sweep_seconds=3600, max_body_bytes=1_000_000, max_upload_bytes=2_000_000
    )
    yield be_patient(build_application(settings))


@pytest.fixture(scope="module")
def client(application: Application) -> Iterator[TestClient]:
    """A caller on this machine, each of whose answers is held to the OpenAPI document; leaving it stops the
    application.
    """
    with caller_of(application) as caller:
        yield caller
