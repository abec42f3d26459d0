"""What happens next, and what a person can do."""

from app.domain.action_states import ActionStatus
from app.domain.hypotheses import UNKNOWN
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import find_best, list_core_evidence, state_doubts

NEXT = {
    ActionStatus.PROPOSED: "next_proposed",
    ActionStatus.PENDING: "next_pending",
    ActionStatus.APPROVED: "next_approved",
    ActionStatus.SENDING: "next_sending",
    ActionStatus.EXECUTED: "next_executed",
    ActionStatus.NOT_APPLIED: "next_not_applied",
    ActionStatus.IN_DOUBT: "next_in_doubt",
}


def _answer(draft: Draft, asked: Inquiry) -> None:
    action, best = draft.case.action, find_best(draft.case)
    ids = list_core_evidence(draft.case, best.cause if best else UNKNOWN)
    if action is not None:
        step = _word_step(draft, action.status)
        draft.claim("next_step", ids, title=action.decision.title, id=action.id, step=step)
    else:
        draft.claim("no_action_waits", ids, status=draft.case.incident.status.value)
    if best is not None:
        state_doubts(draft)


def _word_step(draft: Draft, status: ActionStatus) -> str:
    """What comes next for an action; of one that was measured already, how far that has come."""
    receipt = draft.case.receipt
    if status is ActionStatus.EXECUTED and receipt is not None:
        again = draft.words("looked_at_again") if receipt.is_waiting else ""
        return draft.words("next_measured", words=receipt.in_words, again=again)
    return draft.words(NEXT[status]) if status in NEXT else draft.words("next_ended", status=status.value)


KIND = QuestionKind(
    id="what_now",
    description="what happens next",
    answer=_answer,
)
