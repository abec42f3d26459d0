"""Whoever has no file here: what it sends is kept unread until a person says once what its fields mean."""

from app.sources.base import Delivery, Leftover, SenderSettings, WebhookSource, WhatWasSaid
from app.sources.proofs import Proof, prove_shared_secret


def _recognise(delivery: Delivery) -> bool:
    return False


def _verify(delivery: Delivery, secret: bytes, settings: SenderSettings) -> Proof:
    return prove_shared_secret(delivery.headers, secret)


def _read(delivery: Delivery, settings: SenderSettings) -> WhatWasSaid:
    content = delivery.content
    parts = content if isinstance(content, list) else [content]
    return WhatWasSaid(rest=tuple(Leftover(part) for part in parts))


SOURCE = WebhookSource(
    name="other",
    title="Any other sender",
    proof="the secret as bearer token, as password, or in X-Webhook-Secret",
    recognise=_recognise,
    verify=_verify,
    read=_read,
)
