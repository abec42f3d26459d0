"""Tools over HTTP and in the terminal: listed, tried, tested and set, over a shop on this machine."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from app.bootstrap import build_application
from app.cli.main import cli
from app.settings import PROJECT, Settings
from tests.api_record import caller_of
from tests.standins.base import served
from tests.standins.shopify import Shopify

ARGUMENTS = {"merchant_ids": ["MERCH-1"], "topic": "orders/create", "webhook_version": "v3"}
ASKED = {"arguments": ARGUMENTS, "merchant_ids": ["MERCH-1"]}


@pytest.fixture(scope="module")
def shop() -> Iterator[Shopify]:
    with served(Shopify()) as standin:
        assert isinstance(standin, Shopify)
        yield standin


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, shop: Shopify) -> Settings:
    folder: Path = tmp_path_factory.mktemp("tools")
    shutil.copytree(PROJECT / "config", folder / "config")
    (folder / "token").write_text(shop.secret)
    one = {"name": "shopify", "host": "127.0.0.1", "port": shop.port, "unencrypted": True}
    one |= {"secrets": {"token": {"file": str(folder / "token")}}, "values": {"address": {"v3": "https://h.example/3"}}}
    modes = [{"tool": "restore_setting", "mode": "live"}]
    (folder / "config" / "connections.yaml").write_text(json.dumps({"connections": [one], "modes": modes}))
    return Settings(
        data=folder / "data", config=folder / "config", lite=True, demo=False, local_standins=(shop.origin,)
    )


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient]:
    with caller_of(build_application(settings, passing=True)) as caller:
        yield caller


def tool(client: TestClient, name: str = "resubscribe_webhook") -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/tools/{name}").json()
    return found


def test_a_tool_tells_its_mode_who_said_it_and_over_what_it_acts(client: TestClient, shop: Shopify) -> None:
    shown = tool(client)
    assert (shown["mode"], shown["mode_from"], shown["on"]) == ("dry_run", "tenant", True)
    assert shown["connections"] == [{"name": "shopify", "title": "Shopify", "host": "127.0.0.1", "merchant": ""}]
    configured = tool(client, "restore_setting")
    assert (configured["mode"], configured["mode_from"]) == ("live", "configuration")
    assert shop.secret not in client.get("/tools").text
    state = client.get("/agent/state").json()
    assert (state["tool_mode"], state["live_tools"]) == ("dry_run", ["restore_setting"])
    (said,) = client.get("/policies", params={"kind": "connections"}).json()["active"]
    assert said["body"]["modes"] == [{"tenant": "default", "tool": "restore_setting", "mode": "live"}]
    every = {one["name"]: one["vendors"] for one in client.get("/tools/catalogue").json()}
    assert every["escalate"] == ["Jira", "PagerDuty", "Slack"]


def test_the_exact_request_is_shown_and_nothing_is_sent(client: TestClient, shop: Shopify) -> None:
    before = len(shop.asked)
    shown = client.post("/tools/resubscribe_webhook/try", json=ASKED).json()
    (call,) = shown["calls"]
    assert call["url"] == f"{shop.origin}/admin/api/2026-10/graphql.json"
    assert call["headers"]["X-Shopify-Access-Token"] == "{secret.token}"
    assert json.loads(call["body"])["variables"] == {"topic": "ORDERS_CREATE", "uri": "https://h.example/3"}
    assert len(shop.asked) == before
    wrong = client.post("/tools/resubscribe_webhook/try", json={"arguments": {"topic": 1}})
    assert wrong.status_code == 422 and "merchant_ids" in wrong.text


def test_a_harmless_call_says_what_came_back(client: TestClient, shop: Shopify) -> None:
    found = client.post("/tools/resubscribe_webhook/test").json()
    assert found["works"] is True
    assert found["calls"][0]["answer"]["body"] == {"data": {"shop": {"name": "First shop"}}}
    none = client.post("/tools/escalate/test").json()
    assert none["works"] is False and "no connection" in none["why"]
    assert shop.done == []


def test_a_mode_is_set_and_told_and_what_cannot_be_is_refused(client: TestClient) -> None:
    done = client.post("/tools/resubscribe_webhook/setting", json={"mode": "live", "reason": "it is time"})
    assert (done.json()["mode"], done.json()["mode_from"]) == ("live", "administrator")
    assert client.post("/tools/escalate/setting", json={"mode": "live", "reason": "now"}).status_code == 409
    assert client.post("/tools/escalate/setting", json={"mode": "always", "reason": "now"}).status_code == 422
    assert client.post("/tools/escalate/setting", json={"mode": "live"}).status_code == 422
    assert client.post("/tools/escalate/setting", json={"reason": "nothing"}).status_code == 422
    assert client.get("/tools/rm_rf").status_code == 404
    events = [one for one in client.get("/audit", params={"limit": 100}).json() if one["kind"] == "tool.set"]
    assert [one["payload"]["reason"] for one in events] == ["it is time"]
    client.post("/tools/resubscribe_webhook/setting", json={"mode": "usual", "reason": "the test is over"})
    assert tool(client)["mode"] == "dry_run"


@pytest.mark.long
@pytest.mark.ci
def test_the_terminal_says_the_same(settings: Settings, shop: Shopify, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAUSEWAY_DATA", str(settings.data))
    monkeypatch.setenv("CAUSEWAY_CONFIG", str(settings.config))
    monkeypatch.setenv("CAUSEWAY_LOCAL_STANDINS", json.dumps([shop.origin]))
    monkeypatch.setenv("CAUSEWAY_DEMO", "false")
    monkeypatch.setenv("CAUSEWAY_API_PORT", "1")
    monkeypatch.setenv("LITE", "1")

    def said(*words: str, code: int = 0) -> str:
        found = CliRunner().invoke(cli, ["tools", *words])
        assert found.exit_code == code, found.output
        return found.output

    assert "every connection works" in said("test", "resubscribe_webhook")
    assert "is live in the tenant default" in said("set", "resubscribe_webhook", "live", "--reason", "now")
    line = next(one for one in said("list").splitlines() if one.startswith("resubscribe_webhook"))
    assert line.split() == ["resubscribe_webhook", "live", "administrator", "shopify", "closed"]
    said("test", "escalate", code=1)
    assert "Nothing was sent yet" in said("executions")
