"""What keeps an action waiting because many merchants of its tenant were treated within the hour: however much was
approved, a mistake reaches only so many before people can see it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.base import Moment, Value
from app.domain.decisions import Effect
from app.domain.tenants import ToolMode

HOUR = timedelta(hours=1)
NOTHING_DONE = frozenset({ActionStatus.FAILED, ActionStatus.NOT_APPLIED})
NO_TREATMENT = frozenset({Effect.READ, Effect.INTERNAL_NOTE, Effect.EXTERNAL_ESCALATION})


class CapHold(Value):
    """That an action waits until fewer merchants were treated within an hour."""

    row_id: str
    most: int
    treated: int
    asked: int
    until: Moment

    @property
    def sentence(self) -> str:
        """The same for people."""
        return (
            f"held back by the cap of {self.most} merchants an hour: {self.treated} were treated within the last hour,"
            f" so its {self.asked} follow by themselves at {self.until:%H:%M} UTC"
        )


def merchants_treated_by(row: Action) -> frozenset[str]:
    """Whom it is sent for, one by one and not only to look or to write something down; nobody for what takes back."""
    decision = row.decision
    is_done = row.step is not RowKind.UNDO and decision.mode is not ToolMode.DRY_RUN
    is_treatment = decision.effect not in NO_TREATMENT and "merchant_ids" in decision.arguments
    if not (is_done and is_treatment and row.cohort < len(decision.requests)):
        return frozenset()
    return frozenset(decision.requests[row.cohort].merchants)


def find_cap_hold(row: Action, sent: Iterable[Action], most: int | None, now: datetime) -> CapHold | None:
    """What holds a row back, seeing what else was sent within the hour; nothing where nothing was, so that whatever was
    approved goes out at last.
    """
    asked = merchants_treated_by(row)
    if most is None or not asked:
        return None
    lately: dict[str, datetime] = {}
    for one in sent:
        at = one.executed_at or now
        if one.id != row.id and one.status not in NOTHING_DONE and at > now - HOUR:
            lately |= {name: max(at, lately.get(name, at)) for name in merchants_treated_by(one)}
    if not lately or len(asked | lately.keys()) <= most:
        return None
    others = sorted((at for name, at in lately.items() if name not in asked), reverse=True)
    last = others[most - len(asked)] if len(asked) <= most else max(lately.values())
    return CapHold(row_id=row.id, most=most, treated=len(lately), asked=len(asked), until=last + HOUR)
