"""One incident from every side, and answers about it."""

from typing import Annotated, Any

from pydantic import Field

from app.domain.actions import Action
from app.domain.evidence import Evidence
from app.domain.hypotheses import Assessment, Dossier
from app.domain.incidents import Incident
from app.domain.knowledge import Passage
from app.domain.lessons import Lesson
from app.domain.patterns import Pattern
from app.domain.questions import AnswerText
from app.domain.receipts import Receipt
from app.schemas.base import Id, Incoming, Outgoing


class ManageRequest(Incoming):
    """The body of POST /incidents/{id}/assign and its neighbours: who, the note, the other incident, the reason, or
    `off`.
    """

    value: Annotated[str, Field(max_length=2_000)] = ""


class AskRequest(Incoming):
    """The body of POST /ask."""

    question: Annotated[str, Field(min_length=1, max_length=2_000)]
    about: Id | None = None
    conversation_id: Id | None = None


class IncidentDetail(Outgoing):
    """Everything about one incident."""

    incident: Incident
    patterns: list[Pattern]
    dossier: Dossier | None
    assessment: Assessment | None
    actions: list[Action]
    receipts: list[Receipt]
    evidence: list[Evidence]
    rag_context: list[Passage]
    lessons: list[Lesson]
    steps: list[dict[str, Any]] = Field(
        default_factory=list, description="{seq, step, output, at} of each node of the loop that ran"
    )


class RiskReport(Outgoing):
    """What it costs, in numbers and in words."""

    incident_id: str
    severity: str
    headline: str
    sentences: list[str]
    lost_orders: dict[str, float]
    lost_revenue: list[dict[str, Any]] = Field(
        description="one per currency: {currency, low, middle, high} in minor units"
    )
    per_hour: list[dict[str, Any]]
    per_day: list[dict[str, Any]]
    paid_without_order: list[dict[str, Any]]
    paid_without_order_count: int
    merchants: list[str]
    at_risk: list[str]
    stages: dict[str, int]
    series: list[dict[str, Any]] = Field(description="errors per bucket for a chart: {at, errors, merchant_id}")


class AskAnswer(Outgoing):
    """An answer in a conversation, with the passages and evidence its sentences cite."""

    conversation_id: str
    answer: AnswerText
    evidence: list[Evidence]
    passages: list[Passage]
