"""A request to act. Nothing is done: it is told where acting happens."""

from app.domain.action_states import ActionStatus
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
    action = draft.case.action if draft.has_case else None
    draft.lack("changes_nothing")
    if action is not None and action.status is ActionStatus.PENDING:
        draft.tell("its_card", action.id, id=action.id, title=action.decision.title)
    elif action is not None:
        draft.tell("not_waiting", action.id, id=action.id, status=action.status.value)


KIND = QuestionKind(
    id="approve",
    description="where approving happens",
    of_incident=False,
    answer=_answer,
)
