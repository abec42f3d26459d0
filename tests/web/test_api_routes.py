"""Every documented route answers, in its tenant, in one shape."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.errors import render_unexpected
from app.bootstrap import Application

EMPTY_GETS = [
    "/signals",
    "/signals/pending",
    "/signals/unmapped",
    "/webhooks",
    "/signals/aside",
    "/merchants",
    "/migrations",
    "/migrations/waves",
    "/migrations/errors",
    "/agent/state",
    "/agent/status",
    "/llm/status",
    "/patterns",
    "/departures",
    "/departures/hours",
    "/departures/false-alarms",
    "/incidents",
    "/incidents?status=OPEN&status=AWAITING",
    "/actions",
    "/actions?status=PENDING",
    "/actions/pending",
    "/rag/stats",
    "/rag/documents",
    "/rag/search?q=callback",
    "/audit",
    "/audit?verify=true",
    "/audit/verify",
    "/audit/export",
    "/backup",
    "/upkeep",
    "/kill-switch",
    "/desk",
    "/policies",
    "/tools",
    "/tools/catalogue",
    "/tools/executions",
    "/tools/escalate",
    "/packs",
    "/packs/calibration",
    "/notices",
    "/policies?kind=tool",
    "/simulations",
    "/health",
    "/api/health",
    "/health/db",
    "/metrics",
    "/docs",
    "/redoc",
    "/openapi.json",
]
OPERATIONS = {
    ("get", "/tools"),
    ("get", "/tools/catalogue"),
    ("get", "/tools/executions"),
    ("get", "/tools/executions/{execution_id}"),
    ("get", "/tools/{name}"),
    ("post", "/tools/{name}/setting"),
    ("post", "/tools/{name}/test"),
    ("post", "/tools/{name}/try"),
    ("get", "/packs"),
    ("post", "/packs"),
    ("post", "/packs/back"),
    ("get", "/packs/calibration"),
    ("get", "/packs/{number}"),
    ("post", "/packs/{number}/try"),
    ("post", "/packs/{number}/activate"),
    ("get", "/notices"),
    ("post", "/notices/targets/{name}/test"),
    ("post", "/notices/{notice_id}/resend"),
    ("post", "/signals/ingest"),
    ("get", "/signals"),
    ("get", "/signals/pending"),
    ("get", "/signals/unmapped"),
    ("get", "/signals/unmapped/{shape_id}"),
    ("post", "/signals/unmapped/{shape_id}/mapping"),
    ("post", "/signals/file"),
    ("get", "/webhooks"),
    ("post", "/webhooks/{source}"),
    ("post", "/v1/logs"),
    ("get", "/signals/aside"),
    ("post", "/signals/aside/retry"),
    ("post", "/merchants/import"),
    ("get", "/merchants"),
    ("post", "/observe"),
    ("post", "/run_cycle"),
    ("get", "/jobs/{job_id}"),
    ("get", "/agent/state"),
    ("get", "/agent/status"),
    ("get", "/patterns"),
    ("get", "/departures"),
    ("get", "/departures/hours"),
    ("get", "/departures/false-alarms"),
    ("get", "/incidents"),
    ("get", "/incidents/{incident_id}"),
    ("get", "/incidents/{incident_id}/timeline"),
    ("get", "/incidents/{incident_id}/dossier"),
    ("get", "/incidents/risk"),
    ("get", "/incidents/{incident_id}/risk"),
    ("get", "/incidents/{incident_id}/report"),
    ("post", "/incidents/{incident_id}/retry"),
    ("post", "/incidents/{incident_id}/checks/{sign}"),
    ("post", "/incidents/{incident_id}/cause"),
    ("post", "/incidents/{incident_id}/words"),
    ("post", "/incidents/{incident_id}/{verb}"),
    ("post", "/actions/{action_id}/settle"),
    ("post", "/actions/{action_id}/snooze"),
    ("post", "/actions/{action_id}/undo"),
    ("get", "/playbooks"),
    ("get", "/playbooks/{playbook_id}"),
    ("get", "/playbooks/incidents/{incident_id}"),
    ("get", "/playbooks/incidents/{incident_id}/status"),
    ("post", "/playbooks/incidents/{incident_id}/recalculate"),
    ("post", "/playbooks/incidents/{incident_id}/stop"),
    ("post", "/playbooks/incidents/{incident_id}/steps/{step_id}/complete"),
    ("get", "/quiet"),
    ("post", "/quiet/windows"),
    ("post", "/quiet/mutes"),
    ("post", "/quiet/{rule_id}/end"),
    ("post", "/actions/{action_id}/reconcile"),
    ("get", "/kill-switch"),
    ("post", "/kill-switch"),
    ("get", "/desk"),
    ("get", "/policies"),
    ("get", "/actions"),
    ("get", "/actions/pending"),
    ("get", "/actions/{action_id}"),
    ("post", "/actions/approve"),
    ("post", "/actions/approve/batch"),
    ("post", "/actions/{action_id}/answer"),
    ("post", "/approve_action"),
    ("post", "/actions/{action_id}/edit"),
    ("post", "/execute_action"),
    ("post", "/ask"),
    ("post", "/ask/stream"),
    ("get", "/conversations/{conversation_id}"),
    ("get", "/llm/status"),
    ("post", "/rag/upload"),
    ("get", "/rag/stats"),
    ("get", "/rag/search"),
    ("get", "/rag/documents"),
    ("get", "/rag/chunks/{chunk_id}"),
    ("post", "/rag/clear"),
    ("delete", "/rag/documents/{document_id}"),
    ("post", "/rag/documents/{document_id}/approve"),
    ("get", "/migrations"),
    ("get", "/migrations/waves"),
    ("get", "/migrations/errors"),
    ("post", "/migrations/waves/{wave}/hold"),
    ("post", "/migrations/waves/{wave}/release"),
    ("get", "/simulations"),
    ("get", "/simulations/load"),
    ("post", "/simulations/run"),
    ("get", "/audit"),
    ("get", "/audit/verify"),
    ("get", "/audit/export"),
    ("post", "/audit/accept"),
    ("get", "/backup"),
    ("post", "/prune"),
    ("get", "/upkeep"),
    ("get", "/health"),
    ("get", "/api/health"),
    ("get", "/health/db"),
    ("get", "/metrics"),
}
NEWCOMER: dict[str, Any] = {
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


@pytest.mark.parametrize("path", EMPTY_GETS)
def test_every_reading_route_answers_on_an_empty_tenant(client: TestClient, path: str) -> None:
    reply = client.get(path)
    assert reply.status_code == 200, reply.text
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]


def test_openapi_lists_every_operation_with_bodies_that_resolve(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    listed = {(method, path) for path, operations in document["paths"].items() for method in operations}
    assert listed == OPERATIONS
    schemas = document["components"]["schemas"]
    references = {part.split('"')[0] for part in client.get("/openapi.json").text.split('"#/components/schemas/')[1:]}
    assert references <= set(schemas)
    assert "$defs" not in client.get("/openapi.json").text
    assert "IncomingSignal" in schemas


def test_the_newcomers_signal_becomes_an_action_whose_approval_ends_not_applied(client: TestClient) -> None:
    taken = client.post("/signals/ingest", json=NEWCOMER)
    assert taken.status_code == 202, taken.text
    assert taken.json()["accepted"] == 1
    cycle = client.post("/run_cycle")
    assert cycle.status_code == 200, cycle.text
    waiting = client.get("/actions/pending").json()
    assert len(waiting) == 1
    action_id, incident_id = waiting[0]["id"], waiting[0]["incident_id"]
    decision = {
        "action_id": action_id,
        "approved": True,
        "reviewer": "admin@example.com",
        "feedback": "Looks good, proceed with escalation",
    }
    decided = client.post("/actions/approve", json=decision)
    assert decided.status_code == 200, decided.text
    client.post("/run_cycle")
    ended = client.get(f"/actions/{action_id}").json()
    assert (ended["status"], ended["decided_by"], ended["label"]) == ("NOT_APPLIED", "local:admin", "admin@example.com")
    assert ended["decision"]["requests"][0]["body"]
    again = client.post("/approve_action", json=decision)
    assert again.status_code == 409
    assert again.json()["decided_by"] == "local:admin"
    for part in ("", "/timeline", "/dossier", "/risk", "/report"):
        assert client.get(f"/incidents/{incident_id}{part}").status_code == 200
    assert incident_id in client.get(f"/incidents/{incident_id}/report").text
    asked = client.post("/ask", json={"question": "why did you propose this?", "about": action_id})
    assert asked.status_code == 200, asked.text
    assert asked.json()["answer"]["sentences"]
    turns = client.get(f"/conversations/{asked.json()['conversation_id']}").json()
    assert len(turns) == 1
    noted = client.post(f"/incidents/{incident_id}/note", json={"value": "called the merchant"})
    assert noted.status_code == 200, noted.text
    assert client.post(f"/incidents/{incident_id}/assign").json()["assignee"] == "local:admin"
    assert client.post(f"/incidents/{incident_id}/dance").status_code in {404, 405, 422}
    checked = client.get("/audit?verify=true&limit=500").json()
    assert checked["chain"]["ok"]
    assert {"action.approved", "action.not_applied"} <= {event["kind"] for event in checked["events"]}
    page = client.get("/metrics").text
    assert 'actions{status="NOT_APPLIED",tenant="default"} 1.0' in page
    assert 'events_processed_total{tenant="default"} 1.0' in page
    assert 'errors_total{error="Conflict"} 1.0' in page


def test_several_are_decided_at_once_each_by_what_was_seen_of_it(client: TestClient) -> None:
    (first,) = NEWCOMER["signals"]
    other = {"error_code": "WEBHOOK_ENDPOINT_NOT_FOUND", "endpoint": "/webhooks/v2/orders", "merchant_id": "MERCH-B1"}
    client.post("/signals/ingest", json={"signals": [{**first, **other, "signal_type": "webhook_failure"}]})
    client.post("/run_cycle")
    (waiting,) = client.get("/actions/pending").json()
    seen = {"action_id": waiting["id"], "digest": waiting["digest"], "approved": True, "feedback": "looked at"}
    unseen = {key: value for key, value in seen.items() if key != "digest"}
    refused = client.post("/actions/approve/batch", json={"decisions": [seen, unseen]})
    assert refused.status_code == 422 and "decisions[1].digest" in refused.json()["detail"], refused.text
    assert client.get("/actions/pending").json() == [waiting], "nothing is half decided"
    asked = [
        {**seen, "digest": "0" * 64},
        {**seen, "action_id": "ACT-NONE"},
        {**seen, "approved": False, "feedback": " "},
        seen,
        seen,
    ]
    answer = client.post("/actions/approve/batch", json={"decisions": asked}).json()
    assert (answer["decided"], answer["refused"]) == (1, 4)
    assert [one["http_status"] for one in answer["outcomes"]] == [409, 404, 422, 200, 409]
    assert [one["status"] for one in answer["outcomes"]] == [None, None, None, "APPROVED", None]
    assert all(bool(one["refused"]) is (one["status"] is None) for one in answer["outcomes"])
    assert "local:admin" in answer["outcomes"][-1]["refused"], "whoever comes second learns who was first"


def test_the_same_signal_is_taken_once(client: TestClient) -> None:
    signal = {**NEWCOMER["signals"][0], "event_id": "dd-1"}
    first, second = (client.post("/signals/ingest", json={"signals": [signal]}).json() for _ in range(2))
    assert (first["accepted"], second["accepted"], second["duplicates"]) == (1, 0, 1)


def test_merchants_come_in_and_show_where_they_stand(client: TestClient) -> None:
    batch = {
        "merchants": [
            {"id": "M-1", "stage": "in_progress", "wave": 2, "cutover_date": "2026-03-02", "attributes": {"cdn": "x"}}
        ]
    }
    assert client.post("/merchants/import", json=batch).json() == {"imported": 1, "tenant": "default"}
    assert "M-1" in [row["merchant"]["id"] for row in client.get("/migrations").json()]


def test_a_runbook_goes_in_is_found_and_goes_out(client: TestClient) -> None:
    text = b"# Zebra gateway\n\n## Stripes\n\nTurn the zebra valve to the left when the zebra gateway complains.\n"
    files = [
        ("file", ("zebra.md", text, "text/markdown")),
        ("file", ("bad.exe", b"MZ\x00", "application/octet-stream")),
    ]
    reply = client.post("/rag/upload", files=files)
    assert reply.status_code == 201, reply.text
    assert [item["filename"] for item in reply.json()["rejected"]] == ["bad.exe"]
    document = reply.json()["documents"][0]["id"]
    found = client.get("/rag/search", params={"q": "zebra valve"}).json()
    assert found[0]["document_id"] == document
    assert client.get(f"/rag/chunks/{found[0]['chunk_id']}").json()["text"] == found[0]["text"]
    assert client.delete(f"/rag/documents/{document}").status_code == 200
    assert document not in [
        item["document_id"] for item in client.get("/rag/search", params={"q": "zebra valve"}).json()
    ]
    assert client.delete(f"/rag/documents/{document}").status_code == 404
    assert client.post("/rag/clear").json() == {"removed": 0}


def test_one_refused_file_alone_is_an_error(client: TestClient) -> None:
    reply = client.post("/rag/upload", files={"file": ("bad.exe", b"MZ\x00")})
    assert reply.status_code == 422, reply.text


@pytest.mark.parametrize("tenant", ["nobody", "demo", "DEFAULT", "'", "x" * 500])
def test_a_tenant_that_does_not_exist_is_not_found(client: TestClient, tenant: str) -> None:
    for path in ("/signals", "/agent/state", "/simulations/load"):
        reply = client.get(path, headers={"X-Tenant": tenant})
        assert (reply.status_code, reply.json()["error"]) == (404, "NotFound")


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_stranger_is_refused_on_every_route_and_changes_nothing(client: TestClient, headers: dict[str, str]) -> None:
    before = client.get("/agent/state").json()["signals"]
    for path in ("/signals", "/health", "/metrics", "/simulations/load", "/openapi.json", "/nowhere"):
        assert client.get(path, headers=headers).status_code == 403
    reply = client.post("/signals/ingest", json=NEWCOMER, headers=headers)
    assert (reply.status_code, reply.json()["error"]) == (403, "Forbidden")
    assert "access-control-allow-origin" not in reply.headers
    assert client.get("/agent/state").json()["signals"] == before


def test_unknown_paths_and_methods_answer_in_the_same_shape(client: TestClient) -> None:
    assert client.get("/nowhere").json()["error"] == "NotFound"
    assert client.put("/signals").json()["error"] == "MethodNotAllowed"


def test_the_last_handler_shows_an_id_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ZeroDivisionError("secret path /etc/shadow")
    except ZeroDivisionError as problem:
        reply = render_unexpected(problem, "ERR-1")
    assert reply.status_code == 500
    assert b"ERR-1" in bytes(reply.body)
    assert b"secret" not in bytes(reply.body)
    assert "ERR-1" in "".join(capsys.readouterr())


def test_a_failure_nobody_expected_is_answered_with_an_id(application: Application, client: TestClient) -> None:
    """A route of the test's own that blows up inside the real server."""
    from app.api.main import create_app

    server = create_app(application)

    @server.get("/boom")
    def boom() -> None:
        raise ZeroDivisionError("secret")

    reply = TestClient(server, base_url="http://127.0.0.1:8000").get("/boom")
    assert reply.status_code == 500
    assert reply.json()["error_id"].startswith("ERR")
    assert "secret" not in reply.text
