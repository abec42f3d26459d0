"""One incident in three sentences."""

from app.domain.hypotheses import shown_confidence
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import find_best, list_core_evidence, title_cause


def _answer(draft: Draft, asked: Inquiry) -> None:
    incident, best, action = draft.case.incident, find_best(draft.case), draft.case.action
    if draft.case.dossier is None:
        draft.lack("no_case")
        return
    since = f"{incident.first_seen:%Y-%m-%d %H:%M}"
    told = {"id": incident.id, "title": incident.title, "status": incident.status.value, "since": since}
    headline = draft.case.assessment.headline if draft.case.assessment else None
    if headline is not None:
        draft.claim("headline", headline.evidence_ids, headline=headline.text)
    ids = list_core_evidence(draft.case, best.cause if best else "unknown")
    draft.claim("in_short", ids, merchants=len(incident.merchants), **told)
    if best is not None:
        sure = shown_confidence(best.confidence)
        draft.claim("in_short_cause", ids, cause=title_cause(draft, best.cause), confidence=sure)
    if action is not None:
        draft.tell("in_short_action", action.id, id=action.id, title=action.decision.title, status=action.status.value)
    impact = draft.case.dossier.impact
    for hourly in impact.per_hour:
        draft.claim("waiting_costs", impact.evidence_ids, amount=hourly.middle)
    if incident.resolution:
        said = incident.resolution
        ended = draft.word_text(said) if draft.is_worded(said) else draft.quote(said)
        draft.tell("resolution", incident.id, resolution=ended)


KIND = QuestionKind(
    id="summary",
    description="a summary of an incident",
    answer=_answer,
)
