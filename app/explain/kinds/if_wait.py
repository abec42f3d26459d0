"""What happens if nobody answers, or somebody refuses."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
    dossier, action, proposal = draft.case.dossier, draft.case.action, draft.case.proposal
    if dossier is None:
        draft.lack("no_case")
        return
    impact = dossier.impact
    for hourly in impact.per_hour:
        draft.claim("waiting_costs", impact.evidence_ids, amount=hourly.middle)
    if not impact.per_hour:
        draft.claim("waiting_unpriced", impact.evidence_ids, basis=impact.basis)
    if action is not None and proposal is not None:
        if proposal.expires_at:
            draft.tell("question_expires", action.id, at=f"{proposal.expires_at:%Y-%m-%d %H:%M}")
        following = [one for one in proposal.alternatives if one.tool]
        key = "refusal_next" if following else "refusal_people"
        draft.tell(key, action.id, tool=following[0].tool if following else "")


KIND = QuestionKind(
    id="if_wait",
    description="what happens if I wait or refuse",
    answer=_answer,
)
