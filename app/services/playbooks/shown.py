"""Playbooks and plans as they are shown: how far each step is, who must do what, and what is to be taken back."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final

from app.config.playbooks import PlaybookSpec
from app.context import EVERY_ONE, AppContext
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.errors import NotFound
from app.domain.playbooks import PlannedStep, PlaybookRun, RunStatus, StepKind, StepRecord, StepState
from app.domain.tenants import Scope
from app.ports.store import Session
from app.schemas.playbooks import Doer, PlanShown, PlanStatus, PlaybookFigures, PlaybookShown, StepShown

MINUTE: Final = 60.0
OUT: Final = frozenset({ActionStatus.SENDING, ActionStatus.IN_DOUBT, ActionStatus.EXECUTED, ActionStatus.VERIFIED})


def list_playbooks(ctx: AppContext, scope: Scope) -> list[PlaybookShown]:
    """Every playbook of the tenant's domain, in the order in which they are tried."""
    with ctx.store.read(scope) as session:
        runs = session.playbooks.page(limit=EVERY_ONE)
    return [_show_playbook(one, runs) for one in ctx.config.playbooks if one.domain == ctx.pack(scope).name]


def read_playbook(ctx: AppContext, scope: Scope, playbook_id: str) -> PlaybookShown:
    """One of them."""
    found = next((one for one in list_playbooks(ctx, scope) if one.playbook.id == playbook_id), None)
    if found is None:
        raise NotFound(f"there is no playbook {playbook_id} in this tenant's domain")
    return found


def _show_playbook(spec: PlaybookSpec, every: Sequence[PlaybookRun]) -> PlaybookShown:
    runs = [one for one in every if one.plan.playbook == spec.id]
    lasted = [
        (one.ended_at - one.assigned_at).total_seconds() / MINUTE
        for one in runs
        if one.status is RunStatus.COMPLETED and one.ended_at
    ]
    return PlaybookShown(
        playbook=spec,
        figures=PlaybookFigures(
            assigned=len(runs),
            open=sum(one.is_open for one in runs),
            completed=len(lasted),
            stopped=sum(one.status is RunStatus.STOPPED for one in runs),
            steps_done=sum(len(one.done_steps) for one in runs),
            median_minutes=round(median(lasted), 1) if lasted else None,
        ),
    )


def read_plan(ctx: AppContext, scope: Scope, incident_id: str) -> PlanShown | None:
    """The plan of an incident: the open one, or the last that there was; none where no playbook ever fitted."""
    with ctx.store.read(scope) as session:
        session.incidents.get(incident_id)
        if not session.playbooks.of_incident(incident_id):
            return None
        return show_plan(session, read_newest_run(session, incident_id))


def read_plan_status(ctx: AppContext, scope: Scope, incident_id: str) -> PlanStatus | None:
    """How far it has come, in short."""
    plan = read_plan(ctx, scope, incident_id)
    return None if plan is None else plan.standing


def read_newest_run(session: Session, incident_id: str) -> PlaybookRun:
    """The open plan of an incident, or its last one; NotFound where no playbook ever fitted."""
    session.incidents.get(incident_id)
    runs = session.playbooks.of_incident(incident_id)
    if not runs:
        raise NotFound(f"{incident_id} has no plan: no playbook fits what is known of it")
    return next((one for one in runs if one.is_open), runs[0])


def show_plan(session: Session, run: PlaybookRun) -> PlanShown:
    """A plan with the others of its incident."""
    runs = session.playbooks.of_incident(run.incident_id)
    named = {run.action_id, *(one.reference for one in run.steps if one.reference)}
    rows = {name: session.actions.get(name) for name in named}
    return PlanShown(
        run=run,
        plan_digest=run.plan.digest,
        steps=[_show_step(run, step, rows) for step in run.plan.steps],
        standing=_tell_standing(run, rows[run.action_id]),
        to_take_back=list_what_stays(run, rows) if run.status is RunStatus.STOPPED else [],
        earlier=[one for one in runs if one.id != run.id],
    )


def list_what_stays(run: PlaybookRun, rows: Mapping[str, Action]) -> list[str]:
    """What was done of a plan, or was sent and has no end yet, and how each is taken back, the last one first."""
    stays = [one for one in run.steps if one.state is StepState.DONE or _is_out(_row_of(run, one, rows))]
    placed = [(one.ended_at or run.ended_at or run.assigned_at, place, one) for place, one in enumerate(stays)]
    last_first = sorted(placed, key=lambda known: known[:2], reverse=True)
    steps = ((run.plan.step(one.id), _row_of(run, one, rows)) for _, _, one in last_first)
    return [
        f"{step.title}{f' ({row.id})' if row else ''}: {step.undo}"
        for step, row in steps
        if step.kind is not StepKind.WAIT_FOR
    ]


def _row_of(run: PlaybookRun, record: StepRecord, rows: Mapping[str, Action]) -> Action | None:
    """The action that carries a step out, where there is one."""
    return rows.get(run.action_id if run.plan.step(record.id).treatment else record.reference)


def _is_out(row: Action | None) -> bool:
    """Whether it was sent, and not taken back."""
    return row is not None and row.status in OUT


def _show_step(run: PlaybookRun, step: PlannedStep, rows: dict[str, Action]) -> StepShown:
    record = run.record_of(step.id)
    row = _row_of(run, record, rows)
    doer: Doer = "person" if step.by_person else "approver" if step.tool else "agent"
    waits = [run.plan.step(one).title for one in run.waits_on(step.id)]
    asks = row.id if row is not None and record.state is not StepState.DONE else None
    return StepShown(
        step=step, record=record, doer=doer, waits_on=waits, asks=asks, now=_tell_step(run, step, row, waits)
    )


def _tell_step(run: PlaybookRun, step: PlannedStep, row: Action | None, waits: Sequence[str]) -> str:
    record = run.record_of(step.id)
    if record.state in {StepState.DONE, StepState.FAILED}:
        return f"{'Done' if record.state is StepState.DONE else 'Given up'} by {record.by}. {record.note}".strip()
    if not run.is_open and row is not None and _is_out(row):
        return f"{row.id} is {row.status.value}: it was sent before the plan ended."
    if not run.is_open:
        return "Not done: the plan has ended."
    asked = row is not None and row.status is ActionStatus.PENDING
    if row is not None and (asked or record.state is StepState.OPEN):
        return f"Waits for the approval of {row.id}." if asked else f"{row.id} is {row.status.value}."
    if record.state is StepState.WAITING:
        return f"Waits for: {'; '.join(waits)}." if waits else "Waits for the approval of the plan."
    return "Waits for a person." if step.by_person else "The agent is at it."


def _tell_standing(run: PlaybookRun, treatment: Action) -> PlanStatus:
    done, all_steps = len(run.done_steps), len(run.steps)
    people = [one.id for one in run.open_steps() if one.by_person] if run.is_open else []
    sentences = {
        RunStatus.ASSIGNED: f"It begins once {run.action_id} is approved ({treatment.status.value}).",
        RunStatus.RUNNING: f"{done} of {all_steps} steps are done.",
        RunStatus.COMPLETED: f"All {all_steps} steps are done.",
        RunStatus.STOPPED: f"Stopped after {done} of {all_steps} steps: {run.ended_because}",
    }
    return PlanStatus(
        run_id=run.id,
        incident_id=run.incident_id,
        status=run.status,
        done=done,
        steps=all_steps,
        for_people=people,
        sentence=sentences[run.status],
    )
