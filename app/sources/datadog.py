"""Datadog monitors, by the template of docs/sources.md: what a monitor's webhook says is whatever was typed there.

It signs nothing; a custom header or the password in its URL is the secret.
"""

from functools import partial

from app.domain.base import Severity
from app.domain.signals import SignalType
from app.sources.base import Delivery, Leftover, SenderSettings, WebhookSource, WhatWasSaid, build_signal
from app.sources.fields import Fields, endpoint_in, merchant_in, severity_of, status_in
from app.sources.proofs import Proof, prove_shared_secret

NAME = "datadog"
OVER = frozenset({"recovered", "no data recovered"})
KINDS = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "success": Severity.INFO,
    "info": Severity.INFO,
    "snapshot": Severity.INFO,
    "user_update": Severity.INFO,
}
"""How bad an alert_type is where no priority says it."""


def _recognise(delivery: Delivery) -> bool:
    said = Fields(delivery.content)
    return said.get("alert_transition") is not None and (
        said.get("monitor_id") is not None or said.get("event_type") is not None
    )


def _verify(delivery: Delivery, secret: bytes, settings: SenderSettings) -> Proof:
    return prove_shared_secret(delivery.headers, secret)


def _read(delivery: Delivery, settings: SenderSettings) -> WhatWasSaid:
    said = Fields(delivery.content)
    if said.text("alert_transition") is None or said.text("title") is None:
        return WhatWasSaid(rest=(Leftover(delivery.content, said.text("event_type") or ""),))
    transition = said.text("alert_transition") or ""
    tags = Fields(_tags_in(said.text("tags"), said.text("scopes")))
    title = said.text("title") or ""
    monitor = said.text("monitor_id")
    attributes = {
        **tags.held,
        "monitor_id": monitor,
        "alert_transition": transition,
        "url": said.text("url"),
        "org": said.text("org", "name"),
    }
    build = partial(
        build_signal,
        NAME,
        event_id=f"{monitor or ''}/{said.text('id')}/{transition}" if said.text("id") else None,
        occurred_at=said.moment("date") or said.moment("last_updated"),
        merchant=merchant_in(said, tags),
        attributes=attributes,
        settings=settings,
    )
    if transition.lower() in OVER:
        return WhatWasSaid((build(SignalType.LOG, level="recovered", message=title),))
    signal = build(
        SignalType.API_ERROR,
        severity=severity_of(said.text("severity"))
        or KINDS.get((said.text("alert_type") or "").lower(), Severity.MEDIUM),
        error_code=tags.first("error_code", "error.code", "code") or (f"monitor {monitor}" if monitor else title),
        endpoint=endpoint_in(tags),
        status=status_in(tags),
        error_message="\n".join(text for text in (title, said.text("body")) if text),
    )
    return WhatWasSaid((signal,))


def _tags_in(*lists: str | None) -> dict[str, str]:
    """The tags of lists such as `service:checkout,env:prod`; the first of a name counts."""
    found: dict[str, str] = {}
    for text in lists:
        for tag in (text or "").split(","):
            name, _, value = tag.strip().partition(":")
            if name and value:
                found.setdefault(name, value)
    return found


SOURCE = WebhookSource(
    name=NAME,
    title="Datadog monitors",
    proof="the secret in a custom header (X-Webhook-Secret or Authorization) or as password in the URL",
    recognise=_recognise,
    verify=_verify,
    read=_read,
)
