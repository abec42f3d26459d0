"""The plan of an incident over HTTP: read, approved, carried on by cycles, its step completed by a person, once."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.bootstrap import Application, build_application
from app.domain.tenants import Scope
from app.settings import Settings
from tests.troubles import put_plan
from tests.web.test_cli_commands import run as in_terminal

SCOPE = Scope(tenant_id="default")
PLAYBOOKS = {"callback_not_https", "people_take_over", "token_version_mismatch", "webhook_v2_endpoint_gone"}


def plan_of(client: TestClient, incident_id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/playbooks/incidents/{incident_id}").json()
    return found


def test_the_playbooks_of_the_domain_are_listed_with_what_became_of_their_plans(client: TestClient) -> None:
    rows = client.get("/playbooks").json()
    assert {row["playbook"]["id"] for row in rows} == PLAYBOOKS
    assert rows[-1]["playbook"]["id"] == "people_take_over", "it is tried last"
    one = client.get("/playbooks/callback_not_https").json()
    assert one["figures"]["median_minutes"] is None and len(one["playbook"]["steps"]) == 5
    assert client.get("/playbooks/nothing").json()["error"] == "NotFound"


def test_a_step_of_a_person_is_completed_once_and_the_second_is_told_who_was_first(
    client: TestClient, application: Application
) -> None:
    run = put_plan(application.store, SCOPE, 41, begun=True)
    path = f"/playbooks/incidents/{run.incident_id}"
    assert client.get(f"{path}/status").json()["for_people"] == ["tell"]
    seen = plan_of(client, run.incident_id)
    assert [(one["step"]["id"], one["doer"]) for one in seen["steps"]] == [
        ("fix", "approver"),
        ("proof", "agent"),
        ("tell", "person"),
    ]
    other = client.post(f"{path}/steps/tell/complete", json={"plan_digest": "0" * 64})
    assert other.status_code == 409 and "another one" in other.json()["detail"]
    done = client.post(f"{path}/steps/tell/complete", json={"note": "told\u202e", "plan_digest": seen["plan_digest"]})
    assert done.status_code == 200 and done.json()["run"]["status"] == "COMPLETED"
    late = client.post(f"{path}/steps/tell/complete", json={})
    assert late.status_code == 409 and late.json()["detail"] == "Tell it: done already by local:admin"
    kinds = [one["kind"] for one in client.get(f"/incidents/{run.incident_id}/timeline").json()]
    assert kinds[-2:] == ["playbook.step_completed", "playbook.completed"]


@pytest.mark.parametrize(
    ("number", "body", "says"),
    [
        (51, {"done": False}, "needs its `note`"),
        (52, {"done": "yes"}, "done"),
        (53, {"when": "now"}, "when"),
        (54, {"note": "x" * 2_001}, "note"),
    ],
)
def test_a_word_on_a_step_that_makes_no_sense_is_refused(
    client: TestClient, application: Application, number: int, body: dict[str, Any], says: str
) -> None:
    incident = put_plan(application.store, SCOPE, number, begun=True).incident_id
    answer = client.post(f"/playbooks/incidents/{incident}/steps/tell/complete", json=body)
    assert answer.status_code == 422 and says in answer.text
    assert client.get(f"/playbooks/incidents/{incident}/status").json()["for_people"] == ["tell"]


def test_an_incident_without_a_plan_has_none_and_one_that_is_not_there_is_not_found(
    client: TestClient, application: Application
) -> None:
    run = put_plan(application.store, SCOPE, 43)
    assert client.get("/playbooks/incidents/INC-NONE").status_code == 404
    assert client.get(f"/playbooks/incidents/{run.incident_id}/status").json()["status"] == "ASSIGNED"
    waits = client.post(f"/playbooks/incidents/{run.incident_id}/steps/tell/complete", json={})
    assert waits.status_code == 409 and "it waits for Prove it" in waits.json()["detail"]
    anew = client.post(f"/playbooks/incidents/{run.incident_id}/recalculate", json={"reason": "a word was missing"})
    assert anew.status_code == 200
    begun = put_plan(application.store, SCOPE, 44, begun=True)
    refused = client.post(f"/playbooks/incidents/{begun.incident_id}/recalculate", json={})
    assert refused.status_code == 409 and "while nothing of it was done" in refused.json()["detail"]


def test_a_plan_is_stopped_with_a_reason_and_stays_as_whoever_was_first_left_it(
    client: TestClient, application: Application
) -> None:
    run = put_plan(application.store, SCOPE, 61, begun=True)
    path = f"/playbooks/incidents/{run.incident_id}/stop"
    for body in ({}, {"reason": " "}, {"reason": "x" * 2_001}, {"reason": "r", "when": "now"}):
        assert client.post(path, json=body).status_code == 422, body
    other = client.post(path, json={"reason": "r", "plan_digest": "0" * 64})
    assert other.status_code == 409 and "another one by now" in other.json()["detail"]
    assert plan_of(client, run.incident_id)["run"]["status"] == "RUNNING"
    first = client.post(path, json={"reason": "the vendor mends it", "plan_digest": run.plan.digest})
    sentence = "Stopped after 2 of 3 steps: local:admin has stopped it: the vendor mends it"
    assert first.status_code == 200 and first.json()["standing"]["sentence"] == sentence
    assert [one.split(" (")[0] for one in first.json()["to_take_back"]] == ["Mend it"]
    again = client.post(path, json={"reason": "somebody else's reason"})
    assert again.status_code == 200 and again.json() == first.json()
    kinds = [one["kind"] for one in client.get(f"/incidents/{run.incident_id}/timeline").json()]
    assert kinds.count("playbook.stopped") == 1
    late = client.post(f"/playbooks/incidents/{run.incident_id}/steps/tell/complete", json={})
    assert late.status_code == 409 and "the plan is STOPPED" in late.json()["detail"]


def test_a_plan_that_is_done_is_not_stopped_any_more(client: TestClient, application: Application) -> None:
    run = put_plan(application.store, SCOPE, 62, begun=True)
    client.post(f"/playbooks/incidents/{run.incident_id}/steps/tell/complete", json={})
    late = client.post(f"/playbooks/incidents/{run.incident_id}/stop", json={"reason": "too late"})
    assert late.status_code == 409 and "nothing to stop" in late.json()["detail"]
    assert plan_of(client, run.incident_id)["run"]["status"] == "COMPLETED"


def test_in_the_terminal_a_plan_is_shown_and_its_step_completed(tmp_path: Path) -> None:
    surroundings = {"CAUSEWAY_DATA": str(tmp_path), "CAUSEWAY_API_PORT": "1", "CAUSEWAY_DEMO": "false", "LITE": "1"}
    made = build_application(Settings(data=tmp_path, lite=True, demo=False))
    run, waits = put_plan(made.store, SCOPE, 1, begun=True), put_plan(made.store, SCOPE, 2)
    ended = put_plan(made.store, SCOPE, 3, begun=True)
    made.stop()

    def said(*command: str) -> str:
        return str(in_terminal(surroundings, "playbooks", *command).output)

    assert "people_take_over" in said("list") and "has no plan" not in said("show", run.incident_id)
    shown = said("show", run.incident_id)
    assert "2 of 3 steps are done" in shown and "Waits for a person." in shown and "tell: x" in shown
    assert "needs its `note`" in said("complete", run.incident_id, "tell", "--cannot")
    assert "All 3 steps are done" in said("complete", run.incident_id, "tell", "--note", "told them")
    assert "done already by" in said("complete", run.incident_id, "tell")
    stopped = said("stop", ended.incident_id, "--reason", "the vendor mends it")
    assert "Stopped after 2 of 3 steps" in stopped and "the vendor mends it" in stopped
    assert "To be taken back: Mend it" in stopped
    assert "reasoned about anew" in said("recalculate", waits.incident_id, "--reason", "a word was missing")
