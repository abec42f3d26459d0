"""Answers in the words of other consoles go through the same review: by the digest that was shown, and what is none of
the known words decides nothing.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.bootstrap import build_application
from app.settings import Settings
from tests.api_record import caller_of

WRONG: list[Any] = [
    {"decisions": [{"type": "aprove"}]},
    {"decisions": []},
    {"decisions": [{"type": "approve"}, {"type": "approve"}]},
    {"decisions": [{"type": "approve", "sure": True}]},
    {"decisions": [{"type": "reject"}]},
    {"decisions": [{"type": "edit"}]},
    {"decisions": [{"type": "edit", "edited_action": {"name": "rotate_token", "args": {}}}]},
    {"type": "accept"},
    [{"type": "accepted"}],
    [{"type": "ignore", "args": None}],
    [{"type": "response", "args": ""}],
    [{"type": "edit", "args": "all of them"}],
    [{"type": "accept"}, {"type": "accept"}],
    "approve",
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("answers")
    with caller_of(build_application(Settings(data=folder, lite=True, demo=False), passing=True)) as caller:
        yield caller


@pytest.fixture
def waiting(client: TestClient, request: pytest.FixtureRequest) -> dict[str, Any]:
    """One question, about an incident of its own."""
    before = {one["id"] for one in client.get("/actions/pending").json()}
    signal = {"signal_type": "webhook_failure", "source": "test", "severity": "high"}
    name = request.node.name.replace("_", "-")[:40]
    about = {
        "error_code": "WEBHOOK_ENDPOINT_NOT_FOUND",
        "endpoint": f"/{name}/v2/orders",
        "merchant_id": f"MERCH-{sum(map(ord, name))}",
    }
    client.post("/signals/ingest", json={"signals": [{**signal, **about}]})
    client.post("/run_cycle")
    (found,) = [one for one in client.get("/actions/pending").json() if one["id"] not in before]
    return dict(found)


def answer(client: TestClient, action: dict[str, Any], body: Any, digest: str = "") -> Any:
    return client.post(f"/actions/{action['id']}/answer", params={"digest": digest or action["digest"]}, json=body)


def status(client: TestClient, action: dict[str, Any]) -> tuple[str, str]:
    found = client.get(f"/actions/{action['id']}").json()
    return found["status"], found["digest"]


def test_what_is_none_of_the_known_words_decides_nothing(client: TestClient, waiting: dict[str, Any]) -> None:
    for body in WRONG:
        told = answer(client, waiting, body)
        assert told.status_code == 422 and told.json()["detail"], (body, told.text)
        assert status(client, waiting) == ("PENDING", waiting["digest"]), body
    right = {"decisions": [{"type": "approve"}]}
    assert answer(client, waiting, right, "0" * 64).status_code == 409
    assert client.post(f"/actions/{waiting['id']}/answer", json=right).status_code == 422, "no digest, no decision"
    assert status(client, waiting) == ("PENDING", waiting["digest"])


def test_a_question_back_is_answered_and_a_rejection_carries_its_reason(
    client: TestClient, waiting: dict[str, Any]
) -> None:
    for body in (
        [{"type": "response", "args": "why did you propose this?"}],
        {"decisions": [{"type": "respond", "message": "why did you propose this?"}]},
    ):
        told = answer(client, waiting, body)
        assert told.status_code == 200, told.text
        assert told.json()["answer"]["answer"]["sentences"]
        assert status(client, waiting) == ("PENDING", waiting["digest"])
    told = answer(client, waiting, {"decisions": [{"type": "reject", "message": "we moved that shop ourselves"}]})
    assert told.status_code == 200, told.text
    found = client.get(f"/actions/{waiting['id']}").json()
    assert (found["status"], found["feedback"]) == ("REJECTED", "we moved that shop ourselves")


def test_an_edit_passes_the_gate_again_and_the_old_digest_approves_nothing(
    client: TestClient, waiting: dict[str, Any]
) -> None:
    arguments = {**waiting["decision"]["arguments"], "title": "Look at this first"}
    edit = {"action": waiting["decision"]["tool"], "args": arguments}
    told = answer(client, waiting, [{"type": "edit", "args": edit}])
    assert told.status_code == 200, told.text
    now = told.json()["action"]
    assert (now["status"], now["version"]) == ("PENDING", waiting["version"] + 1) and now["digest"] != waiting["digest"]
    assert answer(client, waiting, [{"type": "accept", "args": None}]).status_code == 409
    approved = answer(client, now, {"decisions": [{"type": "approve"}]})
    assert approved.json()["action"]["status"] == "APPROVED"
    assert answer(client, now, {"decisions": [{"type": "approve"}]}).status_code == 409, "once"
