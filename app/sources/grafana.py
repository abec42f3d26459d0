"""Grafana alerting: the same groups of alerts as Alertmanager, optionally signed.

The names of both headers are chosen in Grafana; with a header for the time, time and body are signed together.
"""

from app.sources.alertmanager import is_notification, read_notification
from app.sources.base import Delivery, SenderSettings, WebhookSource, WhatWasSaid
from app.sources.fields import Fields
from app.sources.proofs import (
    Proof,
    hex_digest,
    prove_shared_secret,
    read_unix_moment,
    require_fresh,
    require_header,
    require_match,
    sealed_proof,
)

NAME = "grafana"
SIGNATURE = "X-Grafana-Alerting-Signature"
TIME = "X-Grafana-Alerting-Timestamp"


def _recognise(delivery: Delivery) -> bool:
    if SIGNATURE.lower() in delivery.headers:
        return True
    said = Fields(delivery.content)
    return said.text("version") == "1" and said.get("orgId") is not None and is_notification(said)


def _verify(delivery: Delivery, secret: bytes, settings: SenderSettings) -> Proof:
    signature_header, time_header = settings.signature_header or SIGNATURE, settings.timestamp_header or TIME
    if settings.signature_header is None and signature_header.lower() not in delivery.headers:
        return prove_shared_secret(delivery.headers, secret)
    given = require_header(delivery.headers, signature_header)
    if settings.timestamp_header is None and time_header.lower() not in delivery.headers:
        require_match(hex_digest(secret, delivery.body), [given])
        return Proof()
    sent = require_header(delivery.headers, time_header)
    require_match(hex_digest(secret, b"%b:%b" % (sent.encode(), delivery.body)), [given])
    require_fresh(read_unix_moment(sent), delivery.at)
    return sealed_proof(sent, given)


def _read(delivery: Delivery, settings: SenderSettings) -> WhatWasSaid:
    return read_notification(NAME, delivery, settings)


SOURCE = WebhookSource(
    name=NAME,
    title="Grafana alerting",
    proof="X-Grafana-Alerting-Signature: HMAC-SHA256 over body and time, where one is sent; or the secret itself",
    recognise=_recognise,
    verify=_verify,
    read=_read,
)
