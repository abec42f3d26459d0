"""An incident: something is breaking for somebody. Its states and the moves between them are one table."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from app.domain.base import JsonObject, KeptAsItIs, Moment, Money, Severity, Value, digest_of, shown_id
from app.domain.checks import CheckAnswer, NamedCause


class IncidentStatus(StrEnum):
    """Where an incident stands."""

    OPEN = "OPEN"
    DIAGNOSED = "DIAGNOSED"
    AWAITING = "AWAITING"
    MITIGATING = "MITIGATING"
    VERIFYING = "VERIFYING"
    RESOLVED = "RESOLVED"
    ESCALATED = "ESCALATED"
    CLOSED = "CLOSED"
    MERGED = "MERGED"
    FAILED = "FAILED"


_S = IncidentStatus
INCIDENT_MOVES: dict[IncidentStatus, frozenset[IncidentStatus]] = {
    _S.OPEN: frozenset({_S.DIAGNOSED, _S.MITIGATING, _S.ESCALATED, _S.RESOLVED, _S.MERGED, _S.CLOSED, _S.FAILED}),
    _S.DIAGNOSED: frozenset({_S.AWAITING, _S.MITIGATING, _S.ESCALATED, _S.RESOLVED, _S.MERGED, _S.CLOSED, _S.FAILED}),
    _S.AWAITING: frozenset(
        {_S.OPEN, _S.DIAGNOSED, _S.MITIGATING, _S.ESCALATED, _S.RESOLVED, _S.MERGED, _S.CLOSED, _S.FAILED}
    ),
    _S.MITIGATING: frozenset({_S.OPEN, _S.VERIFYING, _S.ESCALATED, _S.RESOLVED, _S.MERGED, _S.CLOSED, _S.FAILED}),
    _S.VERIFYING: frozenset(
        {_S.OPEN, _S.MITIGATING, _S.DIAGNOSED, _S.RESOLVED, _S.ESCALATED, _S.MERGED, _S.CLOSED, _S.FAILED}
    ),
    _S.RESOLVED: frozenset({_S.CLOSED, _S.OPEN, _S.MITIGATING}),
    _S.ESCALATED: frozenset({_S.CLOSED, _S.OPEN, _S.MITIGATING, _S.RESOLVED, _S.MERGED}),
    _S.CLOSED: frozenset(),
    _S.MERGED: frozenset(),
    _S.FAILED: frozenset({_S.OPEN, _S.DIAGNOSED, _S.AWAITING, _S.MITIGATING, _S.VERIFYING, _S.CLOSED}),
}
ACTIVE = frozenset({_S.OPEN, _S.DIAGNOSED, _S.AWAITING, _S.MITIGATING, _S.VERIFYING})
"""The loop still has something to do."""
FEEDABLE = ACTIVE | {_S.ESCALATED}
"""New signals of the same kind belong to it."""
UNDER_TREATMENT = frozenset({_S.MITIGATING, _S.VERIFYING})
"""Something was done to it, and what came of it is not known yet."""
REOPENED = "reopen"
"""The step that begins another episode of an incident: what was recorded before it is the past."""
GONE = frozenset({_S.CLOSED, _S.MERGED})
"""Nothing moves it any more."""
ASKED_FOR = "readiness"
"""The type of an incident that a person opened with the one proposal there is to it: that a wave waits."""


class Closing(Value):
    """Somebody's word that it is to end, whatever it was at."""

    by: str
    reason: str
    at: Moment

    @property
    def sentence(self) -> str:
        """Who and why."""
        return f"closed by {self.by}: {self.reason}"


class HandOver(TypedDict):
    """When people were called, and why."""

    at: str
    why: str


class KeptMoney(TypedDict):
    """A sum of money, spelled as it is kept."""

    minor: int
    currency: str


class Snapshot(TypedDict, total=False):
    """What the loop knew last, in the words in which it is kept: what is not known is not there. The nodes add to it
    one after the other, and older rows have members of their own.
    """

    cause: str
    cause_title: str
    confidence: float
    lost_orders: float
    per_hour: list[KeptMoney]
    merchants: int
    signals: int
    proposal: str
    verdict: str
    rules: list[str]
    handed_over: HandOver
    ended_itself: bool


