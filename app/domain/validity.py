"""When a question or a grant is void: one rule, whoever asks. The gate, a person's word, the worker and the store must
agree on it, or one of them sends what another has given up.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import Answer, ApprovalKind, RowKind
from app.domain.incidents import ACTIVE, Incident
from app.domain.tenants import ToolMode

DECIDED_AS = {
    ActionStatus.APPROVED: ApprovalKind.GRANTED,
    ActionStatus.REJECTED: ApprovalKind.REJECTED,
    ActionStatus.EXPIRED: ApprovalKind.EXPIRED,
    ActionStatus.SUPERSEDED: ApprovalKind.SUPERSEDED,
}
"""How a question ended, by the status of its row."""


class Withdrawal(StrEnum):
    """The rules by which a question or a grant is taken back before anything was sent."""

    POLICIES = "withdraw.newer_policies"
    MODE = "withdraw.other_mode"
    PACK = "withdraw.other_pack"
    EVIDENCE = "withdraw.newer_evidence"
    EXPIRED = "withdraw.too_old"
    ENDED = "withdraw.incident_ended"
    TAKEN_BACK = "withdraw.earlier_taken_back"
    WINDOW = "withdraw.window_over"
    PLAN = "withdraw.plan_stopped"

    @property
    def sentence(self) -> str:
        """The rule and what it means, for people."""
        meanings = {
            Withdrawal.POLICIES: "newer policies are in force than those it was ruled by",
            Withdrawal.MODE: "its tool is in another mode now than the one it was proposed for",
            Withdrawal.PACK: "other causes are in force now than those it was proposed by",
            Withdrawal.EVIDENCE: "newer evidence joined its incident after it was proposed",
            Withdrawal.EXPIRED: "nobody decided, or it could not be sent, before it was too old",
            Withdrawal.ENDED: "its incident has ended",
            Withdrawal.PLAN: "the plan that it was approved as a part of was given up",
            Withdrawal.WINDOW: "a rule granted it in a maintenance window that is over",
            Withdrawal.TAKEN_BACK: "a person has what was done before it taken back, and people take over",
        }
        return f"{meanings[self]} ({self.value})"


def withdrawal_of(
    row: Action,
    incident: Incident,
    *,
    policy_version: str | None,
    now: datetime,
    grants_last: timedelta | None = None,
    mode: ToolMode | None = None,
    pack: str = "",
) -> Withdrawal | None:
    """By which rule a question, or a grant that was not sent, is void; the first that holds. The undo of a harm never
    is. A question has its own deadline; a grant lasts as long as is said. `mode` is what its tool is in now, and
    `pack` what the causes in force are called.
    """
    if row.step is RowKind.UNDO:
        return None
    if incident.status not in ACTIVE:
        return Withdrawal.ENDED
    if is_outdated(row, policy_version):
        return Withdrawal.POLICIES
    if mode is not None and mode is not row.decision.mode:
        return Withdrawal.MODE
    if (overtaken := _overtaken_by(row, incident, pack)) is not None:
        return overtaken
    until = valid_until(row, grants_last)
    return Withdrawal.EXPIRED if until is not None and until <= now else None


def _overtaken_by(row: Action, incident: Incident, pack: str) -> Withdrawal | None:
    """Other causes and newer evidence overtake what was asked, and not the cohorts of what was sent."""
    if row.step is not RowKind.FIRST:
        return None
    if pack and row.decision.pack not in ("", pack):
        return Withdrawal.PACK
    return Withdrawal.EVIDENCE if row.decision.evidence_version < incident.evidence_version else None


def valid_until(row: Action, grants_last: timedelta | None = None) -> datetime | None:
    """The moment from which a question, or a grant that was not sent, is too old."""
    if row.status is ActionStatus.PENDING:
        return row.decision.expires_at
    return row.decided_at + grants_last if row.decided_at is not None and grants_last is not None else None


def is_outdated(row: Action, policy_version: str | None) -> bool:
    """Whether other policies are in force than those it was ruled by; the undo of a harm needs none, and where none
    were recorded none are in force.
    """
    return row.step is not RowKind.UNDO and policy_version not in (None, row.policy_version)


def stands_by(row: Action, answer: Answer) -> bool:
    """Whether an answer is what the row says, about the version that the row has."""
    decided = (DECIDED_AS.get(row.status), row.digest, row.version)
    return decided == (answer.kind, answer.digest, answer.version)
