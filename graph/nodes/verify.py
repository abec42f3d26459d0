"""Outcome in, receipt out: the forecast held against what the treated merchants and the others showed afterwards."""

from langgraph.runtime import Runtime

from app.domain.action_states import ActionStatus
from app.domain.approvals import RowKind
from app.domain.evidence import evidence_id
from app.domain.receipts import NextStep, Receipt, ReceiptVerdict
from graph import state as read
from graph.context import NodeContext
from graph.next_step import Following, choose_next_step
from graph.receipts import (
    AT_A_TIME,
    WHILE_OTHERS_WAIT,
    is_carried_on,
    is_left_to_people,
    is_proven_elsewhere,
    look_again_at,
    observe_effect,
    was_done,
    with_last_word,
    without_credit,
)
from graph.state import LoopState


def verify(state: LoopState, runtime: Runtime[NodeContext]) -> LoopState:
    """Grade what was done, and say what comes next. Once what did not help is taken back, all is as it was, and what
    was to follow does.
    """
    unhelped = read.receipt_taken_back(state)
    if unhelped is not None and unhelped.then is not None:
        return {"receipt": unhelped.changed(next=unhelped.then).plain()}
    ctx, outcome = runtime.context, read.read_outcome(state)
    row = ctx.ledger.row(ctx.scope, outcome.row_id)
    proven = is_carried_on(row, read.read_dossier(state))
    observed = observe_effect(ctx, row, outcome, read.receipt_due_at(state), proven=proven)
    now = ctx.clock.now()
    last = row.cohort + 1 >= len(row.decision.requests)
    if proven and is_proven_elsewhere(observed, now - outcome.at, last=last):
        observed = observed.changed(
            verdict=ReceiptVerdict.VERIFIED, statement=f"{observed.statement} Those before them prove that it works."
        )
    done = was_done(outcome, row, observed.verdict)
    open_doubt = outcome.status is ActionStatus.IN_DOUBT and not done
    at_a_time = WHILE_OTHERS_WAIT if proven and last and not observed.treated_after.count else AT_A_TIME
    due_at = look_again_at(observed, outcome.at, now, at_a_time=at_a_time) if row.step is not RowKind.UNDO else None
    if open_doubt and (done is False or is_left_to_people(observed, now - outcome.at)):
        due_at = None
    observed = without_credit(observed) if done is False else with_last_word(observed, due_at, now - outcome.at)
    if due_at or open_doubt:
        following = Following(NextStep.WAIT if due_at else NextStep.DONE, row.cohort)
    else:
        following = choose_next_step(ctx, state, row, observed)
    proof = evidence_id(ctx.scope.tenant_id, row.incident_id, "receipt", row.id)
    receipt = Receipt(
        action_id=outcome.action_id,
        row_id=row.id,
        next=following.next,
        next_cohort=following.cohort,
        then=following.then,
        at=now,
        due_at=due_at,
        done=done,
        evidence_ids=(proof,),
        **observed.model_dump(),
    )
    return {"receipt": receipt.plain()}
