"""The worker knows no platform: it asks whatever sources it was given, for every tenant, and keeps their troubles
apart.
"""

import threading
from pathlib import Path

from app.domain.tenants import Scope, Tenant
from app.services.agent.worker import Worker
from app.services.trials import worlds
from app.services.trials.source import SimulatedPlatform
from tests.loop.conftest import open_agency


class Noted:
    """A source that writes down what it was told, and fails for one tenant."""

    def __init__(self, failing: str) -> None:
        self.failing = failing
        self.told: list[tuple[str, float]] = []

    def let_time_pass(self, tenant: Tenant, elapsed: float) -> None:
        self.told.append((tenant.id, elapsed))
        if tenant.id == self.failing:
            raise RuntimeError("no platform answers")


def test_every_source_is_asked_about_every_tenant_and_one_that_fails_holds_up_its_tenant_only(tmp_path: Path) -> None:
    agency = open_agency(tmp_path)
    ctx = agency.ctx
    source = Noted(failing=agency.scope.tenant_id)
    worker = Worker(ctx, threading.Event(), [source], sweep_seconds=60)
    worker.beat(2.0)
    worker.beat(1.0)
    worker.stop()
    names = {tenant.id for tenant in ctx.store.tenants()}
    assert sorted(source.told) == sorted((name, elapsed) for name in names for elapsed in (2.0, 1.0))
    assert worker.last_error.startswith(f"{source.failing}: ")
    assert not [name for name in names - {source.failing} if f"{name}: " in worker.last_error]
    agency.application.stop()


def test_the_simulated_platform_moves_its_own_tenants_only(tmp_path: Path) -> None:
    agency = open_agency(tmp_path)
    ctx = agency.ctx
    platform = SimulatedPlatform(ctx, minutes_per_second=2.0)
    with ctx.store.read(agency.scope) as session:
        before = worlds.read_clock(session)
    for tenant in ctx.store.tenants():
        platform.let_time_pass(tenant, 3.0)
    with ctx.store.read(agency.scope) as session:
        after = worlds.read_clock(session)
    assert before is not None
    assert after is not None
    assert (after - before).total_seconds() == 6 * 60
    for tenant in ctx.store.tenants():
        with ctx.store.read(Scope(tenant_id=tenant.id)) as session:
            assert (worlds.read_clock(session) is not None) == tenant.simulated_clock
    agency.application.stop()
