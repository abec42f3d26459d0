"""The next move of a plan, from how everything stands: the same facts give the same move."""

from typing import Any

import pytest

from app.domain.action_states import ActionStatus as A
from app.domain.approvals import RowKind
from app.domain.incidents import IncidentStatus as S
from app.domain.playbooks import PlannedStep, PlaybookRun, RunStatus, StepKind, StepState, WaitedFor
from app.playbooks.progress import Move, MoveKind, RunFacts, WaveStand, find_next_move
from tests.builders import make_action, make_incident, make_plan, make_run, minutes

DONE = {"state": StepState.DONE, "ended_at": minutes(2), "by": "person:ada"}
WORDS = {"forecast": "it works", "undo": "it is undone"}


def begun(**steps: StepState) -> PlaybookRun:
    """A plan that has begun, with these steps in these states."""
    run = make_run(1, status=RunStatus.RUNNING)
    for name, state in steps.items():
        run = run.recorded(name, **{**DONE, "state": state})
    return run.with_turns(minutes(3))


def of_one(kind: StepKind, **fields: Any) -> PlaybookRun:
    """A plan of a treatment that was sent, and one open step."""
    plan = make_plan()
    step = PlannedStep(id="next", kind=kind, title="The next", after=("fix",), **WORDS, **fields)
    run = make_run(1, status=RunStatus.RUNNING, plan=plan.changed(steps=(plan.steps[0], step)))
    records = (run.steps[0].changed(**DONE), run.steps[0].changed(id="next"))
    return run.changed(steps=records).with_turns(minutes(3))


def move_of(
    run: PlaybookRun,
    status: A = A.EXECUTED,
    incident: S = S.VERIFYING,
    *,
    more: tuple[Any, ...] = (),
    waves: dict[int, WaveStand] | None = None,
    at: float = 5,
    **changes: Any,
) -> Move | None:
    rows = (make_action(1, status=status, **changes), *more)
    facts = RunFacts(make_incident(1, status=incident), {one.id: one for one in rows}, waves or {}, minutes(at))
    assert find_next_move(run, facts) == find_next_move(run, facts)
    return find_next_move(run, facts)


@pytest.mark.parametrize("status", [A.PROPOSED, A.PENDING, A.SUPERSEDED])
def test_nothing_moves_while_its_treatment_waits_or_is_decided_anew(status: A) -> None:
    assert move_of(make_run(1), status, S.AWAITING) is None
    assert move_of(begun(), status, S.AWAITING) is None


@pytest.mark.parametrize("status", [A.APPROVED, A.SENDING, A.IN_DOUBT, A.EXECUTED, A.VERIFIED])
def test_it_begins_once_its_treatment_is_granted(status: A) -> None:
    found = move_of(make_run(1), status, S.MITIGATING)
    assert found is not None and found.kind is MoveKind.BEGIN


@pytest.mark.parametrize("status", [A.REJECTED, A.EXPIRED, A.NOT_APPLIED, A.FAILED, A.INEFFECTIVE, A.HARMED, A.UNDONE])
def test_it_stops_when_its_treatment_went_wrong_at_any_cohort(status: A) -> None:
    alone = move_of(begun(), status)
    later = make_action(2, id="ACT-00000001-C1", parent_id="ACT-00000001", step=RowKind.COHORT, cohort=1, status=status)
    one_of_two = move_of(begun(fix=StepState.DONE), more=(later,))
    assert alone is not None and (alone.kind, alone.given_up) == (MoveKind.STOP, False)
    assert one_of_two is not None and one_of_two.kind is MoveKind.STOP and "ACT-00000001-C1" in one_of_two.note


@pytest.mark.parametrize("incident", [S.CLOSED, S.MERGED, S.FAILED])
def test_it_stops_when_its_incident_has_ended(incident: S) -> None:
    found = move_of(begun(), A.EXECUTED, incident)
    assert found is not None and found.kind is MoveKind.STOP


