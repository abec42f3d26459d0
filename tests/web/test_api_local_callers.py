"""Local mode answers this machine and nobody who borrows its browser."""

import asyncio
import re
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from app.api.auth import door, refuse_public_bind
from app.api.main import create_app
from app.bootstrap import Application, build_application
from app.console.client import Api as client_of
from app.console.client import File
from app.console.door import guard
from app.domain.errors import BadConfig, Forbidden
from app.guard import KEY_HEADER, is_loopback, refuse_strangers
from app.process.door_key import FILE, found_key, kept_key
from app.settings import Settings
from tests.api_record import caller_of

HERE = ("127.0.0.1", 8000)
KEY = "k" * 43
API = door(KEY)
CONSOLE = guard()[0].kwargs["door"]
OWN = {"host": "localhost:8000"}
LINK = {**OWN, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
TYPED = {**LINK, "sec-fetch-site": "none"}
OLD_BROWSER = {**OWN, "user-agent": "Mozilla/5.0 (X11; Linux x86_64)", "referer": "http://localhost:9999/"}
CURL = {**OWN, "user-agent": "curl/8.5.0", "accept": "*/*"}
SAME = {**OWN, "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}
WELCOME = [
    ("GET", "/signals", {"host": "localhost:8000"}),
    ("GET", "/signals", {"host": "127.0.0.1:8000"}),
    ("GET", "/signals", {"host": "[::1]:8000"}),
    ("GET", "/signals", {"host": "LOCALHOST:8000", "origin": "http://localhost:8000"}),
    ("POST", "/run_cycle", CURL),
    ("GET", "/simulations/load", CURL),
    ("GET", "/signals", TYPED),
    ("GET", "/signals", OLD_BROWSER),
    ("GET", "/simulations/load", SAME),
    ("POST", "/run_cycle", {**SAME, "origin": "http://localhost:8000"}),
    ("POST", "/run_cycle", {**OLD_BROWSER, "origin": "http://localhost:8000"}),
    ("POST", "/run_cycle", {**OLD_BROWSER, KEY_HEADER: KEY}),
    ("GET", "/docs", LINK),
    ("GET", "/docs", TYPED),
]
STRANGERS = [
    ("GET", "/signals", {}),
    ("GET", "/signals", {"host": "evil.example"}),
    ("GET", "/signals", {"host": "evil.example:8000"}),
    ("GET", "/signals", {"host": "localhost.evil.example:8000"}),
    ("GET", "/signals", {"host": "127.0.0.1.nip.io:8000"}),
    ("GET", "/signals", {"host": "localhost"}),
    ("GET", "/signals", {"host": "localhost:"}),
    ("GET", "/signals", {"host": "localhost:9999"}),
    ("GET", "/signals", {"host": "localhost:08000"}),
    ("GET", "/signals", {"host": "localhost:80@evil"}),
    ("GET", "/signals", {"host": "0.0.0.0:8000"}),
    ("GET", "/signals", {"host": "2130706433:8000"}),
    ("GET", "/signals", {"host": "localhost:9999", "origin": "http://localhost:9999"}),
    (
        "POST",
        "/run_cycle",
        {"host": "localhost:9999", "origin": "http://localhost:9999", "sec-fetch-site": "same-origin"},
    ),
    ("GET", "/signals", {**OWN, "origin": "https://evil.example"}),
    ("GET", "/signals", {**OWN, "origin": "null"}),
    ("GET", "/signals", {**OWN, "origin": "http://localhost:3000"}),
    ("GET", "/signals", {**OWN, "origin": "http://127.0.0.1:8000"}),
    ("GET", "/signals", {**OWN, "origin": "https://localhost:8000"}),
    ("POST", "/run_cycle", {**OWN, "origin": "http://localhost:8501"}),
    ("POST", "/run_cycle", {**OWN, "origin": "http://localhost:9999", KEY_HEADER: KEY}),
    ("OPTIONS", "/run_cycle", {**OWN, "origin": "http://localhost:9999", "access-control-request-method": "POST"}),
    ("GET", "/signals", {**OWN, "sec-fetch-site": "cross-site"}),
    ("GET", "/signals", {**OWN, "sec-fetch-site": "same-site"}),
    ("GET", "/signals", LINK),
    ("GET", "/simulations/load", LINK),
    ("GET", "/simulations/load", TYPED),
    ("GET", "/simulations/load", OLD_BROWSER),
    ("POST", "/run_cycle", OLD_BROWSER),
    ("POST", "/run_cycle", {**OLD_BROWSER, KEY_HEADER: "guessed"}),
    ("POST", "/run_cycle", TYPED),
    ("POST", "/docs", LINK),
    ("GET", "/docs", {**LINK, "sec-fetch-mode": "no-cors"}),
    ("GET", "/docs", {**LINK, "sec-fetch-dest": "iframe"}),
]


def call(method: str, path: str, headers: dict[str, str], server: Any = HERE, kind: str = "http") -> Scope:
    """What a server hands on when this call arrives."""
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scheme = "http" if kind == "http" else "ws"
    return {"type": kind, "method": method, "path": path, "headers": raw, "server": server, "scheme": scheme}


@pytest.mark.parametrize(("method", "path", "headers"), WELCOME)
def test_a_call_from_this_machine_is_answered(method: str, path: str, headers: dict[str, str]) -> None:
    refuse_strangers(call(method, path, headers), API)


@pytest.mark.parametrize(("method", "path", "headers"), STRANGERS)
def test_a_call_that_a_foreign_page_could_make_is_refused(method: str, path: str, headers: dict[str, str]) -> None:
    with pytest.raises(Forbidden):
        refuse_strangers(call(method, path, headers), API)


def test_two_host_headers_are_refused() -> None:
    twice = call("GET", "/signals", OWN)
    twice["headers"].append((b"host", b"evil.example"))
    with pytest.raises(Forbidden):
        refuse_strangers(twice, API)


@pytest.mark.parametrize(
    "server", [("192.168.1.5", 8000), ("0.0.0.0", 8000), ("::", 8000), None, ("/run/socket", None)]
)
def test_a_call_that_arrived_at_another_address_is_refused(server: Any) -> None:
    with pytest.raises(Forbidden):
        refuse_strangers(call("GET", "/signals", OWN, server), API)


@pytest.mark.parametrize("path", ["/", "/inbox", "/incidents", "/knowledge"])
def test_a_link_from_anywhere_opens_a_page_of_the_console(path: str) -> None:
    refuse_strangers(call("GET", path, LINK), CONSOLE)


@pytest.mark.parametrize(
    "headers",
    [
        OWN,
        {**OWN, "origin": "http://localhost:9999"},
        {**OWN, "origin": "null"},
        {**OWN, "origin": "http://127.0.0.1:8000"},
        {"host": "evil.example:8000", "origin": "http://evil.example:8000"},
        {**OWN, KEY_HEADER: KEY},
    ],
)
def test_a_web_socket_is_for_the_console_s_own_page_only(headers: dict[str, str]) -> None:
    refuse_strangers(
        call("GET", "/_stcore/stream", {**OWN, "origin": "http://localhost:8000"}, kind="websocket"), CONSOLE
    )
    with pytest.raises(Forbidden):
        refuse_strangers(call("GET", "/_stcore/stream", headers, kind="websocket"), CONSOLE)


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/_stcore/host-config", LINK),
        ("GET", "/media/abc.bin", LINK),
        ("GET", "/", {**LINK, "sec-fetch-dest": "iframe"}),
        (
            "PUT",
            "/_stcore/upload_file/a/b",
            {**OWN, "origin": "http://localhost:9999", "x-xsrftoken": "stolen: cookies know no ports"},
        ),
        ("GET", "/", {"host": "evil.example:8000"}),
    ],
)
def test_the_console_s_machinery_is_for_its_own_page_only(method: str, path: str, headers: dict[str, str]) -> None:
    with pytest.raises(Forbidden):
        refuse_strangers(call(method, path, headers), CONSOLE)


