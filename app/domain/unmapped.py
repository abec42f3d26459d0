"""What came in and nobody could read: kept by its shape, until a person says once what its fields mean."""

from typing import Any

from pydantic import Field

from app.domain.base import Moment, Value
from app.domain.signals import SignalType


class FieldMapping(Value):
    """How something foreign is read as a signal: each field of the signal, and where it stands.

    A place is a dotted path such as `order.shop`, or `=text` for what is always the same; ` | minor` behind it reads a
    decimal amount in minor units.
    """

    ignore: bool = Field(default=False, description="it says nothing worth keeping; what came and comes is dropped")
    signal_type: SignalType | None = Field(default=None, description="what it is; may also be one of the fields")
    fields: dict[str, str] = Field(
        default_factory=dict,
        max_length=100,
        description="a field of a signal, or attributes.NAME, to the path of its value, or to =text",
    )


class UnmappedShape(Value):
    """Things that came from one sender and look alike."""

    id: str
    source: str
    kind: str = Field(default="", description="what its sender calls it, where it says so")
    paths: tuple[str, ...] = Field(description="where its values stand")
    first_at: Moment
    last_at: Moment
    count: int = Field(ge=0, description="how many came, also those of which no more were kept")
    mapping: FieldMapping | None = None
    mapped_by: str = ""
    mapped_at: Moment | None = None


class UnmappedItem(Value):
    """One of them, as it came, less what may never be kept."""

    id: str
    shape_id: str
    at: Moment
    content: Any