def test_an_undo_is_no_cohort_and_what_was_not_sent_when_it_recovered_ends_the_plan() -> None:
    undo = make_action(2, id="ACT-00000001-U0", parent_id="ACT-00000001", step=RowKind.UNDO, status=A.FAILED)
    found = move_of(begun(), more=(undo,))
    assert found is not None and found.kind is MoveKind.STEP_DONE
    ended = move_of(begun(), A.SUPERSEDED, S.RESOLVED)
    assert ended is not None and ended.kind is MoveKind.STOP


def test_the_proof_is_there_when_every_cohort_is_verified_and_not_before() -> None:
    run = begun(fix=StepState.DONE)
    decision = make_action(1).decision.changed(rollout=(("MERCH-A1B2C3",), ("MERCH-B",)))
    later = make_action(2, id="ACT-00000001-C1", parent_id="ACT-00000001", step=RowKind.COHORT, cohort=1)
    assert move_of(run, A.VERIFIED, decision=decision) is None, "the second cohort was not treated yet"
    assert move_of(run, A.VERIFIED, decision=decision, more=(later.changed(status=A.EXECUTED),)) is None
    proven = move_of(run, A.VERIFIED, decision=decision, more=(later.changed(status=A.VERIFIED),))
    assert proven is not None and (proven.kind, proven.step_id) == (MoveKind.STEP_DONE, "proof")
    untold = move_of(run, A.EXECUTED, S.ESCALATED)
    assert untold is not None and untold.kind is MoveKind.STOP and "not proven" in untold.note


def test_a_person_is_waited_for_and_the_last_step_ends_it() -> None:
    run = begun(fix=StepState.DONE, proof=StepState.DONE)
    assert move_of(run, A.VERIFIED, S.RESOLVED) is None
    done = move_of(begun(fix=StepState.DONE, proof=StepState.DONE, tell=StepState.DONE), A.VERIFIED, S.CLOSED)
    assert done is not None and done.kind is MoveKind.FINISH


def test_minutes_pass_and_an_incident_is_over_when_it_is_resolved_or_closed() -> None:
    waiting = of_one(StepKind.WAIT_FOR, waits_for=WaitedFor.MINUTES, minutes=10)
    assert move_of(waiting, at=12) is None
    passed = move_of(waiting, at=13)
    assert passed is not None and passed.kind is MoveKind.STEP_DONE
    over = of_one(StepKind.WAIT_FOR, waits_for=WaitedFor.RESOLVED)
    assert move_of(over, A.VERIFIED, S.ESCALATED) is None
    for status in (S.RESOLVED, S.CLOSED):
        ended = move_of(over, A.VERIFIED, status)
        assert ended is not None and ended.kind is MoveKind.STEP_DONE


def test_a_wave_is_asked_for_once_and_one_that_somebody_else_holds_is_left_alone() -> None:
    hold = of_one(StepKind.HOLD_WAVE, tool="hold_cutover_wave", wave=3)
    ask = move_of(hold)
    assert ask is not None and ask.kind is MoveKind.ASK
    attach = move_of(hold, waves={3: WaveStand(asked="ACT-OTHER")})
    assert attach == Move(MoveKind.ATTACH, "next", reference="ACT-OTHER")
    held = move_of(hold, waves={3: WaveStand(held="ACT-OTHER")})
    assert held is not None and held.kind is MoveKind.STEP_DONE and not held.reference


@pytest.mark.parametrize("status", [A.REJECTED, A.EXPIRED, A.SUPERSEDED, A.FAILED, A.NOT_APPLIED, A.UNDONE])
def test_a_tool_of_its_own_that_goes_wrong_gives_the_plan_up(status: A) -> None:
    run = of_one(StepKind.CALL_TOOL, tool="create_ticket").recorded("next", reference="ACT-00000009")
    found = move_of(run, more=(make_action(9, status=status),))
    assert found is not None and (found.kind, found.given_up) == (MoveKind.STOP, True)
    assert move_of(run, more=(make_action(9, status=A.PENDING),)) is None
    done = move_of(run, more=(make_action(9, status=A.EXECUTED),))
    assert done is not None and done.kind is MoveKind.STEP_DONE
