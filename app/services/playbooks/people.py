"""What people do with a plan: they say that their step is done, or cannot be, stop it, and have a plan made anew of
which nothing was done yet.
"""

from app.access import UseCase, require
from app.context import AppContext
from app.domain.action_states import ActionStatus
from app.domain.errors import BadInput, Conflict
from app.domain.playbooks import PlaybookRun, RunStatus, StepState
from app.domain.tenants import Scope
from app.privacy.redact import redact
from app.schemas.playbooks import PlanRequest, PlanShown, StepRequest, StopRequest
from app.services.loop.anew import reason_anew
from app.services.loop.plans import stop_run
from app.services.playbooks.carry_on import end_step
from app.services.playbooks.shown import read_newest_run, show_plan


def complete_step(ctx: AppContext, scope: Scope, incident_id: str, step_id: str, request: StepRequest) -> PlanShown:
    """A person's word that a step is done, or cannot be done, which stops the plan. Whoever comes second learns who was
    first.
    """
    require(scope, UseCase.COMPLETE_STEP)
    note, now = redact(request.note.strip()).text, ctx.clock(scope).now()
    if not request.done and not note:
        raise BadInput("to say that a step cannot be done needs its `note`: people must know why")
    with ctx.store.write(scope) as session:
        run = read_newest_run(session, incident_id)
        step = run.check_turn(step_id)
        if not step.by_person:
            raise Conflict(f"{step.title}: the agent does it, nobody else", run_id=run.id, step_id=step.id)
        _refuse_another(run, request.plan_digest)
        by = scope.principal.id
        if request.done:
            end_step(session, run, step, by=by, note=note or "Done.", at=now)
        else:
            failed = run.recorded(step.id, state=StepState.FAILED, ended_at=now, by=by, note=note)
            because = f"{step.title} cannot be done, says {by}: {note}"
            stop_run(session, session.playbooks.save(failed), because, now, given_up=True, by=by)
        shown = show_plan(session, session.playbooks.get(run.id))
    ctx.wake()
    return shown


def _refuse_another(run: PlaybookRun, seen: str) -> None:
    if seen not in ("", run.plan.digest):
        raise Conflict("the plan is another one by now; read it again", run_id=run.id, plan_digest=run.plan.digest)


def stop_plan(ctx: AppContext, scope: Scope, incident_id: str, request: StopRequest) -> PlanShown:
    """Have a plan go no further: what its steps have asked and nobody answered is withdrawn, and its treatment unless
    it was sent. What was done stands, and is listed with its way back. One that has been stopped stays as it is.
    """
    require(scope, UseCase.STOP_PLAN)
    reason, now, by = redact(request.reason.strip()).text, ctx.clock(scope).now(), scope.principal.id
    if not reason:
        raise BadInput("to stop a plan needs its `reason`: people must know why it goes no further")
    with ctx.store.write(scope) as session:
        run = read_newest_run(session, incident_id)
        _refuse_another(run, request.plan_digest)
        if run.status is RunStatus.COMPLETED:
            raise Conflict(
                f"every step of {run.plan.title} is done, so there is nothing to stop; what was done is taken back by"
                " itself",
                run_id=run.id,
                status=run.status.value,
            )
        if run.is_open:
            run = stop_run(session, run, f"{by} has stopped it: {reason}", now, given_up=True, by=by)
        shown = show_plan(session, run)
    ctx.wake()
    return shown


def recalculate_plan(ctx: AppContext, scope: Scope, incident_id: str, request: PlanRequest) -> PlanShown:
    """Have the incident reasoned about anew, and with it the plan; Conflict once anything of it was approved or done,
    for then a plan stays as it is.
    """
    require(scope, UseCase.RECALCULATE_PLAN)
    now, why = ctx.clock(scope).now(), redact(request.reason.strip()).text
    with ctx.store.write(scope) as session:
        run = read_newest_run(session, incident_id)
        treatment = session.actions.get(run.action_id)
        if not run.is_open or run.done_steps or treatment.status is not ActionStatus.PENDING:
            done = ", ".join(run.plan.step(one.id).title for one in run.done_steps)
            stands = f"done: {done}" if done else f"its treatment is {treatment.status.value}"
            raise Conflict(
                f"a plan is made anew while nothing of it was done; this one is {run.status.value}, {stands}"
            )
        said = f"{scope.principal.id} has its plan made anew" + (f": {why}" if why else "")
        session.events.append("playbook.recalculation_asked", incident_id, {"run_id": run.id, "reason": why}, at=now)
        reason_anew(session, incident_id, said, now)
        shown = show_plan(session, session.playbooks.get(run.id))
    ctx.wake()
    return shown
