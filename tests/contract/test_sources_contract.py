"""What every source promises, over payloads recorded from what its sender documents."""

import json
import random
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.signals import SignalType
from app.sources.base import Delivery, SenderSettings, WhatWasSaid
from app.sources.proofs import Unproven
from app.sources.registry import SOURCES, recognise_source
from app.validation.strict_json import Unreadable
from tests.senders import SEND_TIMES, SIGN_BODIES, SIGN_TIMES, SIGNERS, recorded

NOW = datetime(2026, 11, 20, 10, 5, tzinfo=UTC)
AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SECRET = b"a secret of nobody"
PLAIN = SenderSettings()
READABLE = sorted(set(SOURCES) - {"other"})
T = SignalType
every_source = pytest.mark.parametrize("name", sorted(SOURCES))
EXPECTED: dict[str, list[tuple[SignalType, dict[str, Any]]]] = {
    "alertmanager": [
        (
            T.API_ERROR,
            {
                "severity": "critical",
                "error_code": "CheckoutErrors",
                "endpoint": "/api/v3/checkout/complete",
                "status": 502,
                "merchant_id": "MERCH-A1B2C3",
                "occurred_at": AT.replace(microsecond=123456),
            },
        ),
        (T.LOG, {"level": "resolved", "merchant_id": "MERCH-D4E5F6", "occurred_at": AT - timedelta(minutes=20)}),
    ],
    "grafana": [
        (
            T.API_ERROR,
            {
                "severity": "medium",
                "error_code": "Latency",
                "endpoint": "/cart",
                "merchant_id": "MERCH-A1B2C3",
                "occurred_at": AT,
            },
        )
    ],
    "datadog": [
        (
            T.API_ERROR,
            {
                "severity": "high",
                "error_code": "PAYMENT_CALLBACK_INVALID",
                "endpoint": "/callbacks/payment",
                "merchant_id": "MERCH-A1B2C3",
                "occurred_at": AT,
            },
        )
    ],
    "sentry": [
        (
            T.API_ERROR,
            {
                "event_id": "e0f1",
                "severity": "high",
                "error_code": "TokenExpired",
                "endpoint": "/api/v3/pay",
                "merchant_id": "MERCH-A1B2C3",
                "occurred_at": AT.replace(microsecond=250000),
            },
        )
    ],
    "pagerduty": [
        (T.API_ERROR, {"event_id": "01EVT", "severity": "critical", "error_code": "checkout-502", "occurred_at": AT})
    ],
    "zendesk": [
        (
            T.TICKET,
            {"event_id": "evt-01", "ticket_id": "35436", "severity": "high", "channel": "web_form", "occurred_at": AT},
        )
    ],
    "shopify": [
        (
            T.ORDER,
            {
                "event_id": "wh-77",
                "order_id": "5001",
                "amount": 12_050,
                "currency": "EUR",
                "merchant_id": "first-shop.myshopify.com",
                "occurred_at": AT.replace(microsecond=500000),
            },
        )
    ],
    "bigcommerce": [(T.LOG, {"level": "order/statusUpdated", "merchant_id": "abcde", "occurred_at": AT})],
    "stripe": [
        (
            T.PAYMENT,
            {
                "event_id": "evt_1",
                "payment_id": "pi_1",
                "amount": 4250,
                "currency": "EUR",
                "status": "failed",
                "merchant_id": "MERCH-A1B2C3",
                "occurred_at": AT,
            },
        )
    ],
    "cloudevents": [
        (
            T.LOG,
            {"event_id": "/shops/first/a-1", "severity": "medium", "merchant_id": "MERCH-A1B2C3", "occurred_at": AT},
        )
    ],
    "otlp": [
        (
            T.API_ERROR,
            {
                "severity": "high",
                "error_code": "OrderRefused",
                "endpoint": "/api/v3/orders",
                "status": 502,
                "merchant_id": "MERCH-A1B2C3",
                "occurred_at": AT.replace(microsecond=300000),
            },
        ),
        (T.LOG, {"level": "INFO", "merchant_id": "MERCH-A1B2C3", "occurred_at": AT + timedelta(seconds=1)}),
    ],
    "kubernetes": [
        (T.API_ERROR, {"severity": "medium", "error_code": "Failed", "merchant_id": "cart", "occurred_at": AT}),
        (T.LOG, {"level": "normal", "merchant_id": "MERCH-A1B2C3", "occurred_at": AT + timedelta(minutes=1)}),
    ],
}
"""What the recorded payload of each source says."""


