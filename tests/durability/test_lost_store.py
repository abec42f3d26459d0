"""A start over a store that does not hold what was anchored: nothing is sent again by itself, and what is missing is
named.
"""

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import Application
from app.domain.action_states import ActionStatus
from app.domain.events import Verified
from app.domain.tenants import LOCAL_ADMIN, SYSTEM, Scope
from app.services.audit import proof
from app.services.audit.lost_events import SET_BACK
from app.services.loop import advance
from app.services.operations import controls
from app.services.watch import sweep
from tests.durability.test_backup_restore import count_of, small_plan
from tests.durability.worker_driver import Life, Place, open_application, open_world


def head_of(application: Application, tenant: str) -> int:
    with application.store.read(Scope(tenant_id=tenant)) as session:
        return max((event.seq for event in session.events.page(limit=1, newest_first=True)), default=0)


def switch_of(application: Application, tenant: str) -> Any:
    return controls.kill_switch(application.ctx, Scope(tenant_id=tenant))


def look_everywhere(application: Application, tenants: list[str]) -> None:
    """What a worker does by itself."""
    for tenant in tenants:
        sweep.sweep_tenant(application.ctx, Scope(tenant_id=tenant))
        advance.advance_all(application.ctx, Scope(tenant_id=tenant))


@pytest.mark.long
@pytest.mark.ci
def test_a_start_over_an_older_store_sends_nothing_by_itself_and_names_the_first_lost_link(
    trial_config: Path, tmp_path: Path
) -> None:
    place, plan = Place(tmp_path / "place", trial_config), small_plan()
    place.folder.mkdir()
    world = open_world(place)
    application = open_application(place, world)
    life = Life(application, plan)
    done, half, fresh, *_ = plan.tenants
    life.finish(done)
    for tenant in (half, fresh):
        life._prepare(Scope(tenant_id=tenant))
    advance.advance_all(application.ctx, Scope(tenant_id=half))
    kept = {tenant: head_of(application, tenant) for tenant in plan.tenants}
    application.stop()
    shutil.copytree(place.data, tmp_path / "older")
    application = open_application(place, world)
    Life(application, plan).run()
    lost = {tenant: head_of(application, tenant) for tenant in plan.tenants}
    application.stop()
    sent = len(world.effects())
    shutil.rmtree(place.data)
    shutil.copytree(tmp_path / "older", place.data)
    application = open_application(place, world)
    held = [tenant for tenant in plan.tenants if lost[tenant] > kept[tenant]]
    assert {half, fresh} <= set(held)
    look_everywhere(application, list(plan.tenants))
    assert len(world.effects()) == sent
    troubles = application.health().troubles
    for tenant in held:
        first = kept[tenant] + 1
        assert any(
            f"record of tenant {tenant}: events {first} to {lost[tenant]} " in line and "audit accept" in line
            for line in troubles
        ), troubles
        switch = switch_of(application, tenant)
        assert switch.on and switch.by == SYSTEM.id and f"events {first} to" in switch.reason
        check = proof.verify_chain(application.ctx, Scope(tenant_id=tenant))
        assert (check.verdict, check.first_bad) == (Verified.BROKEN, first), check.reason
        assert f"events {first} to {lost[tenant]} were committed and are not in the store" in check.reason

    application.stop()
    application = open_application(place, world)
    for tenant in held:
        with application.store.read(Scope(tenant_id=tenant)) as session:
            assert [event.kind for event in session.events.page(limit=1_000)].count(SET_BACK) == 1
        assert any(f"record of tenant {tenant}" in line for line in application.health().troubles)
        proof.accept_chain(
            application.ctx, Scope(tenant_id=tenant, principal=LOCAL_ADMIN), "the disk was replaced by last week's copy"
        )
        assert not switch_of(application, tenant).on
    assert application.health().troubles == []
    Life(application, plan).run()
    effects = Counter((effect.tenant, effect.tool, effect.key) for effect in world.effects())
    doubts = sum(count_of(application.store, tenant, ActionStatus.IN_DOUBT) for tenant in plan.tenants)
    application.stop()
    application = open_application(place, world)
    assert application.health().troubles == []
    application.stop()
    world.close()
    assert [key for key, times in effects.items() if times > 1] == []
    assert len(effects) == sent
    assert doubts > 0
