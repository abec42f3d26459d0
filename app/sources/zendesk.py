"""Zendesk: events of tickets, and what a trigger sends by the template of docs/sources.md.

Time and body are signed together, one right after the other; the body of a webhook may be empty.
"""

from app.domain.base import Severity
from app.domain.signals import SignalType
from app.schemas.signals import IncomingSignal
from app.sources.base import Delivery, Leftover, SenderSettings, WebhookSource, WhatWasSaid, build_signal
from app.sources.fields import Fields, merchant_in, read_moment, severity_of
from app.sources.proofs import Proof, base64_digest, require_fresh, require_header, require_match, sealed_proof

NAME = "zendesk"
SIGNATURE = "X-Zendesk-Webhook-Signature"
TIME = "X-Zendesk-Webhook-Signature-Timestamp"
PREFIX = "zen:event-type:"


def _recognise(delivery: Delivery) -> bool:
    if SIGNATURE.lower() in delivery.headers or "x-zendesk-webhook-id" in delivery.headers:
        return True
    said = Fields(delivery.content)
    return (said.text("type") or "").startswith(PREFIX)


def _verify(delivery: Delivery, secret: bytes, settings: SenderSettings) -> Proof:
    sent = require_header(delivery.headers, TIME)
    wanted = base64_digest(secret, sent.encode() + delivery.body)
    require_match(wanted, [require_header(delivery.headers, SIGNATURE)])
    require_fresh(read_moment(sent), delivery.at)
    return sealed_proof(sent, wanted)


def _read(delivery: Delivery, settings: SenderSettings) -> WhatWasSaid:
    if not delivery.body.strip():
        return WhatWasSaid()
    said = Fields(delivery.content)
    kind = said.text("type") or ""
    if kind.startswith(f"{PREFIX}ticket.") and said.inner("detail").held:
        return WhatWasSaid((_of_event(said, kind.removeprefix(PREFIX), settings),))
    ticket = said.inner("ticket")
    if not kind and ticket.text("id") and (ticket.text("subject") or ticket.text("description")):
        return WhatWasSaid((_of_trigger(ticket, delivery, settings),))
    return WhatWasSaid(rest=(Leftover(delivery.content, kind),))


def _of_event(said: Fields, kind: str, settings: SenderSettings) -> IncomingSignal:
    ticket, event = said.inner("detail"), said.inner("event")
    comment = event.text("comment", "body")
    attributes = {
        "event": kind,
        "account": said.text("account_id"),
        "state": ticket.text("status"),
        "tags": ticket.get("tags"),
        "priority": ticket.text("priority"),
    }
    if kind == "ticket.created" or comment:
        return build_signal(
            NAME,
            SignalType.TICKET,
            event_id=said.text("id"),
            occurred_at=said.moment("time"),
            merchant=_merchant_of(ticket, settings),
            severity=severity_of(ticket.text("priority")) or Severity.LOW,
            ticket_id=ticket.text("id"),
            customer_id=ticket.text("requester_id"),
            channel=ticket.text("via", "channel") or NAME,
            subject=ticket.text("subject"),
            body=comment or ticket.text("description"),
            attributes=attributes,
            settings=settings,
        )
    now, before = event.text("current"), event.text("previous")
    change = f": {before or 'nothing'} became {now}" if now else ""
    return build_signal(
        NAME,
        SignalType.LOG,
        event_id=said.text("id"),
        occurred_at=said.moment("time"),
        level=kind.removeprefix("ticket."),
        message=f"ticket {ticket.text('id') or ''} {kind.removeprefix('ticket.')}{change}",
        attributes={**attributes, "ticket_id": ticket.text("id")},
        settings=settings,
    )


def _merchant_of(ticket: Fields, settings: SenderSettings) -> str | None:
    """As the ticket says it; its organization only where the settings say whose that is."""
    organization = ticket.text("organization_id") or ""
    return merchant_in(ticket) or (organization if organization in settings.merchants else None)


def _of_trigger(ticket: Fields, delivery: Delivery, settings: SenderSettings) -> IncomingSignal:
    return build_signal(
        NAME,
        SignalType.TICKET,
        event_id=delivery.headers.get("x-zendesk-webhook-invocation-id"),
        occurred_at=ticket.moment("updated_at") or ticket.moment("created_at"),
        merchant=merchant_in(ticket),
        severity=severity_of(ticket.text("priority")) or Severity.LOW,
        ticket_id=ticket.text("id"),
        customer_id=ticket.text("requester_email"),
        channel=ticket.text("via") or NAME,
        subject=ticket.text("subject"),
        body=ticket.text("description"),
        attributes={"priority": ticket.text("priority"), "state": ticket.text("status")},
        settings=settings,
    )


SOURCE = WebhookSource(
    name=NAME,
    title="Zendesk",
    proof="X-Zendesk-Webhook-Signature: HMAC-SHA256 over time and body, at most 300 seconds old",
    recognise=_recognise,
    verify=_verify,
    read=_read,
)
