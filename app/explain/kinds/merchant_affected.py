"""Whether one merchant is affected."""

from app.domain.incidents import FEEDABLE
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
    if not asked.merchants:
        draft.lack("which_merchant")
    for name in asked.merchants:
        _state_merchant(draft, name)


def _state_merchant(draft: Draft, name: str) -> None:
    theirs = [one for one in draft.facts.incidents if name in one.merchants]
    still = [one for one in theirs if one.status in FEEDABLE]
    if name not in draft.facts.merchants and not theirs:
        draft.lack("no_merchant", name=name)
    for one in still[:3]:
        draft.tell("merchant_hit", name, one.id, name=name, id=one.id, title=one.title, status=one.status.value)
    if not still and theirs:
        ended = theirs[0]
        draft.tell("merchant_was_hit", name, ended.id, name=name, id=ended.id, status=ended.status.value)
    if not theirs and name in draft.facts.merchants:
        draft.tell("merchant_sound", name, name=name)


KIND = QuestionKind(
    id="merchant_affected",
    description="whether a merchant is affected",
    of_incident=False,
    takes=("merchants",),
    answer=_answer,
)
