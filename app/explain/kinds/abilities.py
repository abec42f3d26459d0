"""What the agent can do and be asked."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
    draft.tell("abilities", tools=len(draft.facts.tools), causes=len(draft.facts.causes))
    draft.tell("abilities_limits")


KIND = QuestionKind(
    id="abilities",
    description="what the agent can do",
    of_incident=False,
    answer=_answer,
)
