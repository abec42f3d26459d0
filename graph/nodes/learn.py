"""Everything in, a lesson out: how this attempt ended, so that the next incident like it starts wiser."""

from langgraph.runtime import Runtime

from app.domain.actions import ActionStatus, Outcome
from app.domain.approvals import ApprovalKind, RowKind
from app.domain.base import digest_of, shown_id
from app.domain.decisions import Decision, Verdict
from app.domain.incidents import Incident
from app.domain.lessons import Lesson
from app.domain.receipts import Receipt, ReceiptVerdict
from graph import state as read
from graph.context import NodeContext
from graph.state import LoopState


def learn(state: LoopState, runtime: Runtime[NodeContext]) -> LoopState:
    """Write down what was tried and how it ended."""
    ctx, decision, seen = runtime.context, read.read_decision(state), read.current_receipt(state)
    ended = ending_of_attempt(state)
    with ctx.store.read(ctx.scope) as session:
        incident = session.incidents.get(decision.incident_id)
    now = ctx.clock.now()
    cured = ended == "VERIFIED"
    lesson = Lesson(
        id=shown_id("LES", digest_of([ctx.scope.tenant_id, incident.id, decision.action_id, decision.attempt, ended])),
        incident_id=incident.id,
        type=incident.type,
        cause=decision.cause,
        tool=decision.tool,
        action=decision.title,
        outcome=ended,
        summary=_lesson_summary(incident, decision, ended),
        feedback=_feedback_given(state, decision),
        metrics_before=_metrics_at(seen, "before"),
        metrics_after=_metrics_at(seen, "after"),
        mttr=(now - incident.detected_at).total_seconds() if cured else None,
        at=now,
        earlier=decision.tried,
    )
    return {"lesson": lesson.plain()}


def ending_of_attempt(state: LoopState) -> str:
    """The one word for how the attempt at hand ended."""
    decision = read.read_decision(state)
    if decision.tool is None:
        return "NOTHING_TO_PROPOSE"
    if decision.ruling.verdict is Verdict.DENY:
        return "DENIED"
    answer = read.read_approval(state)
    if answer.kind is ApprovalKind.EXPIRED:
        return "EXPIRED"
    return _sent_ending(decision, read.read_outcome(state), read.current_receipt(state))


def _sent_ending(decision: Decision, outcome: Outcome, seen: Receipt | None) -> str:
    if outcome.step is RowKind.UNDO:
        return "UNDONE" if outcome.status is ActionStatus.EXECUTED else "HARMED"
    if outcome.status is not ActionStatus.EXECUTED or seen is None:
        return outcome.status.value
    if seen.verdict is ReceiptVerdict.VERIFIED and decision.forecast and decision.forecast.metric == "reference_exists":
        return "ESCALATED"
    return seen.verdict.value


def _feedback_given(state: LoopState, decision: Decision) -> str:
    answer = read.read_approval(state) if state.get("approval") else None
    return answer.feedback if answer and answer.action_id == decision.action_id else ""


def _metrics_at(seen: Receipt | None, moment: str) -> dict[str, object]:
    if seen is None:
        return {}
    treated, control = (
        (seen.treated_before, seen.control_before) if moment == "before" else (seen.treated_after, seen.control_after)
    )
    return {"treated_errors_per_hour": treated.per_hour, "other_errors_per_hour": control.per_hour}


def _lesson_summary(incident: Incident, decision: Decision, ended: str) -> str:
    what = decision.title if decision.tool else "nothing was proposed"
    return (
        f"{incident.title}: taken for {decision.cause} with confidence {decision.confidence:.2f}; {what}; ended"
        f" {ended}."
    )
