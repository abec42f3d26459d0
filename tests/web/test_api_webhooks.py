"""Webhooks over HTTP: what is proven is kept once, what is not is refused, told to the audit record, and not kept."""

import json
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from app.bootstrap import Application, build_application
from app.domain.tenants import Tenant
from app.services.intake.webhooks import MOST_REFUSALS, UNSIGNED
from app.settings import PROJECT, Settings
from app.system import SteppedClock
from tests.api_record import caller_of
from tests.senders import SEND_TIMES, SIGN_BODIES, SIGN_TIMES, SIGNERS, recorded

ONE, TWO = b"the secret of one", b"the secret of two"
SIGNED = ("bigcommerce", "grafana", "pagerduty", "sentry", "shopify", "stripe", "zendesk", "datadog", "alertmanager")
READ = (*SIGNED, "cloudevents", "otlp")
RECORDED_AT = datetime(2026, 11, 20, 10, 5, tzinfo=UTC)
"""Shortly after the recorded payloads happened: on the machine's own clock they grow older than what is kept."""


def each_of(names: Sequence[str]) -> pytest.MarkDecorator:
    """One of each way to prove something by default, all the others in CI."""
    marks = [pytest.mark.long, pytest.mark.ci]
    return pytest.mark.parametrize(
        "name",
        [pytest.param(name, marks=[] if name in ("stripe", "pagerduty", "alertmanager") else marks) for name in names],
    )


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """Two tenants with a secret each for every source but Datadog, which only one of them knows; a third has none."""
    folder: Path = tmp_path_factory.mktemp("webhooks")
    shutil.copytree(PROJECT / "config", folder / "config")
    (folder / "two").write_bytes(TWO + b"\n")
    bindings = [
        f"  - source: {name}\n    tenant: {tenant}\n    secrets:\n      - {secret}\n"
        for tenant, secret in (("one", "env: HOOK_SECRET_ONE"), ("two", f"file: {folder / 'two'}"))
        for name in READ
        if (name, tenant) != ("datadog", "two")
    ]
    gone = "  - source: other\n    tenant: gone\n    secrets:\n      - env: HOOK_SECRET_ONE\n"
    (folder / "config" / "sources.yaml").write_text("sources:\n" + "".join(bindings) + gone)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOOK_SECRET_ONE", ONE.decode())
        built = build_application(
            Settings(
                data=folder / "data",
                config=folder / "config",
                lite=True,
                demo=False,
                sweep_seconds=3600,
                max_body_bytes=200_000,
            ),
            clock=SteppedClock(RECORDED_AT),
        )
        for name in ("one", "two", "three"):
            built.store.put_tenant(Tenant(id=name, title=name))
        yield built


@pytest.fixture(scope="module")
def client(application: Application) -> Iterator[TestClient]:
    with caller_of(application) as caller:
        yield caller


def now(application: Application) -> datetime:
    return application.ctx.system.now()


def post(client: TestClient, name: str, body: bytes, headers: dict[str, str], path: str = "") -> Response:
    return client.post(path or f"/webhooks/{name}", content=body, headers={**recorded(name).headers, **headers})


def send(
    client: TestClient,
    application: Application,
    name: str,
    *,
    mark: str,
    secret: bytes = ONE,
    later: float = 0,
    **more: str,
) -> Response:
    body = marked(name, mark)
    return post(
        client,
        name,
        body,
        {**SIGNERS[name](secret, body, now(application) + timedelta(seconds=later)), **ids(mark), **more},
    )


def marked(name: str, mark: str) -> bytes:
    """The recorded payload as another event of its sender."""
    text = recorded(name).body.decode()
    for identity in (
        "a1f0c2",
        "b2e1d3",
        "c3",
        "7301",
        "e0f1",
        "01EVT",
        "evt-01",
        "3f9ea420",
        "evt_1",
        "a-1",
        "EEE19B7EC3C1B174",
    ):
        text = text.replace(f'"{identity}', f'"{identity}{mark}')
    return text.encode()


def ids(mark: str) -> dict[str, str]:
    return {"X-Shopify-Webhook-Id": f"wh-{mark}"}


def kept(client: TestClient, tenant: str) -> int:
    return int(client.get("/agent/state", headers={"X-Tenant": tenant}).json()["signals"])


def refusals(client: TestClient, tenant: str) -> list[dict[str, Any]]:
    events = client.get("/audit?limit=500", headers={"X-Tenant": tenant}).json()
    return [one["payload"] for one in events if one["kind"] == "webhook.refused"]


