"""What follows from a receipt: the next part of a rollout, an undo, another attempt, or people.

What did harm is undone at once. What did not help is taken back before anything else is tried or people are called, so
that nobody is left with a change that was wrong, and nothing is laid on top of one.
"""

from typing import NamedTuple

from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.decisions import Effect
from app.domain.receipts import NextStep, ReceiptVerdict
from app.verify.grade import Observed
from graph import state as read
from graph.context import NodeContext
from graph.decisions import is_complete_undo
from graph.state import LoopState
from graph.way_back import find_standing

PUT_BACK = frozenset({Effect.MERCHANT_SETTING})
"""What is put back where it did not help. What only tells people or looks something up stays on record, and a wave that
is held stays held until a person lets it go: who has not moved is not broken by that.
"""


class Following(NamedTuple):
    """What follows, for which cohort, and what comes after that, where it is taken back."""

    next: NextStep
    cohort: int
    then: NextStep | None = None


def choose_next_step(ctx: NodeContext, state: LoopState, row: Action, observed: Observed) -> Following:
    """What follows from a verdict."""
    decision, verdict = row.decision, observed.verdict
    if row.step is RowKind.UNDO:
        return Following(NextStep.DONE, row.cohort)
    if verdict is ReceiptVerdict.HARMED and decision.undo is not None:
        return Following(NextStep.UNDO, row.cohort)
    if verdict is ReceiptVerdict.VERIFIED:
        after = row.cohort + 1
        more = after < len(decision.requests)
        return Following(NextStep.COHORT, after) if more else Following(NextStep.DONE, row.cohort)
    if verdict is ReceiptVerdict.INCONCLUSIVE:
        return Following(NextStep.DONE, row.cohort)
    attempts_left = read.read_decision(state).attempt < ctx.config.policies.max_attempts
    then = NextStep.RETRY if attempts_left else NextStep.DONE
    if verdict is ReceiptVerdict.INEFFECTIVE and _can_be_put_back(ctx, row, observed):
        return Following(NextStep.UNDO, row.cohort, then)
    return Following(then, row.cohort)


def _can_be_put_back(ctx: NodeContext, row: Action, observed: Observed) -> bool:
    """Whether it changed something that has a way back, and stands for somebody whom it did not help; what helps in
    part is better than what was.
    """
    decision = row.decision
    written_down = decision.forecast is not None and decision.forecast.only_recorded
    if decision.undo is None or decision.effect not in PUT_BACK or written_down or observed.in_part:
        return False
    parent = ctx.ledger.row(ctx.scope, row.parent_id or row.id)
    complete = is_complete_undo(decision.undo) or (parent.result is not None and parent.result.reference)
    return bool(complete) and find_standing(ctx, row, observed.unhelped) is not None
