"""A tenant and its world: opened where there is none, left alone where there is one, and silent without."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.tenants import Tenant, ToolMode
from app.services import worlds
from simulations.effects import save_world
from tests.loop.conftest import START, Agency, open_agency


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Agency]:
    """A tenant whose clock stands where an older version left it, and of whose platform nothing is known."""
    opened = open_agency(tmp_path, fresh=False)
    opened.house.store.put_tenant(Tenant(id="shop", title="A small platform", tool_mode=ToolMode.SIMULATED, simulated_clock=True))
    with opened.house.store.write(opened.scope) as session:
        worlds.put_clock(session, START - timedelta(days=2))
    yield opened
    opened.application.stop()


def test_without_a_world_time_passes_in_silence(bare: Agency) -> None:
    assert worlds.tick(bare.house, bare.scope, timedelta(hours=3)) == 0
    assert bare.house.clock(bare.scope).now() == START - timedelta(days=2) + timedelta(hours=3)


def test_the_demos_world_begins_where_the_clock_stands_and_is_opened_once(bare: Agency) -> None:
    worlds.open_demo(bare.house, bare.scope, START)
    assert bare.house.clock(bare.scope).now() == START - timedelta(days=2)
    with bare.house.store.read(bare.scope) as session:
        assert session.merchants.all() == bare.world().merchants()
    told = bare.world()
    told.apply("create_ticket", {"title": "t", "summary": "s"}, key="k", at=START)
    with bare.house.store.write(bare.scope) as session:
        save_world(session, told)
    worlds.open_demo(bare.house, bare.scope, START)
    assert [call["tool"] for call in bare.calls()] == ["create_ticket"]


def test_what_the_demos_world_says_comes_in_by_the_door(bare: Agency) -> None:
    worlds.open_demo(bare.house, bare.scope, START)
    assert worlds.tick(bare.house, bare.scope, timedelta(minutes=10)) > 20
    with bare.house.store.read(bare.scope) as session:
        assert all(signal.received_at > signal.occurred_at for signal in session.signals.recent(limit=50))
