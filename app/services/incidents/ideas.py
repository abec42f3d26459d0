"""Asks a model what could be behind an incident that no known cause fits. Ideas rank nowhere and do nothing: a person
may name the cause that one speaks of, as any cause is named.
"""

from collections.abc import Collection, Mapping
from typing import Final

from pydantic import BaseModel, Field

from app.domain.base import Untrusted
from app.domain.errors import ModelTrouble
from app.domain.hypotheses import UNKNOWN
from app.domain.questions import AnswerText, Idea, ModelUse
from app.explain.case import Case
from app.llm.tokens import find_names, is_odd, read_tokens
from app.privacy.redact import redact
from app.services.incidents.model_desk import ModelDesk

ASKED_BY: Final = frozenset({"why_cause", "why_action", "how_sure", "what_now", "next_check", "summary", "whose_fault"})
"""The kinds of question that ideas may help with."""
MOST_IDEAS: Final = 3
LONGEST_IDEA: Final = 240
MOST_FACTS: Final = 12


class OneIdea(BaseModel):
    """An idea of the model."""

    idea: str = Field(description="one sentence")
    cause: str = Field(description="the id of a cause of the list, or empty")


class Ideas(BaseModel):
    """All of them."""

    ideas: list[OneIdea]


def offer_ideas(
    desk: ModelDesk, answer: AnswerText, case: Case | None, causes: Mapping[str, str], known: Collection[str]
) -> AnswerText:
    """The answer with ideas beside it, where the conversation wants them and no known cause leads."""
    asked = answer.intent.partition("+")[0].partition(":")[0]
    if desk.use is not ModelUse.IDEAS or case is None or asked not in ASKED_BY or not _is_unknown(case):
        return answer
    facts = [redact(row.statement).text for row in list(case.evidence.values())[:MOST_FACTS]]
    try:
        found = desk.fill("ideas", _tell_evidence(facts, causes), Ideas)
    except ModelTrouble:
        return answer
    kept = [one for one in found.ideas if _may_stand(one, " ".join(facts), known)]
    return answer.changed(ideas=tuple(_as_idea(one, causes) for one in kept[:MOST_IDEAS]))


def _is_unknown(case: Case) -> bool:
    ranked = case.assessment.hypotheses if case.assessment else ()
    return bool(ranked) and ranked[0].cause == UNKNOWN


def _may_stand(one: OneIdea, facts: str, known: Collection[str]) -> bool:
    """Whether it names nothing: no number, no id, no link, nobody who is not in the facts, no strange letters."""
    text = one.idea.strip()
    tokens = read_tokens(text)
    named = set(find_names(text, known)) - set(find_names(facts, known))
    strange = tokens.ids or tokens.numbers or tokens.signs or named or is_odd(text)
    return bool(text) and len(text) <= LONGEST_IDEA and not strange


def _as_idea(one: OneIdea, causes: Mapping[str, str]) -> Idea:
    cause = one.cause if one.cause in causes else None
    return Idea(text=Untrusted(redact(one.idea.strip()).text), cause=cause, title=causes[cause] if cause else "")


def _tell_evidence(facts: list[str], causes: Mapping[str, str]) -> str:
    listed = [f"- {name}: {title}" for name, title in causes.items()]
    return "\n".join(["Causes:", *listed, "Facts:", *(f"- {Untrusted(fact).for_prompt()}" for fact in facts)])
