"""Why this cause is believed."""

from app.domain.hypotheses import UNKNOWN, shown_confidence
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import (
    find_best,
    list_core_evidence,
    list_hypotheses,
    state_doubts,
    state_likeliest,
    state_reasons,
    title_cause,
)


def _answer(draft: Draft, asked: Inquiry) -> None:
    best = find_best(draft.case)
    if best is None:
        draft.lack("no_case")
        return
    ids = list_core_evidence(draft.case, best.cause)
    sure = shown_confidence(best.confidence)
    if asked.causes and best.cause not in asked.causes:
        _correct_cause(draft, asked.causes[0], ids)
    for row in draft.case.about("named"):
        draft.row(row)
    headline = draft.case.assessment.headline if draft.case.assessment else None
    if headline is not None:
        draft.claim("headline", headline.evidence_ids, headline=headline.text)
    draft.claim("cause_unknown" if best.cause == UNKNOWN else "cause_is", ids, title=best.title, confidence=sure)
    state_reasons(draft, best.cause)
    if not state_likeliest(draft):
        _state_runner_up(draft)
    state_doubts(draft)


def _correct_cause(draft: Draft, cause: str, ids: tuple[str, ...]) -> None:
    """The question takes another cause for granted."""
    ranked = next((one for one in list_hypotheses(draft.case) if one.cause == cause), None)
    sure = shown_confidence(ranked.confidence) if ranked else draft.words("not_ranked")
    draft.claim("premise_cause", ids, cause=title_cause(draft, cause), confidence=sure)


def _state_runner_up(draft: Draft) -> None:
    for other in list_hypotheses(draft.case)[1:2]:
        ids = [one for finding in other.findings_for[:1] for one in finding.evidence_ids]
        if ids:
            draft.claim("runner_up", ids, title=other.title, confidence=shown_confidence(other.confidence))


KIND = QuestionKind(
    id="why_cause",
    description="why we believe this cause",
    answer=_answer,
)
