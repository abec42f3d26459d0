"""Where an action stands, and the one table of its moves."""

from enum import StrEnum


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
