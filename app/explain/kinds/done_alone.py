"""What was done without asking anybody."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind

BY_RULE = "policy:"
MOST = 8


def _answer(draft: Draft, asked: Inquiry) -> None:
    sent = [row for row in draft.facts.actions if row.executed_at is not None]
    alone = [row for row in sent if (row.decided_by or "").startswith(BY_RULE)]
    if not alone:
        draft.tell("nothing_alone", *(row.id for row in sent[:MOST]), count=len(sent))
        return
    draft.tell("alone", *(row.id for row in alone[:MOST]), count=len(alone))
    for row in alone[:MOST]:
        by = str(row.decided_by)
        at = f"{row.executed_at:%Y-%m-%d %H:%M}"
        draft.tell("alone_one", row.id, id=row.id, title=row.decision.title, at=at, by=by, status=row.status.value)


KIND = QuestionKind(
    id="done_alone",
    description="what was done without asking you",
    of_incident=False,
    answer=_answer,
)
