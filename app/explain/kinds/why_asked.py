"""Why a person is asked, or why nobody was."""

from app.domain.decisions import Verdict
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import state_ruling

KEYS = {Verdict.ASK: "people_asked", Verdict.ALLOW: "nobody_asked", Verdict.DENY: "denied"}


def _answer(draft: Draft, asked: Inquiry) -> None:
    proposal, action = draft.case.proposal, draft.case.action
    if proposal is None:
        draft.lack("no_proposal")
        return
    state = action.status.value if action else draft.case.incident.status.value
    draft.rule(KEYS[proposal.ruling.verdict], proposal, title=proposal.title, status=state)
    state_ruling(draft, proposal)
    factors = ", ".join(draft.word_text(one) for one in proposal.risk.factors)
    draft.rule("risk", proposal, level=proposal.risk.level, factors=factors or draft.words("no_reason"))


KIND = QuestionKind(
    id="why_asked",
    description="why a person is asked, or nobody was",
    of_action=True,
    answer=_answer,
)