@each_of(READ)
def test_a_proven_delivery_is_kept_in_the_tenant_of_its_secret(
    client: TestClient, application: Application, name: str
) -> None:
    before = [kept(client, one) for one in ("one", "two", "default")]
    reply = send(client, application, name, mark="kept")
    assert reply.status_code == 202, reply.text
    told = reply.json()
    assert told["tenant"] == "one" and told["signed"] and told["accepted"] >= 1 and not told["unmapped"]
    assert [kept(client, one) for one in ("one", "two", "default")] == [before[0] + told["accepted"], *before[1:]]
    found = client.get("/signals", params={"id": told["signal_ids"]}, headers={"X-Tenant": "one"}).json()
    assert {one["source"] for one in found} == {name}


@each_of(READ)
def test_a_second_try_of_the_sender_is_answered_200_and_keeps_nothing(
    client: TestClient, application: Application, name: str
) -> None:
    first = send(client, application, name, mark="twice")
    again = send(client, application, name, mark="twice", later=1)
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json()["accepted"] == 0 and again.json()["duplicates"] == len(first.json()["signal_ids"])


@each_of(READ)
def test_a_forged_delivery_is_401_and_an_audit_row_and_nothing_else(
    client: TestClient, application: Application, name: str
) -> None:
    before, told = kept(client, "one"), len(refusals(client, "one"))
    reply = send(client, application, name, mark="forged", secret=b"a guess", **{"X-Tenant": "one"})
    assert (reply.status_code, reply.json()["error"]) == (401, "Unproven")
    rows = refusals(client, "one")
    assert len(rows) == told + 1
    assert rows[-1]["source"] == name and len(rows[-1]["sha256"]) == 64
    assert kept(client, "one") == before
    assert "a guess" not in json.dumps(rows) and ONE.decode() not in json.dumps(rows)


@each_of(SEND_TIMES)
def test_a_stale_delivery_is_401_and_an_audit_row(client: TestClient, application: Application, name: str) -> None:
    reply = send(client, application, name, mark="stale", later=-301, **{"X-Tenant": "one"})
    assert reply.status_code == 401 and "stale" in reply.json()["detail"]
    assert "stale" in refusals(client, "one")[-1]["reason"]


@each_of(SIGN_TIMES)
def test_a_replayed_delivery_is_401_and_an_audit_row(client: TestClient, application: Application, name: str) -> None:
    body = marked(name, "replayed")
    headers = SIGNERS[name](ONE, body, now(application))
    assert post(client, name, body, headers).status_code == 202
    before = kept(client, "one")
    reply = post(client, name, body, headers)
    assert reply.status_code == 401 and "replayed" in reply.json()["detail"]
    rows = refusals(client, "default")
    assert rows[-1]["source"] == name and "replayed" in rows[-1]["reason"]
    assert kept(client, "one") == before


@each_of(SIGN_BODIES)
def test_a_delivery_that_somebody_wrote_anew_is_401(client: TestClient, application: Application, name: str) -> None:
    body = marked(name, "anew")
    headers = SIGNERS[name](ONE, body, now(application))
    before = kept(client, "one")
    reply = post(client, name, json.dumps(json.loads(body), indent=2).encode(), headers)
    assert reply.status_code == 401
    assert kept(client, "one") == before


def test_a_secret_writes_into_its_own_tenant_only(client: TestClient, application: Application) -> None:
    for secret, own, other in ((ONE, "one", "two"), (TWO, "two", "one")):
        mark = f"own{own}"
        assert send(client, application, "stripe", mark=mark, secret=secret).json()["tenant"] == own
        before = kept(client, other)
        assert (
            send(client, application, "stripe", mark=mark, secret=secret, later=1, **{"X-Tenant": other}).status_code
            == 401
        )
        assert kept(client, other) == before


def test_an_unsigned_delivery_is_taken_from_this_machine_only_and_only_without_a_secret(
    client: TestClient, application: Application
) -> None:
    body = marked("alertmanager", "unsigned")
    reply = post(client, "alertmanager", body, {"X-Tenant": "three"})
    assert reply.status_code == 202
    assert reply.json()["signed"] is False and UNSIGNED in reply.json()["notes"]
    assert post(client, "alertmanager", body, {"X-Tenant": "one"}).status_code == 401
    assert post(client, "alertmanager", body, {}).status_code == 401
    before = kept(client, "three")
    for passed_on in ({"X-Forwarded-For": "203.0.113.9"}, {"Forwarded": "for=203.0.113.9"}, {"Via": "1.1 tunnel"}):
        fresh = marked("alertmanager", "passed on")
        reply = post(client, "alertmanager", fresh, {"X-Tenant": "three", **passed_on})
        assert reply.status_code == 401 and "config/sources.yaml" in reply.json()["detail"]
    assert kept(client, "three") == before


