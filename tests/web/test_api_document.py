"""The OpenAPI document is one that a client can be made from: operations have plain names of their own, everything that
is referred to is there, and the shape of every answer is told.
"""

import json
from collections import Counter
from typing import Any

import pytest

from tests.api_record import told_contract

NO_JSON = {"/metrics", "/ask/stream", "/audit/export", "/backup", "/incidents/{incident_id}/report"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return told_contract().document


def is_bare(schema: dict[str, Any], document: dict[str, Any]) -> bool:
    """Whether a schema says no more than that something comes, or an object of anything."""
    if "$ref" in schema:
        return is_bare(document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], document)
    if "items" in schema:
        return is_bare(schema["items"], document)
    if "anyOf" in schema:
        return any(is_bare(one, document) for one in schema["anyOf"] if one != {"type": "null"})
    return not schema.get("properties") and schema.get("type") in (None, "object")


def test_it_tells_the_shape_of_every_answer(document: dict[str, Any]) -> None:
    bare, foreign = [], []
    for method, path, status in told_contract().told:
        content = document["paths"][path][method]["responses"][status]["content"]
        json_schema = content.get("application/json", {}).get("schema")
        if json_schema is None:
            foreign.append((path, status))
        elif is_bare(json_schema, document):
            bare.append((method, path, status))
    assert bare == []
    assert sorted(foreign) == sorted((path, "200") for path in NO_JSON)


def test_each_operation_has_a_plain_name_of_its_own(document: dict[str, Any]) -> None:
    names = Counter(operation["operationId"] for by in document["paths"].values() for operation in by.values())
    assert [name for name, times in names.items() if times > 1] == []
    assert [name for name in names if not name.isidentifier() or name != name.lower() or "__" in name] == []


def test_whatever_it_refers_to_is_there_and_nothing_else(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    assert "$defs" not in text and "HTTPValidationError" not in text
    referred = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert referred == set(document["components"]["schemas"])


def list_unnamed(schema: Any, inside: str = "") -> list[str]:
    """Where an object with members of its own stands in the midst of something else."""
    if isinstance(schema, list):
        return [place for one in schema for place in list_unnamed(one, inside)]
    if not isinstance(schema, dict):
        return []
    own = [inside] if inside and isinstance(schema.get("properties"), dict) else []
    return own + [place for name, one in schema.items() for place in list_unnamed(one, f"{inside}/{name}")]


def test_each_object_with_members_has_a_name(document: dict[str, Any]) -> None:
    """A client's class for it would else be called after the place where it stands, and be another in each place."""
    assert list_unnamed(document["paths"], "paths") == []
    for name, schema in document["components"]["schemas"].items():
        assert list_unnamed(schema.get("properties", {}), name) == []


def test_each_operation_in_a_tenant_says_which_header_chooses_it(document: dict[str, Any]) -> None:
    silent = {
        path
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if "X-Tenant" not in [one["name"] for one in operation.get("parameters", [])]
    }
    assert silent == {"/simulations", "/simulations/run", "/health", "/api/health", "/health/db", "/metrics"}
