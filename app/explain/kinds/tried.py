"""What was tried on the incident, and how each ended."""

from app.domain.approvals import RowKind
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import tell_undos


def _answer(draft: Draft, asked: Inquiry) -> None:
    incident = draft.case.incident
    rows = [row for row in draft.case.actions if row.step is RowKind.FIRST]
    done = [row for row in rows if row.executed_at is not None or row.decided_at is not None]
    for row in done:
        when = row.executed_at or row.decided_at
        at = f"{when:%Y-%m-%d %H:%M}" if when else ""
        tool = row.decision.tool or draft.words("no_tool")
        draft.tell("attempt", row.id, id=row.id, title=row.decision.title, tool=tool, at=at, status=row.status.value)
        for part in draft.case.actions:
            if row.id in {part.id, part.parent_id}:
                tell_undos(draft, part.id)
    if not done:
        draft.tell("nothing_tried", incident.id, *(row.id for row in rows), id=incident.id)
    for row in rows:
        if row not in done:
            draft.tell("still_open", row.id, id=row.id, title=row.decision.title, status=row.status.value)


KIND = QuestionKind(
    id="tried",
    description="what was tried",
    answer=_answer,
)