@pytest.mark.parametrize("extensions", [{}, {"websocket.http.response": {}}])
def test_a_refused_web_socket_never_reaches_what_stands_behind_the_guard(extensions: dict[str, Any]) -> None:
    sent: list[Message] = []

    async def behind(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("a stranger came in")

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    layer = guard()[0]
    arriving = {
        **call("GET", "/_stcore/stream", {**OWN, "origin": "http://localhost:9999"}, kind="websocket"),
        "extensions": extensions,
    }
    asyncio.run(layer.cls(behind, **layer.kwargs)(arriving, receive, send))
    assert sent[0]["type"] == ("websocket.http.response.start" if extensions else "websocket.close")
    assert sent[0].get("status", 403) == 403


def test_the_api_has_no_web_socket_for_strangers(client: TestClient) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/signals", headers={"origin": "http://localhost:9999"}),
    ):
        raise AssertionError("a stranger came in")


def test_every_answer_of_the_api_tells_the_browser_who_may_use_it(client: TestClient) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/signals", "/nowhere"):
        reply = client.get(path)
        assert (reply.headers["x-frame-options"], reply.headers["content-security-policy"]) == (
            "DENY",
            "frame-ancestors 'none'",
        )
        assert (reply.headers["x-content-type-options"], reply.headers["referrer-policy"]) == ("nosniff", "no-referrer")
        assert "access-control-allow-origin" not in reply.headers


