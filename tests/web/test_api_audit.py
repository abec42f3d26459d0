"""The audit record over HTTP: proven, taken away, and vouched for by an administrator only when there is a
reason to.
"""

import json
import sqlite3
from contextlib import closing

from fastapi.testclient import TestClient

from app.bootstrap import Application
from app.services.audit import audit_export
from tests.web.test_api_routes import NEWCOMER


def test_the_record_of_a_fresh_installation_is_proven(client: TestClient) -> None:
    check = client.get("/audit/verify").json()
    assert check["ok"], check
    assert check["anchored"] == check["checked"] > 0
    first = client.get("/audit", params={"limit": 1}).json()[0]
    assert (first["kind"], first["subject"], first["seq"]) == ("anchor.opened", "anchor", 1)


def test_an_export_is_streamed_line_by_line_and_replays(client: TestClient) -> None:
    reply = client.get("/audit/export")
    assert reply.headers["content-type"].startswith("application/x-ndjson")
    lines = reply.text.splitlines()
    assert all(json.loads(line)["tenant"] == "default" for line in lines)
    assert audit_export.replay_lines(lines).check.ok


def test_a_sound_record_needs_nobodys_word(client: TestClient) -> None:
    refused = client.post("/audit/accept", json={"reason": "to be sure"})
    assert refused.status_code == 409 and "nothing to accept" in refused.json()["detail"]
    assert client.post("/audit/accept", json={}).status_code == 422


def test_a_row_set_by_hand_is_named(client: TestClient, application: Application) -> None:
    client.post("/signals/ingest", json=NEWCOMER)
    client.post("/run_cycle")
    incident = client.get("/incidents").json()[0]
    with closing(sqlite3.connect(application.settings.data / "causeway.sqlite", timeout=10)) as connection, connection:
        connection.execute("UPDATE incidents SET status = 'CLOSED'")
    check = client.get("/audit/verify").json()
    assert not check["ok"]
    assert check["unexplained"] == [f"incident {incident['id']} is CLOSED, its events say {incident['status']}"]
    assert client.get("/audit", params={"verify": True}).json()["chain"] == check
