"""What was sent is taken back on a person's word: once, for everybody it was sent for, and nobody learns a success."""

from threading import Barrier, Thread

import pytest

from app.domain.action_states import ActionStatus
from app.domain.approvals import RowKind
from app.domain.decisions import AttemptEnd
from app.domain.errors import BadInput, Conflict, Forbidden
from app.domain.incidents import IncidentStatus
from app.domain.lessons import list_standing
from app.domain.tenants import Role
from app.schemas.actions import UndoAnswer
from app.services.actions.taking_back import undo_action
from app.services.incidents import cases
from app.services.operations import controls
from tests.builders import make_scope
from tests.loop.conftest import Agency
from tests.loop.stories import CALLBACK, callback_scheme, second_part, treatment

WHY = "the merchant wants it as it was"


def take_back(agency: Agency, name: str, why: str = WHY) -> UndoAnswer:
    return undo_action(agency.ctx, agency.scope, name, why)


def test_what_was_just_sent_is_taken_back_once_and_handed_to_people(treating: Agency) -> None:
    row = treatment(treating)
    answer = take_back(treating, row.id)
    (undo,) = answer.undo_rows
    assert (undo.id, undo.step, undo.status, undo.decided_by) == (
        f"{row.id}-U0",
        RowKind.UNDO,
        ActionStatus.APPROVED,
        "local:admin",
    )
    with pytest.raises(Conflict, match=r"local:admin asked for it, and ACT-[^ ]+-U0 is APPROVED"):
        take_back(treating, row.id)
    treating.drain()
    sent = [call for call in treating.calls() if call["tool"] == row.decision.undo.tool]  # type: ignore[union-attr]
    assert treating.row(undo.id).status is ActionStatus.EXECUTED
    assert treating.row(row.id).status is ActionStatus.UNDONE
    assert {call["key"] for call in sent} >= {treating.row(undo.id).idempotency_key}
    incident = treating.incident(row.incident_id)
    assert incident.status is IncidentStatus.ESCALATED
    assert incident.metrics_snapshot["handed_over"]["why"] == f"taken back by local:admin: {WHY}"
    assert incident.resolution is not None and f"taken back by local:admin: {WHY}" in incident.resolution
    with pytest.raises(Conflict, match="is not taken back twice: local:admin asked for it"):
        take_back(treating, row.id)
    before = len(treating.calls())
    treating.cycle()
    assert len(treating.calls()) == before
    again = [one for one in treating.rows(ActionStatus.PENDING) if one.incident_id == row.incident_id]
    assert not again, "nothing is proposed at once in place of what a person took back"


def test_a_proven_cure_that_is_taken_back_is_no_success_to_anybody(cured: Agency) -> None:
    row = treatment(cured)
    resolved = cured.incident(row.incident_id)
    assert (cured.row(row.id).status, resolved.status) == (ActionStatus.VERIFIED, IncidentStatus.RESOLVED)
    take_back(cured, row.id)
    assert cured.incident(row.incident_id).resolved_at is None
    cured.drain()
    assert cured.row(row.id).status is ActionStatus.UNDONE
    back = cured.incident(row.incident_id)
    assert (back.status, back.resolved_at, back.mttr_seconds) == (IncidentStatus.ESCALATED, None, None)
    lessons = cases.read_incident(cured.ctx, cured.scope, row.incident_id).lessons
    assert {one.outcome for one in lessons} == {AttemptEnd.VERIFIED, AttemptEnd.TAKEN_BACK}
    assert [one.outcome for one in list_standing(lessons)] == [AttemptEnd.TAKEN_BACK]
    told = cases.list_timeline(cured.ctx, cured.scope, row.incident_id)
    (asked,) = [event for event in told if event.kind == "action.undo_asked"]
    assert (asked.principal, asked.payload["reason"], asked.payload["undoes"]) == ("local:admin", WHY, [row.id])
    with cured.ctx.store.read(cured.scope) as session:
        assert session.events.verify().ok


