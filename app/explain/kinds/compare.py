"""Two incidents side by side."""

from app.domain.incidents import Incident
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
    known = {one.id: one for one in draft.facts.incidents}
    names = list(dict.fromkeys([*asked.incidents, *([draft.case.incident.id] if draft.has_case else [])]))
    pair = [known[name] for name in names if name in known][:2]
    if len(pair) < 2:
        draft.lack("compare_two")
        return
    for one in pair:
        _describe_one(draft, one)
    first, second = pair
    shared = sorted({*first.merchants} & {*second.merchants})
    draft.tell("shared_merchants", first.id, second.id, count=len(shared), names=", ".join(shared[:8]) or "-")


def _describe_one(draft: Draft, one: Incident) -> None:
    told = one.metrics_snapshot
    cause = str(told.get("cause_title") or told.get("cause") or draft.words("no_known_cause"))
    hourly = " + ".join(str(money) for money in one.hourly_costs) or "-"
    draft.tell(
        "side_by_side",
        one.id,
        id=one.id,
        title=one.title,
        status=one.status.value,
        merchants=len(one.merchants),
        cause=cause,
        hourly=hourly,
        since=f"{one.first_seen:%Y-%m-%d %H:%M}",
    )


KIND = QuestionKind(
    id="compare",
    description="how two incidents compare",
    of_incident=False,
    answer=_answer,
)
