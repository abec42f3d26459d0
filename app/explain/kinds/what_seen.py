"""What came in: which errors, messages and tickets the incident is made of."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import COUNTED

MOST_OF_A_KIND = 3
"""So many errors, tickets and signs are told, those that came most often first."""


def _answer(draft: Draft, asked: Inquiry) -> None:
    rows = [row for kind in COUNTED for row in draft.case.about(kind)[:MOST_OF_A_KIND]]
    for row in rows:
        draft.row(row)
    if not rows:
        draft.lack("no_case" if draft.case.dossier is None else "no_evidence")


KIND = QuestionKind(
    id="what_seen",
    description="which errors and tickets came in",
    answer=_answer,
)
