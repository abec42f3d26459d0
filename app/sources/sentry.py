"""Sentry: alerts over issues and metrics of an internal integration, and the older body of its webhook plugin.

The body alone is signed. The time comes unsigned beside it: an old one is refused, a forged one is not seen by it.
"""

from app.domain.base import Severity
from app.domain.signals import SignalType
from app.sources.base import Delivery, Leftover, SenderSettings, WebhookSource, WhatWasSaid, build_signal
from app.sources.fields import Fields, endpoint_in, merchant_in, severity_of
from app.sources.proofs import Proof, hex_digest, read_unix_moment, require_fresh, require_header, require_match

NAME = "sentry"
SIGNATURE = "Sentry-Hook-Signature"
TIME = "Sentry-Hook-Timestamp"
RESOURCE = "sentry-hook-resource"


def _recognise(delivery: Delivery) -> bool:
    if SIGNATURE.lower() in delivery.headers or RESOURCE in delivery.headers:
        return True
    said = Fields(delivery.content)
    return said.text("event", "event_id") is not None and said.get("project") is not None


def _verify(delivery: Delivery, secret: bytes, settings: SenderSettings) -> Proof:
    require_match(hex_digest(secret, delivery.body), [require_header(delivery.headers, SIGNATURE)])
    sent = delivery.headers.get(TIME.lower(), "")
    if sent:
        require_fresh(read_unix_moment(sent.partition(".")[0]), delivery.at)
    return Proof()


def _read(delivery: Delivery, settings: SenderSettings) -> WhatWasSaid:
    said = Fields(delivery.content)
    resource, action = delivery.headers.get(RESOURCE, ""), said.text("action") or ""
    data = said.inner("data")
    if event := (data.inner("event").held or data.inner("error").held or said.inner("event").held):
        return _of_event(Fields(event), said, settings)
    if issue := data.inner("issue").held:
        return _of_issue(Fields(issue), action, settings)
    if alert := data.inner("metric_alert").held:
        return _of_metric(Fields(alert), action, data, settings)
    return WhatWasSaid(rest=(Leftover(delivery.content, f"{resource} {action}".strip()),))


def _of_event(event: Fields, said: Fields, settings: SenderSettings) -> WhatWasSaid:
    tags = _tags_in(event)
    thrown = (event.rows("exception", "values") or [Fields({})])[-1]
    signal = build_signal(
        NAME,
        SignalType.API_ERROR,
        event_id=event.first("event_id", "id"),
        occurred_at=event.moment("datetime") or event.moment("timestamp") or event.moment("received"),
        merchant=merchant_in(tags, event.inner("user")),
        severity=severity_of(event.text("level") or said.text("level")) or Severity.MEDIUM,
        error_code=thrown.text("type") or event.text("metadata", "type") or tags.first("error_code", "code"),
        endpoint=endpoint_in(tags) or event.text("transaction") or tags.text("transaction") or event.text("culprit"),
        error_message=thrown.text("value") or event.first("title", "message") or said.text("message"),
        attributes={
            **tags.held,
            "title": event.first("title", "message"),
            "issue_id": event.first("issue_id", "groupID"),
            "url": event.first("web_url", "issue_url") or said.text("url"),
            "rule": said.text("data", "triggered_rule"),
            "project": event.text("project") or said.text("project"),
        },
        settings=settings,
    )
    return WhatWasSaid((signal,))


def _of_issue(issue: Fields, action: str, settings: SenderSettings) -> WhatWasSaid:
    attributes = {
        "issue": issue.first("shortId", "id"),
        "url": issue.first("web_url", "permalink"),
        "project": issue.text("project", "slug"),
        "action": action,
        "state": issue.text("status"),
    }
    moment = issue.moment("lastSeen") or issue.moment("firstSeen")
    event_id = f"issue/{issue.text('id')}/{action}/{issue.text('lastSeen') or ''}"
    title = issue.text("title") or "an issue"
    if action in {"created", "unresolved"}:
        signal = build_signal(
            NAME,
            SignalType.API_ERROR,
            event_id=event_id,
            occurred_at=moment,
            severity=severity_of(issue.text("level")) or Severity.MEDIUM,
            error_code=issue.text("metadata", "type") or title.partition(":")[0],
            endpoint=issue.text("culprit"),
            error_message=title,
            attributes=attributes,
            settings=settings,
        )
    else:
        signal = build_signal(
            NAME,
            SignalType.LOG,
            event_id=event_id,
            occurred_at=moment,
            level=action or "issue",
            message=f"{title}: {action}",
            attributes=attributes,
            settings=settings,
        )
    return WhatWasSaid((signal,))


def _of_metric(alert: Fields, action: str, data: Fields, settings: SenderSettings) -> WhatWasSaid:
    title = data.text("description_title") or alert.text("title") or "metric alert"
    text = "\n".join(part for part in (title, data.text("description_text")) if part)
    attributes = {
        "action": action,
        "url": data.text("web_url"),
        "projects": alert.get("projects"),
        "rule": alert.text("alert_rule", "name"),
    }
    event_id = f"metric/{alert.text('id')}/{action}/{alert.text('date_started') or ''}"
    if action in {"critical", "warning"}:
        signal = build_signal(
            NAME,
            SignalType.API_ERROR,
            event_id=event_id,
            occurred_at=alert.moment("date_started") or alert.moment("date_created"),
            severity=severity_of(action),
            error_code=alert.text("alert_rule", "name") or title,
            error_message=text,
            attributes=attributes,
            settings=settings,
        )
    else:
        signal = build_signal(
            NAME,
            SignalType.LOG,
            event_id=event_id,
            occurred_at=alert.moment("date_closed"),
            level=action or "alert",
            message=text,
            attributes=attributes,
            settings=settings,
        )
    return WhatWasSaid((signal,))


def _tags_in(event: Fields) -> Fields:
    """The tags, which are a list of pairs, or objects with key and value, or an object."""
    found: dict[str, object] = dict(event.inner("tags").held)
    for tag in event.items("tags"):
        if isinstance(tag, list) and len(tag) == 2:
            found[str(tag[0])] = tag[1]
        elif isinstance(tag, dict) and "key" in tag:
            found[str(tag["key"])] = tag.get("value")
    return Fields(found)


SOURCE = WebhookSource(
    name=NAME,
    title="Sentry",
    proof="Sentry-Hook-Signature: HMAC-SHA256 over the body with the client secret of the integration",
    recognise=_recognise,
    verify=_verify,
    read=_read,
)
