"""Carries every plan on as far as it can go now. Level-triggered: it looks at how things stand and makes one move after
the other, each in one transaction with its event, so that a crash between two of them loses and repeats nothing.

It changes nothing outside by itself: what a step wants done by a tool becomes a question on an incident of its own,
which policy rules on and the loop carries out.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from app.context import EVERY_ONE, AppContext
from app.domain.actions import Action
from app.domain.errors import BadInput, Conflict, Forbidden, NotFound
from app.domain.incidents import GONE, Closing
from app.domain.playbooks import OPEN_RUNS, PartOfPlan, PlannedStep, PlaybookRun, RunStatus, StepKind, StepState
from app.domain.tenants import Scope
from app.observe.readiness import Readiness
from app.playbooks.progress import Move, MoveKind, RunFacts, WaveStand, find_next_move
from app.ports.store import Session
from app.schemas.migrations import HoldRequest
from app.services.incidents.outlooks import read_outlooks
from app.services.loop.closing import close_incident
from app.services.loop.plans import COMPLETED, STEP_COMPLETED, TOLD, record_run_event, stop_run
from app.services.migrations.hold import propose_hold
from app.services.migrations.readiness import find_hold
from app.services.playbooks.questions import ask_for_tool

log = structlog.get_logger()
BEGUN: Final = "playbook.begun"
MOST_MOVES: Final = 100
LONGEST_REASON: Final = 500


def carry_on_all(ctx: AppContext, scope: Scope, stopping: Callable[[], bool] = lambda: False) -> list[str]:
    """Carry on every open plan, the oldest first; the incidents of those that moved. Nothing moves while the kill
    switch is on.
    """
    with ctx.store.read(scope) as session:
        runs = session.playbooks.page(statuses=OPEN_RUNS, limit=EVERY_ONE)
    return [run.incident_id for run in reversed(runs) if not stopping() and carry_on(ctx, scope, run.id)]


def carry_on(ctx: AppContext, scope: Scope, run_id: str) -> bool:
    """Make one move after the other until it waits; whether it made any."""
    moved = False
    for _ in range(MOST_MOVES):
        with ctx.store.read(scope) as session:
            move = _find_move(ctx, session, run_id)
        if move is None or not _make_move(ctx, scope, run_id, move):
            break
        moved = True
    if moved:
        ctx.wake()
    return moved


def _find_move(ctx: AppContext, session: Session, run_id: str) -> Move | None:
    run = session.playbooks.get(run_id)
    if not run.is_open or session.controls.kill_switch().on:
        return None
    return find_next_move(run, read_run_facts(session, run, ctx.clock(session.scope).now()))


def read_run_facts(session: Session, run: PlaybookRun, now: datetime) -> RunFacts:
    """How everything stands that a plan rests on."""
    asked = (session.actions.get(one.reference) for one in run.steps if one.reference)
    rows = (*session.actions.page(incident_id=run.incident_id, limit=EVERY_ONE), *asked)
    holds = {one.wave: find_hold(session, one.wave) for one in run.open_steps() if one.wave is not None}
    waves = {
        wave: WaveStand(held=hold.held.id if hold.held else "", asked=hold.asked.id if hold.asked else "")
        for wave, hold in holds.items()
    }
    return RunFacts(session.incidents.get(run.incident_id), {row.id: row for row in rows}, waves, now)


def _make_move(ctx: AppContext, scope: Scope, run_id: str, move: Move) -> bool:
    """Make it, unless it is another one by now; whether anything was done."""
    if move.kind is MoveKind.ASK:
        return _ask(ctx, scope, run_id, move)
    with ctx.store.write(scope) as session:
        if _find_move(ctx, session, run_id) != move:
            return False
        _write_move(session, session.playbooks.get(run_id), move, ctx.clock(scope).now())
    return True


def _write_move(session: Session, run: PlaybookRun, move: Move, now: datetime) -> None:
    if move.kind is MoveKind.STOP:
        stop_run(session, run, move.note, now, given_up=move.given_up)
    elif move.kind is MoveKind.FINISH:
        finish_run(session, run, now)
    elif move.kind is MoveKind.BEGIN:
        begun = session.playbooks.save(run.changed(status=RunStatus.RUNNING).with_turns(now))
        record_run_event(session, BEGUN, begun, now)
        _tell_people(session, run, begun, now)
    elif move.kind is MoveKind.ATTACH:
        session.playbooks.save(run.recorded(move.step_id, reference=move.reference))
    elif move.kind is MoveKind.DO_STEP:
        step = run.plan.step(move.step_id)
        note = _do_step(session, run, step, now)
        end_step(session, run, step, by=move.by, note=note, at=now)
        if step.kind is StepKind.SET_STATUS and step.to == "closed":
            reason = f"the plan {run.plan.title} is done"
            close_incident(session, session.incidents.get(run.incident_id), Closing(by=move.by, reason=reason, at=now))
    else:
        step = run.plan.step(move.step_id)
        end_step(session, run, step, by=move.by, note=move.note, at=now, reference=move.reference)


def end_step(
    session: Session, run: PlaybookRun, step: PlannedStep, *, by: str, note: str, at: datetime, reference: str = ""
) -> PlaybookRun:
    """A step is done: the steps after it get their turn, and the plan ends with its last one."""
    kept = {"reference": reference} if reference else {}
    done = run.recorded(step.id, state=StepState.DONE, ended_at=at, by=by, note=note, **kept).with_turns(at)
    done = session.playbooks.save(done)
    facts = {"step": step.id, "does": step.kind.value, "title": step.title, "by": by, "note": note}
    record_run_event(session, STEP_COMPLETED, done, at, **facts, reference=reference)
    _tell_people(session, run, done, at)
    if all(one.state is StepState.DONE for one in done.steps):
        return finish_run(session, done, at)
    return done


def finish_run(session: Session, run: PlaybookRun, at: datetime) -> PlaybookRun:
    """Every step is done."""
    ended = session.playbooks.save(run.ended(RunStatus.COMPLETED, "every step is done", at))
    record_run_event(session, COMPLETED, ended, at, steps=[one.id for one in ended.steps])
    return ended


def _tell_people(session: Session, before: PlaybookRun, after: PlaybookRun, at: datetime) -> None:
    """Whoever is told of plans hears of each step that is people's, when its turn has come."""
    known = {one.id for one in before.open_steps()}
    for step in after.open_steps():
        if step.by_person and step.id not in known:
            record_run_event(session, TOLD, after, at, step=step.id, says=f"{step.title}: {step.says}")


