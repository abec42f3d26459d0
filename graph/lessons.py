"""What an attempt came to, in the words and numbers that a lesson keeps."""

from app.domain.action_states import ActionStatus
from app.domain.approvals import Approval, ApprovalKind, RowKind
from app.domain.base import JsonObject
from app.domain.decisions import AttemptEnd, Decision, Verdict
from app.domain.incidents import Incident
from app.domain.outcomes import Outcome
from app.domain.receipts import Receipt, ReceiptVerdict
from graph import state as read
from graph.state import LoopState


def ending_of_attempt(state: LoopState) -> AttemptEnd:
    """The one word for how the attempt at hand ended."""
    decision = read.read_decision(state)
    if decision.tool is None:
        return AttemptEnd.NOTHING_TO_PROPOSE
    if decision.ruling.verdict is Verdict.DENY:
        return AttemptEnd.DENIED
    answer = read.read_approval(state)
    if answer.kind is ApprovalKind.EXPIRED:
        return AttemptEnd.EXPIRED
    if read.word_to_undo(state) is not None:
        status = read.read_outcome(state).status
        return AttemptEnd.TAKEN_BACK if status is ActionStatus.EXECUTED else AttemptEnd(status.value)
    if read.receipt_taken_back(state) is not None:
        return AttemptEnd.INEFFECTIVE
    doubt = read.ending_of_doubt(state)
    return doubt or sent_ending(decision, read.read_outcome(state), read.current_receipt(state))


def sent_ending(decision: Decision, outcome: Outcome, seen: Receipt | None) -> AttemptEnd:
    """The word for something that was sent."""
    if outcome.step is RowKind.UNDO:
        return AttemptEnd.UNDONE if outcome.status is ActionStatus.EXECUTED else AttemptEnd.HARMED
    if seen is None or outcome.status not in {ActionStatus.EXECUTED, ActionStatus.IN_DOUBT}:
        return AttemptEnd(outcome.status.value)
    if seen.recovered:
        return AttemptEnd.RECOVERED
    if seen.verdict is ReceiptVerdict.VERIFIED and decision.forecast and decision.forecast.only_recorded:
        return AttemptEnd.ESCALATED
    return AttemptEnd(seen.verdict.value)


def feedback_given(state: LoopState, decision: Decision) -> str:
    """What the person said about this very decision."""
    answer = read.read_approval(state) if state.get("approval") else None
    return answer.feedback if answer and answer.action_id == decision.action_id else ""


def metrics_at(seen: Receipt | None, moment: str) -> JsonObject:
    """What the receipt measured `before` or after."""
    if seen is None:
        return {}
    treated, control = (
        (seen.treated_before, seen.control_before) if moment == "before" else (seen.treated_after, seen.control_after)
    )
    return {"treated_errors_per_hour": treated.per_hour, "other_errors_per_hour": control.per_hour}


def lesson_summary(
    incident: Incident, decision: Decision, ended: AttemptEnd, word: Approval | None, taken_back: str
) -> str:
    """The attempt in one sentence; in another one who had it taken back, or that it was because it did not help."""
    what = decision.title if decision.tool else "nothing was proposed"
    return (
        f"{incident.title}: taken for {decision.cause} with confidence {decision.confidence:.2f}; {what}; ended"
        f" {ended}.{_TO_NOBODYS_CREDIT.get(ended, '')}{taken_back}{_who_took_it_back(word)}"
    )


def _who_took_it_back(word: Approval | None) -> str:
    return f" It was to be taken back by {word.taken_back_by}: {word.feedback}" if word else ""


_TO_NOBODYS_CREDIT = {
    AttemptEnd.RECOVERED: " The untreated recovered likewise: no tool is credited with it.",
    AttemptEnd.INCONCLUSIVE: " It was not testable, which is no failure of the tool.",
}
