"""Payments that were taken without an order."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
    known = [one for one in draft.facts.unordered if not asked.incidents or one.incident in asked.incidents]
    total = sum(one.count for one in known)
    if not total:
        draft.tell("all_ordered", *(one.id for one in draft.facts.incidents[:8]))
        return
    draft.tell("unordered_total", *(one.incident for one in known), count=total)
    for one in known:
        amount = " + ".join(str(money) for money in one.amounts)
        draft.tell("unordered_one", one.incident, id=one.incident, count=one.count, amount=amount)


KIND = QuestionKind(
    id="paid_no_order",
    description="which payments have no order",
    of_incident=False,
    reads=("dossiers",),
    answer=_answer,
)
