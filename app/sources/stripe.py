"""Stripe: payments that went through or failed, refunds and disputes.

Time and body are signed together in Stripe-Signature; after a rotation two secrets sign for a day.
"""

from app.domain.base import Severity
from app.domain.signals import SignalType
from app.sources.base import Delivery, Leftover, SenderSettings, WebhookSource, WhatWasSaid, build_signal
from app.sources.fields import Fields, merchant_in
from app.sources.proofs import (
    Proof,
    hex_digest,
    read_unix_moment,
    require_fresh,
    require_header,
    require_match,
    sealed_proof,
)

NAME = "stripe"
HEADER = "Stripe-Signature"
PAYMENTS = {
    "payment_intent.succeeded": ("succeeded", Severity.INFO),
    "payment_intent.payment_failed": ("failed", Severity.LOW),
    "payment_intent.canceled": ("canceled", Severity.INFO),
    "charge.refunded": ("refunded", Severity.INFO),
    "charge.failed": ("failed", Severity.LOW),
    "charge.dispute.created": ("disputed", Severity.MEDIUM),
}
"""What each type of event says of its payment."""


def _recognise(delivery: Delivery) -> bool:
    if HEADER.lower() in delivery.headers:
        return True
    said = Fields(delivery.content)
    return said.text("object") in {"event", "v2.core.event"} and (said.text("id") or "").startswith("evt_")


def _verify(delivery: Delivery, secret: bytes, settings: SenderSettings) -> Proof:
    parts = [part.strip().partition("=") for part in require_header(delivery.headers, HEADER).split(",")]
    sent = next((value for name, _, value in parts if name == "t"), "")
    wanted = hex_digest(secret, b"%b.%b" % (sent.encode(), delivery.body))
    require_match(wanted, [value for name, _, value in parts if name == "v1"])
    require_fresh(read_unix_moment(sent), delivery.at)
    return sealed_proof(sent, wanted)


def _read(delivery: Delivery, settings: SenderSettings) -> WhatWasSaid:
    said = Fields(delivery.content)
    kind = said.text("type") or ""
    if kind not in PAYMENTS or said.text("id") is None:
        return WhatWasSaid(rest=(Leftover(delivery.content, kind),))
    status, severity = PAYMENTS[kind]
    thing = said.inner("data", "object")
    fault = thing.inner("last_payment_error")
    back, whole = thing.number("amount_refunded"), thing.number("amount")
    if kind == "charge.refunded" and back is not None and whole is not None and back < whole:
        status = "partially_refunded"
    signal = build_signal(
        NAME,
        SignalType.PAYMENT,
        event_id=said.text("id"),
        occurred_at=said.moment("created"),
        merchant=merchant_in(thing.inner("metadata"), thing) or said.text("account"),
        severity=severity,
        payment_id=thing.text("payment_intent") or thing.text("id"),
        amount=back if kind == "charge.refunded" else whole,
        currency=(thing.text("currency") or "").upper(),
        status=status,
        attributes={
            "event": kind,
            "livemode": said.get("livemode"),
            "account": said.text("account"),
            "failure_code": fault.text("decline_code") or fault.text("code") or thing.text("failure_code"),
            "failure_message": fault.text("message") or thing.text("failure_message"),
            "metadata": thing.get("metadata"),
        },
        settings=settings,
    )
    return WhatWasSaid((signal,))


SOURCE = WebhookSource(
    name=NAME,
    title="Stripe",
    proof="Stripe-Signature: HMAC-SHA256 over time and body, at most 300 seconds old",
    recognise=_recognise,
    verify=_verify,
    read=_read,
)
