"""What people were told, over HTTP and in the terminal; and an acknowledgement that keeps the second target quiet."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from app.cli.main import cli
from app.domain.action_states import ActionStatus
from app.domain.errors import Forbidden
from app.domain.notices import Notice, NoticeState
from app.domain.tenants import Role
from app.services.notices import board
from tests.api_record import caller_of
from tests.builders import make_scope
from tests.telling import SCOPE, Telling, Vendors, open_telling, open_vendors, target_over, write_config

FIRST = target_over("slack", name="ops", per_hour=2, then={"target": "manager", "after_minutes": 5})
SECOND = {**target_over("telegram", tells=["harm"]), "name": "manager"}


@pytest.fixture(scope="module")
def vendors() -> Iterator[Vendors]:
    with open_vendors() as found:
        yield found


@pytest.fixture
def telling(tmp_path: Path, vendors: Vendors) -> Iterator[Telling]:
    with open_telling(tmp_path, vendors, [FIRST, SECOND]) as found:
        yield found


@pytest.fixture
def client(telling: Telling) -> TestClient:
    return caller_of(telling.application)


def test_targets_and_messages_are_listed_with_what_is_held_back(telling: Telling, client: TestClient) -> None:
    for number in (1, 2, 3):
        telling.ask(number)
    telling.tell()
    telling.ask(4)
    telling.tell()
    found = client.get("/notices").json()
    ops, manager = found["targets"]
    assert (ops["name"], ops["over"], ops["mode"], ops["then_target"]) == ("ops", "Slack", "live", "manager")
    assert (ops["sent_last_hour"], ops["per_hour"], ops["held"], ops["failed"]) == (2, 2, 1, 0)
    assert manager["tells"] == ["harm"]
    assert [one["state"] for one in client.get("/notices", params={"state": "HELD"}).json()["notices"]] == ["HELD"]
    states = [one["state"] for one in found["notices"]]
    assert sorted(states) == ["HELD", "SENT", "SENT", "SUMMED", "SUMMED"]


def test_a_target_is_tried_by_a_call_that_tells_nobody(telling: Telling, client: TestClient, vendors: Vendors) -> None:
    works = client.post("/notices/targets/manager/test").json()
    assert (works["works"], works["why"]) == (True, "")
    assert vendors.telegram.secret not in json.dumps(works)
    vendors.slack.secret, before = "another", vendors.slack.secret
    wrong = client.post("/notices/targets/ops/test").json()
    vendors.slack.secret = before
    assert not wrong["works"] and "invalid_auth" in wrong["why"]
    refused = client.post("/notices/targets/nobody/test")
    assert refused.status_code == 404 and "config/notices.yaml names ops, manager" in refused.json()["detail"]
    assert (vendors.slack.messages, vendors.telegram.messages) == ([], [])
    with pytest.raises(Forbidden):
        board.test_target(telling.ctx, make_scope("default", role=Role.VIEWER), "ops")


def give_up(telling: Telling, vendors: Vendors, number: int) -> Notice:
    """A question that the first target refused to be told of."""
    telling.ask(number)
    secret, vendors.slack.secret = vendors.slack.secret, "another"
    telling.tell("ops")
    vendors.slack.secret = secret
    notice = telling.notices("ops")[-1]
    assert notice.state is NoticeState.GAVE_UP
    return notice


def test_what_was_given_up_is_sent_anew_under_the_same_id_once(
    telling: Telling, client: TestClient, vendors: Vendors
) -> None:
    lost = give_up(telling, vendors, 1)
    answer = client.post(f"/notices/{lost.id}/resend").json()
    assert (answer["notice"]["state"], answer["note"]) == ("WAITING", "It is sent to ops at the next look.")
    again = client.post(f"/notices/{lost.id}/resend")
    assert again.status_code == 409 and "it is WAITING; only what was given up or is in doubt" in again.json()["detail"]
    for _ in range(2):
        telling.tell()
    assert telling.states("ops") == ["SENT"] and len(vendors.slack.messages) == 1
    told = [one["kind"] for one in client.get(f"/incidents/{lost.incident_id}/timeline").json()]
    assert [kind for kind in told if kind.startswith("notice.")] == ["notice.gave_up", "notice.resent", "notice.sent"]
    assert client.post("/notices/nobody/resend").status_code == 404
    with pytest.raises(Forbidden):
        board.resend_notice(telling.ctx, make_scope("default", role=Role.VIEWER), lost.id)


def test_what_has_nothing_left_to_tell_or_nobody_to_tell_it_to_is_not_sent_anew(
    telling: Telling, client: TestClient, vendors: Vendors
) -> None:
    lost = give_up(telling, vendors, 1)
    with telling.ctx.store.write(SCOPE) as session:
        row = session.actions.get(lost.action_id)
        to, at = ActionStatus.REJECTED, telling.clock.now()
        session.actions.move(row.id, from_=row.status, to=to, version=1, digest=row.digest, at=at, by="person:ada")
    over = client.post(f"/notices/{lost.id}/resend")
    assert over.status_code == 409 and "there is nothing left to tell" in over.json()["detail"]
    stranger = lost.changed(id="a" * 64, target="gone")
    with telling.ctx.store.write(SCOPE) as session:
        session.notices.add(stranger)
    refused = client.post(f"/notices/{stranger.id}/resend")
    assert refused.status_code == 409 and "gone is no target" in refused.json()["detail"]


def test_what_may_have_arrived_is_looked_for_before_it_is_sent_anew(
    telling: Telling, client: TestClient, vendors: Vendors
) -> None:
    telling.ask(1)
    telling.tell("ops")
    (sent,) = telling.notices("ops")
    with telling.ctx.store.write(SCOPE) as session:
        session.notices.save(sent.changed(state=NoticeState.IN_DOUBT))
    note = client.post(f"/notices/{sent.id}/resend").json()["note"]
    assert "It may have arrived: it is looked for first" in note
    telling.tell("ops")
    assert telling.states("ops") == ["SENT"] and len(vendors.slack.messages) == 1, "it was found, and not sent twice"


def test_an_acknowledgement_keeps_the_second_target_quiet(
    telling: Telling, client: TestClient, vendors: Vendors
) -> None:
    telling.ask(1)
    telling.ask(2)
    telling.tell()
    taken = client.post("/incidents/INC-00000001/acknowledge").json()
    assert taken["acknowledged_by"] == "local:admin"
    telling.skip(minutes=6)
    telling.tell()
    assert [one.incident_id for one in telling.notices("manager")] == ["INC-00000002"]
    assert len(vendors.telegram.messages) == 1


@pytest.mark.long
@pytest.mark.ci
def test_the_terminal_says_the_same_and_takes_an_incident(
    tmp_path: Path, vendors: Vendors, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_config(tmp_path, vendors, [FIRST, SECOND])
    origins = [one.origin for one in vendors.each().values()]
    for name, value in {
        "CAUSEWAY_DATA": str(tmp_path / "data"),
        "CAUSEWAY_CONFIG": str(config),
        "CAUSEWAY_LOCAL_STANDINS": json.dumps(origins),
        "CAUSEWAY_DEMO": "false",
        "CAUSEWAY_API_PORT": "1",
        "LITE": "1",
    }.items():
        monkeypatch.setenv(name, value)

    def said(*words: str, code: int = 0) -> str:
        found = CliRunner().invoke(cli, list(words))
        assert found.exit_code == code, found.output
        return found.output

    signal = {"signal_type": "api_error", "source": "test", "severity": "high", "merchant_id": "MERCH-1"}
    signal |= {"error_code": "PAYMENT_CALLBACK_INVALID", "endpoint": "/api/v3/checkout/complete"}
    (tmp_path / "signals.json").write_text(json.dumps([signal]))
    said("ingest", str(tmp_path / "signals.json"))
    said("sweep")
    (incident,) = json.loads(said("incidents", "--json"))
    name = incident["id"]
    assert said("acknowledge", name) == f"{name} is yours.\n"
    assert said("assign", name, "night shift") == f"{name} is assigned to night shift.\n"
    assert said("note", name, "called them") == f"{name} has a new note.\n"
    assert said("mute", name) == f"{name} is muted.\n"
    assert said("mute", name, "--off") == f"{name} is told of again.\n"
    said("note", name, " ", code=1)
    said("merge", name, "--into", name, code=1)
    assert "ops works" in said("notices", "test", "ops")
    assert said("notices", "list").splitlines()[1].split()[:3] == ["ops", "Slack", "live"]
    said("notices", "test", "nobody", code=1)
