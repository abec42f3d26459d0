"""Why this action was proposed."""

from app.domain.decisions import Decision
from app.domain.hypotheses import UNKNOWN, shown_confidence
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import (
    cite_runbooks,
    list_core_evidence,
    state_likeliest,
    state_reasons,
    state_ruling,
    title_cause,
)


def _answer(draft: Draft, asked: Inquiry) -> None:
    proposal = draft.case.proposal
    if proposal is None:
        draft.lack("no_proposal")
        return
    ids = list_core_evidence(draft.case, proposal.cause)
    if proposal.tool is None:
        draft.claim("nothing_proposed", ids, title=proposal.title.rstrip("."))
    else:
        key = "proposed_unsure" if proposal.cause == UNKNOWN else "proposed_because"
        cause, sure = title_cause(draft, proposal.cause), shown_confidence(proposal.confidence)
        draft.claim(key, ids, title=proposal.title, cause=cause, confidence=sure)
        state_likeliest(draft)
    state_reasons(draft, proposal.cause)
    _state_promise(draft, proposal, ids)
    state_ruling(draft, proposal)
    cite_runbooks(draft)


def _state_promise(draft: Draft, proposal: Decision, ids: tuple[str, ...]) -> None:
    if proposal.tool is None or not (proposal.forecast and proposal.forecast.statement):
        return
    promise = proposal.forecast.statement.rstrip(".")
    if proposal.undo:
        draft.claim("promise_undo", ids, promise=promise, undo=proposal.undo.statement or proposal.undo.tool)
    else:
        draft.claim("promise_no_undo", ids, promise=promise)


KIND = QuestionKind(
    id="why_action",
    description="why this action was proposed",
    of_action=True,
    answer=_answer,
)
