"""How sure the cause is, what speaks against it, and what else it could be."""

from app.domain.hypotheses import shown_confidence
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import find_best, list_core_evidence, list_hypotheses, state_doubts, title_cause


def _answer(draft: Draft, asked: Inquiry) -> None:
    best = find_best(draft.case)
    if best is None:
        draft.lack("no_case")
        return
    ids = list_core_evidence(draft.case, best.cause)
    draft.claim("sure", ids, confidence=shown_confidence(best.confidence), cause=title_cause(draft, best.cause))
    against = [one for one in best.findings_against if one.evidence_ids]
    for finding in against[:3]:
        draft.claim("against", finding.evidence_ids, fact=draft.word_finding(finding))
    if not against:
        draft.claim("nothing_against", ids)
    for other in list_hypotheses(draft.case)[1:3]:
        own = [one for finding in other.findings_for[:1] for one in finding.evidence_ids]
        cause = title_cause(draft, other.cause)
        draft.claim("runner_up", own or ids, title=cause, confidence=shown_confidence(other.confidence))
    state_doubts(draft)


KIND = QuestionKind(
    id="how_sure",
    description="how sure it is, and what speaks against it",
    answer=_answer,
)
