"""The kill switch, the desk and the configuration over HTTP and in the terminal."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from app.bootstrap import Application, build_application
from app.cli.main import cli
from app.domain.tenants import LOCAL_ADMIN, Scope, ToolMode
from app.settings import Settings
from tests.troubles import put_carried_out, put_doubt, put_set_aside

SCOPE = Scope(tenant_id="default", principal=LOCAL_ADMIN)


def one_signal(number: int) -> dict[str, Any]:
    return {
        "signal_type": "api_error",
        "source": "datadog",
        "severity": "high",
        "error_code": "PAYMENT_CALLBACK_INVALID",
        "endpoint": f"/api/v3/checkout/{'abcdefghij'[number]}",
        "merchant_id": f"MERCH-STOP{number}",
    }


@pytest.fixture
def released(client: TestClient) -> Iterator[TestClient]:
    """Whatever a test turned on is off again afterwards."""
    yield client
    for everywhere in (True, False):
        client.post("/kill-switch", json={"on": False, "everywhere": everywhere})


# --- the kill switch
# ---------------------------------------------------------------------------------------------------


def test_an_approved_action_is_held_while_the_switch_is_on_and_goes_out_afterwards(released: TestClient) -> None:
    released.post("/signals/ingest", json={"signals": [one_signal(1)]})
    released.post("/run_cycle")
    (waiting,) = released.get("/actions/pending").json()
    turned = released.post("/kill-switch", json={"on": True, "reason": "we are counting"})
    assert turned.status_code == 200 and turned.json()["by"] == "local:admin"
    assert (
        released.post(
            "/actions/approve", json={"action_id": waiting["id"], "approved": True, "digest": waiting["digest"]}
        ).status_code
        == 200
    )
    released.post("/run_cycle")
    assert released.get(f"/actions/{waiting['id']}").json()["status"] == "APPROVED"
    assert [row["id"] for row in released.get("/desk").json()["held"]] == [waiting["id"]]
    status = released.get("/agent/status").json()
    assert status["status"] == "halted" and "we are counting" in status["detail"]
    assert released.get("/agent/state").json()["switch"]["reason"] == "we are counting"
    assert not released.post("/kill-switch", json={"on": False}).json()["on"]
    released.post("/run_cycle")
    assert released.get(f"/actions/{waiting['id']}").json()["status"] == "NOT_APPLIED"


def test_turning_it_on_needs_a_reason(client: TestClient) -> None:
    refused = client.post("/kill-switch", json={"on": True})
    assert refused.status_code == 422 and "reason" in refused.json()["detail"]
    assert not client.get("/kill-switch").json()["on"]


@pytest.mark.parametrize(
    "wrong", [{}, {"on": "yes"}, {"on": True, "reason": 7}, {"on": True, "reason": "x", "scope": "all"}]
)
def test_a_switch_that_is_asked_for_in_another_shape_is_not_turned(client: TestClient, wrong: dict[str, Any]) -> None:
    assert client.post("/kill-switch", json=wrong).status_code == 422
    assert not client.get("/kill-switch").json()["on"]


def test_the_switch_for_everything_shows_in_every_tenants_state(released: TestClient) -> None:
    told = released.post("/kill-switch", json={"on": True, "reason": "a storm", "everywhere": True}).json()
    assert told["on"] and told["everywhere"]
    assert released.get("/agent/state").json()["kill_switch"]
    events = released.get("/audit", params={"subject": "everywhere", "newest_first": True}).json()
    assert events[0]["kind"] == "kill_switch.everywhere_on" and events[0]["payload"]["reason"] == "a storm"


# --- the desk
# ----------------------------------------------------------------------------------------------------------


def test_a_doubt_is_shown_asked_about_and_settled(application: Application, client: TestClient) -> None:
    row = put_doubt(application.store, SCOPE, 1)
    (doubt,) = [one for one in client.get("/desk").json()["in_doubt"] if one["action"]["id"] == row.id]
    assert doubt["repeat"] == "idempotent" and doubt["attempts"] == 1 and "interrupted" in doubt["error"]
    bad = client.post(f"/actions/{row.id}/settle", json={"happened": True})
    assert bad.status_code == 422 and "feedback" in bad.json()["detail"]
    settled = client.post(f"/actions/{row.id}/settle", json={"happened": True, "feedback": "their panel shows https"})
    assert settled.status_code == 200 and settled.json()["status"] == "EXECUTED"
    again = client.post(f"/actions/{row.id}/settle", json={"happened": False, "feedback": "no"})
    assert again.status_code == 409 and again.json()["status"] == "EXECUTED" and "local:admin" in again.json()["detail"]
    assert client.post(f"/actions/{row.id}/reconcile").status_code == 409


def test_what_was_carried_out_is_taken_back_with_a_reason_and_asked_for_once(
    application: Application, client: TestClient
) -> None:
    row = put_carried_out(application.store, SCOPE, 71, mode=ToolMode.DRY_RUN)
    path = f"/actions/{row.id}/undo"
    assert client.post(path, json={"reason": ""}).status_code == 422
    assert client.post(path, json={"reason": "  "}).status_code == 422
    key = {"Idempotency-Key": "regret-71"}
    asked = client.post(path, json={"reason": "it was the wrong shop"}, headers=key)
    assert asked.status_code == 200, asked.text
    assert [one["id"] for one in asked.json()["undo_rows"]] == [f"{row.id}-U0"]
    assert client.post(path, json={"reason": "it was the wrong shop"}, headers=key).json() == asked.json()
    again = client.post(path, json={"reason": "it really was"})
    assert again.status_code == 409
    assert again.json()["asked_by"] == "local:admin"
    assert again.json()["undo_row"] in {f"{row.id}-U0", f"{row.id}-U0-1"}, "the undo, or its next try"
    for_ever = put_carried_out(application.store, SCOPE, 72, mode=ToolMode.DRY_RUN, undo=None, undo_requests=())
    refused = client.post(f"/actions/{for_ever.id}/undo", json={"reason": "please"})
    assert refused.status_code == 409 and "declares no way back" in refused.json()["detail"]


def test_a_tool_that_knows_nothing_of_it_settles_the_doubt_as_not_done(
    application: Application, client: TestClient
) -> None:
    row = put_doubt(application.store, SCOPE, 2)
    answer = client.post(f"/actions/{row.id}/reconcile").json()
    assert answer["settled"] and answer["action"]["status"] == "FAILED" and "never arrived" in answer["why"]


def test_what_is_not_there_is_not_found(client: TestClient) -> None:
    assert client.post("/actions/ACT-NOSUCH/settle", json={"happened": True, "feedback": "seen"}).status_code == 404
    assert client.post("/actions/ACT-NOSUCH/reconcile").status_code == 404
    assert client.post("/incidents/INC-NOSUCH/retry").status_code == 404


def test_an_incident_that_was_set_aside_goes_on_when_it_is_retried(
    application: Application, client: TestClient
) -> None:
    incident = put_set_aside(application.store, SCOPE)
    (aside,) = client.get("/desk").json()["set_aside"]
    assert aside["incident"]["id"] == incident.id and aside["was"] == "OPEN" and "selector" in aside["reason"]
    retried = client.post(f"/incidents/{incident.id}/retry")
    assert retried.status_code == 200 and retried.json()["status"] == "OPEN"
    assert client.get("/desk").json()["set_aside"] == []
    assert client.post(f"/incidents/{incident.id}/retry").status_code == 409


# --- the configuration
# -------------------------------------------------------------------------------------------------


def test_the_configuration_in_force_is_shown_with_its_history(client: TestClient) -> None:
    shown = client.get("/policies").json()
    assert shown["in_force"] == shown["policy_version"] == client.get("/agent/state").json()["policy_version"]
    active = {(one["kind"], one["name"]): one for one in shown["active"]}
    assert "never.second_rollback" in [rule["id"] for rule in active["policies", "agent"]["body"]["rules"]]
    assert {(line["kind"], line["name"]) for line in shown["history"]} == set(active)
    assert {one["kind"] for one in client.get("/policies", params={"kind": "playbook"}).json()["active"]} == {
        "playbook"
    }
    assert client.get("/policies", params={"kind": "nonsense"}).json()["active"] == []


# --- in the terminal
# ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A data folder with one doubt, one incident set aside and one action carried out, and no server."""
    data: Path = tmp_path_factory.mktemp("desk") / "data"
    application = build_application(Settings(data=data, lite=True, demo=False))
    put_doubt(application.store, SCOPE, 1)
    put_set_aside(application.store, SCOPE)
    put_carried_out(application.store, SCOPE, 73, mode=ToolMode.DRY_RUN)
    application.stop()
    return {"CAUSEWAY_DATA": str(data), "CAUSEWAY_API_PORT": "1", "CAUSEWAY_DEMO": "false", "LITE": "1"}


