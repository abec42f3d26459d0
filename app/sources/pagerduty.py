"""PagerDuty webhooks v3: what becomes of an incident there. Any one of several signatures over the body counts."""

from app.domain.base import Severity
from app.domain.signals import SignalType
from app.sources.base import Delivery, Leftover, SenderSettings, WebhookSource, WhatWasSaid, build_signal
from app.sources.fields import Fields, merchant_in, severity_of
from app.sources.proofs import Proof, hex_digest, require_header, require_match

NAME = "pagerduty"
HEADER = "X-PagerDuty-Signature"
ALARMS = frozenset({"incident.triggered", "incident.reopened", "incident.escalated"})


def _recognise(delivery: Delivery) -> bool:
    if HEADER.lower() in delivery.headers:
        return True
    said = Fields(delivery.content)
    return said.text("event", "event_type") is not None and said.get("event", "data") is not None


def _verify(delivery: Delivery, secret: bytes, settings: SenderSettings) -> Proof:
    given = [part.strip() for part in require_header(delivery.headers, HEADER).split(",")]
    require_match(f"v1={hex_digest(secret, delivery.body)}", given)
    return Proof()


def _read(delivery: Delivery, settings: SenderSettings) -> WhatWasSaid:
    event = Fields(delivery.content).inner("event")
    kind, incident = event.text("event_type") or "", event.inner("data")
    if kind == "pagey.ping":
        return WhatWasSaid()
    if not kind.startswith("incident.") or event.text("id") is None:
        return WhatWasSaid(rest=(Leftover(delivery.content, kind),))
    title = incident.first("title", "summary") or incident.text("incident", "summary") or kind
    urgency, priority = incident.text("urgency"), incident.text("priority", "summary")
    known = {
        "event_id": event.text("id"),
        "merchant": merchant_in(incident.inner("custom_fields"), incident),
    }
    attributes = {
        "event": kind,
        "incident": incident.first("id", "number"),
        "incident_key": incident.text("incident_key"),
        "state": incident.text("status"),
        "urgency": urgency,
        "priority": priority,
        "service": incident.text("service", "summary") or incident.text("service", "id"),
        "agent": event.text("agent", "summary"),
        "url": incident.text("html_url"),
    }
    moment = event.moment("occurred_at")
    if kind in ALARMS:
        signal = build_signal(
            NAME,
            SignalType.API_ERROR,
            **known,
            attributes=attributes,
            settings=settings,
            occurred_at=moment,
            severity=severity_of(priority) or severity_of(urgency) or Severity.MEDIUM,
            error_code=incident.text("incident_key") or title,
            error_message=title,
        )
    else:
        signal = build_signal(
            NAME,
            SignalType.LOG,
            **known,
            attributes=attributes,
            settings=settings,
            occurred_at=moment,
            level=kind.removeprefix("incident."),
            message=f"{title}: {kind.removeprefix('incident.')}",
        )
    return WhatWasSaid((signal,))


SOURCE = WebhookSource(
    name=NAME,
    title="PagerDuty",
    proof="X-PagerDuty-Signature: HMAC-SHA256 over the body; one of several is enough",
    recognise=_recognise,
    verify=_verify,
    read=_read,
)
