"""The loop over a domain that is no shop: events of a cluster come in by their own source, and the incident's cause is
one of the Kubernetes pack. Nothing in the core was told about it but the tenant's pack.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import Application, build_application
from app.domain.merchants import Merchant
from app.domain.tenants import LOCAL_ADMIN, Scope, Tenant
from app.schemas.signals import IncomingSignal
from app.services.agent import cycle
from app.services.incidents import cases
from app.services.intake.ingest import accept
from app.services.loop import advance
from app.settings import Settings
from app.sources.base import Delivery, SenderSettings
from app.sources.registry import SOURCES, recognise_source
from app.system import SteppedClock
from tests.clusters.incidents import NOISE, fields_of, read_incidents

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SCOPE = Scope(tenant_id="cluster", principal=LOCAL_ADMIN)
WORKLOADS = ("frontend", "cart", "checkout", "search", "mail")


def event(number: int, at: datetime, workload: str, reason: str, message: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"uid": f"{workload}-{reason}-{number}", "namespace": "shop", "name": f"{workload}.{number}"},
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": f"{workload}-7d4f9c6b8-x2k9z"},
        "reason": reason,
        "message": message,
        "type": "Warning",
        "count": number + 1,
        "lastTimestamp": at.isoformat(),
    }


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    clock = SteppedClock(START)
    opened = build_application(Settings(data=tmp_path, lite=True, demo=False), clock=clock)
    opened.ctx.store.put_tenant(Tenant(id="cluster", title="A cluster", pack="kubernetes"))
    with opened.ctx.store.write(SCOPE) as session:
        session.merchants.put([Merchant(id=name, name=name) for name in WORKLOADS])
    yield opened
    opened.stop()


CASES = {
    "image_pull_failed": (
        ("Failed", 'Failed to pull image "registry.local/shop/cart:9": failed to resolve reference: not found'),
        ("Failed", "Error: ImagePullBackOff"),
    ),
    "pods_unschedulable": (
        ("FailedScheduling", "0/3 nodes are available: 3 Insufficient cpu. preemption: No preemption victims found."),
    ),
    "memory_limit_exceeded": (
        ("OOMKilling", "Memory cgroup out of memory: Killed process 811 (java) anon-rss:524288kB"),
        ("BackOff", "Back-off restarting failed container cart in pod cart-7d4f9c6b8-x2k9z_shop"),
    ),
}


@pytest.mark.parametrize("cause", list(CASES))
def test_events_of_a_cluster_become_an_incident_whose_cause_is_right(application: Application, cause: str) -> None:
    ctx = application.ctx
    told = [
        event(number, START - timedelta(minutes=28 - number), "cart", *CASES[cause][number % len(CASES[cause])])
        for number in range(26)
    ]
    delivery = Delivery({}, json.dumps({"kind": "EventList", "items": told}).encode(), START)
    source = recognise_source(delivery)
    assert source is SOURCES["kubernetes"]
    accept(ctx, SCOPE, source.read(delivery, SenderSettings()).signals)
    cycle.run_cycle(ctx, SCOPE)
    advance.advance_all(ctx, SCOPE)
    (incident,) = cases.list_incidents(ctx, SCOPE, statuses=None, limit=10, offset=0)
    detail = cases.read_incident(ctx, SCOPE, incident.id)
    assert detail.incident.merchants == ("cart",)
    assert detail.assessment is not None and detail.assessment.best.cause == cause
    assert [row.decision.cause for row in detail.actions] == [cause]
    assert detail.actions[0].decision.tool == "escalate"


def reported(line: str, number: int, workload: str) -> IncomingSignal:
    """One line of a broken cluster, told by a workload."""
    fields = {name: value for name, value in fields_of(line).items() if value is not None}
    at = START - timedelta(minutes=27 - number)
    return IncomingSignal(**fields, merchant_id=workload, occurred_at=at, event_id=f"{workload}-{number}-{line[:1]}")


@pytest.mark.parametrize("cause", ["dns_failing", "rbac_forbidden", "cpu_throttled", "credentials_wrong"])
def test_the_broken_one_is_found_beside_its_complaining_callers(application: Application, cause: str) -> None:
    ctx = application.ctx
    lines = next(one.lines for one in read_incidents("tuned_on") if one.cause == cause)
    told = [reported(lines[number % len(lines)], number, "cart") for number in range(24)]
    for caller in ("frontend", "checkout"):
        told += [reported(NOISE[number % len(NOISE)], number, caller) for number in range(24)]
    accept(ctx, SCOPE, told)
    cycle.run_cycle(ctx, SCOPE)
    advance.advance_all(ctx, SCOPE)
    found = {}
    for incident in cases.list_incidents(ctx, SCOPE, statuses=None, limit=50, offset=0):
        assessment = cases.read_incident(ctx, SCOPE, incident.id).assessment
        found.setdefault(incident.merchants, set()).add(assessment.best.cause if assessment else "")
    assert cause in found[("cart",)]
    assert all(causes == {"unknown"} for merchants, causes in found.items() if "cart" not in merchants), found


def test_what_belongs_to_every_rollout_opens_nothing(application: Application) -> None:
    ctx = application.ctx
    said = ("Unhealthy", "Readiness probe failed: dial tcp 10.2.3.4:8081: connect: connection refused")
    told = [event(0, START - timedelta(minutes=9 - place), name, *said) for place, name in enumerate(WORKLOADS)]
    delivery = Delivery({}, json.dumps({"kind": "EventList", "items": told}).encode(), START)
    accept(ctx, SCOPE, SOURCES["kubernetes"].read(delivery, SenderSettings()).signals)
    cycle.run_cycle(ctx, SCOPE)
    assert cases.list_incidents(ctx, SCOPE, statuses=None, limit=10, offset=0) == []
