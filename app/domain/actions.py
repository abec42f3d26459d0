"""An action row: the ledger of what was proposed, decided, sent and proven. It is made of everything before it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple, TypedDict

from pydantic import Field

from app.domain.action_states import ActionStatus
from app.domain.approvals import FirstApproval, RowKind, Snooze
from app.domain.base import Moment, Value, digest_of
from app.domain.decisions import Decision
from app.domain.outcomes import Outcome
from app.domain.receipts import Receipt

SENT_AND_STANDING: Final = frozenset(
    {ActionStatus.EXECUTED, ActionStatus.VERIFIED, ActionStatus.INEFFECTIVE, ActionStatus.HARMED}
)
NOT_DONE: Final = frozenset(
    {
        ActionStatus.FAILED,
        ActionStatus.NOT_APPLIED,
        ActionStatus.SUPERSEDED,
        ActionStatus.EXPIRED,
        ActionStatus.REJECTED,
    }
)
"""A row in one of these states changed nothing, and will not: an undo takes nothing back."""


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
    result: Outcome | None = None
    receipt: Receipt | None = None
    author: str = "system:worker"
    first_approval: FirstApproval | None = Field(
        default=None,
        description="the word of the first, where two people must approve it; an edit takes it away",
        exclude_if=lambda first: first is None,
    )

    snoozed: Snooze | None = Field(
        default=None,
        description="until when the question is not shown among the others; an edit takes it away",
        exclude_if=lambda snoozed: snoozed is None,
    )

    def is_snoozed(self, now: datetime) -> bool:
        """Whether it is put off at that moment."""
        return self.status is ActionStatus.PENDING and self.snoozed is not None and self.snoozed.until > now

    aside: int = Field(
        default=0,
        ge=0,
        description="0 for what the loop of its incident carries out; else its number among the undos of its cohort"
        " that are carried out beside the loop",
        exclude_if=lambda number: not number,
    )
    tries: int = Field(
        default=1,
        ge=1,
        description="how often it was tried to take this back, with this time",
        exclude_if=lambda count: count == 1,
    )
    not_before: Moment | None = Field(
        default=None, description="an undo that failed is tried again then", exclude_if=lambda moment: moment is None
    )

    @property
    def withdrawn_because(self) -> str:
        """The rule and the reason it was taken back for, as they were recorded; empty when it was not, or before that
        was recorded.
        """
        return (self.feedback or "") if self.status in {ActionStatus.SUPERSEDED, ActionStatus.EXPIRED} else ""

    @property
    def approved_first_by(self) -> str:
        """Who has approved this version as the first of two; nobody where one is enough, or nobody did yet."""
        first = self.first_approval
        return first.by if first is not None and first.digest == self.digest else ""

    @property
    def still_needs_another(self) -> str:
        """Who approved it as the first, and that this is not enough; empty where it is no such question."""
        by = self.approved_first_by if self.status is ActionStatus.PENDING else ""
        return f"1 of {self.decision.approvers}: {by} approved it, and it still needs another person" if by else ""

    def awaits_another(self, by: str) -> bool:
        """Whether the approval of this principal is not enough: two people must give theirs, and it is the first."""
        needs_two = self.step is RowKind.FIRST and self.decision.approvers > 1
        return needs_two and self.approved_first_by in {"", by}

    @property
    def undo_asked_by(self) -> str:
        """Who had something taken back by this row; nobody for the undo of a harm, which the grant covers."""
        by = self.decided_by or ""
        return "" if self.step is not RowKind.UNDO or by.startswith("approval:") else by

    @property
    def was_taken_back_unhelped(self) -> bool:
        """Whether it is taken back because it did not help."""
        return self.status is ActionStatus.UNDONE and self.receipt is not None and self.receipt.takes_back_no_help

    @property
    def policy_version(self) -> str:
        """The version of the policies it was ruled by; they must still be in force when it is sent."""
        return self.decision.ruling.policy_version


class ActionChanges(TypedDict, total=False):
    """What a move of a row may set besides its status; what is not there stays."""

    decided_by: str | None
    decided_at: datetime | None
    label: str | None
    feedback: str | None
    cause_is_wrong: bool
    executed_at: datetime | None
    result: Outcome
    receipt: Receipt
    idempotency_key: str
    request_digest: str


def send_key(tenant_id: str, row: Action) -> str:
    """The idempotency key of a row: every attempt at the same row sends the same key, and no other row has it."""
    named = [tenant_id, row.incident_id, row.parent_id or row.id, row.version, row.step, row.cohort]
    return digest_of([*named, row.aside] if row.aside else named)


def row_id(action_id: str, step: RowKind, cohort: int, aside: int = 0) -> str:
    """The id of a row of an action: of the action itself, of a later cohort, or of an undo of either."""
    if step is RowKind.UNDO:
        return f"{action_id}-U{cohort}-{aside}" if aside else f"{action_id}-U{cohort}"
    return action_id if cohort == 0 else f"{action_id}-C{cohort}"


def harmed_id(undo: Action) -> str:
    """The row that an undo takes back: the action itself, or the cohort it was about."""
    return row_id(str(undo.parent_id), RowKind.COHORT, undo.cohort)


class Standing(NamedTuple):
    """A cohort that was sent, and for whom of it that stands: nobody had it taken back for them."""

    row: Action
    merchants: tuple[str, ...]


def undos_of(forward: Action, rows: Iterable[Action]) -> list[Action]:
    """Every undo of a cohort, whatever became of it."""
    name = forward.parent_id or forward.id
    return [one for one in rows if one.step is RowKind.UNDO and one.parent_id == name and one.cohort == forward.cohort]


def merchants_undone(undos: Iterable[Action]) -> frozenset[str]:
    """Whom these take something back for, but for those that failed or were withdrawn."""
    standing = (one for one in undos if one.status not in NOT_DONE)
    return frozenset(name for one in standing for name in one.decision.undo_requests[one.cohort].merchants)


def what_stands(forward: Action, rows: Iterable[Action]) -> Standing | None:
    """For whom a cohort stands that was sent; None where it was not, or is taken back for everybody."""
    if forward.status not in SENT_AND_STANDING or forward.step is RowKind.UNDO:
        return None
    undos = undos_of(forward, rows)
    every, gone = forward.decision.requests[forward.cohort].merchants, merchants_undone(undos)
    left = tuple(one for one in every if one not in gone)
    whole = not every and all(one.status in NOT_DONE for one in undos)
    return Standing(forward, left) if left or whole else None
