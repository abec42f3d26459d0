"""How many incidents there are, and which."""

from app.domain.incidents import FEEDABLE
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind

MOST = 8


def _answer(draft: Draft, asked: Inquiry) -> None:
    every = draft.facts.incidents
    still = [one for one in every if one.status in FEEDABLE]
    still.sort(key=lambda one: (-one.cost_of_waiting, -one.severity.rank, one.id))
    draft.tell("incidents_open", *(one.id for one in still[:MOST]), count=len(still), total=len(every))
    for one in still[:MOST]:
        draft.tell(
            "one_incident", one.id, id=one.id, title=one.title, status=one.status.value, merchants=len(one.merchants)
        )


KIND = QuestionKind(
    id="list_incidents",
    description="how many incidents there are, and which",
    of_incident=False,
    answer=_answer,
)
