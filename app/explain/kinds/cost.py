"""What it costs, so far and per hour."""

from datetime import timedelta
from typing import Final

from app.domain.incidents import FEEDABLE
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind

STALE: Final = timedelta(hours=1)
"""What was counted so long ago is said to be so old, while the incident goes on."""


def _answer(draft: Draft, asked: Inquiry) -> None:
    dossier = draft.case.dossier
    if dossier is None:
        draft.lack("no_case")
        return
    impact, ids = dossier.impact, dossier.impact.evidence_ids
    orders = impact.lost_orders
    key = "orders_lost_one" if orders.middle == 1 else "orders_lost"
    numbers = {"middle": f"{orders.middle:.1f}", "low": f"{orders.low:.1f}", "high": f"{orders.high:.1f}"}
    _tell_age(draft, impact.hours)
    said = draft.claim(key, ids, basis=impact.basis, **numbers)
    for total, hourly in zip(impact.lost_revenue, impact.per_hour, strict=True):
        amounts = {"middle": total.middle, "low": total.low, "high": total.high, "hourly": hourly.middle}
        draft.claim("revenue_lost", ids, **amounts)
    if impact.paid_without_order_count:
        exact = " + ".join(str(one) for one in impact.paid_without_order)
        count = impact.paid_without_order_count
        draft.claim("paid_exactly_one" if count == 1 else "paid_exactly", ids, count=count, amount=exact)
    if said and not impact.lost_revenue:
        draft.lack("no_amount")


def _tell_age(draft: Draft, hours: float) -> None:
    """Until when it was counted, where the incident has gone on since."""
    incident, now = draft.case.incident, draft.facts.now
    until = incident.first_seen + timedelta(hours=hours)
    if incident.status in FEEDABLE and now - until > STALE:
        draft.tell("counted_until", incident.id, id=incident.id, at=f"{until:%Y-%m-%d %H:%M}")


KIND = QuestionKind(
    id="cost",
    description="what it costs",
    answer=_answer,
)