def deliver(name: str, body: bytes | None = None, *, signed: dict[str, str] | None = None, **more: str) -> Delivery:
    one = recorded(name)
    headers = {**one.headers, **(signed or {}), **{key.replace("_", "-"): value for key, value in more.items()}}
    return Delivery({key.lower(): value for key, value in headers.items()}, one.body if body is None else body, NOW)


def sign(name: str, body: bytes | None = None, at: datetime = NOW, secret: bytes = SECRET) -> Delivery:
    sent = recorded(name).body if body is None else body
    return deliver(name, sent, signed=SIGNERS[name](secret, sent, at))


def read(delivery: Delivery, name: str) -> WhatWasSaid:
    return SOURCES[name].read(delivery, PLAIN)


def test_every_source_is_recorded_and_has_a_sender() -> None:
    assert set(SIGNERS) == set(SOURCES), "say in SIGNERS of tests/senders.py how each source signs"
    assert {*EXPECTED, "other"} == set(SOURCES), "say in EXPECTED what the recorded payload of each source says"


@pytest.mark.parametrize("name", READABLE)
def test_a_recorded_payload_says_what_it_says(name: str) -> None:
    reading = read(deliver(name), name)
    assert not reading.rest
    found = [
        (one.signal_type, {key: getattr(one, key) for key in wanted})
        for one, (_, wanted) in zip(reading.signals, EXPECTED[name], strict=True)
    ]
    assert found == EXPECTED[name]
    assert all(one.source == name and one.event_id for one in reading.signals)


@pytest.mark.parametrize("name", READABLE)
def test_the_same_delivery_has_the_same_ids_and_nothing_two_alike(name: str) -> None:
    first, again = read(deliver(name), name), read(deliver(name), name)
    assert first == again
    assert len({one.event_id for one in first.signals}) == len(first.signals)


@every_source
def test_a_sender_is_recognised_by_what_it_sends_and_by_nobody_elses_name(name: str) -> None:
    found = [one.name for one in SOURCES.values() if one.recognise(deliver(name))]
    assert found == ([] if name == "other" else [name])
    assert recognise_source(deliver(name)).name == name
    assert recognise_source(sign(name)).name == name


@every_source
def test_a_delivery_of_who_knows_the_secret_is_proven(name: str) -> None:
    proof = SOURCES[name].verify(sign(name), SECRET, PLAIN)
    assert (proof.seal is not None) == (name in SIGN_TIMES)


@every_source
def test_a_forged_delivery_is_not_proven(name: str) -> None:
    for forged in (sign(name, secret=b"a guess"), deliver(name)):
        with pytest.raises(Unproven):
            SOURCES[name].verify(forged, SECRET, PLAIN)


@pytest.mark.parametrize("name", SIGN_BODIES)
def test_bytes_that_were_changed_or_only_written_anew_are_not_proven(name: str) -> None:
    signed = sign(name)
    for other in (json.dumps(signed.content, indent=1).encode(), signed.body[:-1], signed.body + b" ", b""):
        with pytest.raises(Unproven):
            SOURCES[name].verify(Delivery(signed.headers, other, NOW), SECRET, PLAIN)


@pytest.mark.parametrize("name", SEND_TIMES)
@pytest.mark.parametrize("minutes", [-6, 6, -60 * 24 * 365])
def test_a_signature_of_another_time_is_not_proven(name: str, minutes: int) -> None:
    with pytest.raises(Unproven, match="stale or replayed"):
        SOURCES[name].verify(sign(name, at=NOW + timedelta(minutes=minutes)), SECRET, PLAIN)


@pytest.mark.parametrize("name", SIGN_TIMES)
def test_an_old_signature_with_a_new_time_is_not_proven(name: str) -> None:
    old, new = sign(name, at=NOW - timedelta(hours=1)), sign(name)
    wrong = {key: new.headers[key] if "time" in key else value for key, value in old.headers.items()}
    if name == "stripe":
        wrong["stripe-signature"] = wrong["stripe-signature"].replace(
            *(str(int(one.timestamp())) for one in (NOW - timedelta(hours=1), NOW))
        )
    with pytest.raises(Unproven):
        SOURCES[name].verify(Delivery(wrong, old.body, NOW), SECRET, PLAIN)


