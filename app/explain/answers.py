"""Answers composed from recorded facts. Each sentence names what it rests on; what has nothing to rest on is not said,
and the answer says so. Nothing here changes anything.
"""

from typing import Final

from app.domain.actions import Action
from app.domain.incidents import IncidentStatus
from app.domain.questions import AnswerText, Sentence
from app.explain.case import Case, Draft
from app.explain.inquiry import Inquiry, TenantFacts
from app.explain.premises import correct_premises, read_premises
from app.explain.questions import Understood, suggest_questions

MOST_AT_FIRST: Final = 3
"""So many sentences answer; what follows is detail."""
ENDED: Final = frozenset({IncidentStatus.RESOLVED, IncidentStatus.CLOSED, IncidentStatus.MERGED})
OFFERED: Final = ("why_action", "who_affected", "cost")
"""What is suggested where a question is like nothing that is known."""


def answer_intent(intent: str, case: Case) -> AnswerText:
    """Answer one intent of `app.explain.questions.understand_question` about one case, in English."""
    name, _, subject = intent.partition(":")
    return answer_part(Understood(name, Inquiry(text=subject, subject=subject)), case, None)


def answer_part(part: Understood, case: Case | None, facts: TenantFacts | None) -> AnswerText:
    """Answer one question; about a case where its kind is about one."""
    draft = Draft(case, facts, part.asked.language)
    kind = part.question_kind
    if kind is None:
        return _admit_confusion(draft, part)
    moved = _correct_tool(draft, part.asked) if kind.of_action else False
    correct_premises(draft, read_premises(part.asked.text), of_incident=kind.of_incident)
    if not moved:
        kind.answer(draft, part.asked)
    if kind.of_incident and draft.sentences:
        _tell_then_from_now(draft)
    offered = OFFERED if kind.id in {"abilities", "small_talk"} else part.nearest if part.is_doubtful else ()
    suggested = suggest_questions([one for one in offered if one != kind.id], part.asked.language)
    about = (case.action.id if case.action else case.incident.id) if case else None
    return AnswerText(
        intent=part.intent,
        about=about,
        sentences=_fold_detail(draft.sentences),
        unknown=tuple(draft.unknown),
        language=part.asked.language,
        suggestions=suggested,
    )


def _correct_tool(draft: Draft, asked: Inquiry) -> bool:
    """Put right that a question takes an action for granted that was never proposed on the incident."""
    case = draft.case
    used: dict[str | None, Action] = {row.decision.tool: row for row in case.actions}
    proposed = case.proposal.tool if case.proposal else None
    wrong = [tool for tool in asked.tools if tool not in used and tool != proposed]
    if not wrong or len(wrong) < len(asked.tools):
        return False
    about = case.action.id if case.action else case.incident.id
    if case.proposal and case.proposal.tool:
        title, tool = case.proposal.title, case.proposal.tool
        status = case.action.status.value if case.action else "PROPOSED"
        draft.tell("premise_tool", about, wrong=wrong[0], id=case.incident.id, title=title, tool=tool, status=status)
    else:
        draft.tell("premise_no_tool", about, wrong=wrong[0], id=case.incident.id)
    return True


def _tell_then_from_now(draft: Draft) -> None:
    """What was concluded is the past where the incident has moved on."""
    incident = draft.case.incident
    if incident.status in ENDED:
        at = f"{incident.resolved_at:%Y-%m-%d %H:%M}" if incident.resolved_at else "?"
        draft.tell("moved_on", incident.id, id=incident.id, status=incident.status.value, at=at)


def _fold_detail(sentences: list[Sentence]) -> tuple[Sentence, ...]:
    return tuple(one if place < MOST_AT_FIRST else one.changed(detail=True) for place, one in enumerate(sentences))


def _admit_confusion(draft: Draft, part: Understood) -> AnswerText:
    suggested = suggest_questions(part.nearest or OFFERED, part.asked.language)
    draft.lack("not_understood", kinds=" ".join(f"“{one}”" for one in suggested))
    case = draft.case if draft.has_case else None
    return AnswerText(
        intent="unknown",
        about=(case.action.id if case.action else case.incident.id) if case else None,
        unknown=tuple(draft.unknown),
        language=part.asked.language,
        suggestions=suggested,
    )


def join_answers(parts: list[AnswerText], notices: list[Sentence]) -> AnswerText:
    """Several answers as one, in the order of the questions; what is to be said about the subject comes first."""
    first = parts[0]
    return first.changed(
        intent="+".join(dict.fromkeys(one.intent for one in parts)),
        about=next((one.about for one in parts if one.about), None),
        sentences=(*notices, *(sentence for one in parts for sentence in one.sentences)),
        unknown=tuple(dict.fromkeys(text for one in parts for text in one.unknown)),
        suggestions=tuple(dict.fromkeys(text for one in parts for text in one.suggestions)),
    )
