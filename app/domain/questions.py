"""A question and its answer: every sentence names the evidence it rests on."""

from enum import StrEnum

from pydantic import Field

from app.domain.base import Moment, Untrusted, Value


class ModelUse(StrEnum):
    """What a conversation lets a language model do."""

    OFF = "off"
    WORDING = "wording"
    IDEAS = "ideas"
    """Wording, and ideas where no known cause fits."""


class Fallback(StrEnum):
    """Why an answer stands as the rules made it although a model was wanted."""

    NO_MODEL = "no_model"
    STARTING = "starting"
    BUDGET = "budget"
    RATE = "rate"
    RESTING = "resting"
    BUSY = "busy"
    LATE = "late"
    FAILED = "failed"
    NONSENSE = "nonsense"
    GATE = "gate"
    """Nothing of what it wrote was in the facts."""


class Idea(Value):
    """What a model thinks of where no known cause fits. It ranks nowhere and does nothing; a person may name its
    cause.
    """

    text: Untrusted
    cause: str | None = Field(default=None, description="the cause of the pack that it speaks of, if it does")
    title: str = ""


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
    recorded: str = Field(
        default="", description="how the rules said it, where a model worded it anew", exclude_if=lambda text: not text
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
    prompts: tuple[str, ...] = Field(
        default=(), description="which versions of which prompts were used", exclude_if=lambda prompts: not prompts
    )
    read_by: str = Field(
        default="",
        description="the model that read the question, where the rules did not understand it",
        exclude_if=lambda name: not name,
    )
    fallback: Fallback | None = Field(
        default=None,
        description="why a model that was wanted worded nothing",
        exclude_if=lambda reason: reason is None,
    )
    ideas: tuple[Idea, ...] = Field(
        default=(), description="of a model, where no known cause fits", exclude_if=lambda ideas: not ideas
    )


class Turn(Value):
    """One exchange of a conversation."""

    question: Untrusted
    answer: AnswerText
    at: Moment
    by: str
    model: ModelUse = Field(
        default=ModelUse.OFF,
        description="what the conversation lets a language model do",
        exclude_if=lambda use: use is ModelUse.OFF,
    )
