"""BigCommerce: thin events that name what changed; the thing itself would have to be asked for.

Signed by the rule of Standard Webhooks, with the client secret as key.
"""

from app.domain.base import Severity
from app.domain.signals import SignalType
from app.sources.base import Delivery, Leftover, SenderSettings, WebhookSource, WhatWasSaid, build_signal
from app.sources.fields import Fields
from app.sources.proofs import Proof, prove_standard_webhook

NAME = "bigcommerce"


def _recognise(delivery: Delivery) -> bool:
    said = Fields(delivery.content)
    return (said.text("producer") or "").startswith("stores/") and (said.text("scope") or "").startswith("store/")


def _verify(delivery: Delivery, secret: bytes, settings: SenderSettings) -> Proof:
    return prove_standard_webhook(delivery.headers, delivery.body, secret, delivery.at)


def _read(delivery: Delivery, settings: SenderSettings) -> WhatWasSaid:
    said = Fields(delivery.content)
    scope, thing = said.text("scope") or "", said.inner("data")
    merchant = (said.text("producer") or "").removeprefix("stores/") or said.text("store_id")
    event_id = said.text("hash") or delivery.headers.get("webhook-id")
    attributes = {"scope": scope, "store_id": said.text("store_id"), "hash": said.text("hash"), "data": thing.held}
    moment = said.moment("created_at")
    if scope == "store/order/created" and (order := thing.text("id")):
        signal = build_signal(
            NAME,
            SignalType.ORDER,
            event_id=event_id,
            occurred_at=moment,
            merchant=merchant,
            order_id=order,
            status="created",
            attributes=attributes,
            settings=settings,
        )
    elif scope.startswith(("store/order/", "store/cart/", "store/app/", "store/channel/", "store/information/")):
        gone = scope == "store/app/uninstalled"
        signal = build_signal(
            NAME,
            SignalType.LOG,
            event_id=event_id,
            occurred_at=moment,
            merchant=merchant,
            severity=Severity.HIGH if gone else Severity.INFO,
            level=scope.removeprefix("store/"),
            message=f"{scope} {thing.text('id') or thing.text('orderId') or ''}".strip(),
            attributes=attributes,
            settings=settings,
        )
    else:
        return WhatWasSaid(rest=(Leftover(delivery.content, scope),))
    return WhatWasSaid((signal,))


SOURCE = WebhookSource(
    name=NAME,
    title="BigCommerce",
    proof="webhook-signature (Standard Webhooks): HMAC-SHA256 over id, time and body, at most 300 seconds old",
    recognise=_recognise,
    verify=_verify,
    read=_read,
)
