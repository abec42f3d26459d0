"""Whether this has happened before, and what helped then."""

from app.domain.hypotheses import UNKNOWN
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import find_best


def _answer(draft: Draft, asked: Inquiry) -> None:
    incident, best = draft.case.incident, find_best(draft.case)
    cause = best.cause if best else UNKNOWN
    alike = [one for one in draft.facts.lessons if one.incident_id != incident.id and one.cause == cause != UNKNOWN]
    if incident.previous_id:
        draft.tell("repeats", incident.id, incident.previous_id, id=incident.id, earlier=incident.previous_id)
    for one in alike[:3]:
        at = f"{one.at:%Y-%m-%d}"
        outcome = one.outcome.value
        draft.tell("earlier", one.incident_id, id=one.incident_id, at=at, outcome=outcome, summary=one.summary)
    if not incident.previous_id and not alike:
        draft.tell("never_before", incident.id, id=incident.id)
    for row in draft.case.about("baseline"):
        draft.row(row)


KIND = QuestionKind(
    id="seen_before",
    description="whether this has happened before",
    reads=("lessons",),
    answer=_answer,
)