def run(surroundings: dict[str, str], *command: str) -> Any:
    return CliRunner().invoke(cli, list(command), env=surroundings)


def test_the_kill_switch_is_turned_and_told_in_the_terminal(surroundings: dict[str, str]) -> None:
    assert "is off" in run(surroundings, "kill-switch", "status").output
    assert run(surroundings, "kill-switch", "on").exit_code == 2
    turned = run(surroundings, "kill-switch", "on", "--reason", "a storm", "--everywhere")
    assert turned.exit_code == 0 and "nothing is sent anywhere" in turned.output and "a storm" in turned.output
    assert json.loads(run(surroundings, "kill-switch", "status", "--json").stdout)["everywhere"]
    refused = run(surroundings, "kill-switch", "off")
    assert refused.exit_code == 1 and "kill-switch off --everywhere" in refused.output
    assert "is off" in run(surroundings, "kill-switch", "off", "--everywhere").output


def test_stopping_one_tenant_names_it_and_its_own_switch_outlasts_the_one_for_everything(
    surroundings: dict[str, str],
) -> None:
    own = run(surroundings, "kill-switch", "on", "--reason", "a drill")
    assert (
        own.exit_code == 0
        and "nothing is sent in tenant default" in own.output
        and "--everywhere stops all" in own.output
    )
    left = run(surroundings, "kill-switch", "off", "--everywhere")
    assert left.exit_code == 1 and "kill-switch off --tenant default" in left.output
    assert run(surroundings, "kill-switch", "off", "--tenant", "default").exit_code == 0


