"""An action row: the ledger of what was proposed, decided, sent and proven. Its moves are one table."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from app.domain.approvals import RowKind
from app.domain.base import Moment, Value, digest_of
from app.domain.decisions import Decision


class ActionStatus(StrEnum):
    """Where an action stands."""

    PROPOSED = "PROPOSED"
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    SUPERSEDED = "SUPERSEDED"
    SENDING = "SENDING"
    EXECUTED = "EXECUTED"
    NOT_APPLIED = "NOT_APPLIED"
    FAILED = "FAILED"
    IN_DOUBT = "IN_DOUBT"
    VERIFIED = "VERIFIED"
    INEFFECTIVE = "INEFFECTIVE"
    HARMED = "HARMED"
    UNDONE = "UNDONE"


_A = ActionStatus
ACTION_MOVES: dict[ActionStatus, frozenset[ActionStatus]] = {
    _A.PROPOSED: frozenset({_A.PENDING}),
    _A.PENDING: frozenset({_A.APPROVED, _A.REJECTED, _A.EXPIRED, _A.SUPERSEDED}),
    _A.APPROVED: frozenset({_A.SENDING, _A.SUPERSEDED, _A.EXPIRED}),
    _A.SENDING: frozenset({_A.EXECUTED, _A.NOT_APPLIED, _A.FAILED, _A.IN_DOUBT}),
    _A.IN_DOUBT: frozenset({_A.EXECUTED, _A.FAILED}),
    _A.EXECUTED: frozenset({_A.VERIFIED, _A.INEFFECTIVE, _A.HARMED, _A.UNDONE}),
    _A.VERIFIED: frozenset({_A.UNDONE}),
    _A.INEFFECTIVE: frozenset({_A.UNDONE}),
    _A.HARMED: frozenset({_A.UNDONE}),
    _A.REJECTED: frozenset(),
    _A.EXPIRED: frozenset(),
    _A.SUPERSEDED: frozenset(),
    _A.NOT_APPLIED: frozenset(),
    _A.FAILED: frozenset(),
    _A.UNDONE: frozenset(),
}


class Withdrawal(StrEnum):
    """The rules by which a question or a grant is taken back before anything was sent."""

    POLICIES = "withdraw.newer_policies"
    EVIDENCE = "withdraw.newer_evidence"
    EXPIRED = "withdraw.too_old"
    ENDED = "withdraw.incident_ended"

    @property
    def sentence(self) -> str:
        """The rule and what it means, for people."""
        meanings = {
            Withdrawal.POLICIES: "newer policies are in force than those it was ruled by",
            Withdrawal.EVIDENCE: "newer evidence joined its incident after it was proposed",
            Withdrawal.EXPIRED: "nobody decided, or it could not be sent, before it was too old",
            Withdrawal.ENDED: "its incident has ended",
        }
        return f"{meanings[self]} ({self.value})"


class Action(Value):
    """One row of the ledger. A rollout's first cohort is the action itself; later cohorts and an undo are rows with a
    parent.
    """

    id: str
    incident_id: str
    parent_id: str | None = None
    step: RowKind = RowKind.FIRST
    cohort: int = 0
    status: ActionStatus
    version: int = Field(default=1, ge=1)
    digest: str
    request_digest: str = ""
    decision: Decision
    proposed_at: Moment
    decided_at: Moment | None = None
    decided_by: str | None = None
    label: str | None = None
    feedback: str | None = None
    cause_is_wrong: bool = Field(default=False, description="whoever refused it said that the cause is wrong, too")
    idempotency_key: str = ""
    executed_at: Moment | None = None
    result: dict[str, Any] | None = None
    receipt: dict[str, Any] | None = None
    author: str = "system:worker"

    @property
    def withdrawn_because(self) -> str:
        """The rule and the reason it was taken back for, as they were recorded; empty when it was not, or before that
        was recorded.
        """
        return (self.feedback or "") if self.status in {ActionStatus.SUPERSEDED, ActionStatus.EXPIRED} else ""

    @property
    def policy_version(self) -> str:
        """The version of the policies it was ruled by; they must still be in force when it is sent."""
        return self.decision.ruling.policy_version


def send_key(tenant_id: str, row: Action) -> str:
    """The idempotency key of a row: every attempt at the same row sends the same key, and no other row has it."""
    return digest_of([tenant_id, row.incident_id, row.parent_id or row.id, row.version, row.step, row.cohort])


def harmed_id(undo: Action) -> str:
    """The row that an undo takes back: the action itself, or the cohort it was about."""
    parent = str(undo.parent_id)
    return parent if undo.cohort == 0 else f"{parent}-C{undo.cohort}"


class Outcome(Value):
    """What `act` did with one cohort: a value for every ending, also for a tool that blew up."""

    action_id: str
    row_id: str
    step: RowKind = RowKind.FIRST
    cohort: int = 0
    status: ActionStatus
    merchants: tuple[str, ...] = ()
    at: Moment
    due_at: Moment | None = Field(default=None, description="when the receipt can be written")
    reference: str = ""
    request: dict[str, Any] = Field(default_factory=dict)
    response: dict[str, Any] = Field(default_factory=dict)
    error: str = ""