def _do_step(session: Session, run: PlaybookRun, step: PlannedStep, now: datetime) -> str:
    """What the agent does in its own records; what it noted of that."""
    incident = session.incidents.get(run.incident_id)
    if step.kind is StepKind.NOTIFY:
        record_run_event(session, TOLD, run, now, step=step.id, says=step.says)
        return f"Told: {step.says}"
    if step.kind is StepKind.ADD_COMMENT:
        session.events.append("incident.note", incident.id, {"value": step.says, "step": step.id}, at=now)
        return f"Noted: {step.says}"
    if incident.status in GONE:
        return f"{incident.standing}, so nothing was set."
    if step.kind is StepKind.ASSIGN_OWNER:
        if incident.assignee:
            return f"{incident.assignee} has it already."
        session.incidents.save(incident.changed(assignee=step.to))
        session.events.append("incident.assign", incident.id, {"value": step.to, "step": step.id}, at=now)
        return f"Assigned to {step.to}."
    if step.to == "acknowledged" and not incident.acknowledged_by:
        session.incidents.save(incident.changed(acknowledged_by=run.id))
        session.events.append("incident.acknowledge", incident.id, {"value": "", "step": step.id}, at=now)
    return f"Set to {step.to}."


def _ask(ctx: AppContext, scope: Scope, run_id: str, move: Move) -> bool:
    """Have the tool of a step asked for. Who asks first is found again by whoever comes after a crash; what cannot be
    asked for ends the step, or the plan.
    """
    with ctx.store.read(scope) as session:
        run = session.playbooks.get(run_id)
        step = run.plan.step(move.step_id)
        part = PartOfPlan(run_id=run.id, step_id=step.id, incident_id=run.incident_id, plan_digest=run.plan.digest)
        needless = _say_needless(ctx, session, scope, run, step)
    if needless:
        return _end_asked(ctx, scope, run_id, move, Move(MoveKind.STEP_DONE, step.id, needless))
    try:
        row = _propose(ctx, scope, run, step, part)
    except (Forbidden, NotFound, BadInput) as refusal:
        stop = Move(MoveKind.STOP, step.id, f"{step.title}: {refusal.detail}", given_up=True)
        return _end_asked(ctx, scope, run_id, move, stop)
    except Conflict as known:
        log.debug("playbook.asked_meanwhile", tenant=scope.tenant_id, run=run_id, step=step.id, why=known.detail)
        return False
    return _end_asked(ctx, scope, run_id, move, Move(MoveKind.ATTACH, step.id, reference=row.id))


def _say_needless(ctx: AppContext, session: Session, scope: Scope, run: PlaybookRun, step: PlannedStep) -> str:
    """Why a wave need not be held: nobody is left to be cut over, or what the incident is about would break nobody."""
    if step.kind is not StepKind.HOLD_WAVE or step.releases:
        return ""
    wave = next((one for one in read_outlooks(ctx, scope, session) if one.wave == step.wave), None)
    if wave is None or wave.readiness is Readiness.DONE:
        return f"Nobody of wave {step.wave} is left to be cut over."
    cause = session.actions.get(run.action_id).decision.cause
    risks = [risk for risk, _ in wave.shared_risks() if risk.blocks]
    if any(risk.cause == cause or run.incident_id in risk.incident_ids for risk in risks):
        return ""
    return f"Nobody of wave {step.wave} is known to carry {cause}, so it is not held."


def _propose(ctx: AppContext, scope: Scope, run: PlaybookRun, step: PlannedStep, part: PartOfPlan) -> Action:
    if step.kind is StepKind.HOLD_WAVE and step.wave is not None:
        reason = f"{step.title}: a step of the plan {run.plan.title} of {run.incident_id}."[:LONGEST_REASON]
        release = bool(step.releases)
        return propose_hold(ctx, scope, step.wave, HoldRequest(reason=reason), release=release, part_of=part)
    return ask_for_tool(ctx, scope, run, step, part)


def _end_asked(ctx: AppContext, scope: Scope, run_id: str, asked: Move, end: Move) -> bool:
    """Write what became of asking, unless somebody else wrote it meanwhile."""
    with ctx.store.write(scope) as session:
        run = session.playbooks.get(run_id)
        open_still = run.is_open and run.record_of(asked.step_id).state is StepState.OPEN
        if not open_still or run.record_of(asked.step_id).reference:
            return False
        _write_move(session, run, end, ctx.clock(scope).now())
    return True
