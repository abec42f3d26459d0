"""What would change the decision, and what to look up next."""

from app.domain.hypotheses import UNKNOWN, NextCheck, shown_confidence
from app.explain.case import Draft
from app.explain.inquiry import Inquiry
from app.explain.kind import QuestionKind
from app.explain.recorded import MOST_REASONS, find_best, list_core_evidence, title_cause


def _answer(draft: Draft, asked: Inquiry) -> None:
    """What people said already; what the decision hangs on; and what is worth most per minute of waiting."""
    for row in draft.case.about("named", "answer"):
        draft.row(row)
    _state_pivot(draft)
    checks = draft.case.assessment.next_checks if draft.case.assessment else ()
    for place, check in enumerate(checks):
        ids = [one for cause in check.causes for one in list_core_evidence(draft.case, cause)]
        key = "first_check" if place == 0 else "later_check"
        draft.claim(key, tuple(dict.fromkeys(ids))[:MOST_REASONS], check=_word_check(draft, check))
    if checks:
        return
    best = find_best(draft.case)
    if best is None:
        draft.lack("no_case")
    elif best.missing and best.cause != UNKNOWN:
        draft.lack("no_check_but", missing=", ".join(best.missing[:4]))
    else:
        draft.lack("no_check")


def _word_check(draft: Draft, check: NextCheck) -> str:
    """What to look at, how long that takes, and what each answer would make of the causes."""
    outcomes = "; ".join(
        f"{draft.word_text(one.answer.value)}: {one.cause} {draft.word_text(shown_confidence(one.confidence))}"
        for one in check.outcomes
    )
    ask = draft.word_text(check.ask)
    return draft.words("check_asked", ask=ask, minutes=f"{check.minutes:g}", outcomes=outcomes)


def _state_pivot(draft: Draft) -> None:
    """The fewest facts without which something else would be done."""
    pivot = draft.case.proposal.pivot if draft.case.proposal else None
    if pivot is None:
        return
    facts = [one.rstrip(".") for one in draft.tell_rows(pivot.evidence_ids)]
    tool = pivot.tool.replace("_", " ") if pivot.tool else ""
    if tool and draft.language != "en":
        tool = draft.quote(draft.word_text(draft.facts.tools.get(str(pivot.tool), tool)))
    instead = draft.words("would_be_proposed", tool=tool) if tool else draft.words("people_called")
    draft.claim(
        "hangs_on_one" if len(facts) == 1 else "hangs_on",
        pivot.evidence_ids,
        count=len(facts),
        facts="; ".join(facts),
        instead=instead,
        cause=title_cause(draft, pivot.cause),
        confidence=shown_confidence(pivot.confidence),
    )


KIND = QuestionKind(
    id="next_check",
    description="which check would tell most ('what would change your mind?')",
    answer=_answer,
)
