"""Scripted people for trials: each says about a proposal what a person of that kind would say, and when."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, get_args

from app.domain.actions import Action
from app.domain.tenants import Principal, Role
from simulations.world.truth import Worth

OperatorName = Literal["truthful", "rubber_stamp", "slow", "absent", "knowing"]
OPERATORS: Final[tuple[OperatorName, ...]] = get_args(OperatorName)
PERSON: Final = Principal(id="person:operator", role=Role.APPROVER)
THINKING: Final = timedelta(minutes=45)
"""How long a slow person lets a question lie."""
RIGHT: Final[frozenset[Worth]] = frozenset({"cures", "harmless"})
REASON: Final = "we looked at it, and this would not help"
"""What a refusal says: no more than that it is one."""


class OperatorAnswer(NamedTuple):
    """What a person says."""

    approved: bool
    feedback: str = ""


Judge = Callable[[Action], Worth]
"""What carrying out a proposal would really do, now."""
Operator = Callable[[Action, datetime, Judge], OperatorAnswer | None]
"""A proposal, the time and the truth about it in, an answer out; None for none yet."""


def answer_truthfully(row: Action, now: datetime, judge: Judge) -> OperatorAnswer | None:
    """Whoever knows what is going on: approves what cures or only tells people, and refuses the rest."""
    return OperatorAnswer(approved=True) if judge(row) in RIGHT else OperatorAnswer(approved=False, feedback=REASON)


def rubber_stamp(row: Action, now: datetime, judge: Judge) -> OperatorAnswer | None:
    """Whoever approves everything."""
    return OperatorAnswer(approved=True)


def answer_late(row: Action, now: datetime, judge: Judge) -> OperatorAnswer | None:
    """Whoever is right, but late."""
    return answer_truthfully(row, now, judge) if now - row.proposed_at >= THINKING else None


def answer_nothing(row: Action, now: datetime, judge: Judge) -> OperatorAnswer | None:
    """Whoever is not there."""
    return None


OPERATOR_OF: Final[Mapping[OperatorName, Operator]] = MappingProxyType(
    {
        "truthful": answer_truthfully,
        "rubber_stamp": rubber_stamp,
        "slow": answer_late,
        "absent": answer_nothing,
        "knowing": answer_truthfully,
    }
)
NAMES_CAUSES: Final[frozenset[OperatorName]] = frozenset({"knowing"})
"""Who says of each incident at once what it is, so that what follows is measured apart from the diagnosis."""
PACE_OF: Final[Mapping[OperatorName, timedelta]] = MappingProxyType(
    {name: THINKING if name == "slow" else timedelta(0) for name in OPERATORS if name != "absent"}
)
"""How long a step of a plan lies with whoever is there to do it."""
