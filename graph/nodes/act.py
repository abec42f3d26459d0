"""The only change to the world: claim the ledger row, send exactly what was approved, settle it with what happened.

The intent and each attempt are committed before the call they announce. A row found in SENDING was perhaps sent: what
may be repeated is sent again under the same key, what can be looked up is looked up first, and the rest is left to a
person.
"""

from langgraph.runtime import Runtime

from app.domain.action_states import ActionStatus
from app.domain.tenants import ToolMode
from graph import state as read
from graph.context import NodeContext
from graph.sending import carry_out, cohort_request, may_repeat, other_mode, outcome_of, read_recorded_outcome
from graph.state import LoopState


def act(state: LoopState, runtime: Runtime[NodeContext]) -> LoopState:
    """Send one cohort's request once; a row that was settled before is reported, never sent again."""
    ctx, approval = runtime.context, read.read_approval(state)
    row = ctx.ledger.row(ctx.scope, approval.row_id)
    in_flight = row.status is ActionStatus.SENDING
    if row.status is ActionStatus.APPROVED:
        row, intent = ctx.ledger.claim(ctx.scope, row.id, digest=approval.digest, version=approval.version)
    elif in_flight:
        intent = ctx.ledger.intent(ctx.scope, row)
    else:
        return {"outcome": read_recorded_outcome(row).plain()}
    in_doubt = (in_flight or intent.perhaps_sent) and row.decision.mode is not ToolMode.DRY_RUN
    if (in_flight or in_doubt) and may_repeat(ctx, row):
        intent = ctx.ledger.again(ctx.scope, row)
    _, request = cohort_request(row)
    result = other_mode(ctx, row, in_doubt=in_doubt) or carry_out(ctx, row, intent, request, in_doubt=in_doubt)
    outcome = outcome_of(row, request, result, ctx.clock.now())
    ctx.ledger.settle(ctx.scope, row, outcome)
    return {"outcome": outcome.plain()}
