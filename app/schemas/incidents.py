"""One incident from every side, and answers about it."""

from typing import Annotated, Literal

from pydantic import Field

from app.domain.actions import Action
from app.domain.base import Money
from app.domain.decisions import Pivot
from app.domain.evidence import Evidence
from app.domain.hourly_cap import CapHold
from app.domain.hypotheses import Assessment, Dossier
from app.domain.impact import BaseTotal, MoneyInterval
from app.domain.incidents import Incident, RecordedStep
from app.domain.knowledge import Passage
from app.domain.lessons import Lesson
from app.domain.patterns import Pattern
from app.domain.questions import AnswerText
from app.domain.quiet import HeldBack
from app.domain.receipts import Receipt
from app.schemas.base import Id, Incoming, Outgoing


class ManageRequest(Incoming):
    """The body of POST /incidents/{id}/assign and its neighbours: who, the note, the other incident, the reason, or
    `off`.
    """

    value: Annotated[str, Field(max_length=2_000)] = ""


class CheckRequest(Incoming):
    """The body of POST /incidents/{id}/checks/{sign}: whether the sign holds, and what was seen."""

    answer: Literal["yes", "no", "unknown"]
    note: Annotated[str, Field(max_length=2_000)] = ""


class CauseRequest(Incoming):
    """The body of POST /incidents/{id}/cause: a cause of the tenant's pack, or `unknown`, and why."""

    cause: Annotated[str, Field(min_length=1, max_length=200)]
    note: Annotated[str, Field(max_length=2_000)] = ""


class WordAnswer(Outgoing):
    """What became of a person's word on an incident: whether it said anything new, and the ranking with it."""

    changed: bool = Field(description="false when this was said already: nothing is noted or reasoned about again")
    incident: Incident
    assessment: Assessment | None


class AskRequest(Incoming):
    """The body of POST /ask."""

    question: Annotated[str, Field(min_length=1, max_length=2_000)]
    about: Id | None = None
    conversation_id: Id | None = None
    model: Literal["off", "wording", "ideas"] | None = Field(
        default=None,
        description="what the language model may do from now on in this conversation: nothing, word answers, or offer"
        " ideas besides; as before when it is left out, and nothing at first",
    )


class IncidentDetail(Outgoing):
    """Everything about one incident."""

    incident: Incident
    patterns: list[Pattern]
    dossier: Dossier | None
    assessment: Assessment | None
    actions: list[Action]
    receipts: list[Receipt] = Field(
        description="of each action that was measured; INCONCLUSIVE ones say how many more minutes are needed"
    )
    evidence: list[Evidence]
    rag_context: list[Passage]
    lessons: list[Lesson] = Field(description="how it ended, and what was tried before that")
    held_back: list[HeldBack] = Field(
        default_factory=list, description="windows and mutes that keep what is proposed about it from being asked"
    )
    held_by_cap: CapHold | None = Field(
        default=None, description="why what was granted waits: so many merchants were treated within the hour"
    )
    lessons_of_others: list[Lesson] = Field(
        default_factory=list, description="what was learnt from other incidents of the same cause"
    )
    steps: list[RecordedStep] = Field(default_factory=list, description="each node of the loop that ran")
    pivot: Pivot | None = Field(
        default=None, description="what would change the latest decision: the facts without which it would be another"
    )


class MoneyRange(Outgoing):
    """An amount of one currency in minor units, with its bounds."""

    currency: str
    low: int
    middle: int
    high: int


class ErrorCount(Outgoing):
    """How many errors of one merchant fell into one bucket of a chart."""

    at: str
    merchant_id: str
    errors: int


class RiskReport(Outgoing):
    """What it costs, in numbers and in words."""

    incident_id: str
    severity: str
    headline: str
    sentences: list[str]
    lost_orders: dict[str, float]
    lost_revenue: list[MoneyRange] = Field(description="one per currency")
    per_hour: list[MoneyRange]
    per_day: list[MoneyRange]
    paid_without_order: list[Money]
    paid_without_order_count: int
    base: BaseTotal | None = Field(description="all of it in the currency that the tenant counts in")
    merchants: list[str]
    at_risk: list[str]
    stages: dict[str, int]
    series: list[ErrorCount] = Field(description="errors per bucket, for a chart")


class RiskShare(Outgoing):
    """What one merchant, or all of one stage of the migration, loses."""

    name: str
    lost_orders: float
    lost: Money
    per_hour: Money


class RiskTotal(Outgoing):
    """What all open incidents cost together, each merchant and each payment once."""

    base_currency: str
    incidents: list[str]
    sentences: list[str]
    lost_orders: float
    lost_revenue: list[MoneyRange] = Field(description="one per currency")
    per_hour: list[MoneyRange]
    lost: MoneyInterval = Field(description="in the base currency, of what has a rate")
    lost_per_hour: MoneyInterval
    paid_without_order: list[Money]
    paid_without_order_count: int
    unconverted: list[str] = Field(description="currencies without a rate: not in the sums of the base currency")
    by_stage: list[RiskShare]
    by_merchant: list[RiskShare]


class AskAnswer(Outgoing):
    """An answer in a conversation, with the passages and evidence its sentences cite."""

    conversation_id: str
    answer: AnswerText
    evidence: list[Evidence]
    passages: list[Passage]


class AskProgress(Outgoing):
    """One line of POST /ask/stream: the answer so far; the last has the whole of it."""

    conversation_id: str = Field(description="where the answer will be kept, also for who stops listening before")
    answer: AnswerText
    whole: AskAnswer | None = Field(default=None, description="the kept answer, in the last line only")


class WordsRequest(Incoming):
    """The body of POST /incidents/{id}/words: who may word it, and in which language."""

    model: Literal["off", "wording"] = "off"
    language: Literal["en", "de", "fr", "es"] = "en"


class CaseWords(Outgoing):
    """An assessment and the action that is proposed, each sentence with what it rests on."""

    assessment: AnswerText
    action: AnswerText | None = Field(description="null while nothing is proposed")
