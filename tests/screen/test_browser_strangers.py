"""Pages that are not ours, in a real Chromium beside the running product: they neither reach the console nor the API,
whatever they try.
"""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright on this machine: the browser tests need it")
pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.ci]

PATIENCE = 20_000
REFUSED_FRAME = "chrome-error://chromewebdata/"
SOCKET = """(url) => new Promise((done) => {
  const socket = new WebSocket(url, ['streamlit']);
  socket.onopen = () => done('open');
  socket.onerror = () => done('refused');
})"""
FRAMED = """(url) => new Promise((done) => {
  const frame = document.createElement('iframe');
  frame.onload = () => done('loaded');
  frame.src = url;
  document.body.append(frame);
})"""
STOP = '{"on": true, "reason": "a foreign page wants it", "everywhere": true}'
TRIES = """async ({api, console_, stop}) => {
  const told = {};
  const attempt = async (name, url, how) => {
    try {
      const answer = await fetch(url, how);
      told[name] = answer.type + ' ' + answer.status + ' ' + (await answer.text()); }
    catch (refused) { told[name] = 'refused'; }
  };
  const plain = {method: 'POST', headers: {'Content-Type': 'text/plain'}, body: stop};
  await attempt('read the API', api + '/actions/pending', {});
  await attempt('read the console', console_ + '/_stcore/host-config', {});
  await attempt('stop, unseen', api + '/kill-switch', {...plain, mode: 'no-cors'});
  await attempt('stop, as JSON', api + '/kill-switch',
    {method: 'POST', headers: {'Content-Type': 'application/json'}, body: stop});
  await attempt('stop, with a key', api + '/kill-switch', {...plain, headers: {'X-Console-Key': 'guessed'}});
  await attempt('upload', console_ + '/_stcore/upload_file/a/b',
    {method: 'PUT', body: new FormData(), credentials: 'include'});
  await new Promise((done) => {
    const picture = new Image(); picture.onload = picture.onerror = done; picture.src = api + '/simulations/load'; });
  return told;
}"""


class Stranger(BaseHTTPRequestHandler):
    """A page of another program on this machine, with a link and a form that lead to the API."""

    def __init__(self, *given: Any, api: str) -> None:
        self.api = api
        super().__init__(*given)

    def do_GET(self) -> None:
        link = f'<a href="{self.api}/simulations/load">read more</a>'
        form = (
            f"<form method=post enctype=text/plain action={self.api}/kill-switch><input name='{STOP[:-1]}, \"x'"
            " value='\": 1}'></form>"
        )
        content = f"<!doctype html><title>A stranger</title>{link}{form}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Street:
    """What stands on this machine: our two doors, a stranger's page, and a browser window."""

    def __init__(self, api: int, console: int, stranger: int, page: Any) -> None:
        self.api_port, self.console_port, self.stranger_port, self.page = api, console, stranger, page
        self.api, self.console = f"http://localhost:{api}", f"http://localhost:{console}"

    def opened_by_stranger(self, name: str = "localhost") -> Any:
        self.page.goto(f"http://{name}:{self.stranger_port}/")
        return self.page

    def read(self, path: str, tenant: str = "demo") -> Any:
        return httpx.get(
            f"http://127.0.0.1:{self.api_port}{path}", headers={"X-Tenant": tenant}, trust_env=False, timeout=30
        ).json()

    def untouched(self) -> bool:
        """Nothing is stopped, and no example signal has been loaded."""
        loaded = [row for row in self.read("/signals?limit=500") if row["source"] == "zendesk"]
        return not self.read("/kill-switch")["on"] and not loaded


@pytest.fixture
def street(ports: tuple[int, int], browser: Any) -> Iterator[Street]:
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Stranger, api=f"http://localhost:{ports[0]}")) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield Street(*ports, serving.server_port, page)
        page.close()
        serving.shutdown()


