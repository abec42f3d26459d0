"""How many people must approve: two different ones where more is at stake than the tenant's line. What cannot be added
up is above every line.
"""

from typing import NamedTuple

from app.domain.base import Money
from app.domain.decisions import Ruling, Verdict
from app.domain.impact import BaseTotal

RULE = "ask.two_people"
MINOR = 100


class Stakes(NamedTuple):
    """What is at stake, and whether that is above the line."""

    amount: Money | None
    above: bool
    why: str = ""


def weigh_stakes(base: BaseTotal | None, line: float | None) -> Stakes:
    """What the incident has cost so far or costs an hour, the larger; an amount without a rate makes it unknown."""
    if line is None or base is None:
        return Stakes(None, above=False)
    lost, hourly = base.lost.middle + base.paid_without_order, base.per_hour.middle
    amount = max(lost, hourly, key=lambda money: money.minor)
    said = Money(minor=round(line * MINOR), currency=base.currency)
    if base.unconverted:
        apart = ", ".join(base.unconverted)
        why = f"Amounts in {apart} have no rate, so more than {said} may be at stake: two people must approve it."
        return Stakes(amount, above=True, why=why)
    why = f"About {amount} is at stake, more than {said}: two different people must approve it."
    return Stakes(amount, above=amount.minor > said.minor, why=why)


def ask_two(ruling: Ruling, stakes: Stakes) -> Ruling:
    """The ruling with what two people are asked for; no rule allows it, and what is denied stays so."""
    if not stakes.above or ruling.verdict is Verdict.DENY:
        return ruling
    asked = ruling if ruling.verdict is Verdict.ASK else ruling.changed(verdict=Verdict.ASK, rule_ids=(), reasons=())
    return asked.changed(rule_ids=(*asked.rule_ids, RULE), reasons=(*asked.reasons, stakes.why))