def test_the_api_knows_its_console_by_the_key_in_the_data_folder(client: TestClient, application: Application) -> None:
    key = found_key(application.settings.data)
    assert key is not None
    browser = {"user-agent": "Mozilla/5.0", "x-tenant": "default"}
    assert client.post("/run_cycle", headers={**browser, KEY_HEADER: "guessed"}).status_code == 403
    assert client.post("/run_cycle", headers={**browser, KEY_HEADER: key}).status_code == 200
    create_app(application)
    assert found_key(application.settings.data) == key


def test_the_key_is_for_its_owner_alone_and_stays_until_others_could_read_it(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    assert found_key(data) is None
    key = kept_key(data)
    assert stat.S_IMODE((data / FILE).stat().st_mode) == 0o600
    assert (kept_key(data), found_key(data)) == (key, key)
    (data / FILE).chmod(0o644)
    assert found_key(data) is None
    assert kept_key(data) != key
    assert stat.S_IMODE((data / FILE).stat().st_mode) == 0o600
    (data / FILE).write_text("short")
    assert len(kept_key(data)) > 40
    assert [file.name for file in data.iterdir()] == [FILE]


@pytest.fixture
def resting(tmp_path: Path) -> Iterator[Application]:
    """An application that was never started: nothing is written in it but what a caller causes."""
    opened = build_application(Settings(data=tmp_path / "data", lite=True, demo=False))
    yield opened
    opened.stop()


def test_no_address_that_is_typed_or_followed_leaves_a_trace(resting: Application) -> None:
    """A GET that changes something must be named in ACTS: mails and chats are full of links, and a browser opens them
    as its person's own.
    """
    client = caller_of(resting)

    def kept() -> list[str]:
        with closing(sqlite3.connect(f"file:{resting.settings.data / 'causeway.sqlite'}?mode=ro", uri=True)) as store:
            return list(store.iterdump())

    before = kept()
    paths = [path for path, answers in client.get("/openapi.json").json()["paths"].items() if "get" in answers]
    for path in paths:
        client.get(re.sub(r"{\w+}", "any", path), headers={**TYPED, "x-tenant": "default"})
    assert "/simulations/load" in paths
    assert kept() == before
    assert client.get("/simulations/load", headers={"x-tenant": "default"}).status_code == 200
    assert kept() != before


def test_each_call_of_the_console_carries_the_key_as_it_lies_there_now(tmp_path: Path) -> None:
    seen: list[str | None] = []

    class Api(BaseHTTPRequestHandler):
        """Answers everything with {}, and remembers the key."""

        def answer(self) -> None:
            seen.append(self.headers[KEY_HEADER])
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_POST = do_DELETE = answer

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        console = client_of(f"http://127.0.0.1:{server.server_port}", key=partial(found_key, tmp_path))
        console.get("demo", "/signals")
        key = kept_key(tmp_path)
        console.get(None, "/signals")
        console.post("demo", "/run_cycle")
        console.delete("demo", "/rag/documents/1")
        console.upload("demo", File("a.md", b"# A"))
        console.close()
        server.shutdown()
    assert seen == [None, key, key, key, key]


def test_a_folder_that_cannot_keep_the_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadConfig, match="console"):
        kept_key(tmp_path / "file")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", "::", "127.0.0.1.example.org", ""])
def test_a_public_address_is_never_bound(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(BadConfig):
        refuse_public_bind(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_a_loopback_address_may_be_bound(host: str) -> None:
    refuse_public_bind(host)
