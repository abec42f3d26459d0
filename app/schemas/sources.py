"""Webhooks and the senders they come from, as the API answers about them."""

from typing import Annotated, Any

from pydantic import Field

from app.domain.signals import SignalType
from app.domain.unmapped import UnmappedShape
from app.schemas.base import Incoming, Outgoing
from app.schemas.signals import IncomingSignal


class WebhookAnswer(Outgoing):
    """How a delivery was taken."""

    source: str
    tenant: str
    accepted: int = Field(description="signals that are new")
    duplicates: int = Field(description="signals that were known already")
    unmapped: int = Field(
        default=0, description="parts that nobody could read, kept until a person says what they mean"
    )
    signal_ids: list[str] = Field(default_factory=list)
    signed: bool = Field(description="whether its sender proved to know the secret")
    notes: list[str] = Field(default_factory=list)


class LogsAnswer(Outgoing):
    """How an export of logs was taken, as OTLP wants it: an empty object means all of it."""

    partialSuccess: dict[str, str] = Field(default_factory=dict)


class SourceInfo(Outgoing):
    """A sender that we can read."""

    name: str
    title: str
    path: str = Field(description="where its webhook posts to")
    proof: str = Field(description="what shows that it was the sender")
    configured: bool = Field(description="whether this tenant names a secret of it; if not, only this machine may send")


class ShapeView(UnmappedShape):
    """A shape of things that nobody could read, with how many are kept and an example."""

    kept: int = Field(description="how many are kept; the others were only counted")
    examples: list[Any] = Field(default_factory=list, description="one of them, as it came")


class MappingRequest(Incoming):
    """The body of POST /signals/unmapped/{shape_id}/mapping."""

    ignore: bool = Field(default=False, description="drop what came and what comes of this shape")
    signal_type: SignalType | None = Field(default=None, description="what kind of signal it is")
    fields: Annotated[
        dict[Annotated[str, Field(max_length=120)], Annotated[str, Field(max_length=500)]], Field(max_length=100)
    ] = Field(
        default_factory=dict,
        description="a field of a signal, or attributes.NAME, to the path of its value, or to =text",
    )


class ItemProblem(Outgoing):
    """Why one of the kept things is no signal by a mapping."""

    item_id: str
    field: str
    place: str = Field(description="where the mapping looked")
    problem: str


class MappingAnswer(Outgoing):
    """What a mapping makes of what is kept."""

    dry_run: bool = Field(description="true when nothing was changed")
    read: int = Field(description="how many become signals, or are dropped when they are to be ignored")
    left: int = Field(description="how many stay, because the mapping does not fit them")
    signals: list[IncomingSignal] = Field(description="the first signals it makes")
    problems: list[ItemProblem] = Field(description="the first problems")


class RejectedRow(Outgoing):
    """What is wrong with a row of a file."""

    index: int = Field(description="the row, counted from 1; in a table the header is one, too")
    field: str = Field(description="the column")
    path: str
    problem: str


class FileAnswer(Outgoing):
    """How a file was taken."""

    rows: int = Field(description="how many rows or objects it holds")
    accepted: int = Field(description="signals that are new")
    duplicates: int = 0
    dry_run: bool = Field(default=False, description="true when nothing was changed")
    signals: list[IncomingSignal] = Field(default_factory=list, description="the first ones, when nothing was changed")
    rejected: list[RejectedRow] = Field(default_factory=list, description="with ?partial=true or ?dry_run=true")
    notes: list[str] = Field(default_factory=list)
