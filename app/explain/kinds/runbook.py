"""Which runbook covers it."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import cite_runbooks


def _answer(draft: Draft, asked: Inquiry) -> None:
    cite_runbooks(draft, limit=5)
    if not draft.sentences:
        draft.lack("no_runbook")


KIND = QuestionKind(
    id="runbook",
    description="which runbook says so",
    answer=_answer,
)
