"""Which rule decided."""

from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import state_ruling


def _answer(draft: Draft, asked: Inquiry) -> None:
    proposal = draft.case.proposal
    if proposal is None:
        draft.lack("no_proposal")
        return
    state_ruling(draft, proposal)
    version = proposal.ruling.policy_version[:12]
    draft.rule("policy_version", proposal, version=version, title=proposal.title)


KIND = QuestionKind(
    id="which_rule",
    description="which rule of the policy decided",
    of_action=True,
    answer=_answer,
)
