"""What a person says of an incident, over HTTP and in the terminal: whether a sign holds, and which cause it is."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from app.access import UseCase
from app.bootstrap import Application, build_application
from app.cli.main import cli
from app.domain.errors import Forbidden
from app.domain.tenants import Principal, Role, Scope
from app.schemas.incidents import CauseRequest, CheckRequest
from app.services.incidents.said import answer_check, name_cause
from app.settings import Settings
from tests.builders import make_tenant

WORDS = "abcdefghijklmnopqrstuvwxyz"
NUMBERS = iter(range(len(WORDS)))


@pytest.fixture
def incident(client: TestClient) -> Iterator[dict[str, Any]]:
    """An incident of one severe signal that says little, so that causes are close; a question about it waits."""
    number = next(NUMBERS)
    signal = {
        "signal_type": "api_error",
        "source": "datadog",
        "severity": "critical",
        "error_code": "PAYMENT_CALLBACK_INVALID",
        "endpoint": f"/api/v3/shop/{WORDS[number]}{WORDS[number]}",
        "merchant_id": f"MERCH-CHK{number}",
    }
    assert client.post("/signals/ingest", json={"signals": [signal]}).status_code in {200, 202}
    client.post("/run_cycle")
    found = next(one for one in client.get("/incidents").json() if signal["merchant_id"] in one["merchants"])
    yield client.get(f"/incidents/{found['id']}").json()
    client.post(f"/incidents/{found['id']}/close", json={"value": "the test is over"})


def first_check(incident: dict[str, Any]) -> dict[str, Any]:
    checks: list[dict[str, Any]] = incident["assessment"]["next_checks"]
    assert checks, [one["confidence"] for one in incident["assessment"]["hypotheses"][:3]]
    return checks[0]


def ranking(assessment: dict[str, Any]) -> dict[str, float]:
    return {one["cause"]: one["confidence"] for one in assessment["hypotheses"]}


def id_of(incident: dict[str, Any]) -> str:
    return str(incident["incident"]["id"])


def answer(client: TestClient, incident: dict[str, Any], word: str, **more: str) -> dict[str, Any]:
    reply = client.post(
        f"/incidents/{id_of(incident)}/checks/{first_check(incident)['sign']}", json={"answer": word, **more}
    )
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def events(client: TestClient, incident: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one for one in client.get(f"/incidents/{id_of(incident)}/timeline").json() if one["kind"] == kind]


# --- a sign answered ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["yes", "no"])
def test_an_answer_makes_the_ranking_anew_at_once_as_it_was_foretold(
    client: TestClient, incident: dict[str, Any], word: str
) -> None:
    check = first_check(incident)
    told = next(one for one in check["outcomes"] if one["answer"] == word)
    assessment = answer(client, incident, word)["assessment"]
    best = assessment["hypotheses"][0]
    assert best["cause"] == told["cause"] and best["confidence"] == pytest.approx(told["confidence"], abs=0.02)
    assert check["sign"] not in {one["sign"] for one in assessment["next_checks"]}


def test_the_answer_is_evidence_that_names_the_person_and_its_id_resolves(
    client: TestClient, incident: dict[str, Any]
) -> None:
    check = first_check(incident)
    cause, _, sign = check["sign"].partition(".")
    assessment = answer(client, incident, "yes", note="seen in their settings")["assessment"]
    ranked = next(one for one in assessment["hypotheses"] if one["cause"] == cause)
    finding = next(one for one in ranked["findings_for"] if one["sign"] == sign)
    now = client.get(f"/incidents/{id_of(incident)}").json()
    row = next(one for one in now["evidence"] if one["id"] in finding["evidence_ids"])
    assert row["kind"] == "answer" and row["data"]["by"] == "local:admin" and "local:admin" in row["statement"]
    assert row["data"]["note"] == "seen in their settings" and row["data"]["at"]


def test_what_waited_is_withdrawn_as_by_newer_evidence_and_asked_afresh(
    client: TestClient, incident: dict[str, Any]
) -> None:
    (asked,) = [one for one in incident["actions"] if one["status"] == "PENDING"]
    answer(client, incident, "yes")
    then = client.get(f"/actions/{asked['id']}").json()
    assert then["status"] == "SUPERSEDED" and "withdraw.newer_evidence" in then["feedback"]
    fresh = [one for one in client.get("/actions/pending").json() if one["incident_id"] == id_of(incident)]
    assert fresh and fresh[0]["id"] != asked["id"]


def test_the_same_answer_twice_says_nothing_new(client: TestClient, incident: dict[str, Any]) -> None:
    assert answer(client, incident, "yes")["changed"] is True
    pending = client.get("/actions/pending").json()
    again = answer(client, incident, "yes")
    assert again["changed"] is False and client.get("/actions/pending").json() == pending
    assert len(events(client, incident, "incident.check_answered")) == 1


def test_an_answer_can_be_taken_back(client: TestClient, incident: dict[str, Any]) -> None:
    before = ranking(incident["assessment"])
    assert ranking(answer(client, incident, "yes")["assessment"]) != before
    assert ranking(answer(client, incident, "unknown")["assessment"]) == pytest.approx(before, abs=1e-3)


def test_that_it_cannot_be_told_withdraws_nothing_and_is_not_asked_again(
    client: TestClient, incident: dict[str, Any]
) -> None:
    said = answer(client, incident, "unknown")
    assert first_check(incident)["sign"] not in {one["sign"] for one in said["assessment"]["next_checks"]}
    assert [one["status"] for one in incident["actions"]] == ["PENDING"]
    assert client.get(f"/actions/{incident['actions'][0]['id']}").json()["status"] == "PENDING"


@pytest.mark.parametrize("wrong", [{}, {"answer": "perhaps"}, {"answer": True}, {"answer": "yes", "by": "me"}])
def test_an_answer_of_another_shape_is_refused(
    client: TestClient, incident: dict[str, Any], wrong: dict[str, Any]
) -> None:
    assert (
        client.post(f"/incidents/{id_of(incident)}/checks/{first_check(incident)['sign']}", json=wrong).status_code
        == 422
    )


def test_a_sign_or_an_incident_that_is_not_there_is_not_found(client: TestClient, incident: dict[str, Any]) -> None:
    yes = {"answer": "yes"}
    assert client.post(f"/incidents/{id_of(incident)}/checks/no.such", json=yes).status_code == 404
    assert client.post(f"/incidents/INC-NONE/checks/{first_check(incident)['sign']}", json=yes).status_code == 404


def test_another_tenant_finds_neither(
    application: Application, client: TestClient, incident: dict[str, Any]
) -> None:  # fmt: skip
    application.ctx.store.put_tenant(make_tenant("others"))
    others = {"X-Tenant": "others"}
    path = f"/incidents/{id_of(incident)}"
    assert client.post(
        f"{path}/checks/{first_check(incident)['sign']}", json={"answer": "yes"}, headers=others
    ).status_code == 404  # fmt: skip
    assert client.post(f"{path}/cause", json={"cause": "unknown"}, headers=others).status_code == 404


def test_a_closed_incident_is_reasoned_about_no_more(client: TestClient, incident: dict[str, Any]) -> None:
    client.post(f"/incidents/{id_of(incident)}/close", json={"value": "a drill"})
    path = f"/incidents/{id_of(incident)}"
    assert client.post(f"{path}/checks/{first_check(incident)['sign']}", json={"answer": "yes"}).status_code == 409
    assert client.post(f"{path}/cause", json={"cause": "unknown"}).status_code == 409


def test_viewers_answer_nothing_and_operators_name_no_cause(
    application: Application, client: TestClient, incident: dict[str, Any]
) -> None:
    def scope(role: Role) -> Scope:
        return Scope(tenant_id="default", principal=Principal(id=f"person:{role.value}", role=role))

    sign, name = first_check(incident)["sign"], id_of(incident)
    with pytest.raises(Forbidden, match=Role.OPERATOR.value):
        answer_check(application.ctx, scope(Role.VIEWER), name, sign, CheckRequest(answer="yes"))
    with pytest.raises(Forbidden, match=Role.APPROVER.value):
        name_cause(application.ctx, scope(Role.OPERATOR), name, CauseRequest(cause="unknown"))
    assert answer_check(application.ctx, scope(Role.OPERATOR), name, sign, CheckRequest(answer="no")).changed
    assert {UseCase.ANSWER_CHECK, UseCase.NAME_CAUSE} <= set(UseCase)


# --- a cause named --------------------------------------------------------------------------------------------------


def name(client: TestClient, incident: dict[str, Any], cause: str, **more: str) -> dict[str, Any]:
    reply = client.post(f"/incidents/{id_of(incident)}/cause", json={"cause": cause, **more})
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def test_a_named_cause_leads_at_once_and_says_by_whom(client: TestClient, incident: dict[str, Any]) -> None:
    said = name(client, incident, "dns_tls_cutover", note="the certificate is of the old host")
    best = said["assessment"]["hypotheses"][0]
    assert best["cause"] == "dns_tls_cutover" and best["confidence"] > 0.9
    assert "local:admin" in best["findings_for"][0]["statement"]
    assert said["incident"]["named"]["by"] == "local:admin" and said["assessment"]["next_checks"] == []
    rows = {one["id"]: one for one in client.get(f"/incidents/{id_of(incident)}").json()["evidence"]}
    assert [rows[one]["kind"] for one in best["findings_for"][0]["evidence_ids"]] == ["named"]
    told = client.post("/ask", json={"question": "which check next?", "about": id_of(incident)}).json()["answer"]
    assert any("named by local:admin" in one["text"] for one in told["sentences"])


def test_what_was_proposed_against_another_cause_is_withdrawn(client: TestClient, incident: dict[str, Any]) -> None:
    name(client, incident, "dns_tls_cutover")
    assert client.get(f"/actions/{incident['actions'][0]['id']}").json()["status"] == "SUPERSEDED"


def test_what_was_proposed_against_the_very_cause_stands(client: TestClient, incident: dict[str, Any]) -> None:
    asked = incident["actions"][0]
    assert asked["decision"]["cause"] == incident["assessment"]["hypotheses"][0]["cause"]
    assert name(client, incident, asked["decision"]["cause"])["changed"] is True
    assert client.get(f"/actions/{asked['id']}").json()["status"] == "PENDING"


def test_the_agent_never_overwrites_a_named_cause(client: TestClient, incident: dict[str, Any]) -> None:
    name(client, incident, "cart_session_lost")
    merchant = incident["incident"]["merchants"][0]
    endpoint = next(iter(incident["dossier"]["facts"]["endpoints"]))
    more = [
        {
            "signal_type": "api_error",
            "source": "datadog",
            "severity": "high",
            "error_code": "PAYMENT_CALLBACK_INVALID",
            "endpoint": endpoint,
            "status": 422,
            "merchant_id": f"{merchant}{tail}",
        }
        for tail in WORDS
    ]
    client.post("/signals/ingest", json={"signals": more})
    client.post("/run_cycle")
    now = client.get(f"/incidents/{id_of(incident)}").json()
    assert now["incident"]["signal_count"] > 1 and now["incident"]["named"]["cause"] == "cart_session_lost"
    assert now["assessment"]["hypotheses"][0]["cause"] == "cart_session_lost"


def test_a_named_cause_is_learnt_once_and_naming_it_twice_says_nothing_new(
    client: TestClient, incident: dict[str, Any]
) -> None:
    assert name(client, incident, "dns_tls_cutover")["changed"] is True
    assert name(client, incident, "dns_tls_cutover")["changed"] is False
    now = client.get(f"/incidents/{id_of(incident)}").json()
    assert [one["outcome"] for one in now["lessons"] if one["cause"] == "dns_tls_cutover"] == ["NAMED"]
    assert len(events(client, incident, "incident.cause_named")) == 1


def test_unknown_can_be_named_and_another_name_replaces_the_first(client: TestClient, incident: dict[str, Any]) -> None:
    assert name(client, incident, "unknown")["assessment"]["hypotheses"][0]["cause"] == "unknown"
    assert name(client, incident, "dns_tls_cutover")["assessment"]["hypotheses"][0]["cause"] == "dns_tls_cutover"


def test_a_cause_that_the_pack_does_not_have_is_refused_with_those_it_has(
    client: TestClient, incident: dict[str, Any]
) -> None:
    reply = client.post(f"/incidents/{id_of(incident)}/cause", json={"cause": "gremlins"})
    assert reply.status_code == 422 and "callback_not_https" in reply.json()["causes"]
    assert "unknown" in reply.json()["causes"]


def test_what_people_were_called_to_opens_again_and_forgets_nothing_that_was_refused(
    client: TestClient, incident: dict[str, Any]
) -> None:
    asked = incident["actions"][0]
    client.post(
        "/actions/approve",
        json={"action_id": asked["id"], "approved": False, "digest": asked["digest"], "feedback": "not ours"},
    )
    client.post("/run_cycle")
    assert client.get(f"/incidents/{id_of(incident)}").json()["incident"]["status"] == "ESCALATED"
    said = answer(client, incident, "yes")
    assert said["incident"]["evidence_version"] > incident["incident"]["evidence_version"]
    now = client.get(f"/incidents/{id_of(incident)}").json()
    decided = [one["output"] for one in now["steps"] if one["step"] == "decide"][-1]
    assert asked["id"] in {one["action_id"] for one in decided["tried"]}


def test_the_chain_of_events_still_holds(client: TestClient, incident: dict[str, Any]) -> None:
    answer(client, incident, "yes")
    name(client, incident, "unknown")
    chain = client.get("/audit", params={"verify": True, "limit": 1}).json()["chain"]
    assert chain["ok"] or chain["verdict"] == "not yet anchored", chain


# --- the terminal ---------------------------------------------------------------------------------------------------


def test_both_can_be_said_in_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAUSEWAY_DATA", str(tmp_path))
    monkeypatch.setenv("CAUSEWAY_LITE", "1")
    monkeypatch.setenv("CAUSEWAY_DEMO", "0")
    application = build_application(Settings(data=tmp_path, lite=True, demo=False))
    from app.api.main import create_app

    with TestClient(create_app(application), base_url="http://127.0.0.1:8000", client=("127.0.0.1", 5000)) as client:
        signal = {
            "signal_type": "api_error",
            "source": "t",
            "severity": "critical",
            "error_code": "PAYMENT_CALLBACK_INVALID",
            "endpoint": "/a",
            "merchant_id": "MERCH-T",
        }
        client.post("/signals/ingest", json={"signals": [signal]})
        client.post("/run_cycle")
        (found,) = client.get("/incidents").json()
        check = client.get(f"/incidents/{found['id']}").json()["assessment"]["next_checks"][0]
    run = CliRunner().invoke(cli, ["check", found["id"], check["sign"], "yes"])
    assert run.exit_code == 0 and found["id"] in run.stdout, run.output
    run = CliRunner().invoke(cli, ["cause", found["id"], "unknown", "--note", "we looked", "--json"])
    assert run.exit_code == 0 and json.loads(run.stdout)["incident"]["named"]["cause"] == "unknown", run.output
    run = CliRunner().invoke(cli, ["cause", found["id"], "gremlins"])
    assert run.exit_code == 1 and "callback_not_https" in run.output
