"""What a checkpoint holds: the output of each node as plain JSON, one writer per key, and how nodes read it back as
values.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from app.domain.action_states import ActionStatus
from app.domain.approvals import Approval, ApprovalKind, RowKind
from app.domain.base import Json, JsonObject, list_in
from app.domain.decisions import AttemptEnd, Decision, Tried, fingerprint_request
from app.domain.hypotheses import Assessment, Dossier
from app.domain.incidents import RecordedStep, last_reopening
from app.domain.outcomes import Outcome
from app.domain.receipts import Receipt, ReceiptVerdict
from app.domain.validity import Withdrawal

Plain = JsonObject


class LoopState(TypedDict, total=False):
    """The input (which incident) and the seven nodes' outputs."""

    incident: Plain
    dossier: Plain
    assessment: Plain
    decision: Plain
    approval: Plain
    outcome: Plain
    receipt: Plain
    lesson: Plain


KEY_OF = {
    "observe": "dossier",
    "reason": "assessment",
    "decide": "decision",
    "approve": "approval",
    "act": "outcome",
    "verify": "receipt",
    "learn": "lesson",
}
"""Which key each node writes; it writes no other."""


def incident_id(state: LoopState) -> str:
    """The incident this thread is about."""
    return str(state["incident"]["id"])


def read_dossier(state: LoopState) -> Dossier:
    """What observe found."""
    return Dossier.model_validate(state["dossier"])


def read_assessment(state: LoopState) -> Assessment:
    """What reason concluded."""
    return Assessment.model_validate(state["assessment"])


def read_decision(state: LoopState) -> Decision:
    """What decide proposed."""
    return Decision.model_validate(state["decision"])


def read_approval(state: LoopState) -> Approval:
    """How the question ended."""
    return Approval.model_validate(state["approval"])


def word_to_undo(state: LoopState) -> Approval | None:
    """The word of a person by which what the decision at hand did is taken back, if there is one."""
    if not state.get("approval") or not state.get("decision"):
        return None
    last = read_approval(state)
    return last if last.taken_back_by and last.action_id == state["decision"]["action_id"] else None


def window_lapsed(state: LoopState) -> bool:
    """Whether what was granted last was taken back because a maintenance window is over."""
    last = read_approval(state) if state.get("approval") else None
    return last is not None and last.kind is ApprovalKind.SUPERSEDED and Withdrawal.WINDOW.value in last.feedback


def read_outcome(state: LoopState) -> Outcome:
    """What act did."""
    return Outcome.model_validate(state["outcome"])


def read_receipt(state: LoopState) -> Receipt:
    """What verify saw."""
    return Receipt.model_validate(state["receipt"])


def current_receipt(state: LoopState) -> Receipt | None:
    """The receipt of the decision at hand; one of an earlier decision does not count."""
    if not state.get("receipt") or not state.get("decision"):
        return None
    last = read_receipt(state)
    return last if last.action_id == state["decision"]["action_id"] else None


def ending_of_doubt(state: LoopState) -> AttemptEnd | None:
    """How something ended of which nobody knew whether it was done: what happened since has not told either, or a
    person said that it was not; None once it is known to be done, and for whatever was never in doubt.
    """
    seen, last = current_receipt(state), read_outcome(state) if state.get("outcome") else None
    if seen is None or last is None or last.row_id != seen.row_id or last.status is not ActionStatus.IN_DOUBT:
        return None
    return {True: None, False: AttemptEnd.FAILED, None: AttemptEnd.IN_DOUBT}[seen.done]


def receipt_taken_back(state: LoopState) -> Receipt | None:
    """The receipt of what did not help, where what was sent last took that back, or tried to."""
    seen = current_receipt(state)
    if seen is None or not seen.takes_back_no_help or not state.get("outcome"):
        return None
    last = read_outcome(state)
    return seen if last.step is RowKind.UNDO and last.action_id == seen.action_id else None


def receipt_due_at(state: LoopState) -> datetime | None:
    """When the receipt of what was done last can be written: as promised, or later where it was too early to tell."""
    outcome = read_outcome(state)
    last = read_receipt(state) if state.get("receipt") else None
    return last.due_at if last is not None and last.row_id == outcome.row_id and last.due_at else outcome.due_at


def people_were_called(state: LoopState) -> bool:
    """Whether it was handed to people before this episode of it."""
    return bool(state["incident"].get("called"))


def list_carried(state: LoopState) -> tuple[Tried, ...]:
    """What was refused or tried before a person's word had it reasoned about anew; its lessons are learnt already."""
    seed = state.get("incident")
    return tuple(Tried.model_validate(one) for one in list_in(seed, "tried")) if seed else ()


def tried_before(recorded: Sequence[RecordedStep]) -> list[Json]:
    """What the step that began the latest episode carries over from the one before, where it does."""
    begun = last_reopening(recorded)
    return list(list_in(begun.output, "tried")) if begun else []


def list_tried(state: LoopState) -> tuple[Tried, ...]:
    """Everything refused or tried on this incident so far, the decision at hand included once it has ended."""
    if not state.get("decision"):
        return list_carried(state)
    last = read_decision(state)
    ended = _ending_of(state, last)
    if ended is None or last.tool is None:
        return last.tried
    attempt = Tried(
        action_id=last.action_id,
        cause=last.cause,
        tool=last.tool,
        ended=ended[0],
        reason=ended[1],
        evidence_version=last.evidence_version,
        request=fingerprint_request(last.tool, last.arguments),
        cause_is_wrong=ended[0] is AttemptEnd.REJECTED and read_approval(state).cause_is_wrong,
    )
    return (*last.tried, attempt)


def _ending_of(state: LoopState, last: Decision) -> tuple[AttemptEnd, str] | None:
    """How the decision at hand ended without curing anything, and why."""
    answer = Approval.model_validate(state["approval"]) if state.get("approval") else None
    if answer and answer.action_id == last.action_id and answer.kind is ApprovalKind.REJECTED:
        return AttemptEnd.REJECTED, answer.feedback
    if (word := word_to_undo(state)) is not None:
        return AttemptEnd.TAKEN_BACK, word.feedback
    seen = current_receipt(state)
    if seen and (doubt := ending_of_doubt(state)) is not None:
        return doubt, seen.statement
    if seen and seen.verdict is not ReceiptVerdict.VERIFIED:
        ended = AttemptEnd.RECOVERED if seen.recovered else AttemptEnd(seen.verdict.value)
        return ended, f"{seen.statement}{tell_taken_back(state)}"
    return None


def tell_taken_back(state: LoopState) -> str:
    """Whether what did not help was taken back, and when; nothing where it was not tried."""
    if receipt_taken_back(state) is None:
        return ""
    last = read_outcome(state)
    if last.status is ActionStatus.EXECUTED:
        return f" It was taken back at {last.at:%H:%M} UTC."
    return f" To take it back ended {last.status.value}: {last.error}"
