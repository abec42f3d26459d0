"""The OpenAPI document says what comes: a real refusal of each kind has a documented status and the
documented shape.
"""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

REFUSED: list[tuple[str, str, str, dict[str, Any], int]] = [
    ("get", "/signals", "/signals?limit=0", {}, 422),
    ("get", "/signals", "/signals", {"headers": {"X-Tenant": "nobody"}}, 404),
    ("get", "/signals", "/signals", {"headers": {"host": "evil.example"}}, 403),
    ("get", "/incidents/{incident_id}", "/incidents/INC-NONE", {}, 404),
    ("get", "/rag/search", "/rag/search", {}, 422),
    ("post", "/signals/ingest", "/signals/ingest", {"content": b"{"}, 400),
    ("post", "/signals/ingest", "/signals/ingest", {"content": b"{}"}, 422),
    ("post", "/signals/ingest", "/signals/ingest", {"content": b"x", "headers": {"content-encoding": "gzip"}}, 415),
    ("post", "/signals/ingest", "/signals/ingest", {"content": b" " * 1_000_001}, 413),
    ("post", "/rag/upload", "/rag/upload", {"files": {"file": ("bad.exe", b"MZ")}}, 422),
    ("post", "/actions/approve", "/actions/approve", {"json": {"action_id": "ACT-NONE", "approved": True}}, 404),
    ("post", "/run_cycle", "/run_cycle", {"headers": {"Idempotency-Key": "x" * 256}}, 422),
    ("post", "/audit/accept", "/audit/accept", {"json": {"reason": "to be sure"}}, 409),
    ("delete", "/rag/documents/{document_id}", "/rag/documents/DOC-NONE", {}, 404),
]


@pytest.mark.parametrize(("method", "template", "path", "request_", "status"), REFUSED)
def test_a_refusal_comes_in_the_documented_shape(
    client: TestClient, method: str, template: str, path: str, request_: dict[str, Any], status: int
) -> None:
    document = client.get("/openapi.json").json()
    reply = client.request(method, path, **request_)
    assert reply.status_code == status, reply.text
    schema = document["paths"][template][method]["responses"][str(status)]["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(reply.json())
    assert {"error", "detail"} <= set(document["components"]["schemas"]["Refusal"]["required"])


def test_no_operation_promises_the_frameworks_own_error_shape(client: TestClient) -> None:
    text = client.get("/openapi.json").text
    assert "HTTPValidationError" not in text