def test_what_was_done_is_taken_back_in_the_terminal(surroundings: dict[str, str]) -> None:
    silent = run(surroundings, "undo", "ACT-00000073", "--reason", " ")
    assert silent.exit_code == 1 and "say why it is to be taken back" in silent.output
    undone = run(surroundings, "undo", "ACT-00000073", "--reason", "it was the wrong shop")
    assert undone.exit_code == 0, undone.output
    assert "ACT-00000073 is to be taken back" in undone.output and "ACT-00000073-U0 is " in undone.output
    again = run(surroundings, "undo", "ACT-00000073", "--reason", "once more")
    assert again.exit_code == 1 and "is not taken back twice: local:admin asked for it" in again.output


def test_the_desk_is_seen_to_in_the_terminal(surroundings: dict[str, str]) -> None:
    shown = run(surroundings, "desk")
    assert shown.exit_code == 0, shown.output
    assert "ACT-00000001" in shown.output and "INC-00000050" in shown.output and "selector" in shown.output
    assert run(surroundings, "settle", "ACT-00000001", "--reason", "seen").exit_code == 2
    silent = run(surroundings, "settle", "ACT-00000001", "--happened", "--reason", " ")
    assert (
        silent.exit_code == 1 and silent.output.strip() == "--reason is empty: say where you looked, and what you saw"
    )
    settled = run(surroundings, "settle", "ACT-00000001", "--did-not-happen", "--reason", "their log is empty")
    assert settled.exit_code == 0 and "ACT-00000001 is FAILED" in settled.output
    assert run(surroundings, "reconcile", "ACT-00000001").exit_code == 1
    retried = run(surroundings, "retry", "INC-00000050")
    assert retried.exit_code == 0 and "INC-00000050 is " in retried.output and "FAILED" not in retried.output
    assert json.loads(run(surroundings, "desk", "--json").stdout)["set_aside"] == []
