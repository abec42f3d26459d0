"""Greetings and thanks."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
    draft.tell("hello")


KIND = QuestionKind(
    id="small_talk",
    description="a greeting",
    of_incident=False,
    answer=_answer,
)
