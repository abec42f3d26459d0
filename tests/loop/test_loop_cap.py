"""A rollout goes no faster than so many merchants of a tenant in an hour; what waits says so, and goes on by itself."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.action_states import ActionStatus
from app.domain.errors import Conflict
from app.services.actions.review import execute_action
from app.services.incidents import cases
from app.settings import PROJECT
from tests.loop.conftest import Agency, Past, open_agency
from tests.loop.stories import widest_rollout

MOST = 2


@pytest.fixture
def slow(tmp_path: Path, two_hours: Past) -> Iterator[Agency]:
    """An agency whose tenant has no more than two merchants treated in an hour."""
    shutil.copytree(PROJECT / "config", tmp_path / "config")
    policies = tmp_path / "config" / "agent_policies.yaml"
    text, found = re.subn(r"(?m)^  others: 500", f"  tenants: {{shop: {MOST}}}", policies.read_text("utf-8"))
    assert found == 1
    policies.write_text(text, "utf-8")
    agency = open_agency(tmp_path / "data", past=two_hours, config=tmp_path / "config")
    yield agency
    agency.application.stop()


def test_a_cohort_waits_for_room_says_so_and_goes_on_by_itself(slow: Agency) -> None:
    row = widest_rollout(slow)
    sizes = [len(cohort) for cohort in row.decision.rollout]
    assert sum(sizes) > MOST and max(sizes) <= MOST
    slow.approve(row)
    slow.drain()
    first = slow.until_receipt(row.id)
    slow.drain()
    assert first.status is ActionStatus.VERIFIED and first.executed_at is not None
    waiting = slow.row(f"{row.id}-C1")
    assert waiting.status is ActionStatus.APPROVED
    held = cases.read_incident(slow.ctx, slow.scope, row.incident_id).held_by_cap
    assert held is not None and held.row_id == waiting.id
    assert f"the cap of {MOST} merchants an hour" in held.sentence and f"at {held.until:%H:%M} UTC" in held.sentence
    assert slow.drain() == [], "what waits for room is not tried again and again"
    with pytest.raises(Conflict, match=f"cap of {MOST} merchants an hour"):
        execute_action(slow.ctx, slow.scope, waiting.id)
    before = slow.row(waiting.id)
    while slow.ctx.clock(slow.scope).now() < held.until:
        assert slow.row(waiting.id) == before
        slow.pass_time(5)
        slow.drain()
    done = slow.row(waiting.id)
    assert done.executed_at is not None and held.until <= done.executed_at
    assert done.executed_at - first.executed_at <= (held.until - first.executed_at) * 1.2
    assert cases.read_incident(slow.ctx, slow.scope, row.incident_id).held_by_cap is None
