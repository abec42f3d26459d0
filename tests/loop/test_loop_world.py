"""A tenant and its world: opened where there is none, left alone where there is one, and silent without."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.base import Stage
from app.domain.tenants import Tenant, ToolMode
from app.services.intake import ingest
from app.services.trials import worlds
from simulations.connector import save_world
from tests.loop.conftest import START, Agency, open_agency


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Agency]:
    """A tenant whose clock stands where an older version left it, and of whose platform nothing is known."""
    opened = open_agency(tmp_path, fresh=False)
    opened.ctx.store.put_tenant(
        Tenant(id="shop", title="A small platform", tool_mode=ToolMode.SIMULATED, simulated_clock=True)
    )
    with opened.ctx.store.write(opened.scope) as session:
        worlds.put_clock(session, START - timedelta(days=2))
    yield opened
    opened.application.stop()


def test_without_a_world_time_passes_in_silence(bare: Agency) -> None:
    assert worlds.let_time_pass(bare.ctx, bare.scope, timedelta(hours=3)) == 0
    assert bare.ctx.clock(bare.scope).now() == START - timedelta(days=2) + timedelta(hours=3)


def test_the_demos_world_begins_where_the_clock_stands_and_is_opened_once(bare: Agency) -> None:
    worlds.open_demo(bare.ctx, bare.scope, START)
    assert bare.ctx.clock(bare.scope).now() == START - timedelta(days=2)
    with bare.ctx.store.read(bare.scope) as session:
        assert session.merchants.all() == bare.world().merchants()
    told = bare.world()
    told.apply("create_ticket", {"title": "t", "summary": "s"}, key="k", at=START)
    with bare.ctx.store.write(bare.scope) as session:
        save_world(session, told)
    worlds.open_demo(bare.ctx, bare.scope, START)
    assert [call["tool"] for call in bare.calls()] == ["create_ticket"]


def test_time_that_passes_brings_signals_and_news_and_no_event_of_the_audit(bare: Agency) -> None:
    worlds.open_demo(bare.ctx, bare.scope, START)
    told = bare.world()
    with bare.ctx.store.read(bare.scope) as session:
        before = session.events.page(limit=100)
    assert worlds.let_time_pass(bare.ctx, bare.scope, timedelta(minutes=10)) > 20
    assert worlds.let_time_pass(bare.ctx, bare.scope, timedelta(hours=25)) > 2_000
    with bare.ctx.store.read(bare.scope) as session:
        assert session.events.page(limit=100) == before
        kept = session.signals.recent(limit=50)
        assert all(signal.received_at > signal.occurred_at for signal in kept)
        assert session.merchants.get("MERCH-D4E5F6").stage is Stage.POST
    assert worlds.let_time_pass(bare.ctx, bare.scope, timedelta(0)) == 0
    assert told.listed("MERCH-D4E5F6").stage is Stage.POST


def test_a_signal_is_kept_under_the_id_it_would_get_at_the_door(bare: Agency) -> None:
    worlds.open_demo(bare.ctx, bare.scope, START)
    now = bare.ctx.clock(bare.scope).now()
    arrived = bare.world().arrivals(now, now + timedelta(minutes=10))
    assert worlds.let_time_pass(bare.ctx, bare.scope, timedelta(minutes=10)) > 20
    assert ingest.accept(bare.ctx, bare.scope, arrived).accepted == 0
