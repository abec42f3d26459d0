"""A real server on a free port for the console to talk to; its worker rests, so that only a test moves it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import streamlit as st
import uvicorn
from starlette.types import ASGIApp
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.api.main import create_app
from app.bootstrap import Application, build_application
from app.console import queries
from app.settings import PROJECT, Settings
from tests.api_record import be_patient
from tests.waiting import wait_until

ENTRY = str(PROJECT / "streamlit_app.py")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP evil.example 127.0.0.1",
]
"""What every Chromium here is started with; evil.example is a foreign name whose address was changed to
this machine.
"""


class Desk:
    """The console in a test: draws pages against the server, and speaks to the server directly where a test needs a
    second operator.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False)

    def get(self, path: str, tenant: str = "demo", **params: Any) -> Any:
        return self.http.get(path, headers={"X-Tenant": tenant}, params=params).raise_for_status().json()

    def post(self, path: str, body: dict[str, Any] | None = None, tenant: str = "demo") -> Any:
        return self.http.post(path, headers={"X-Tenant": tenant}, json=body or {}).raise_for_status().json()

    def open(self, page: str = "", **params: str) -> AppTest:
        drawn = AppTest.from_file(ENTRY, default_timeout=60)
        for name, value in params.items():
            drawn.query_params[name] = value
        if page:
            drawn._page_hash = calc_hash(page)
        return drawn.run()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="session", autouse=True)
def _packages_are_read_once() -> Iterator[None]:
    """Streamlit looks through every installed package for components each time a page is drawn in a test, which takes
    longer than the page.
    """
    found = manifest_scanner.scan_component_manifests()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda: found)
        yield


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The API over a real application in a temporary folder, with the demo's shop broken and its first proposals
    waiting.
    """
    port = free_port()
    settings = Settings(data=tmp_path_factory.mktemp("console"), lite=True, demo=True, api_port=port, demo_speed=60)
    application = be_patient(build_application(settings))
    with serving(application, port):
        yield port
    application.stop()


def as_it_is(served: ASGIApp) -> ASGIApp:
    """Nothing stands between the API and who calls it."""
    return served


@contextmanager
def serving(application: Application, port: int, between: Callable[[ASGIApp], ASGIApp] = as_it_is) -> Iterator[None]:
    """The API of an application on a port, for as long as it lasts, with something in between where a test wants it."""
    served = between(create_app(application))
    config = uvicorn.Config(served, host="127.0.0.1", port=port, log_level="critical", lifespan="off", ws="none")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    wait_until(lambda: running.started, 60, "the API")
    yield
    running.should_exit = True
    thread.join(30)


@pytest.fixture
def desk(server: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("CAUSEWAY_API_PORT", str(server))
    yield from opened(server)


def opened(port: int) -> Iterator[Desk]:
    """A desk whose connections are closed when the test ends."""
    found = Desk(port)
    yield found
    found.http.close()
    queries.api().close()
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        if os.environ.get("CAUSEWAY_REQUIRE_BROWSER"):
            pytest.fail("no Chromium on this machine, and it was said to be required")
        pytest.skip("no Chromium on this machine: the browser tests need one")
    return str(found)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False, verify=False).is_success
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[tuple[int, int]]:
    """`python -m app up` on free ports."""
    with up_on_ports(tmp_path_factory.mktemp("walk")) as found:
        yield found


@contextmanager
def up_on_ports(data: Path, **surroundings: str) -> Iterator[tuple[int, int]]:
    """The product as it is started, on free ports of the API and of the console, in these surroundings."""
    api, console = free_port(), free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CAUSEWAY_", "STREAMLIT_"))}
    words = {"CAUSEWAY_LITE": "1", "CAUSEWAY_DEMO_SPEED": "3", "CAUSEWAY_DATA": str(data), **surroundings}
    command = [sys.executable, "-m", "app", "up", "--api-port", str(api), "--console-port", str(console)]
    with (
        (data.parent / f"{data.name}.log").open("wb") as out,
        subprocess.Popen(command, cwd=PROJECT, env={**kept, **words}, stdout=out, stderr=out) as running,
    ):
        try:
            wait_until(lambda: answers(f"http://127.0.0.1:{api}/health"), 120, "the API")
            wait_until(lambda: answers(f"http://127.0.0.1:{console}/_stcore/health"), 120, "the console")
            yield api, console
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(60)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """One Chromium; each test has a window of its own in it, which shares nothing with the others."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="no playwright on this machine: the browser tests need it"
    )
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield launched
        launched.close()


def said(drawn: AppTest) -> str:
    """Every word on the page."""
    parts = [
        *drawn.text,
        *drawn.markdown,
        *drawn.caption,
        *drawn.error,
        *drawn.warning,
        *drawn.success,
        *drawn.info,
        *drawn.subheader,
        *drawn.code,
    ]
    words = (
        [str(part.value) for part in parts]
        + [f"{part.label} {part.value}" for part in drawn.metric]
        + [part.label for part in drawn.expander]
    )
    return "\n".join(words).replace("\\", "").replace("\u2060", "")
