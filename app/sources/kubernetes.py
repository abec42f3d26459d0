"""Events of a Kubernetes cluster, core/v1 or events.k8s.io/v1: one alone, a list of them, or one of a watch.

What forwards them signs nothing. A warning is something that failed, and its reason the code; whatever else happens is
a line of the log. An event is about an object; whose trouble it is, is the workload that the object belongs to.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import partial

from app.domain.base import Severity
from app.domain.signals import SignalType
from app.schemas.signals import IncomingSignal
from app.sources.base import Delivery, Leftover, SenderSettings, WebhookSource, WhatWasSaid, build_signal
from app.sources.fields import Fields
from app.sources.proofs import Proof, prove_shared_secret

NAME = "kubernetes"
LISTS = frozenset({"EventList", "List"})
NORMAL = "Normal"
SERIOUS_FROM = 3
"""A warning that was told so often is serious; probes fail once or twice in every rollout."""
WORKLOAD_LABELS = ("app.kubernetes.io/name", "app.kubernetes.io/component", "app", "k8s-app", "job-name")
_PARTS = "[bcdfghjklmnpqrstvwxz2456789]"
"""The letters that generated ends of names are made of."""
_GENERATED = {
    "Pod": (
        re.compile(rf"-{_PARTS}{{8,10}}-{_PARTS}{{5}}$"),
        re.compile(rf"-\d{{8,10}}-{_PARTS}{{5}}$"),
        re.compile(rf"-{_PARTS}{{5}}$"),
        re.compile(r"-\d+$"),
    ),
    "ReplicaSet": (re.compile(rf"-{_PARTS}{{8,10}}$"),),
    "Job": (re.compile(r"-\d{8,10}$"),),
}
"""What is added to the name of a workload for what it makes: a pod of a deployment, of a cron job, of a daemon set, of
a stateful set.
"""


def _recognise(delivery: Delivery) -> bool:
    held = delivery.content
    return any(_is_event(one) for one in _objects_in(held))


def _verify(delivery: Delivery, secret: bytes, settings: SenderSettings) -> Proof:
    return prove_shared_secret(delivery.headers, secret)


def _read(delivery: Delivery, settings: SenderSettings) -> WhatWasSaid:
    signals, rest = [], []
    for held in _objects_in(delivery.content):
        if _is_event(held):
            signals.append(_signal_of(Fields(held), settings))
        else:
            rest.append(Leftover(held, Fields(held).text("kind") or ""))
    return WhatWasSaid(tuple(signals), tuple(rest))


def _objects_in(content: object) -> Iterator[object]:
    """The objects of a delivery: those of a list, the one that a watch saw change, or the only one."""
    said = Fields(content)
    if isinstance(content, list):
        yield from content
    elif said.text("kind") in LISTS and isinstance(said.get("items"), list):
        yield from said.items("items")
    elif isinstance(said.get("object"), dict) and said.text("type") in {"ADDED", "MODIFIED", "DELETED"}:
        yield said.get("object")
    else:
        yield content


def _is_event(held: object) -> bool:
    said = Fields(held)
    named = said.text("kind") in {None, "Event"} and said.text("reason") is not None
    return named and bool(_about(said).held)


def _about(event: Fields) -> Fields:
    """The object it is about, as either of the two interfaces calls it."""
    return event.inner("regarding") if event.inner("regarding").held else event.inner("involvedObject")


def _signal_of(event: Fields, settings: SenderSettings) -> IncomingSignal:
    about, meta = _about(event), event.inner("metadata")
    reason, kind = event.text("reason") or "", about.text("kind") or ""
    count = event.number("series", "count") or event.number("count") or event.number("deprecatedCount") or 1
    message = event.text("note") or event.text("message") or reason
    identity = meta.text("uid") or f"{meta.text('namespace')}/{meta.text('name')}"
    attributes: dict[str, object] = {
        "namespace": about.text("namespace") or meta.text("namespace"),
        "kind": kind,
        "object": about.text("name"),
        "container": _container_of(about),
        "reason": reason,
        "count": count,
        "component": event.text("source", "component") or event.text("reportingController"),
        "node": event.text("source", "host") or event.text("deprecatedSource", "host"),
    }
    build = partial(
        build_signal,
        NAME,
        event_id=f"{identity}/{count}",
        merchant=_workload_of(about),
        attributes=attributes,
        settings=settings,
        occurred_at=_last_seen(event),
    )
    if event.text("type") == NORMAL:
        return build(SignalType.LOG, level="normal", message=f"{reason}: {message}")
    severity = Severity.MEDIUM if count >= SERIOUS_FROM else Severity.LOW
    return build(SignalType.API_ERROR, severity=severity, error_code=reason, error_message=message)


def _last_seen(event: Fields) -> datetime | None:
    """When it was seen last, wherever that stands."""
    told = (("series", "lastObservedTime"), ("lastTimestamp",), ("deprecatedLastTimestamp",), ("eventTime",))
    more = (("firstTimestamp",), ("deprecatedFirstTimestamp",), ("metadata", "creationTimestamp"))
    return next((moment for path in (*told, *more) if (moment := event.moment(*path)) is not None), None)


def _container_of(about: Fields) -> str | None:
    """`spec.containers{cart}` is the container cart."""
    found = re.search(r"ontainers\{([^}]*)\}", about.text("fieldPath") or "")
    return found.group(1) if found else None


def _workload_of(about: Fields) -> str | None:
    """The workload an object belongs to: as a label says, else its name without what was generated."""
    labelled = about.inner("labels").first(*WORKLOAD_LABELS)
    name = about.text("name")
    if labelled or not name:
        return labelled
    ends = _GENERATED.get(about.text("kind") or "", ())
    return next((short for end in ends if (short := end.sub("", name)) != name), name) or name


SOURCE = WebhookSource(
    name=NAME,
    title="Kubernetes events",
    proof="the secret as bearer token, as password or in X-Webhook-Secret",
    recognise=_recognise,
    verify=_verify,
    read=_read,
)
