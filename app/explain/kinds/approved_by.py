"""Who approved or refused it, and when."""

from app.domain.action_states import ActionStatus
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind

REFUSED = frozenset({ActionStatus.REJECTED})


def _answer(draft: Draft, asked: Inquiry) -> None:
    action = draft.case.action
    if action is None:
        draft.lack("no_proposal")
        return
    named = {"id": action.id, "title": action.decision.title, "status": action.status.value}
    first = action.approved_first_by
    if action.decided_by is None:
        draft.tell("nobody_decided", action.id, **named)
        if first:
            draft.tell("approved_first", action.id, by=first)
        return
    at = f"{action.decided_at:%Y-%m-%d %H:%M}" if action.decided_at else "?"
    label = f" ({action.label})" if action.label else ""
    taken_back = action.status in {ActionStatus.SUPERSEDED, ActionStatus.EXPIRED}
    key = "taken_back_by" if taken_back else "refused_by" if action.status in REFUSED else "approved_by"
    by = f"{action.decided_by}{label}"
    draft.tell(key, action.id, by=f"{first} + {by}" if first and key == "approved_by" else by, at=at, **named)
    if action.feedback:
        own = taken_back and draft.is_worded(action.feedback)
        said = draft.word_text(action.feedback) if own else draft.quote(action.feedback)
        draft.tell("said_with_it", action.id, feedback=said)


KIND = QuestionKind(
    id="approved_by",
    description="who approved it, and when",
    of_action=True,
    answer=_answer,
)
