"""What exactly will be sent, or was."""

import json

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import list_names


def _answer(draft: Draft, asked: Inquiry) -> None:
    proposal, action = draft.case.proposal, draft.case.action
    if proposal is None or proposal.tool is None:
        draft.lack("no_proposal")
        return
    about = action.id if action else draft.case.incident.id
    sent = action is not None and action.executed_at is not None
    count, mode = len(proposal.requests), proposal.mode.value
    draft.tell("was_sent" if sent else "will_be_sent", about, count=count, tool=proposal.tool, mode=mode)
    for one in proposal.requests:
        body = json.dumps(one.body, ensure_ascii=False, sort_keys=True)
        names = list_names(one.merchants)
        draft.tell("one_request", about, method=one.method, url=one.url, body=body, merchants=names)


KIND = QuestionKind(
    id="request_sent",
    description="what exactly will be sent",
    of_action=True,
    answer=_answer,
)
