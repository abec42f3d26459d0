"""A newcomer's first signal, as the README types it: in `default` it is shown, in `demo` it is done and proven."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.bootstrap import build_application
from app.settings import Settings
from tests.api_record import caller_of
from tests.waiting import wait_until

SIGNAL = {
    "signals": [
        {
            "signal_type": "api_error",
            "source": "datadog",
            "severity": "high",
            "error_code": "PAYMENT_CALLBACK_INVALID",
            "endpoint": "/api/v3/checkout/complete",
            "merchant_id": "MERCH-A1B2C3",
            "error_message": "Payment callback URL validation failed",
        }
    ]
}
PATIENCE = 60.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The product as `make run` starts it, but with time passing faster in the demo."""
    folder: Path = tmp_path_factory.mktemp("first")
    application = build_application(Settings(data=folder, lite=True, demo_speed=20, sweep_seconds=2))
    with caller_of(application) as caller:
        yield caller


def approve(server: TestClient, row: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    answer = server.post(
        "/actions/approve",
        json={
            "action_id": row["id"],
            "approved": True,
            "reviewer": "admin@example.com",
            "feedback": "Looks good, proceed with escalation",
        },
        headers=headers,
    )
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def until(server: TestClient, action_id: str, statuses: set[str], headers: dict[str, str]) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        row: dict[str, Any] = server.get(f"/actions/{action_id}", headers=headers).json()
        return row if row["status"] in statuses else None

    return wait_until(look, PATIENCE, f"{action_id} in {statuses}")  # type: ignore[return-value]


def audit_kinds(server: TestClient, subject: str, headers: dict[str, str]) -> list[str]:
    return [event["kind"] for event in server.get("/audit", params={"subject": subject}, headers=headers).json()]


def test_in_default_the_first_signal_ends_not_applied_and_shows_the_exact_request(server: TestClient) -> None:
    headers = {"X-Tenant": "default"}
    assert server.post("/signals/ingest", json=SIGNAL, headers=headers).json()["accepted"] == 1
    turn = server.post("/run_cycle", headers=headers).json()
    (incident,) = turn["incidents"]
    (row,) = server.get("/actions/pending", headers=headers).json()
    assert row["incident_id"] == incident["id"] and row["decision"]["risk"]["level"] == "medium"
    assert row["decision"]["tool"] == "escalate" and "ask.external" in row["decision"]["ruling"]["rule_ids"]
    approve(server, row, headers)
    done = until(server, row["id"], {"NOT_APPLIED"}, headers)
    assert done["result"]["request"] == row["decision"]["requests"][0]
    assert done["decided_by"] == "local:admin" and done["label"] == "admin@example.com"
    kinds = audit_kinds(server, row["id"], headers)
    assert kinds == ["action.proposed", "action.pending", "action.approved", "action.sending", "action.not_applied"]
    assert wait_until(
        lambda: server.get(f"/incidents/{incident['id']}", headers=headers).json()["incident"]["status"] == "ESCALATED",
        PATIENCE,
    )


def test_in_demo_the_same_signal_ends_executed_with_a_receipt(server: TestClient) -> None:
    headers = {"X-Tenant": "demo"}
    assert server.post("/signals/ingest", json=SIGNAL, headers=headers).json()["accepted"] == 1
    server.post("/run_cycle", headers=headers)

    def pending() -> dict[str, Any] | None:
        rows: list[dict[str, Any]] = server.get("/actions/pending", headers=headers).json()
        return next((row for row in rows if "MERCH-A1B2C3" in row["decision"]["scope"]), None)

    def decided() -> dict[str, Any] | None:
        row = pending()
        if row is None:
            return None
        answer = server.post(
            "/actions/approve",
            json={"action_id": row["id"], "approved": True, "reviewer": "admin@example.com"},
            headers=headers,
        )
        return answer.json() if answer.status_code == 200 else None

    row = wait_until(decided, PATIENCE, "an approval that was not overtaken by newer evidence")
    assert row is not None
    executed = until(server, row["id"], {"EXECUTED", "VERIFIED"}, headers)
    assert executed["result"]["response"]["http_status"] == 200
    verified = until(server, row["id"], {"VERIFIED"}, headers)
    at_the_checkout_meanwhile = 1
    assert (
        verified["receipt"]["treated_after"]["count"]
        <= at_the_checkout_meanwhile
        < verified["receipt"]["treated_before"]["count"]
    )
    assert audit_kinds(server, row["id"], headers)[-1] == "action.verified"

    def proven() -> bool:
        chain = server.get("/audit", params={"verify": "true"}, headers=headers).json()["chain"]
        assert chain["ok"] or chain["verdict"] == "not yet anchored", chain
        return bool(chain["ok"])

    assert wait_until(proven, PATIENCE, "a chain whose last link, which the worker may have just written, is anchored")


def test_an_uploaded_runbook_is_found_and_cited_by_the_next_answer(server: TestClient) -> None:
    headers = {"X-Tenant": "demo"}
    text = (
        "# Marmalade gateway handshake\n\nWhen the marmalade gateway refuses the handshake, restart the jam connector"
        " and wait two minutes.\n"
    )
    told = server.post("/rag/upload", files={"file": ("marmalade.md", text.encode(), "text/markdown")}, headers=headers)
    assert told.status_code == 201, told.text
    found = server.get("/rag/search", params={"q": "marmalade gateway handshake refused"}, headers=headers).json()
    assert found and found[0]["title"] == "Marmalade gateway handshake"
    answer = server.post(
        "/ask", json={"question": "which runbook covers the marmalade gateway handshake?"}, headers=headers
    ).json()
    assert any(passage["title"] == "Marmalade gateway handshake" for passage in answer["passages"]), answer["answer"]