@pytest.mark.parametrize("name", SIGN_TIMES)
def test_a_second_try_is_signed_anew_and_a_replay_is_known_again(name: str) -> None:
    verify = SOURCES[name].verify
    first, again, second = (sign(name), sign(name), sign(name, at=NOW + timedelta(seconds=30)))
    seals = [verify(one, SECRET, PLAIN).seal for one in (first, again, second)]
    assert seals[0] == seals[1] != seals[2]


@pytest.mark.parametrize("name", READABLE)
def test_a_truncated_or_wrongly_encoded_body_is_unreadable_even_when_it_is_proven(name: str) -> None:
    body = recorded(name).body
    for broken in (body[: len(body) // 2], body.decode().encode("utf-16"), b"\xff" + body, b'{"a": NaN}', b"[" * 200):
        delivery = sign(name, broken)
        SOURCES[name].verify(delivery, SECRET, PLAIN)
        with pytest.raises(Unreadable):
            read(delivery, name)


@pytest.mark.parametrize("name", READABLE)
def test_fields_that_nobody_knows_change_nothing(name: str) -> None:
    content = recorded(name).content
    more = {**content, "tomorrow": {"a": [1, {"b": None}]}, "": "nothing"}
    assert read(deliver(name, json.dumps(more).encode()), name).signals == read(deliver(name), name).signals


@pytest.mark.parametrize("name", READABLE)
def test_whatever_else_stands_there_is_read_or_left_over_and_nothing_fails(name: str) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    drawn = random.Random(seed)
    for _ in range(60):
        content = garbled(recorded(name).content, drawn)
        reading = read(deliver(name, json.dumps(content).encode()), name)
        for signal in reading.signals:
            assert signal.source == name


WILD = (
    None,
    True,
    0,
    -1,
    2**62,
    1.5,
    "",
    "x" * 30_000,
    "\x00\u202e",
    [],
    {},
    [[1]],
    {"a": {"b": {"c": {"d": {"e": 1}}}}},
    "2026-99-99",
)


def garbled(value: Any, drawn: random.Random) -> Any:
    """The same with some of it replaced by something else."""
    if drawn.random() < 0.06:
        return drawn.choice(WILD)
    if isinstance(value, dict):
        return {key: garbled(inner, drawn) for key, inner in value.items() if drawn.random() > 0.05}
    if isinstance(value, list):
        return [garbled(inner, drawn) for inner in value]
    return value


@pytest.mark.parametrize("name", READABLE)
def test_what_is_too_long_is_cut_and_what_is_misshapen_becomes_an_attribute(name: str) -> None:
    long = json.loads(json.dumps(recorded(name).content).replace("MERCH-A1B2C3", "a shop with spaces " * 20))
    for signal in read(deliver(name, json.dumps(long).encode()), name).signals:
        assert signal.merchant_id is None or " " not in signal.merchant_id


# --- what is special about one
# -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("shopify", {"x-shopify-hmac-sha256": "qp4uNXX11wmLbKzNeQiIw21f22M0KnO62i1qUXR6hJQ="}),
        ("shopify", {"shopify-hmac-sha256": "qp4uNXX11wmLbKzNeQiIw21f22M0KnO62i1qUXR6hJQ="}),
        (
            "zendesk",
            {
                "x-zendesk-webhook-signature": "f2UmOLcVsmrGBH9EFEGfIOv/ajZz2oqlPP2wJ8aDyF0=",
                "x-zendesk-webhook-signature-timestamp": "2026-11-20T00:00:00Z",
            },
        ),
        (
            "stripe",
            {"stripe-signature": "t=1700000000,v1=49f24e537407743fa4a0242bb63b94b9a47ee99cbbe071ccd8a22550ae411686"},
        ),
        ("pagerduty", {"x-pagerduty-signature": "v1=aa9e2e3575f5d7098b6caccd790888c36d5fdb63342a73bada2d6a51747a8494"}),
        (
            "grafana",
            {"x-grafana-alerting-signature": "aa9e2e3575f5d7098b6caccd790888c36d5fdb63342a73bada2d6a51747a8494"},
        ),
        (
            "bigcommerce",
            {
                "webhook-id": "msg_1",
                "webhook-timestamp": "1700000000",
                "webhook-signature": "v1,Q5nZ7DiOGwijBBqvBVAK6c0zDr2JLkXI7TaV4f+Q2vY=",
            },
        ),
    ],
)
def test_known_signatures_are_computed_as_their_senders_compute_them(name: str, headers: dict[str, str]) -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC) if name == "zendesk" else datetime.fromtimestamp(1_700_000_000, UTC)
    SOURCES[name].verify(Delivery(headers, b'{"a":1}', at), b"secret", PLAIN)


