"""Whether it worked."""

from app.domain.action_states import ActionStatus
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import tell_undos


def _answer(draft: Draft, asked: Inquiry) -> None:
    receipt, action = draft.case.receipt, draft.case.action
    if receipt is None:
        if action is not None and action.status is not ActionStatus.EXECUTED:
            draft.tell("not_carried_out", action.id, id=action.id, title=action.decision.title, status=action.status)
        draft.lack("not_measured" if action and action.status is ActionStatus.EXECUTED else "no_receipt")
        return
    ids = receipt.evidence_ids
    told = {"verdict": receipt.verdict.value, "words": receipt.in_words, "statement": receipt.statement}
    if ids:
        draft.claim("verdict", ids, **told)
    else:
        draft.tell("verdict", receipt.row_id, **told)
    tell_undos(draft, receipt.row_id)
    before, after = receipt.treated_before, receipt.treated_after
    numbers = {"before": before.count, "before_minutes": f"{before.minutes:g}"}
    numbers |= {"after": after.count, "after_minutes": f"{after.minutes:g}"}
    if ids:
        draft.claim("measured", ids, **numbers)
    else:
        draft.tell("measured", receipt.row_id, **numbers)


KIND = QuestionKind(
    id="verified",
    description="whether it worked",
    of_action=True,
    answer=_answer,
)
