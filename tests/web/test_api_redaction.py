"""Secrets stop at the door: no answer and no file of the data folder holds what was redacted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.bootstrap import Application

TICKET: dict[str, Any] = {
    "signal_type": "ticket",
    "source": "zendesk",
    "ticket_id": "T-77",
    "subject": "Card 4111 1111 1111 1111 declined",
    "body": "4111 1111 1111 1111 cvv 123 password=hunter2, and DE89 3704 0044 0532 0130 00",
    "attributes": {"api_key": "zebra-crossing-9", "pan": 5500000000000004, "order_id": "4539578763621486", "vip": True},
}
CALL: dict[str, Any] = {
    "signal_type": "api_error",
    "source": "gateway",
    "event_id": "gw-1",
    "error_code": "E1",
    "endpoint": "/pay?card=4000%200566%205566%205556&token=tok3n-zulu",
    "error_message": "Authorization: Bearer quokka-31337-token",
}
SECRETS = (
    "4111 1111",
    "4111111111111111",
    "cvv 123",
    "hunter2",
    "3704 0044",
    "zebra-crossing",
    "5500000000000004",
    "5566%205556",
    "5566 5556",
    "55665556",
    "tok3n-zulu",
    "quokka",
)


def test_what_was_redacted_is_in_no_answer_and_in_no_file(client: TestClient, application: Application) -> None:
    reply = client.post("/signals/ingest", json={"signals": [TICKET, CALL]}, headers={"Idempotency-Key": "redaction"})
    assert reply.status_code == 202, reply.text
    assert "item 0: card data was removed" in reply.json()["notes"]
    assert "item 1: a credential was removed" in reply.json()["notes"]
    client.post("/run_cycle")
    shown = reply.text + "".join(
        client.get(path).text for path in ("/signals", "/signals/pending", "/patterns", "/incidents", "/audit")
    )
    files = [path for path in application.settings.data.rglob("*") if path.is_file()]
    assert any(path.name.endswith("-wal") for path in files)
    assert any(b"[card removed]" in path.read_bytes() for path in files)
    for secret in SECRETS:
        assert secret not in shown
        assert [path.name for path in files if secret.encode() in path.read_bytes()] == []
    attributes = next(row for row in client.get("/signals").json() if row.get("ticket_id") == "T-77")["attributes"]
    assert attributes["order_id"] == "4539578763621486"
    assert attributes["vip"] is True
    assert attributes["pan"] == "[card removed]"


def test_two_reports_that_differ_in_a_secret_only_are_the_same_signal(client: TestClient) -> None:
    one = {
        "signal_type": "log",
        "source": "app",
        "occurred_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
        "message": "login with password=first-one",
    }
    two = {**one, "message": "login with password=second-one"}
    first, second = (client.post("/signals/ingest", json={"signals": [item]}).json() for item in (one, two))
    assert first["signal_ids"] == second["signal_ids"]
    assert (first["accepted"], second["duplicates"]) == (1, 1)


@pytest.mark.parametrize("field", ["endpoint", "error_code"])
def test_a_full_field_whose_placeholders_are_longer_is_cut_and_not_refused(client: TestClient, field: str) -> None:
    size = {"endpoint": 500, "error_code": 200}[field]
    text = ("cvv=123&" * 100)[:size]
    reply = client.post(
        "/signals/ingest", json={"signals": [{"signal_type": "api_error", "source": "gateway", field: text}]}
    )
    assert reply.status_code == 202, reply.text
    assert "cvv=123" not in client.get("/signals").text


def test_a_clean_signal_is_kept_as_it_was_sent(client: TestClient) -> None:
    sent = {
        "signal_type": "order",
        "source": "shop",
        "order_id": "5123456789012",
        "payment_id": "pi_3N4",
        "amount": 6500,
        "currency": "EUR",
    }
    reply = client.post(
        "/signals/ingest", json={"signals": [{**sent, "event_id": "o-1", "attributes": {"n": 3, "x": None, "f": 1.5}}]}
    ).json()
    assert reply["notes"] == []
    kept = client.get("/signals", params={"id": reply["signal_ids"][0]}).json()[0]
    assert {name: kept[name] for name in sent} == sent
    assert kept["attributes"] == {"n": 3, "x": None, "f": 1.5}


def test_secrets_in_questions_notes_and_runbooks_are_removed_too(client: TestClient) -> None:
    secret = "4111 1111 1111 1111"
    told = client.post("/ask", json={"question": f"why does card {secret} fail?"}).json()
    assert secret not in client.get(f"/conversations/{told['conversation_id']}").text
    text = f"# Test cards\n\nUse the card {secret} for a trial of the checkout, never in production.\n"
    document = client.post("/rag/upload", files={"file": ("cards.md", text.encode(), "text/markdown")}).json()[
        "documents"
    ][0]
    found = client.get("/rag/search", params={"q": "trial of the checkout with test cards"}).text
    assert document["title"] == "Test cards" and secret not in found
