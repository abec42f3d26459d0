"""What every shape that crosses HTTP shares: strict coming in, plain going out."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.domain.actions import Action
from app.domain.base import Money
from app.domain.incidents import Incident
from app.domain.merchants import Plain
from app.domain.signals import BIGGEST
from app.process.vital_signs import VitalSign

MOST_SIGNALS = 5_000
Short = Annotated[str, Field(max_length=200)]
Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")]
Long = Annotated[str, Field(max_length=20_000)]
Whole = Annotated[int, Field(ge=0, le=BIGGEST)]
Attributes = Annotated[dict[Annotated[str, Field(max_length=100)], Plain], Field(max_length=100)]


def _with_offset(moment: datetime) -> datetime:
    """In UTC; a time without an offset, or so near the end of the calendar that no clock shows it in UTC,
    is refused.
    """
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset, such as 2026-03-02T09:00:00Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("this time lies outside the calendar") from None


EdgeMoment = Annotated[datetime, AfterValidator(_with_offset)]


class Incoming(BaseModel):
    """What a client sends: strict types, no unknown fields, finite numbers."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class AcceptRequest(Incoming):
    """A person's word that the audit record is right as it stands, although the anchor cannot vouch for it."""

    reason: Annotated[str, Field(min_length=1, max_length=2_000, description="what happened, and why you vouch for it")]


class EditAnswer(Action):
    """The action after an edit, and whether the edit changed anything."""

    changed_by_edit: bool = Field(
        default=True, description="false when the arguments were these already: version and digest stay"
    )
    note: str = Field(default="", description="what became of the edit, in one sentence")


class Outgoing(BaseModel):
    """What the API answers with."""

    model_config = ConfigDict(frozen=True)


class ContentConflict(Outgoing):
    """An item whose id came before with other content; what came first stays."""

    index: int = Field(description="its place in the batch, from 0")
    event_id: str
    signal_id: str
    fields: list[str] = Field(description="where the two differ")
    detail: str


class Lag(Outgoing):
    """How far the sweeps of a tenant are behind."""

    waiting: int = Field(default=0, description="signals that no sweep has looked at")
    waited_seconds: float = Field(default=0.0, description="since the first of them came in, by the world's clock")
    behind_seconds: float = Field(default=0.0, description="since the first of them occurred, by the tenant's clock")
    set_aside: int = Field(default=0, description="signals that no sweep looks at until a person brings them back")
    live: bool = Field(default=True, description="whether what comes in is looked at without delay")


class BringBackRequest(Incoming):
    """The body of POST /signals/aside/retry."""

    signal_ids: Annotated[
        list[Id], Field(max_length=MOST_SIGNALS, description="which; every one that is set aside when there are none")
    ] = Field(default_factory=list)


class BringBackAnswer(Outgoing):
    """Which signals the next sweep looks at again."""

    signal_ids: list[str]


class HandedOver(Outgoing):
    """An incident that people were called to and that nobody has taken yet."""

    incident: Incident
    cause: str
    cause_title: str
    why: str = Field(description="why it was handed over")
    since: datetime
    lost_orders: float = Field(description="so far, when it was last counted")
    per_hour: list[Money] = Field(description="what an hour of waiting costs, in each currency")


class WorkerHealth(Outgoing):
    """How the worker is."""

    beats: int
    last_error: str = Field(description="what went wrong in its last beat; empty when nothing did")


class HealthAnswer(Outgoing):
    """How the server is: ok, or what is not and what to do about it."""

    name: str = "causeway"
    status: str = Field(description="ok or degraded")
    troubles: list[str] = Field(description="what is not well, a sentence each")
    signs: list[VitalSign] = Field(
        description="every part: when it last did its work, how long ago, and what keeps it from it"
    )
    worker: WorkerHealth
    lag: dict[str, Lag] = Field(default_factory=dict, description="how far each tenant's sweeps are behind")
