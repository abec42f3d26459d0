"""The one gate. A rule may open it, or the approval that covered the whole rollout; everything else asks a person.

There is no `try` in this file and there must never be one: a broad `except` around `interrupt` would swallow it, and
the graph would run on to `act` unapproved.
"""

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from app.domain.approvals import Answer
from app.domain.decisions import Verdict
from app.domain.errors import Conflict
from app.domain.receipts import NextStep
from app.domain.validity import stands_by
from graph import state as read
from graph.approvals import answer_by_person, grant_by_earlier, grant_by_rule, grant_undo, interrupt_payload
from graph.context import NodeContext
from graph.state import LoopState
from graph.way_back import narrow_undo


def approve(state: LoopState, runtime: Runtime[NodeContext]) -> LoopState:
    """Grant by rule or by an earlier approval, or interrupt and record what the person said."""
    ctx = runtime.context
    decision = read.read_decision(state)
    seen, word = read.current_receipt(state), read.word_to_undo(state)
    if word is not None and word.cohorts_left:
        return {"approval": grant_undo(ctx, decision, word.by, word.feedback, word.cohorts_left).plain()}
    if seen and seen.next in {NextStep.COHORT, NextStep.UNDO}:
        way_back = narrow_undo(ctx, decision, seen)
        return {"approval": grant_by_earlier(ctx, decision, read.read_approval(state), seen, way_back).plain()}
    if decision.ruling.verdict is Verdict.ALLOW:
        return {"approval": grant_by_rule(ctx, decision).plain()}
    answer: Answer = interrupt(interrupt_payload(ctx, decision), response_schema=Answer)
    row = ctx.ledger.row(ctx.scope, decision.action_id)
    if not stands_by(row, answer):
        raise Conflict(
            f"{decision.action_id} was not {answer.kind.value} with that digest; it is {row.status.value}",
            action_id=row.id,
        )
    return {"approval": answer_by_person(ctx, decision, answer).plain()}