@pytest.mark.parametrize("given", ["Bearer {}", "Basic {}", "bearer  {} "])
def test_a_shared_secret_comes_as_bearer_or_password(given: str) -> None:
    text = SECRET.decode()
    sent = given.format(b64encode(f"causeway:{text}".encode()).decode() if given.startswith("Basic") else text)
    SOURCES["alertmanager"].verify(deliver("alertmanager", authorization=sent), SECRET, PLAIN)
    for wrong in ("Basic %%%", "Basic", "Bearer", "Digest x", f"Bearer {text}x", "Bearer ü"):
        with pytest.raises(Unproven):
            SOURCES["alertmanager"].verify(deliver("alertmanager", authorization=wrong), SECRET, PLAIN)


def test_the_headers_of_grafana_are_named_by_people() -> None:
    named = SenderSettings(signature_header="X-Sign", timestamp_header="X-Time")
    body, sent = recorded("grafana").body, str(int(NOW.timestamp()))
    signature = SIGNERS["grafana"](SECRET, body, NOW)["X-Grafana-Alerting-Signature"]
    SOURCES["grafana"].verify(Delivery({"x-sign": signature, "x-time": sent}, body, NOW), SECRET, named)
    for missing in ({"x-sign": signature}, {"x-time": sent}, {}):
        with pytest.raises(Unproven):
            SOURCES["grafana"].verify(Delivery(missing, body, NOW), SECRET, named)


def test_an_alert_that_fires_again_is_another_event_and_its_end_a_third() -> None:
    content = recorded("alertmanager").content
    later = json.loads(json.dumps(content).replace("2026-11-20T10:00:00.123456789Z", "2026-11-20T12:00:00Z"))
    ended = json.loads(json.dumps(content).replace('"firing"', '"resolved"'))
    ids = [
        read(deliver("alertmanager", json.dumps(one).encode()), "alertmanager").signals[0].event_id
        for one in (content, later, ended)
    ]
    assert len(set(ids)) == 3


def test_a_merchant_is_named_as_the_tenant_names_it() -> None:
    known = SenderSettings(merchants={"first-shop.myshopify.com": "MERCH-1", "77": "MERCH-77"})
    assert SOURCES["shopify"].read(deliver("shopify"), known).signals[0].merchant_id == "MERCH-1"
    assert SOURCES["zendesk"].read(deliver("zendesk"), known).signals[0].merchant_id == "MERCH-77"
    assert read(deliver("zendesk"), "zendesk").signals[0].merchant_id is None


def test_only_a_new_order_is_an_order_so_that_no_payment_is_paid_for_twice() -> None:
    for topic, wanted in [("orders/create", T.ORDER), ("orders/paid", T.LOG), ("orders/cancelled", T.LOG)]:
        one = recorded("shopify")
        headers = {**{key.lower(): value for key, value in one.headers.items()}, "x-shopify-topic": topic}
        assert read(Delivery(headers, one.body, NOW), "shopify").signals[0].signal_type is wanted


def test_an_event_of_a_kind_nobody_knows_is_left_over_with_its_kind() -> None:
    body = json.dumps({**recorded("stripe").content, "type": "customer.created"}).encode()
    reading = read(deliver("stripe", body), "stripe")
    assert [one.kind for one in reading.rest] == ["customer.created"] and not reading.signals


def test_cloud_events_come_alone_in_batches_and_in_headers() -> None:
    content = recorded("cloudevents").content
    batch = read(
        deliver("cloudevents", json.dumps([content, {**content, "id": "a-2"}, {"id": "no event"}]).encode()),
        "cloudevents",
    )
    assert [one.event_id for one in batch.signals] == ["/shops/first/a-1", "/shops/first/a-2"] and len(batch.rest) == 1
    assert read(deliver("cloudevents", b"[]"), "cloudevents") == WhatWasSaid()
    said = {f"ce-{key}": value for key, value in content.items() if isinstance(value, str)}
    binary = Delivery(
        {**said, "ce-subject": "caf%C3%A9", "content-type": "application/json"},
        json.dumps(content["data"]).encode(),
        NOW,
    )
    (signal,) = read(binary, "cloudevents").signals
    assert (signal.event_id, signal.attributes["subject"]) == ("/shops/first/a-1", "café")
    own = {**content, "data": {"signal_type": "api_error", "error_code": "X", "severity": "high"}}
    (native,) = read(deliver("cloudevents", json.dumps(own).encode()), "cloudevents").signals
    assert (native.signal_type, native.error_code, native.occurred_at) == (T.API_ERROR, "X", AT)


