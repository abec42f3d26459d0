"""Keeps the plan of an incident in step with what the loop decides: it is assigned with the decision that is its
treatment, made anew with newer evidence while nothing of it was done, and else ended or replaced.
"""

from datetime import datetime
from typing import Final

from app.context import EVERY_ONE
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.base import JsonObject
from app.domain.decisions import Decision
from app.domain.errors import Conflict
from app.domain.incidents import GONE, Closing
from app.domain.playbooks import (
    OPEN_RUNS,
    Plan,
    PlaybookRun,
    RunStatus,
    StepRecord,
    StepState,
    begin_run,
)
from app.domain.validity import Withdrawal
from app.ports.store import Session
from app.services.loop.closing import UNSENT, WORKER, close_incident, take_back

ASSIGNED: Final = "playbook.assigned"
RECALCULATED: Final = "playbook.recalculated"
STEP_COMPLETED: Final = "playbook.step_completed"
COMPLETED: Final = "playbook.completed"
STOPPED: Final = "playbook.stopped"
TOLD: Final = "playbook.told"
"""What a step of a plan has people told, and each step that is theirs, when its turn has come."""
NO_PLAN_NOW: Final = "the agent proposes something else now, to which no playbook belongs"
SENT_BEFORE: Final = "another treatment is proposed after the one that was sent"
ANOTHER_PLAN: Final = "newer evidence makes another plan of it"


def find_open_run(session: Session, incident_id: str) -> PlaybookRun | None:
    """The plan of an incident that is being carried out, or waits for its approval."""
    return next((one for one in session.playbooks.of_incident(incident_id) if one.is_open), None)


def align_plan(session: Session, decision: Decision, at: datetime) -> None:
    """Have the plan of an incident be the one of its decision, within the transaction that records it."""
    runs = session.playbooks.of_incident(decision.incident_id)
    current = runs[0] if runs and runs[0].is_open else None
    plan = decision.plan
    if current is None:
        if plan is not None and all(one.action_id != decision.action_id for one in runs):
            _assign(session, decision, plan, len(runs) + 1, (), at)
    elif plan is None:
        stop_run(session, current, NO_PLAN_NOW, at)
    elif decision.action_id != current.action_id and _was_sent(current):
        stop_run(session, current, SENT_BEFORE, at)
        _assign(session, decision, plan, len(runs) + 1, (), at)
    elif plan.digest != current.plan.digest and current.done_steps:
        stop_run(session, current, ANOTHER_PLAN, at)
        _assign(session, decision, plan, len(runs) + 1, _carry_over(current, plan), at)
    elif decision.action_id != current.action_id:
        _recalculate(session, current, decision, plan, at)


def _was_sent(run: PlaybookRun) -> bool:
    """Whether its treatment was sent: what is decided after that is another treatment, whose plan begins anew."""
    return run.record_of(run.plan.treatment.id).state is StepState.DONE


def _assign(
    session: Session, decision: Decision, plan: Plan, number: int, done: tuple[StepRecord, ...], at: datetime
) -> None:
    tenant, ids = session.scope.tenant_id, (decision.action_id, decision.evidence_version)
    run = begin_run(tenant, decision.incident_id, number, plan, *ids, at)
    for one in done:
        run = run.recorded(one.id, **{name: getattr(one, name) for name in StepRecord.model_fields})
    session.playbooks.add(run)
    record_run_event(session, ASSIGNED, run, at, steps=[one.id for one in plan.steps], taken_over=[o.id for o in done])


def _carry_over(old: PlaybookRun, plan: Plan) -> tuple[StepRecord, ...]:
    """What was done and is to be done in exactly the same way: nobody does it twice."""
    same = {one.id for one in plan.steps if any(one == other for other in old.plan.steps)}
    return tuple(one for one in old.done_steps if one.id in same and not plan.step(one.id).treatment)


def _recalculate(session: Session, run: PlaybookRun, decision: Decision, plan: Plan, at: datetime) -> None:
    """The same plan, or another one of which nothing was done, waits for the approval of its newer treatment."""
    before = run.plan.digest
    if plan.digest != before:
        _close_questions(session, run, ANOTHER_PLAN, at)
        run = run.changed(plan=plan, steps=tuple(StepRecord(id=one.id) for one in plan.steps))
    fresh = {"action_id": decision.action_id, "evidence_version": decision.evidence_version}
    run = session.playbooks.save(run.changed(status=RunStatus.ASSIGNED, **fresh))
    record_run_event(session, RECALCULATED, run, at, before=before)


def stop_run(
    session: Session, run: PlaybookRun, because: str, at: datetime, *, given_up: bool = False, by: str = WORKER
) -> PlaybookRun:
    """End a plan before it is done. Questions that its steps have asked are closed; where a step of its own failed, the
    treatment that was approved as a part of it and not sent is withdrawn, too.
    """
    ended = session.playbooks.save(run.ended(RunStatus.STOPPED, because[:2_000], at, given_up=given_up))
    done = [one.id for one in ended.done_steps]
    record_run_event(session, STOPPED, ended, at, because=because[:2_000], done=done, given_up=given_up)
    _close_questions(session, run, because, at)
    if given_up:
        row = session.actions.get(run.action_id)
        if row.status in UNSENT:
            take_back(session, row, Withdrawal.PLAN, f"{Withdrawal.PLAN.sentence}: {because}", at, by=by)
    return ended


def _close_questions(session: Session, run: PlaybookRun, because: str, at: datetime) -> None:
    """What single steps have asked on incidents of their own, and nobody has answered."""
    for record in run.steps:
        row = session.actions.get(record.reference) if record.state is StepState.OPEN and record.reference else None
        if row is None or row.status not in UNSENT or row.incident_id == run.incident_id:
            continue
        incident = session.incidents.get(row.incident_id)
        if row.decision.part_of is not None and row.decision.part_of.run_id == run.id and incident.status not in GONE:
            reason = f"the plan of {run.incident_id} has ended: {because}"
            close_incident(session, incident, Closing(by=WORKER, reason=reason[:1_500], at=at))


def record_run_event(session: Session, kind: str, run: PlaybookRun, at: datetime, **facts: object) -> None:
    """One link about a plan, in the history of its incident."""
    payload: JsonObject = {"run_id": run.id, "playbook": run.plan.playbook, "plan_digest": run.plan.digest}
    payload |= {"action_id": run.action_id, "status": run.status.value, **facts}  # type: ignore[dict-item]
    session.events.append(kind, run.incident_id, payload, at=at)


def list_waiting_treatments(session: Session) -> frozenset[str]:
    """The treatments whose turn in their plans has not come."""
    runs = session.playbooks.page(statuses=OPEN_RUNS, limit=EVERY_ONE)
    return frozenset(one.action_id for one in runs if one.waits_on(one.plan.treatment.id))


def refuse_before_turn(session: Session, row: Action) -> None:
    """Conflict while steps stand before a treatment in its plan: it stays granted, and waits for them."""
    run = find_open_run(session, row.incident_id) if row.step is RowKind.FIRST and row.decision.plan else None
    if run is None or run.action_id != row.id:
        return
    waits = [run.plan.step(one).title for one in run.waits_on(run.plan.treatment.id)]
    if waits:
        raise Conflict(
            f"{row.id} waits for the steps before it in its plan: {'; '.join(waits)}",
            action_id=row.id,
            held=True,
            run_id=run.id,
        )
