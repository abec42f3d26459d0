"""Everything in, a lesson out: how this attempt ended, so that the next incident like it starts wiser."""

from langgraph.runtime import Runtime

from app.domain.base import digest_of, shown_id
from app.domain.decisions import AttemptEnd
from app.domain.lessons import Lesson
from graph import state as read
from graph.context import NodeContext
from graph.lessons import ending_of_attempt, feedback_given, lesson_summary, metrics_at
from graph.state import LoopState


def learn(state: LoopState, runtime: Runtime[NodeContext]) -> LoopState:
    """Write down what was tried and how it ended."""
    ctx, decision, seen = runtime.context, read.read_decision(state), read.current_receipt(state)
    ended = ending_of_attempt(state)
    with ctx.store.read(ctx.scope) as session:
        incident = session.incidents.get(decision.incident_id)
    now = ctx.clock.now()
    cured = ended is AttemptEnd.VERIFIED
    lesson = Lesson(
        id=shown_id("LES", digest_of([ctx.scope.tenant_id, incident.id, decision.action_id, decision.attempt, ended])),
        incident_id=incident.id,
        type=incident.type,
        cause=decision.cause,
        tool=decision.tool,
        action=decision.title,
        outcome=ended,
        summary=lesson_summary(incident, decision, ended, read.word_to_undo(state), read.tell_taken_back(state)),
        feedback=feedback_given(state, decision),
        metrics_before=metrics_at(seen, "before"),
        metrics_after=metrics_at(seen, "after"),
        mttr=(now - incident.detected_at).total_seconds() if cured else None,
        at=now,
        uncontrolled=cured and seen is not None and seen.uncontrolled,
        earlier=tuple(one for one in decision.tried if one not in read.list_carried(state)),
    )
    return {"lesson": lesson.plain()}
