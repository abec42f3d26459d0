"""Every answer has a shape that the OpenAPI document tells, and what comes has that shape."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

SHAPELESS = {"/metrics", "/audit/export", "/backup", "/incidents/{incident_id}/report"}
"""What is no JSON."""
NEWCOMERS = {"merchants": [{"id": "MERCH-SHAPE", "name": "Shape"}]}
ASKED: list[tuple[str, str, str, dict[str, Any], int]] = [
    ("post", "/merchants/import", "/merchants/import", {"json": NEWCOMERS}, 200),
    ("get", "/agent/status", "/agent/status", {}, 200),
    ("get", "/simulations", "/simulations", {}, 200),
    ("get", "/simulations/load", "/simulations/load", {"headers": {"X-Tenant": "default"}}, 200),
    ("post", "/rag/upload", "/rag/upload", {"files": {"file": ("a.md", b"# Shape\n\nIt has one.\n")}}, 201),
    ("post", "/rag/clear", "/rag/clear", {}, 200),
    ("get", "/audit", "/audit", {}, 200),
    ("get", "/audit", "/audit?verify=true", {}, 200),
    ("get", "/health/db", "/health/db", {}, 200),
]


def told(document: dict[str, Any], template: str, method: str, status: int) -> dict[str, Any]:
    schema: dict[str, Any] = document["paths"][template][method]["responses"][str(status)]["content"][
        "application/json"
    ]["schema"]
    return schema


def bare(schema: dict[str, Any], document: dict[str, Any]) -> bool:
    """Whether a schema says no more than that something comes, or an object of anything."""
    if "$ref" in schema:
        return bare(document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], document)
    if "items" in schema:
        return bare(schema["items"], document)
    if "anyOf" in schema:
        return any(bare(one, document) for one in schema["anyOf"])
    return not schema.get("properties") and schema.get("type") in (None, "object")


def test_the_document_tells_the_shape_of_every_answer(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    found = [
        (method, path, status)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for status in operation["responses"]
        if status.startswith("2")
        and path not in SHAPELESS
        and bare(told(document, path, method, int(status)), document)
    ]
    assert found == []


@pytest.mark.parametrize(("method", "template", "path", "request_", "status"), ASKED)
def test_an_answer_comes_in_the_documented_shape(
    client: TestClient, method: str, template: str, path: str, request_: dict[str, Any], status: int
) -> None:
    document = client.get("/openapi.json").json()
    reply = client.request(method, path, **request_)
    assert reply.status_code == status, reply.text
    schema = told(document, template, method, status)
    Draft202012Validator({**schema, "components": document["components"]}).validate(reply.json())


def test_removing_a_runbook_names_it_in_the_documented_shape(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    files = {"file": ("gone.md", b"# Gone\n\nSoon.\n")}
    kept = client.post("/rag/upload", files=files).json()["documents"][0]["id"]
    reply = client.delete(f"/rag/documents/{kept}")
    assert reply.json() == {"removed": kept}
    schema = told(document, "/rag/documents/{document_id}", "delete", 200)
    Draft202012Validator({**schema, "components": document["components"]}).validate(reply.json())
