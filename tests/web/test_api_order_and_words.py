"""What is answered first, about which thing, and in which words a refusal names its reason."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.bootstrap import Application
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.domain.validity import Withdrawal

SCOPE = Scope(tenant_id="default", principal=LOCAL_ADMIN)


def failure(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "signal_type": "api_error",
        "source": "datadog",
        "severity": "high",
        "error_code": "PAYMENT_CALLBACK_INVALID",
        "endpoint": f"/api/v3/words/{'abcdefghij'[number]}",
        "merchant_id": f"MERCH-WORD{number}",
        **changes,
    }


@pytest.fixture(scope="module")
def asked(client: TestClient) -> list[dict[str, Any]]:
    """Three questions of three incidents."""
    client.post("/signals/ingest", json={"signals": [failure(number) for number in range(3)]})
    assert client.post("/run_cycle").status_code == 200
    rows: list[dict[str, Any]] = client.get("/actions/pending").json()
    assert len(rows) == 3
    return rows


def priced(application: Application, incident_id: str, minor: int) -> None:
    with application.ctx.store.write(SCOPE) as session:
        incident = session.incidents.get(incident_id)
        bill = [{"minor": minor, "currency": "EUR"}]
        session.incidents.save(incident.changed(metrics_snapshot={**incident.metrics_snapshot, "per_hour": bill}))


def test_questions_come_by_what_waiting_costs_and_of_equals_the_oldest_first(
    application: Application, client: TestClient, asked: list[dict[str, Any]]
) -> None:
    by_age = sorted(asked, key=lambda row: (row["proposed_at"], row["id"]))
    prices = [500, 90_000, 500]
    for row, minor in zip(by_age, prices, strict=True):
        priced(application, row["incident_id"], minor)
    expected = [by_age[1]["id"], by_age[0]["id"], by_age[2]["id"]]
    assert [row["id"] for row in client.get("/actions/pending").json()] == expected
    assert [row["id"] for row in client.get("/actions/pending?limit=1").json()] == expected[:1]
    assert client.post("/run_cycle").json()["pending_actions"] == expected


def test_every_count_of_what_waits_is_the_count_of_the_list_and_a_muted_incident_waits_silently(
    client: TestClient, asked: list[dict[str, Any]]
) -> None:
    def counts() -> tuple[int, ...]:
        listed = client.get("/actions/pending", params={"limit": 500}).json()
        said = client.get("/agent/status").json()["pending_actions"]
        return (
            len(listed),
            said,
            client.get("/agent/state").json()["pending_actions"],
            client.get("/desk").json()["questions"],
        )

    silent = asked[0]["incident_id"]
    assert counts() == (3, 3, 3, 3)
    assert client.post(f"/incidents/{silent}/mute", json={"value": "on"}).status_code == 200
    assert counts() == (2, 2, 2, 2)
    assert client.post(f"/incidents/{silent}/mute", json={"value": "off"}).status_code == 200
    assert counts() == (3, 3, 3, 3)


def test_a_question_is_answered_about_what_it_names(client: TestClient, asked: list[dict[str, Any]]) -> None:
    for row in asked:
        (merchant,) = row["decision"]["scope"]
        signal = client.get("/signals", params={"merchant_id": merchant}).json()[0]["id"]
        evidence = client.get(f"/incidents/{row['incident_id']}").json()["evidence"][0]["id"]
        for name in (row["incident_id"], row["id"], merchant, signal, evidence, row["id"].lower()):
            told = client.post("/ask", json={"question": f"why did you propose this for {name}?"}).json()
            assert told["answer"]["about"] == row["id"], (name, told["answer"])
            beside = client.post(
                "/ask", json={"question": f"who is affected by {name}?", "about": asked[0]["id"]}
            ).json()
            assert beside["answer"]["about"] == row["id"]


@pytest.mark.parametrize(
    "name",
    ["INC-00000000", "ACT-00000000", "MERCH-NOBODY", f"SIG-{'0' * 32}", "EV-0000000000", "DOC-000000000000", "0" * 64],
)
def test_a_question_about_what_does_not_exist_is_told_so_and_never_answered_about_another(
    client: TestClient, asked: list[dict[str, Any]], name: str
) -> None:
    told = client.post("/ask", json={"question": f"what does {name} cost?"}).json()["answer"]
    assert (told["about"], told["sentences"]) == (None, [])
    assert len(told["unknown"]) == 1 and name in told["unknown"][0] and "no " in told["unknown"][0]
    beside = client.post("/ask", json={"question": f"what does {name} cost?", "about": asked[0]["id"]}).json()["answer"]
    assert beside["unknown"] == told["unknown"]
    assert client.post("/ask", json={"question": "what does it cost?", "about": name}).status_code in {404, 422}


def test_an_id_that_comes_again_with_other_content_is_named_recorded_and_changes_nothing(client: TestClient) -> None:
    first = failure(4, event_id="dd-77", occurred_at=None, merchant_id="MERCH-WORD4")
    assert client.post("/signals/ingest", json={"signals": [first]}).json()["conflicts"] == []
    again = client.post("/signals/ingest", json={"signals": [first]}).json()
    assert (again["duplicates"], again["conflicts"]) == (1, [])
    other = {**first, "severity": "low", "error_message": "something else"}
    told = client.post("/signals/ingest", json={"signals": [failure(5, event_id="dd-78"), other]}).json()
    (conflict,) = told["conflicts"]
    assert (conflict["index"], conflict["event_id"], conflict["fields"]) == (1, "dd-77", ["error_message", "severity"])
    assert "stays" in conflict["detail"]
    kept = client.get("/signals", params={"id": conflict["signal_id"]}).json()[0]
    assert (kept["severity"], kept["error_message"]) == ("high", None)
    event = client.get("/audit", params={"newest_first": True, "limit": 5}).json()
    assert [one["payload"]["conflicts"][0]["event_id"] for one in event if one["kind"] == "signals.conflict"] == [
        "dd-77"
    ]


def test_two_contents_of_one_id_in_one_batch_are_a_conflict_too(client: TestClient) -> None:
    ticket = {"signal_type": "ticket", "source": "desk", "ticket_id": "T-9", "subject": "help", "body": "first"}
    told = client.post("/signals/ingest", json={"signals": [ticket, {**ticket, "body": "second"}, ticket]}).json()
    assert (told["accepted"], told["duplicates"]) == (1, 2)
    assert [(one["index"], one["event_id"], one["fields"]) for one in told["conflicts"]] == [(1, "T-9", ["body"])]


def test_an_edit_that_changes_nothing_says_so_and_keeps_version_and_digest(
    client: TestClient, asked: list[dict[str, Any]]
) -> None:
    row = asked[0]
    same = client.post(
        f"/actions/{row['id']}/edit", json={"arguments": row["decision"]["arguments"], "digest": row["digest"]}
    )
    assert same.status_code == 200, same.text
    told = same.json()
    assert (told["version"], told["digest"], told["changed_by_edit"]) == (row["version"], row["digest"], False)
    assert "Nothing was changed" in told["note"]
    assert client.get(f"/actions/{row['id']}").json()["digest"] == row["digest"]
    stale = client.post(
        f"/actions/{row['id']}/edit", json={"arguments": row["decision"]["arguments"], "digest": "0" * 64}
    )
    assert stale.status_code == 409


def test_a_refusal_after_a_merge_names_the_merge_and_a_withdrawal_its_rule(
    client: TestClient, asked: list[dict[str, Any]]
) -> None:
    left, into = asked[1], asked[2]
    merged = client.post(f"/incidents/{left['incident_id']}/merge", json={"value": into["incident_id"]})
    assert merged.status_code == 200, merged.text
    words = f"{left['incident_id']} was merged into {into['incident_id']}"
    refusals = [
        client.post("/actions/approve", json={"action_id": left["id"], "approved": True, "digest": left["digest"]}),
        client.post(
            f"/actions/{left['id']}/edit", json={"arguments": left["decision"]["arguments"], "digest": left["digest"]}
        ),
        client.post(f"/incidents/{left['incident_id']}/close"),
        client.post(f"/incidents/{into['incident_id']}/merge", json={"value": left["incident_id"]}),
        client.post("/execute_action", json={"action_id": left["id"]}),
        client.post(f"/incidents/{left['incident_id']}/retry"),
    ]
    for refused in refusals:
        assert refused.status_code == 409 and words in refused.json()["detail"], refused.text
    row = client.get(f"/actions/{left['id']}").json()
    assert row["status"] == "SUPERSEDED" and words in row["feedback"] and Withdrawal.ENDED.value in row["feedback"]
    events = client.get(f"/incidents/{left['incident_id']}/timeline").json()
    assert [
        Withdrawal.ENDED.value in one["payload"]["feedback"] for one in events if one["kind"] == "action.superseded"
    ] == [True]