def test_of_eight_who_ask_at_once_one_has_it_taken_back(treating: Agency) -> None:
    row = treatment(treating)
    gate, ended = Barrier(8), list[str]()

    def ask() -> None:
        gate.wait()
        try:
            ended.append(take_back(treating, row.id).undo_rows[0].id)
        except Conflict as late:
            ended.append(str(late.facts["asked_by"]))

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == [f"{row.id}-U0", *["local:admin"] * 7]
    treating.drain()
    assert treating.row(row.id).status is ActionStatus.UNDONE
    told = cases.list_timeline(treating.ctx, treating.scope, row.incident_id)
    assert [event.kind for event in told].count("action.undo_asked") == 1


def test_the_kill_switch_holds_an_undo_and_lets_it_go(treating: Agency) -> None:
    row = treatment(treating)
    controls.turn_kill_switch(treating.ctx, treating.scope, on=True, reason="hands off", everywhere=False)
    assert "held by the kill switch" in take_back(treating, row.id).note
    treating.drain()
    assert treating.row(f"{row.id}-U0").status is ActionStatus.APPROVED
    assert treating.row(row.id).status is ActionStatus.EXECUTED
    controls.turn_kill_switch(treating.ctx, treating.scope, on=False, reason="", everywhere=False)
    treating.drain()
    assert treating.row(row.id).status is ActionStatus.UNDONE


def test_what_cannot_be_taken_back_says_why_and_changes_nothing(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    with pytest.raises(Conflict, match="is PENDING: nothing was sent yet: reject it instead"):
        take_back(asking, row.id)
    with pytest.raises(BadInput, match="needs its `reason`"):
        take_back(asking, row.id, "  ")
    with pytest.raises(Forbidden):
        undo_action(asking.ctx, make_scope("shop", role=Role.OPERATOR), row.id, WHY)
    asking.reject(row)
    with pytest.raises(Conflict, match="is REJECTED: it was never sent"):
        take_back(asking, row.id)


def test_a_rollout_that_goes_on_is_stopped_and_taken_back_for_all_it_reached(rolling: Agency) -> None:
    row = treatment(rolling)
    second = second_part(rolling, row)
    assert (rolling.row(row.id).status, second.status) == (ActionStatus.VERIFIED, ActionStatus.EXECUTED)
    answer = take_back(rolling, row.id)
    assert [one.id for one in answer.undo_rows] == [f"{row.id}-U0", f"{row.id}-U1"]
    rolling.drain()
    assert {rolling.row(name).status for name in (row.id, second.id)} == {ActionStatus.UNDONE}
    reached = (*row.decision.rollout[0], *row.decision.rollout[1])
    assert [callback_scheme(rolling, one) for one in reached] == ["http"] * len(reached)
    rolling.pass_time(30)
    rolling.drain()
    assert {one.id for one in rolling.rows() if one.parent_id == row.id} == {
        second.id,
        *(one.id for one in answer.undo_rows),
    }
    assert rolling.incident(row.incident_id).status is IncidentStatus.ESCALATED


def test_a_ticket_is_closed_under_the_reference_that_its_tool_answered_with(asking: Agency) -> None:
    asked = asking.pending(CALLBACK)
    while asked.decision.tool != "escalate":
        asking.reject(asked)
        asking.drain()
        (asked,) = [one for one in asking.rows(ActionStatus.PENDING) if one.incident_id == asked.incident_id]
    row = asked
    asking.approve(row)
    asking.drain()
    done = asking.row(row.id)
    assert done.result is not None and done.result.reference and not done.decision.undo_requests
    (undo,) = take_back(asking, row.id).undo_rows
    asking.drain()
    assert asking.row(undo.id).status is ActionStatus.EXECUTED
    (request,) = asking.row(undo.id).decision.undo_requests
    assert request.body["reference"] == done.result.reference and undo.digest != row.digest
    assert asking.row(row.id).status is ActionStatus.UNDONE
    with asking.ctx.store.read(asking.scope) as session:
        assert session.events.verify().ok