class RecordedStep(Value):
    """What a node of the loop returned, as it is kept."""

    seq: int
    step: str
    output: JsonObject
    at: Moment


def last_reopening(steps: Sequence[RecordedStep]) -> RecordedStep | None:
    """The step that began the latest episode; None while the first one lasts."""
    return next((one for one in reversed(steps) if one.step == REOPENED), None)


def latest_episode(steps: Sequence[RecordedStep]) -> list[RecordedStep]:
    """What was recorded since the incident was opened, or reopened."""
    begins = max((place for place, one in enumerate(steps, 1) if one.step == REOPENED), default=0)
    return list(steps[begins:])


class Incident(Value):
    """One breakage, for a set of merchants, since a moment, with the patterns that show it."""

    id: str
    digest: str
    key: str = Field(description="what correlates signals into it; one open incident per key")
    type: str = Field(description="the symptom family, such as api_error or webhook_failure")
    title: str
    status: IncidentStatus = IncidentStatus.OPEN
    severity: Severity = Severity.INFO
    detected_at: Moment
    first_seen: Moment
    last_seen: Moment
    resolved_at: Moment | None = None
    mttr_seconds: float | None = None
    merchants: tuple[str, ...] = ()
    pattern_ids: tuple[str, ...] = ()
    pattern_keys: tuple[JsonObject, ...] = ()
    signal_count: int = Field(default=0, ge=0, description="how many ever joined it")
    signals_gone: int = Field(
        default=0, ge=0, description="how many of these are not kept any more: old ones that nothing cites"
    )
    evidence_version: int = Field(default=1, ge=1, description="grows when a new merchant, code or pattern joins")
    previous_id: str | None = Field(default=None, description="the incident this one repeats")
    merged_into: str | None = None
    assignee: str | None = None
    acknowledged_by: str | None = None
    muted: bool = False
    metrics_snapshot: Annotated[Snapshot, KeptAsItIs()] = Field(
        default_factory=Snapshot, description="the latest impact and confidence, for lists"
    )
    resolution: str | None = Field(default=None, description="how it ended, in one sentence")
    closing: Closing | None = Field(
        default=None, description="who closed it and why; it ends as soon as what was being done to it is finished"
    )

    answers: tuple[CheckAnswer, ...] = Field(default=(), description="what people said of single signs, each once")
    named: NamedCause | None = Field(default=None, description="the cause that a person named; the agent leaves it")

    @property
    def hourly_costs(self) -> tuple[Money, ...]:
        """What an hour of it costs, in each currency, when it was last counted."""
        return tuple(Money.model_validate(one) for one in self.metrics_snapshot.get("per_hour", ()))

    @property
    def cost_of_waiting(self) -> float:
        """What an hour of it costs, to order by: the largest amount of any one currency, since amounts of several
        cannot be added.
        """
        return max((float(money.minor) for money in self.hourly_costs), default=0.0)

    @property
    def headline(self) -> str:
        """What is wrong in the words of a shop, as it was last assessed; until then what it shows as."""
        return str(self.metrics_snapshot.get("headline") or self.title)

    @property
    def standing(self) -> str:
        """How it stands, for whoever is refused because of it; a merge names where it went."""
        if self.status is IncidentStatus.MERGED and self.merged_into:
            return f"{self.id} was merged into {self.merged_into}"
        return f"{self.id} is {self.status.value}"

    def facts(self) -> dict[str, str]:
        """The same for machines."""
        return {"status": self.status.value, **({"merged_into": self.merged_into} if self.merged_into else {})}


def incident_identity(tenant_id: str, key: str, first_signal_id: str) -> tuple[str, str]:
    """The whole digest and the shown id of an incident: its key and the first signal it was opened by."""
    digest = digest_of([tenant_id, "incident", key, first_signal_id])
    return digest, shown_id("INC", digest)