@pytest.mark.parametrize(
    ("kind", "name", "wanted"),
    [
        ("Pod", "cart-7d4f9c6b8-x2k9z", "cart"),
        ("Pod", "node-agent-x2k9z", "node-agent"),
        ("Pod", "cart-redis-0", "cart-redis"),
        ("Pod", "nightly-import-28374920-x2k9z", "nightly-import"),
        ("ReplicaSet", "cart-7d4f9c6b8", "cart"),
        ("Job", "nightly-import-28374920", "nightly-import"),
        ("Deployment", "cart-7d4f9c6b8", "cart-7d4f9c6b8"),
        ("Node", "worker-2", "worker-2"),
    ],
)
def test_an_event_of_a_cluster_is_the_trouble_of_the_workload_that_made_the_object(
    kind: str, name: str, wanted: str
) -> None:
    event = {"reason": "BackOff", "type": "Warning", "involvedObject": {"kind": kind, "name": name}}
    (signal,) = read(deliver("kubernetes", json.dumps(event).encode()), "kubernetes").signals
    assert signal.merchant_id == wanted


def test_an_event_of_a_cluster_comes_alone_in_lists_or_as_a_watch_saw_it_and_each_repetition_counts() -> None:
    event = recorded("kubernetes").content["items"][0]
    again = {**event, "count": 5}
    for body in ([event, again], {"kind": "List", "items": [event, again]}):
        ids = [one.event_id for one in read(deliver("kubernetes", json.dumps(body).encode()), "kubernetes").signals]
        assert len(set(ids)) == 2
    seen = {"type": "MODIFIED", "object": again}
    assert read(deliver("kubernetes", json.dumps(seen).encode()), "kubernetes").signals[0].event_id == ids[1]
    other = read(deliver("kubernetes", json.dumps({"kind": "Pod", "metadata": {"name": "x"}}).encode()), "kubernetes")
    assert [one.kind for one in other.rest] == ["Pod"] and not other.signals


def test_a_tenant_says_under_which_labels_a_sender_names_whose_trouble_it_is() -> None:
    content = json.loads(json.dumps(recorded("alertmanager").content).replace("merchant_id", "deployment"))
    named = SenderSettings(merchant_names=("deployment", "service"), merchants={"MERCH-D4E5F6": "the-cart"})
    delivery = deliver("alertmanager", json.dumps(content).encode())
    found = [one.merchant_id for one in SOURCES["alertmanager"].read(delivery, named).signals]
    assert found == ["MERCH-A1B2C3", "the-cart"]
    assert {one.merchant_id for one in read(delivery, "alertmanager").signals} == {None}


def test_logs_packed_as_protobuf_say_the_same_as_json() -> None:
    json_format = pytest.importorskip("google.protobuf.json_format")
    service = pytest.importorskip("opentelemetry.proto.collector.logs.v1.logs_service_pb2")
    one = recorded("otlp")
    packed = json.loads(json.dumps(one.content))
    for record in packed["resourceLogs"][0]["scopeLogs"][0]["logRecords"]:
        for name in {"traceId", "spanId"} & record.keys():
            record[name] = b64encode(bytes.fromhex(record[name])).decode()
    body = json_format.ParseDict(packed, service.ExportLogsServiceRequest()).SerializeToString()
    binary = Delivery({"content-type": "application/x-protobuf"}, body, NOW)
    assert recognise_source(binary).name == "otlp"
    for same, wanted in zip(read(binary, "otlp").signals, read(deliver("otlp"), "otlp").signals, strict=True):
        spelled = {key: str(value).lower() for key, value in same.attributes.items()}
        assert spelled == {key: str(value).lower() for key, value in wanted.attributes.items()}
        assert same.model_dump(exclude={"attributes", "event_id"}) == wanted.model_dump(
            exclude={"attributes", "event_id"}
        )
    with pytest.raises(Unreadable):
        read(Delivery({"content-type": "application/x-protobuf"}, b"\xff\xff\xff", NOW), "otlp")
