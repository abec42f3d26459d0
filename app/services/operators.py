"""Scripted people for trials: each says about a proposal what a person of that kind would say, and when."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, get_args

from app.domain.actions import Action
from app.domain.tenants import Principal, Role
from simulations.truth import Worth

OperatorName = Literal["truthful", "rubber_stamp", "slow", "absent"]
OPERATORS: Final[tuple[OperatorName, ...]] = get_args(OperatorName)
PERSON: Final = Principal(id="person:operator", role=Role.APPROVER)
THINKING: Final = timedelta(minutes=45)
"""How long a slow person lets a question lie."""
RIGHT: Final[frozenset[Worth]] = frozenset({"cures", "harmless"})
REASON: Final = "we looked at it, and this would not help"
"""What a refusal says: no more than that it is one."""


class Word(NamedTuple):
    """What a person says."""

    approved: bool
    feedback: str = ""


Judge = Callable[[Action], Worth]
"""What carrying out a proposal would really do, now."""
Operator = Callable[[Action, datetime, Judge], Word | None]
"""A proposal, the time and the truth about it in, an answer out; None for none yet."""


def truthful(row: Action, now: datetime, judge: Judge) -> Word | None:
    """Whoever knows what is going on: approves what cures or only tells people, and refuses the rest."""
    return Word(approved=True) if judge(row) in RIGHT else Word(approved=False, feedback=REASON)


def rubber_stamp(row: Action, now: datetime, judge: Judge) -> Word | None:
    """Whoever approves everything."""
    return Word(approved=True)


def slow(row: Action, now: datetime, judge: Judge) -> Word | None:
    """Whoever is right, but late."""
    return truthful(row, now, judge) if now - row.proposed_at >= THINKING else None


def absent(row: Action, now: datetime, judge: Judge) -> Word | None:
    """Whoever is not there."""
    return None


OPERATOR_OF: Final[Mapping[OperatorName, Operator]] = MappingProxyType(
    {"truthful": truthful, "rubber_stamp": rubber_stamp, "slow": slow, "absent": absent}
)
