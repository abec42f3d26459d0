"""What came in: which errors, messages and tickets the incident is made of."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import COUNTED


def _answer(draft: Draft, asked: Inquiry) -> None:
    rows = draft.case.about(*COUNTED)
    for row in rows:
        draft.row(row)
    if not rows:
        draft.lack("no_case" if draft.case.dossier is None else "no_evidence")


KIND = QuestionKind(
    id="what_seen",
    description="which errors and tickets came in",
    answer=_answer,
)
