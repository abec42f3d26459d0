"""How something is done with the product."""

from app.explain.case import Draft
from app.explain.concepts import find_concepts
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.plain_text import list_words

TOPICS = {
    "how_to_stop": {"stop"},
    "how_to_add": {"upload", "runbook", "see"},
    "how_to": {"approve", "reject", "action"},
}
"""What each sentence is about, by what the words of a question mean."""


def _answer(draft: Draft, asked: Inquiry) -> None:
    meant = {concept for word in list_words(asked.text) for concept in find_concepts(word)}
    for key in sorted(TOPICS, key=lambda one: -len(TOPICS[one] & meant)):
        draft.tell(key)


KIND = QuestionKind(
    id="how_to",
    description="how something is done here",
    of_incident=False,
    answer=_answer,
)
