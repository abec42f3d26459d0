"""How many actions wait, ran or were refused, and which."""

from app.domain.action_states import ActionStatus
from app.domain.approvals import RowKind
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind

MOST = 8


def _answer(draft: Draft, asked: Inquiry) -> None:
    rows = [row for row in draft.facts.actions if row.step is RowKind.FIRST]
    waiting = [row for row in rows if row.status is ActionStatus.PENDING]
    done = [row for row in rows if row.executed_at is not None]
    shown = (waiting or done)[:MOST]
    counts = {"waiting": len(waiting), "done": len(done), "total": len(rows)}
    draft.tell("actions_counted", *(row.id for row in shown), **counts)
    for row in shown:
        state = row.status.value
        draft.tell("one_action", row.id, id=row.id, title=row.decision.title, status=state, incident=row.incident_id)


KIND = QuestionKind(
    id="list_actions",
    description="how many actions there are, and which wait",
    of_incident=False,
    answer=_answer,
)
