"""Signals coming in, and what a sweep or a cycle answers."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.domain.base import JsonObject, Severity, Stage
from app.domain.incidents import Incident
from app.domain.patterns import Pattern
from app.domain.signals import BIGGEST, SignalType
from app.schemas.base import (
    MOST_SIGNALS,
    Attributes,
    ContentConflict,
    EdgeMoment,
    Id,
    Incoming,
    Long,
    Outgoing,
    Short,
    Whole,
)


class IncomingSignal(Incoming):
    """One signal as a sender writes it; fields that do not belong to its type are refused."""

    signal_type: SignalType
    source: Annotated[str, Field(min_length=1, max_length=120)]
    severity: Severity = Severity.INFO
    event_id: Short | None = Field(default=None, description="the sender's own id; the same id is the same signal")
    merchant_id: Id | None = None
    stage: Stage | None = None
    occurred_at: EdgeMoment | None = None
    attributes: Attributes = Field(default_factory=dict)
    error_code: Short | None = None
    endpoint: Annotated[str, Field(max_length=500)] | None = None
    status: Annotated[int, Field(ge=0, le=999)] | Annotated[str, Field(max_length=40)] | None = None
    error_message: Long | None = None
    latency_ms: Annotated[float, Field(ge=0, le=1e12)] | None = None
    topic: Short | None = None
    attempt: Whole | None = None
    payment_id: Short | None = None
    order_id: Short | None = None
    amount: Annotated[int, Field(ge=-BIGGEST, le=BIGGEST)] | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    level: Annotated[str, Field(max_length=40)] | None = None
    message: Long | None = None
    name: Short | None = None
    value: Annotated[float, Field(ge=-1e15, le=1e15)] | None = None
    trials: Whole | None = None
    window_s: Whole | None = None
    ticket_id: Short | None = None
    customer_id: Short | None = None
    channel: Annotated[str, Field(max_length=80)] | None = None
    subject: Long | None = None
    body: Long | None = None
    wave: Whole | None = None
    cutover_at: EdgeMoment | None = None
    health: Annotated[float, Field(ge=0, le=1)] | None = None


class SignalBatch(Incoming):
    """The body of POST /signals/ingest."""

    signals: Annotated[list[IncomingSignal], Field(min_length=1, max_length=MOST_SIGNALS)]


class ObserveRequest(Incoming):
    """The body of POST /observe; the window is in minutes."""

    window: Annotated[int, Field(ge=1, le=10_080)] | None = None


class IngestAnswer(Outgoing):
    """How a batch was taken: `accepted` are new, `duplicates` were known already."""

    accepted: int
    duplicates: int
    signal_ids: list[str]
    conflicts: list[ContentConflict] = Field(
        default_factory=list, description="duplicates whose content is not that of the first"
    )
    rejected: list[JsonObject] = Field(
        default_factory=list, description="only with ?partial=true: index, field and problem of each bad item"
    )
    notes: list[str] = Field(
        default_factory=list,
        description="such as: item 3 has neither an id nor a time; each POST of it is a new signal",
    )


class ObserveAnswer(Outgoing):
    """What a look at the window found."""

    window_minutes: int
    since: datetime
    until: datetime
    signals: int
    patterns: list[Pattern]
    opened: list[str] = Field(default_factory=list, description="ids of new incidents")
    fed: list[str] = Field(default_factory=list, description="ids of incidents that got new signals")
    recovered: list[str] = Field(default_factory=list, description="ids of incidents whose trouble ended by itself")


class DepartureShown(Outgoing):
    """Something that departs from what would have been normal, and how far that has come."""

    state: str = Field(description="watched: nobody is hurt as far as is known; open: an incident; ended")
    incident_id: str | None
    about: list[str] = Field(description="streams; the first one led")
    outcomes: list[str] = Field(description="streams that tell of harm")
    rule: str = Field(description="whom it concerns, as far as attributes tell; empty: everybody, or those named alone")
    hurt: list[str] = Field(description="merchants with events of it since it began")
    exposed: list[str] = Field(description="merchants whom the rule covers")
    since: datetime
    seen: float = Field(description="events in the window in which it departs most")
    expected: float = Field(description="what would have been normal there")
    score: float = Field(description="how much likelier than chance, as a logarithm")


class CourseHourShown(Outgoing):
    """One hour of a stream."""

    at: datetime
    seen: float = Field(description="events in this hour, at all merchants")
    expected: float = Field(description="what would have been normal, had it gone on as before")


class StreamCourse(Outgoing):
    """A watched stream over the last day."""

    about: str
    state: str = Field(description="open, watched, or usual where nothing departs")
    known_before: bool = Field(description="whether anything came before; else it is held against what is usual")
    hours: list[CourseHourShown]


class FalseAlarms(Outgoing):
    """How many incidents of the last four weeks were none, beside how many may be."""

    budget_per_week: float = Field(description="false_alarms_per_week of config/thresholds.yaml")
    at_merchants: int = Field(description="for a platform of so many merchants; the rate that was met is scaled to it")
    met_per_week: float | None = Field(description="none before a week was seen and an incident has ended")
    false: list[str] = Field(description="incidents closed as no fault, or that ended by themselves and cost nothing")
    ended: int
    weeks: float = Field(description="how long was looked at")
    merchants: int
    surprise: float = Field(description="how surprising a departure must be here; moved once a week by what was met")
    shipped_surprise: float = Field(description="surprise of config/thresholds.yaml, where it began")


class CycleAnswer(Outgoing):
    """What one cycle did: sweep, advance, and the incidents that are open now."""

    observed: ObserveAnswer
    advanced: list[str]
    incidents: list[Incident]
    pending_actions: list[str]


class JobState(StrEnum):
    """How far a job is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class CycleJob(Outgoing):
    """A cycle that lasts longer than a request: it goes on on the server."""

    id: str
    state: JobState
    began: datetime
    ended: datetime | None = None
    incidents: list[str] = Field(description="ids of the incidents that are open so far")
    answer: CycleAnswer | None = Field(default=None, description="what the cycle did, once it is done")
    detail: str = Field(default="", description="why it failed, and what happens now")
