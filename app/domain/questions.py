"""A question and its answer: every sentence names the evidence it rests on."""

from pydantic import Field

from app.domain.base import Moment, Untrusted, Value


class Sentence(Value):
    """One claim, with the ids that support it."""

    text: str
    evidence_ids: tuple[str, ...] = ()
    citations: tuple[str, ...] = Field(default=(), description="chunk ids of runbook passages")
    decision: str | None = Field(default=None, description="digest of the decision whose ruling is told")
    rule_ids: tuple[str, ...] = Field(default=(), description="the policy rules that ruled it")
    records: tuple[str, ...] = Field(
        default=(),
        description="incidents, actions and merchants whose own rows say it",
        exclude_if=lambda records: not records,
    )
    detail: bool = Field(
        default=False, description="beyond what was asked for first", exclude_if=lambda detail: not detail
    )


class AnswerText(Value):
    """What an operator gets: sentences, what is not known, and what the question was understood as."""

    intent: str
    about: str | None = None
    sentences: tuple[Sentence, ...] = ()
    unknown: tuple[str, ...] = ()
    wording: str = "rules"
    language: str = Field(default="en", description="en, de, fr or es: that of the question")
    suggestions: tuple[str, ...] = Field(
        default=(),
        description="questions that can be asked, where this one was not understood or another one suggests itself",
        exclude_if=lambda suggestions: not suggestions,
    )


class Turn(Value):
    """One exchange of a conversation."""

    question: Untrusted
    answer: AnswerText
    at: Moment
    by: str
