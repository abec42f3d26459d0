"""The windows and mutes of a tenant, as they are kept, and what they hold back now."""

from datetime import datetime
from typing import Final

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
