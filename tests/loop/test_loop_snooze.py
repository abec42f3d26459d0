"""A question that is put off is asked later by itself, and no rule about it changes meanwhile."""

from datetime import timedelta

import pytest

from app.domain.action_states import ActionStatus
from app.domain.errors import BadInput, Conflict, Forbidden
from app.domain.tenants import Role
from app.schemas.actions import SnoozeRequest
from app.services.actions import rows, waiting
from app.services.actions.snoozing import snooze_action
from app.services.incidents import cases
from app.services.loop.anew import reason_anew
from tests.builders import make_scope
from tests.loop.conftest import Agency

CALLBACK = "callback_not_https"


def listed(agency: Agency, *, snoozed: bool = False) -> set[str]:
    found = rows.list_questions(agency.ctx, agency.scope, limit=500, offset=0, snoozed=snoozed)
    return {row.id for row in found}


def test_it_is_listed_apart_until_its_time_and_then_among_the_others(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    answer = snooze_action(asking.ctx, asking.scope, row.id, SnoozeRequest(minutes=30, reason="after the sale"))
    assert "withdraw.too_old" in answer.note and "withdraw.newer_evidence" in answer.note
    assert answer.action.decision.expires_at == row.decision.expires_at
    assert row.id not in listed(asking) and listed(asking, snoozed=True) == {row.id}
    desk = waiting.list_waiting(asking.ctx, asking.scope)
    assert [one.id for one in desk.snoozed] == [row.id] and desk.questions == len(listed(asking))
    asking.skip(31)
    assert row.id in listed(asking) and not listed(asking, snoozed=True)
    told = [
        one for one in cases.list_timeline(asking.ctx, asking.scope, row.incident_id) if one.kind == "action.snoozed"
    ]
    assert [(one.principal, one.payload["reason"]) for one in told] == [("local:admin", "after the sale")]


def test_it_can_be_decided_or_asked_again_meanwhile(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    snooze_action(asking.ctx, asking.scope, row.id, SnoozeRequest(minutes=30))
    assert "at once" in snooze_action(asking.ctx, asking.scope, row.id, SnoozeRequest(minutes=0)).note
    assert row.id in listed(asking)
    snooze_action(asking.ctx, asking.scope, row.id, SnoozeRequest(minutes=30))
    assert asking.approve(row).status is ActionStatus.APPROVED
    with pytest.raises(Conflict):
        snooze_action(asking.ctx, asking.scope, row.id, SnoozeRequest(minutes=30))


def test_no_deadline_is_moved_and_newer_evidence_is_asked_about_at_once(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    assert row.decision.expires_at is not None
    late = SnoozeRequest(again_at=row.decision.expires_at + timedelta(minutes=1))
    with pytest.raises(BadInput, match=r"before it would be asked again .*withdraw.too_old"):
        snooze_action(asking.ctx, asking.scope, row.id, late)
    for wish in (SnoozeRequest(), SnoozeRequest(minutes=1, again_at=row.decision.expires_at)):
        with pytest.raises(BadInput, match="either `again_at`"):
            snooze_action(asking.ctx, asking.scope, row.id, wish)
    with pytest.raises(BadInput, match="is over"):
        snooze_action(asking.ctx, asking.scope, row.id, SnoozeRequest(again_at=row.proposed_at - timedelta(days=1)))
    with pytest.raises(Forbidden):
        snooze_action(asking.ctx, make_scope("shop", role=Role.OPERATOR), row.id, SnoozeRequest(minutes=5))
    snooze_action(asking.ctx, asking.scope, row.id, SnoozeRequest(minutes=600))
    with asking.ctx.store.write(asking.scope) as session:
        reason_anew(session, row.incident_id, "more was seen", asking.ctx.clock(asking.scope).now())
    asking.drain()
    assert asking.row(row.id).status is ActionStatus.SUPERSEDED
    fresh = [one for one in asking.rows(ActionStatus.PENDING) if one.incident_id == row.incident_id]
    assert fresh and {one.id for one in fresh} <= listed(asking)
