"""What waits for a person besides questions: what is in doubt or held, and incidents that were set aside or handed
over.

Nothing here sends anything. A doubt is settled by what a person knows, or by what the tool itself says about the key it
was sent under.
"""

from collections.abc import Collection
from datetime import datetime

from app.access import UseCase, require
from app.context import AppContext
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.errors import BadInput, Conflict, NotFound, Temporary
from app.domain.hypotheses import UNKNOWN
from app.domain.incidents import ACTIVE, Incident, IncidentStatus
from app.domain.quiet import Quiet
from app.domain.tenants import Scope
from app.domain.work import RetryState
from app.observe.cooldown import tool_of
from app.ports.connectors import ToolResult
from app.ports.store import Session
from app.privacy.redact import redact
from app.schemas.actions import Desk, Doubt, ReconcileAnswer, SetAside
from app.schemas.base import HandedOver
from app.services.actions.rows import dearest_first, list_snoozed
from app.services.loop.doubts import settle_doubt
from app.services.loop.held_back import read_quiet
from app.services.loop.undoing import list_given_up
from graph.sending import cohort_request, live_request

_A = ActionStatus
MOST_ROWS = 500
REPEATS = {
    "idempotent": (
        "Sent again under the same key it would change nothing the second time; the tool can be asked what became"
        " of it."
    ),
    "reconcilable": "The tool can be asked by this key what became of it.",
    "neither": (
        "It can be neither repeated safely nor looked up, so it was not sent again: somebody must check on the other"
        " side."
    ),
}
"""What the repeat class of a tool means for a doubt."""

NEVER_ARRIVED = "the tool was asked and knows nothing of it: it never arrived"


def list_waiting(ctx: AppContext, scope: Scope) -> Desk:
    """Everything that waits for a person in one tenant, in one consistent view."""
    with ctx.store.read(scope) as session:
        switch = session.controls.kill_switch()
        now = ctx.clock(scope).now()
        questions, snoozed = len(dearest_first(session, now)), list_snoozed(session, now)
        approved = session.actions.page(statuses=[_A.APPROVED], limit=MOST_ROWS) if switch.on else []
        doubts = _list_doubts(ctx, session)
        aside = _list_set_aside(session)
        gave_up = list_given_up(session)
        handed = _handed_over(session, {one.incident.id for one in doubts}, read_quiet(session, now))
        signals = session.signals.aside(MOST_ROWS)
    return Desk(
        kill_switch=switch,
        questions=questions,
        snoozed=snoozed,
        held=approved,
        in_doubt=doubts,
        set_aside=aside,
        undo_gave_up=gave_up,
        signals_set_aside=signals,
        handed_over=handed,
    )


# --- in doubt
# ------------------------------------------------------------------------------------------------------------


def _list_doubts(ctx: AppContext, session: Session) -> list[Doubt]:
    """Actions nobody knows the ending of, with everything that is known about them; the newest first."""
    return [_doubt_of(ctx, session, row) for row in session.actions.page(statuses=[_A.IN_DOUBT], limit=MOST_ROWS)]


def _doubt_of(ctx: AppContext, session: Session, row: Action) -> Doubt:
    intent = session.outbox.get(row.idempotency_key)
    tool = intent.tool if intent else tool_of(row)
    spec = ctx.tools.specs().get(tool)
    repeat = spec.repeat if spec else "neither"
    undo = row.decision.undo if row.step is not RowKind.UNDO else None
    return Doubt(
        action=row,
        incident=session.incidents.get(row.incident_id),
        tool=tool,
        repeat=repeat,
        repeat_means=REPEATS[repeat],
        can_be_asked=repeat != "neither",
        request=intent.request if intent else cohort_request(row)[1],
        idempotency_key=row.idempotency_key,
        claimed_at=intent.created_at if intent else None,
        attempts=intent.attempts if intent else 1,
        tried_at=intent.tried_at if intent else None,
        in_doubt_since=row.executed_at,
        error=row.result.error if row.result else "",
        undo=(undo.statement or undo.tool.replace("_", " ")) if undo else "",
    )


def resolve_doubt(ctx: AppContext, scope: Scope, action_id: str, *, happened: bool, feedback: str) -> Action:
    """A person says whether it was done. What was known stays in the result, beside who said so and why."""
    require(scope, UseCase.RESOLVE_DOUBT)
    said = redact(feedback.strip()).text
    if not said:
        raise BadInput("settling a doubt needs its reason in `feedback`: where you looked, and what you saw")
    error = "" if happened else f"it was not done, says {scope.principal.id}: {said}"
    result = ToolResult(status=_A.EXECUTED if happened else _A.FAILED, error=error)
    return _close_doubt(ctx, scope, _read_doubtful(ctx, scope, action_id), result, source="person", reason=said)


def reconcile_doubt(ctx: AppContext, scope: Scope, action_id: str) -> ReconcileAnswer:
    """Ask the tool what became of it, by the key it was sent under; it is settled when the tool can tell."""
    require(scope, UseCase.RECONCILE_DOUBT)
    row = _read_doubtful(ctx, scope, action_id)
    with ctx.store.read(scope) as session:
        intent = session.outbox.get(row.idempotency_key)
    tool = intent.tool if intent else tool_of(row)
    spec = ctx.tools.specs().get(tool)
    if spec is None:
        return ReconcileAnswer(
            settled=False, why=f"{tool} is not among the tools any more, so it cannot be asked.", action=row
        )
    if spec.repeat == "neither":
        return ReconcileAnswer(
            settled=False,
            why=f"{tool} keeps no record by key that could be asked for. Look on the other side.",
            action=row,
        )
    try:
        live = live_request(intent.mode, intent.request) if intent else None
        found = ctx.tools.look(scope, tool, idempotency_key=row.idempotency_key, live=live)
    except Temporary as silent:
        return ReconcileAnswer(settled=False, why=f"The tool could not tell: {silent.detail}", action=row)
    answer = found or ToolResult(status=_A.FAILED, error=NEVER_ARRIVED)
    if answer.status not in {_A.EXECUTED, _A.FAILED}:
        return ReconcileAnswer(
            settled=False, why=f"The tool answered {answer.status.value}, which settles nothing.", action=row
        )
    why = (
        f"The tool has it on record: {answer.status.value.lower()}."
        if found
        else "The tool knows nothing of it: it never arrived."
    )
    return ReconcileAnswer(
        settled=True, why=why, action=_close_doubt(ctx, scope, row, answer, source=f"tool {tool}", reason=why)
    )


