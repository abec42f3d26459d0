"""Prometheus Alertmanager: one signal for each alert of a notification, firing or resolved.

It signs nothing; its http_config sends a bearer token or basic authentication.
"""

from datetime import datetime
from functools import partial

from app.domain.base import Severity
from app.domain.signals import SignalType
from app.schemas.signals import IncomingSignal
from app.sources.base import Delivery, Leftover, SenderSettings, WebhookSource, WhatWasSaid, build_signal
from app.sources.fields import Fields, endpoint_in, merchant_in, severity_of, status_in
from app.sources.proofs import Proof, prove_shared_secret

NAME = "alertmanager"


def _recognise(delivery: Delivery) -> bool:
    said = Fields(delivery.content)
    return said.text("version") == "4" and said.text("groupKey") is not None and is_notification(said)


def _verify(delivery: Delivery, secret: bytes, settings: SenderSettings) -> Proof:
    return prove_shared_secret(delivery.headers, secret)


def _read(delivery: Delivery, settings: SenderSettings) -> WhatWasSaid:
    return read_notification(NAME, delivery, settings)


def is_notification(said: Fields) -> bool:
    """Whether this is a group of alerts, as Alertmanager and Grafana send them."""
    return isinstance(said.get("alerts"), list) and said.text("status") in {"firing", "resolved"}


def read_notification(source: str, delivery: Delivery, settings: SenderSettings) -> WhatWasSaid:
    """The alerts of a notification; what is no alert is left over."""
    said = Fields(delivery.content)
    if not is_notification(said):
        return WhatWasSaid(rest=(Leftover(delivery.content),))
    shared = {"group": said.text("groupKey"), "receiver": said.text("receiver"), "title": said.text("title")}
    signals, rest = [], []
    for held in said.items("alerts"):
        alert = Fields(held)
        if alert.held.get("labels") is None or alert.text("status") not in {"firing", "resolved"}:
            rest.append(Leftover(held, "alert"))
        else:
            signals.append(_signal_of(source, alert, shared, settings))
    return WhatWasSaid(tuple(signals), tuple(rest))


def _signal_of(source: str, alert: Fields, shared: dict[str, str | None], settings: SenderSettings) -> IncomingSignal:
    labels, notes = alert.inner("labels"), alert.inner("annotations")
    name = labels.first("alertname", "rulename") or "alert"
    began, ended, firing = alert.moment("startsAt"), alert.moment("endsAt"), alert.text("status") == "firing"
    identity = alert.text("fingerprint") or "\n".join(f"{key}={value}" for key, value in sorted(labels.held.items()))
    said = notes.first("summary", "message", "description") or name
    attributes: dict[str, object] = {
        **labels.held,
        "runbook_url": notes.text("runbook_url"),
        "url": alert.text("generatorURL") or None,
        "values": alert.get("values"),
        **shared,
    }
    build = partial(
        build_signal,
        source,
        event_id=f"{identity}/{_spelled(began)}/{alert.text('status')}",
        merchant=merchant_in(labels, notes),
        attributes=attributes,
        settings=settings,
    )
    if not firing:
        message = f"{name} is over: {said}"
        return build(SignalType.LOG, occurred_at=ended or began, level="resolved", message=message)
    return build(
        SignalType.API_ERROR,
        severity=severity_of(labels.first("severity", "priority", "level")) or Severity.MEDIUM,
        occurred_at=began,
        error_code=name,
        endpoint=endpoint_in(labels),
        status=status_in(labels),
        error_message="\n".join(dict.fromkeys(text for text in (said, notes.text("description")) if text)),
    )


def _spelled(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


SOURCE = WebhookSource(
    name=NAME,
    title="Prometheus Alertmanager",
    proof="the secret as bearer token or password (http_config of the receiver)",
    recognise=_recognise,
    verify=_verify,
    read=_read,
)
