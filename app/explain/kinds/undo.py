"""Whether it can be taken back, and how."""

from app.domain.action_states import ActionStatus
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind


def _answer(draft: Draft, asked: Inquiry) -> None:
    proposal, action = draft.case.proposal, draft.case.action
    if proposal is None or proposal.tool is None:
        draft.lack("no_proposal")
        return
    about = action.id if action else draft.case.incident.id
    if proposal.undo:
        way = proposal.undo.statement.rstrip(".") or proposal.undo.tool
        draft.tell("can_undo", about, undo=way, tool=proposal.undo.tool)
    else:
        draft.tell("cannot_undo", about, title=proposal.title)
    if action is not None and action.status is ActionStatus.UNDONE:
        draft.tell("was_undone", about)
    elif action is None or action.executed_at is None:
        draft.tell("nothing_to_undo", about, status=action.status.value if action else "PROPOSED")


KIND = QuestionKind(
    id="undo",
    description="whether it can be undone",
    of_action=True,
    answer=_answer,
)
