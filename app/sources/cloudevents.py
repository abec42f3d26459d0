"""CloudEvents 1.0: one event, a batch of them, or one in headers with its data as body.

An event with a text is a line of the log, one that carries a signal of ours is that signal; other data waits for
a person to say what it means.
"""

from collections.abc import Mapping
from urllib.parse import unquote

from pydantic import ValidationError

from app.domain.base import Severity
from app.domain.signals import SignalType
from app.schemas.signals import IncomingSignal
from app.sources.base import Delivery, Leftover, SenderSettings, WebhookSource, WhatWasSaid, build_signal
from app.sources.fields import Fields, merchant_in, severity_of
from app.sources.proofs import Proof, prove_shared_secret, prove_standard_webhook

NAME = "cloudevents"
BINARY = "ce-specversion"
TEXTS = ("message", "text", "error", "reason", "description", "summary", "msg")
NEEDED = ("id", "source", "type")


def _recognise(delivery: Delivery) -> bool:
    if BINARY in delivery.headers or _content_type(delivery).startswith("application/cloudevents"):
        return True
    content = delivery.content
    first = content[0] if isinstance(content, list) and content else content
    return Fields(first).text("specversion") is not None and Fields(first).text("type") is not None


def _verify(delivery: Delivery, secret: bytes, settings: SenderSettings) -> Proof:
    if "webhook-signature" in delivery.headers:
        return prove_standard_webhook(delivery.headers, delivery.body, secret, delivery.at)
    return prove_shared_secret(delivery.headers, secret)


def _read(delivery: Delivery, settings: SenderSettings) -> WhatWasSaid:
    signals, rest = [], []
    for held in _events_in(delivery):
        event = Fields(held)
        if any(event.text(name) is None for name in NEEDED):
            rest.append(Leftover(held))
            continue
        signal = _signal_of(event, settings)
        if signal is None:
            rest.append(Leftover(held, event.text("type") or ""))
        else:
            signals.append(signal)
    return WhatWasSaid(tuple(signals), tuple(rest))


def _events_in(delivery: Delivery) -> list[object]:
    if BINARY not in delivery.headers:
        return delivery.content if isinstance(delivery.content, list) else [delivery.content]
    told = {
        name.removeprefix("ce-"): unquote(value) for name, value in delivery.headers.items() if name.startswith("ce-")
    }
    if not delivery.body:
        return [told]
    if "json" in _content_type(delivery):
        return [{**told, "data": delivery.content}]
    return [{**told, "data": {"text": delivery.body.decode("utf-8", "replace")}}]


def _signal_of(event: Fields, settings: SenderSettings) -> IncomingSignal | None:
    data, kind = event.inner("data"), event.text("type") or ""
    event_id, moment = f"{event.text('source')}/{event.text('id')}", event.moment("time")
    if data.held.get("signal_type") is not None:
        return _own_signal(data.held, event_id, moment)
    text = data.first(*TEXTS) or (event.text("data") if isinstance(event.get("data"), str) else None)
    if text is None and event.get("data") not in (None, {}, ""):
        return None
    return build_signal(
        NAME,
        SignalType.LOG,
        event_id=event_id,
        occurred_at=moment,
        merchant=merchant_in(data, event),
        severity=severity_of(data.first("severity", "level")) or Severity.INFO,
        level=data.first("level", "severity") or "event",
        message=text or " ".join(part for part in (kind, event.text("subject")) if part),
        attributes={"type": kind, "event_source": event.text("source"), "subject": event.text("subject"), **data.held},
        settings=settings,
    )


def _own_signal(held: Mapping[str, object], event_id: str, moment: object) -> IncomingSignal | None:
    """A signal in our own words; None when it is not quite one."""
    try:
        told = IncomingSignal.model_validate({"source": NAME, **held}, strict=False)
    except ValidationError:
        return None
    return told.model_copy(
        update={"event_id": told.event_id or event_id[:200], "occurred_at": told.occurred_at or moment}
    )


def _content_type(delivery: Delivery) -> str:
    return delivery.headers.get("content-type", "").partition(";")[0].strip().lower()


SOURCE = WebhookSource(
    name=NAME,
    title="CloudEvents 1.0",
    proof="the secret as bearer token, as password or in X-Webhook-Secret; or a signature of Standard Webhooks",
    recognise=_recognise,
    verify=_verify,
    read=_read,
)
