"""What HTTP promises of every path: HEAD is GET without its body, OPTIONS and 405 name the methods."""

import re

import pytest
from fastapi.testclient import TestClient

from app.api.auth import ACTS


def paths(client: TestClient) -> dict[str, set[str]]:
    document = client.get("/openapi.json").json()
    return {
        re.sub(r"\{verb\}", "note", re.sub(r"\{(?!verb)\w+\}", "X-1", path)): {one.upper() for one in found}
        for path, found in document["paths"].items()
    }


def test_options_names_every_method_of_a_path_and_does_nothing(client: TestClient) -> None:
    for path, methods in paths(client).items():
        reply = client.options(path)
        told = set(reply.headers["allow"].split(", "))
        assert (reply.status_code, reply.content) == (204, b"")
        assert methods | {"OPTIONS"} <= told, path
        assert ("HEAD" in told) == ("GET" in told and path not in ACTS), path


def test_a_method_a_path_does_not_have_is_told_which_ones_it_has(client: TestClient) -> None:
    for path in paths(client):
        for method in ("PUT", "PATCH", "TRACE"):
            reply = client.request(method, path)
            assert reply.status_code == 405, (method, path)
            assert reply.headers["allow"] == client.options(path).headers["allow"]
    assert set(client.put("/kill-switch").headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert client.options("/nowhere").status_code == client.head("/nowhere").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/signals",
        "/agent/state",
        "/audit",
        "/audit/export",
        "/incidents/INC-NONE",
        "/docs",
        "/openapi.json",
        "/metrics",
    ],
)
def test_head_is_get_without_its_body(client: TestClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


def test_head_on_what_acts_by_get_does_not_act(client: TestClient) -> None:
    reply = client.head("/simulations/load", headers={"X-Tenant": "default"})
    assert reply.status_code == 405 and "HEAD" not in reply.headers["allow"]
    assert client.get("/signals").json() == []


def test_a_stranger_learns_no_methods(client: TestClient) -> None:
    assert client.options("/signals", headers={"host": "evil.example"}).status_code == 403