def _read_doubtful(ctx: AppContext, scope: Scope, action_id: str) -> Action:
    with ctx.store.read(scope) as session:
        row = session.actions.get(action_id)
    if row.status is not _A.IN_DOUBT:
        settled = row.result.resolution if row.result else None
        who = f", settled by {settled.by}" if settled else ""
        raise Conflict(
            f"{row.id} is {row.status.value}{who}; only what is IN_DOUBT can be settled",
            action_id=row.id,
            status=row.status.value,
        )
    return row


def _close_doubt(ctx: AppContext, scope: Scope, row: Action, result: ToolResult, *, source: str, reason: str) -> Action:
    """The doubt is settled, and whoever waits for that is woken."""
    now = ctx.clock(scope).now()
    with ctx.store.write(scope) as session:
        by = scope.principal.id
        settled = settle_doubt(session, row, result, by=by, source=source, reason=reason, now=now)
    ctx.wake()
    return settled


# --- set aside
# -----------------------------------------------------------------------------------------------------------


def _list_set_aside(session: Session) -> list[SetAside]:
    """Incidents that could not be advanced, each with its reason, until a person acts on it; the newest first."""
    found = [(setback, session.incidents.get(setback.incident_id)) for setback in session.setbacks.page(dead=True)]
    return [
        SetAside(incident=incident, reason=setback.reason, failures=setback.failures, since=setback.at, was=setback.was)
        for setback, incident in found
        if incident.status is IncidentStatus.FAILED
    ]


# --- handed over
# ---------------------------------------------------------------------------------------------------------


def _handed_over(session: Session, in_doubt: Collection[str], quiet: Quiet) -> list[HandedOver]:
    """What people were called to, until somebody takes it (acknowledges, is assigned, mutes or closes it) or it ends by
    itself; the dearest first. What is held back now is told when it is no more.

    What is in doubt waits as that, and is not told twice.
    """
    escalated = session.incidents.page(statuses=[IncidentStatus.ESCALATED], limit=MOST_ROWS)
    found = [
        _handed(one) for one in escalated if _untaken(one) and one.id not in in_doubt and not quiet.find_holds(one)
    ]
    return sorted(found, key=lambda one: (-_dearest(one), -one.incident.severity.rank, one.since, one.incident.id))


def _untaken(incident: Incident) -> bool:
    return not (incident.acknowledged_by or incident.assignee or incident.muted)


def _handed(incident: Incident) -> HandedOver:
    known = incident.metrics_snapshot
    told = known.get("handed_over")
    cause = known.get("cause", UNKNOWN)
    return HandedOver(
        incident=incident,
        cause=cause,
        cause_title=known.get("cause_title", cause),
        why=told["why"] if told else "people are needed",
        since=datetime.fromisoformat(told["at"]) if told else incident.detected_at,
        lost_orders=float(known.get("lost_orders", 0.0)),
        per_hour=list(incident.hourly_costs),
    )


def _dearest(handed: HandedOver) -> float:
    """The largest amount of any one currency; currencies are never added."""
    return max((float(money.minor) for money in handed.per_hour), default=0.0)


# --- trying again
# --------------------------------------------------------------------------------------------------------


def retry_incident(ctx: AppContext, scope: Scope, incident_id: str) -> Incident:
    """Let an incident that was set aside go on where it stood; its bookmark is drawn anew from its recorded steps."""
    require(scope, UseCase.RETRY_INCIDENT)
    now = ctx.clock(scope).now()
    with ctx.turn(scope, incident_id):
        with ctx.store.read(scope) as session:
            _failure_of(session, incident_id)
        ctx.loop.forget(scope, incident_id)
        with ctx.store.write(scope) as session:
            setback = _failure_of(session, incident_id)
            to = (
                IncidentStatus(setback.was)
                if setback.was in {status.value for status in ACTIVE}
                else IncidentStatus.OPEN
            )
            session.incidents.move(
                incident_id,
                to,
                at=now,
                reason=f"tried again by {scope.principal.id}",
                allowed_from=[IncidentStatus.FAILED],
            )
            session.setbacks.clear(incident_id)
            session.events.append(
                "incident.retry", incident_id, {"failures": setback.failures, "reason": setback.reason}, at=now
            )
            incident = session.incidents.get(incident_id)
    ctx.wake()
    return incident


def _failure_of(session: Session, incident_id: str) -> RetryState:
    """Why it was set aside; Conflict unless it stands there now."""
    incident = session.incidents.get(incident_id)
    if incident.status is not IncidentStatus.FAILED:
        raise Conflict(
            f"{incident.standing}; only an incident that was set aside (FAILED) can be tried again",
            **incident.facts(),
        )
    setback = session.setbacks.get(incident_id)
    if setback is None:
        raise NotFound(f"nothing is recorded about why {incident_id} was set aside; close it instead")
    return setback