def test_a_name_that_was_rebound_to_this_machine_reaches_neither_door(street: Street) -> None:
    for port in (street.console_port, street.api_port):
        answer = street.page.goto(f"http://evil.example:{port}/")
        assert (answer.status, "Host header" in answer.text()) == (403, True)
    street.page.goto(f"http://evil.example:{street.stranger_port}/")
    for port in (street.console_port, street.api_port):
        assert street.page.evaluate(SOCKET, f"ws://evil.example:{port}/_stcore/stream") == "refused"


@pytest.mark.parametrize("name", ["localhost", "evil.example"])
def test_nobody_puts_the_console_or_the_api_into_a_frame(street: Street, name: str) -> None:
    page = street.opened_by_stranger(name)
    for place in (f"{street.console}/?tenant=demo", f"{street.api}/docs", f"{street.api}/actions/pending"):
        page.evaluate(FRAMED, place)
    assert len(page.frames) == 4
    for frame in page.frames[1:]:
        frame.wait_for_url(REFUSED_FRAME, timeout=PATIENCE)
    page.goto(f"{street.console}/")
    page.evaluate(FRAMED, f"{street.console}/?tenant=demo")
    page.frames[1].wait_for_url(REFUSED_FRAME, timeout=PATIENCE)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "evil.example"])
def test_a_page_on_another_port_learns_nothing_and_changes_nothing(street: Street, name: str) -> None:
    page = street.opened_by_stranger(name)
    told = page.evaluate(TRIES, {"api": street.api, "console_": street.console, "stop": STOP})
    assert told.pop("stop, unseen") in {"opaque 0 ", "refused"}
    assert set(told.values()) == {"refused"}
    for door in (street.console, street.api, street.console.replace("localhost", "127.0.0.1")):
        assert page.evaluate(SOCKET, f"{door.replace('http', 'ws')}/_stcore/stream") == "refused"
    assert street.untouched()


def test_a_link_or_a_form_on_a_foreign_page_changes_nothing(street: Street) -> None:
    page = street.opened_by_stranger()
    with page.expect_navigation() as followed:
        page.get_by_role("link").click()
    assert followed.value.status == 403
    page = street.opened_by_stranger()
    with page.expect_navigation() as sent:
        page.evaluate("() => document.forms[0].submit()")
    assert sent.value.status == 403
    assert street.untouched()


def test_a_window_that_a_foreign_page_opened_is_out_of_its_reach(street: Street) -> None:
    page = street.opened_by_stranger()
    with page.expect_popup() as opened:
        page.evaluate("(url) => { window.ours = window.open(url); }", f"{street.console}/?tenant=demo")
    sync_api.expect(opened.value.get_by_text("● Live").first).to_be_visible(timeout=PATIENCE)
    assert page.evaluate("() => window.ours.closed") is True
    opened.value.close()


def test_a_link_from_anywhere_still_opens_the_console_and_the_api_tried_out_on_its_own_page_works(
    street: Street,
) -> None:
    page = street.opened_by_stranger()
    page.evaluate("(url) => { location.href = url; }", f"{street.console}/incidents?tenant=demo")
    sync_api.expect(page.get_by_text("● Live").first).to_be_visible(timeout=PATIENCE)
    page.goto(f"{street.api}/docs")
    tried = (
        "async (body) => (await fetch('/kill-switch', {method: 'POST', headers: {'Content-Type': 'application/json'},"
        " body})).status"
    )
    assert page.evaluate(tried, '{"on": false, "reason": "tried out"}') == 200
    assert (
        page.evaluate("async () => (await fetch('/simulations/load', {headers: {'X-Tenant': 'default'}})).status")
        == 200
    )


def test_the_pages_that_describe_the_api_are_drawn_without_a_network(street: Street) -> None:
    page = street.page
    page.route(lambda url: not url.startswith((street.api, "data:", "blob:")), lambda route: route.abort())
    page.goto(f"{street.api}/docs")
    sync_api.expect(page.locator(".opblock").first).to_be_visible(timeout=PATIENCE)
    page.goto(f"{street.api}/redoc")
    sync_api.expect(page.get_by_role("heading", name="Causeway").first).to_be_visible(timeout=PATIENCE)
