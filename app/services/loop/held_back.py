"""What holds back what was granted: the windows and mutes of a tenant, as they are kept, and the cap on how many
merchants are treated in an hour.
"""

from datetime import datetime
from typing import Final

from app.domain.actions import Action
from app.domain.hourly_cap import HOUR, CapHold, find_cap_hold
from app.domain.quiet import Quiet, QuietRule
from app.ports.store import Session

QUIET_RULES: Final = "quiet_rules"
"""Under this name a tenant's notes keep them."""


def read_quiet_rules(session: Session) -> list[QuietRule]:
    """Every rule that is kept, the oldest first."""
    return [QuietRule.model_validate(one) for one in (session.notes.get(QUIET_RULES) or {}).get("rules", ())]


def read_quiet(session: Session, now: datetime) -> Quiet:
    """What holds back at that moment; who belongs to which wave is read only where a rule names one."""
    rules = read_quiet_rules(session)
    named = any(one.waves for one in rules)
    return Quiet(rules, {one.id: one.wave for one in session.merchants.all()} if named else {}, now)


def read_cap_hold(session: Session, row: Action, most: int | None, now: datetime) -> CapHold | None:
    """Whether a row waits because so many merchants were treated within the hour. Where the row was moved to be sent
    before in the same transaction, whoever sends something else in this tenant comes after it, and counts it.
    """
    return find_cap_hold(row, session.actions.sent_since(now - HOUR), most, now) if most is not None else None
