"""What every value shares: it is frozen, has a canonical form, and its identity can be computed from that form."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler, JsonValue
from pydantic_core import CoreSchema, core_schema

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SHOWN_CHARACTERS = 8


class KeptAsItIs:
    """Marks what was checked where it came in: it is read back as it was written, and shared by nobody."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """An object with whatever members it has, or any value of JSON."""
        anything = core_schema.any_schema()
        return anything if source is JsonValue else core_schema.dict_schema(core_schema.str_schema(), anything)


Json = Annotated[JsonValue, KeptAsItIs()]
"""Any value of JSON: text, a number, true, false, null, and lists and objects of these."""

JsonObject = dict[str, Json]
"""An object of JSON whose members are not ours to name: what a tool took or answered, what a file declares."""

JsonMapping = Mapping[str, Json]
"""The same for whoever only reads it."""


def object_in(source: JsonMapping, name: str) -> JsonMapping:
    """The object under a name; an empty one where there is none, or where something else stands."""
    found = source.get(name)
    return found if isinstance(found, Mapping) else {}


def list_in(source: JsonMapping, name: str) -> Sequence[Json]:
    """The list under a name; an empty one where there is none, or where something else stands."""
    found = source.get(name)
    return found if isinstance(found, list | tuple) else ()


class Value(BaseModel):
    """A frozen value: equal by content, never changed in place, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def plain(self) -> dict[str, Any]:
        """The value as plain JSON types, as a checkpoint or a column keeps it."""
        return self.model_dump(mode="json")

    def changed(self, **changes: Any) -> Self:
        """A validated copy with some fields replaced."""
        return type(self).model_validate({**{name: getattr(self, name) for name in type(self).model_fields}, **changes})


def _as_utc(moment: datetime) -> datetime:
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset, such as 2026-03-02T09:00:00Z")
    return moment.astimezone(UTC)


Moment = Annotated[datetime, AfterValidator(_as_utc)]
"""An aware time, always in UTC."""


class Severity(StrEnum):
    """How bad the sender says it is."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for info up to 4 for critical."""
        return _RANKS[self]


_RANKS = {severity: place for place, severity in enumerate(Severity)}


class Stage(StrEnum):
    """Where a merchant stands in the migration."""

    PRE = "pre_migration"
    IN_PROGRESS = "in_progress"
    POST = "post_migration"


class Money(Value):
    """An amount in minor units; different currencies are never added."""

    minor: int
    currency: str = Field(pattern="^[A-Z]{3}$")

    def __add__(self, other: "Money") -> "Money":
        """The sum of two amounts of one currency."""
        if self.currency != other.currency:
            raise ValueError(f"cannot add {self.currency} to {other.currency}")
        return Money(minor=self.minor + other.minor, currency=self.currency)

    def times(self, factor: float) -> "Money":
        """The amount scaled and rounded to a whole minor unit."""
        scaled = (Decimal(self.minor) * Decimal(repr(factor))).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
        return Money(minor=int(scaled), currency=self.currency)

    def __str__(self) -> str:
        """For people: 1,234.50 EUR."""
        return f"{Decimal(self.minor) / 100:,.2f} {self.currency}"


class Untrusted(str):
    """Text that somebody else wrote. It leaves by prompt or screen, or is kept, which app.store.codec normalises."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Accept any string and mark it; written out as a plain string."""
        return core_schema.no_info_after_validator_function(
            cls, core_schema.str_schema(), serialization=core_schema.plain_serializer_function_ser_schema(str.__str__)
        )

    def for_prompt(self, limit: int = 2_000) -> str:
        """Delimited, capped and without hidden characters, so that a model reads it as data."""
        return f"<untrusted>{visible_text(self)[:limit].replace('<', '‹')}</untrusted>"

    def for_ui(self, limit: int = 5_000) -> str:
        """Plain text for a widget that renders no markup."""
        return visible_text(self)[:limit]


def visible_text(text: str) -> str:
    """The text without control, format and tag characters (tabs and line ends stay)."""
    return "".join(
        mark for mark in text if mark in "\t\n" or unicodedata.category(mark) not in {"Cc", "Cf", "Cs", "Co"}
    )


def normal_text(text: str) -> str:
    """NFC text without lone surrogates and NUL, so that it reads back as it was written."""
    repaired = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
    return unicodedata.normalize("NFC", repaired)


_SPELLED = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical_json(value: Any) -> bytes:
    """One JSON spelling per value: sorted keys, no spaces, no NaN."""
    return _SPELLED.encode(value).encode()


def digest_of(value: Any) -> str:
    """The sha256 of the canonical form."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def shown_id(prefix: str, digest: str, characters: int = SHOWN_CHARACTERS) -> str:
    """A short id for people: the prefix and the first characters of the digest in Crockford base32."""
    number = int(digest, 16)
    width = len(digest) * 4
    letters = [CROCKFORD[(number >> max(width - 5 * (place + 1), 0)) & 31] for place in range(characters)]
    return f"{prefix}-{''.join(letters)}"