def test_a_secret_that_is_not_there_is_said_and_the_sender_tries_again(
    client: TestClient, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOOK_SECRET_ONE")
    reply = send(client, application, "datadog", mark="no secret")
    assert (
        reply.status_code == 503
        and "HOOK_SECRET_ONE" in reply.json()["detail"]
        and int(reply.headers["retry-after"]) >= 1
    )


def test_a_tenant_that_nobody_opened_is_said(client: TestClient, application: Application) -> None:
    reply = send(client, application, "other", mark="gone")
    assert reply.status_code == 503 and "gone" in reply.json()["detail"]


@each_of(READ)
def test_auto_finds_the_sender_by_itself(client: TestClient, application: Application, name: str) -> None:
    body = marked(name, "auto")
    reply = post(client, name, body, {**SIGNERS[name](ONE, body, now(application)), **ids("auto")}, "/webhooks/auto")
    assert reply.status_code == 202 and reply.json()["source"] == name


def test_a_truncated_body_is_400_with_its_place_when_it_is_signed(client: TestClient, application: Application) -> None:
    body = marked("stripe", "cut")[:-20]
    before = kept(client, "one")
    reply = post(client, "stripe", body, SIGNERS["stripe"](ONE, body, now(application)))
    assert reply.status_code == 400 and reply.json()["line"] == 1
    again = post(client, "stripe", body, SIGNERS["stripe"](ONE, body, now(application)))
    assert again.status_code == 400, "what was not kept is no replay"
    assert kept(client, "one") == before


def test_a_huge_body_is_refused_before_it_is_read(client: TestClient, application: Application) -> None:
    for content in (b" " * 200_001, iter([b" " * 150_000, b" " * 150_000])):
        assert client.post("/webhooks/stripe", content=content).status_code == 413
    assert client.post("/webhooks/auto", content=b"x", headers={"content-encoding": "gzip"}).status_code == 415


def test_too_many_events_are_refused_whole(client: TestClient, application: Application) -> None:
    event = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{}] * 5_001}]}]}
    sent = json.dumps(event).encode()
    assert (
        client.post("/v1/logs", content=sent, headers=SIGNERS["otlp"](ONE, sent, now(application))).status_code == 413
    )


def test_an_unknown_source_is_not_found_and_told_which_there_are(client: TestClient) -> None:
    reply = client.post("/webhooks/acme", json={})
    assert reply.status_code == 404 and "stripe" in reply.json()["detail"]


def test_times_out_of_bounds_are_kept_aside_and_shown(client: TestClient, application: Application) -> None:
    body = marked("stripe", "odd").replace(b"1795168800", b"95168800")
    reply = post(client, "stripe", body, SIGNERS["stripe"](ONE, body, now(application)))
    assert reply.status_code == 202 and any("set aside" in note for note in reply.json()["notes"])
    aside = client.get("/signals/aside", headers={"X-Tenant": "one"}).json()
    assert [one["signal"]["id"] for one in aside] == reply.json()["signal_ids"]


def test_logs_are_answered_as_their_exporters_expect(client: TestClient, application: Application) -> None:
    body = marked("otlp", "logs")
    reply = client.post(
        "/v1/logs",
        content=body,
        headers={**SIGNERS["otlp"](ONE, body, now(application)), "content-type": "application/json"},
    )
    assert (reply.status_code, reply.json()) == (200, {"partialSuccess": {}})
    packed = client.post(
        "/v1/logs",
        content=b"",
        headers={**SIGNERS["otlp"](ONE, b"", now(application)), "content-type": "application/x-protobuf"},
    )
    assert (packed.status_code, packed.content, packed.headers["content-type"]) == (200, b"", "application/x-protobuf")


def test_the_senders_are_listed_with_what_they_must_prove(client: TestClient) -> None:
    rows = {one["name"]: one for one in client.get("/webhooks", headers={"X-Tenant": "two"}).json()}
    assert rows["stripe"]["configured"] and not rows["datadog"]["configured"]
    assert rows["stripe"]["path"] == "/webhooks/stripe" and "Stripe-Signature" in rows["stripe"]["proof"]


def test_a_flood_of_forged_deliveries_is_counted_and_not_written_one_by_one(
    client: TestClient, application: Application
) -> None:
    for n in range(MOST_REFUSALS + 5):
        assert (
            client.post(
                "/webhooks/stripe", content=b"{}", headers={"X-Tenant": "two", "Stripe-Signature": f"t=1,v1={n}"}
            ).status_code
            == 401
        )
    assert len(refusals(client, "two")) <= 2 * MOST_REFUSALS
    assert client.get("/audit?verify=true", headers={"X-Tenant": "two"}).json()["chain"]["ok"]
