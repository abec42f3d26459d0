"""Where merchants stand in the migration, and whether a wave may be cut over."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.domain.merchants import Merchant
from app.schemas.base import Incoming, Outgoing

Verdict = Literal["go", "no_go", "done"]


class MigrationRow(Outgoing):
    """Where one merchant stands in the migration."""

    merchant: Merchant
    open_incidents: list[str]
    errors_last_hour: int
    readiness: Verdict = Field(default="done", description="done: it was cut over")
    reasons: list[str] = Field(
        default_factory=list, description="what is known that would break it, a sentence each; what blocks comes first"
    )


class RiskShown(Outgoing):
    """Something that is known to break whoever shares it."""

    kind: Literal["setting", "fault", "incident", "directory"] = Field(
        description="a setting the domain pack knows; a fault at others like it; an incident at it; the directory"
    )
    what: str
    shared: str = Field(description="what those have in common who would break")
    blocks: bool = Field(description="whether it is reason enough for no_go")
    cause: str
    incident_ids: list[str]
    remedy: str = Field(description="what is known to help; empty when nothing is")
    merchants: list[str]


class HoldShown(Outgoing):
    """Whether a wave is held, and what is asked about that."""

    held_by: str | None = Field(description="the action by which the wave is held now")
    asked: Literal["hold", "release"] | None = Field(description="what waits, or is on its way")
    asked_by: str | None = Field(description="the action that asks it")
    status: str = Field(description="how the newest of these actions stands")


class WaveShown(Outgoing):
    """Whether a wave may be cut over, and why not."""

    wave: int | None = Field(description="none: merchants whose wave nobody told")
    readiness: Verdict
    merchants: int
    stages: dict[str, int]
    waiting: list[str] = Field(description="who was not cut over yet")
    first_cutover: date | None = Field(description="the first known date of those who wait")
    last_cutover: date | None
    without_date: int = Field(description="how many of those who wait have no known date")
    reasons: list[str]
    risks: list[RiskShown]
    hold: HoldShown | None = None


class HoldRequest(Incoming):
    """The body of POST /migrations/waves/{wave}/hold and release."""

    reason: Annotated[
        str,
        Field(max_length=500, description="needed to hold a wave against which nothing is known, and to release one"),
    ] = ""


class ErrorDay(Outgoing):
    """One day of one merchant, counted from its own cutover."""

    day: int = Field(description="days since the cutover; negative before it")
    failures: float
    tries: float
    ratio: float = Field(description="failures of tries; 0 where nothing was tried")


class ErrorCourse(Outgoing):
    """How one merchant fared before and after its own cutover."""

    merchant_id: str
    cutover_date: date
    days: list[ErrorDay]
    last: float | None = Field(description="the ratio of its last day; none when nothing was tried since the cutover")
    usual: float | None = Field(description="the ratio over its own days since the cutover, before the last")
    departs: float = Field(
        default=0.0, description="by how many standard deviations of chance the last day lies above the usual"
    )
