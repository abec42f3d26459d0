"""What every source shares: the request as it came, what was read from it, and how a signal is made of foreign fields
that may be too long, missing, or of another type.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from pydantic import ValidationError

from app.domain.base import digest_of
from app.domain.merchants import Plain
from app.domain.signals import FIELDS, SignalType
from app.schemas.signals import IncomingSignal
from app.sources.fields import text_of
from app.sources.proofs import Proof
from app.validation.strict_json import strict_json

LONGEST_VALUE = 2_000
MOST_ATTRIBUTES = 100
LONGEST_NAME = 100
LONGEST_EVENT_ID = 200


@dataclass(frozen=True)
class Delivery:
    """One request of a sender, before anything is believed: headers by their names in small letters, and raw bytes."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    at: datetime
    """When it arrived, by the system's clock."""

    @cached_property
    def content(self) -> Any:
        """What the JSON body says; Unreadable when it is none."""
        return strict_json(self.body)


@dataclass(frozen=True)
class SenderSettings:
    """What a tenant says about a sender besides its secret."""

    signature_header: str | None = None
    timestamp_header: str | None = None
    merchants: Mapping[str, str] = field(default_factory=dict)
    """What the sender calls a merchant, to our id of it."""
    merchant_names: tuple[str, ...] = ()
    """Under which labels or attributes the sender tells whose trouble it is, besides those that all senders may use."""


@dataclass(frozen=True)
class Leftover:
    """A part of a delivery that nobody here can read: `kind` is what its sender calls it, if it says."""

    content: Any
    kind: str = ""


@dataclass(frozen=True)
class WhatWasSaid:
    """What a delivery says."""

    signals: tuple[IncomingSignal, ...] = ()
    rest: tuple[Leftover, ...] = ()


@dataclass(frozen=True)
class WebhookSource:
    """A sender: how it is known, what proves that it sent something, and what it says."""

    name: str
    title: str
    proof: str
    """What is checked, for people."""
    recognise: Callable[[Delivery], bool]
    """Whether a request looks like one of this sender's; nothing is believed by it."""
    verify: Callable[[Delivery, bytes, SenderSettings], Proof]
    """Unproven unless the bytes were sent by who knows the secret."""
    read: Callable[[Delivery, SenderSettings], WhatWasSaid]
    """What it says; Unreadable for a body that is no JSON."""


def build_signal(
    source: str,
    signal_type: SignalType,
    *,
    event_id: str | None = None,
    merchant: str | None = None,
    attributes: Mapping[str, object] | None = None,
    settings: SenderSettings | None = None,
    **said: object,
) -> IncomingSignal:
    """A signal of foreign values: texts are cut to what a signal holds, and what fits no field becomes an attribute."""
    kept: dict[str, object] = dict(attributes or {})
    settings = settings or SenderSettings()
    named = merchant or next((told for name in settings.merchant_names if (told := text_of(kept.get(name)))), None)
    known = settings.merchants.get(named or "", named)
    fields: dict[str, object] = {"signal_type": signal_type, "source": source}
    offered = {**said, "merchant_id": known}
    for name, value in offered.items():
        if value is None or value == "":
            continue
        if name in FIELDS[signal_type] or name in {"severity", "occurred_at", "stage", "merchant_id"}:
            fields[name] = _cut_text(name, value)
        else:
            kept[name] = value
    if event_id:
        fields["event_id"] = event_id if len(event_id) <= LONGEST_EVENT_ID else digest_of(event_id)
    return _without_misfits(fields, kept)


def _without_misfits(fields: dict[str, object], kept: dict[str, object]) -> IncomingSignal:
    """The signal without the fields that break a rule of theirs (a merchant's id with spaces, a currency of four
    letters): those are kept as attributes.
    """
    try:
        return IncomingSignal.model_validate({**fields, "attributes": flat_attributes(kept)})
    except ValidationError as error:
        broken = {str(problem["loc"][0]) for problem in error.errors(include_url=False, include_input=False)}
        good = {name: value for name, value in fields.items() if name not in broken}
        misfits = {name: value for name, value in fields.items() if name in broken}
        return IncomingSignal.model_validate({**good, "attributes": flat_attributes({**kept, **misfits})})


def _cut_text(name: str, value: object) -> object:
    longest = _longest_texts().get(name)
    return value[:longest] if isinstance(value, str) and longest else value


@cache
def _longest_texts() -> dict[str, int]:
    """How long each field of a signal may be."""
    told = IncomingSignal.model_json_schema()["properties"]
    found = {}
    for name, schema in told.items():
        for one in (schema, *schema.get("anyOf", ())):
            if isinstance(one.get("maxLength"), int) and not one.get("pattern"):
                found[name] = one["maxLength"]
    return found


def flat_attributes(held: Mapping[str, object]) -> dict[str, Plain]:
    """Plain values by dotted names; what is deeper, more or longer than a signal holds is cut."""
    found: dict[str, Plain] = {}
    _flatten("", held, found, depth=0)
    return dict(list(found.items())[:MOST_ATTRIBUTES])


def _flatten(prefix: str, value: object, found: dict[str, Plain], depth: int) -> None:
    if isinstance(value, Mapping):
        if depth < 4:
            for name, inner in value.items():
                _flatten(f"{prefix}.{name}" if prefix else str(name), inner, found, depth + 1)
    elif isinstance(value, list | tuple):
        plain = [str(one) for one in value if isinstance(one, str | int | float)]
        if plain:
            found[prefix[:LONGEST_NAME]] = ", ".join(plain)[:LONGEST_VALUE]
    elif isinstance(value, str):
        found[prefix[:LONGEST_NAME]] = value[:LONGEST_VALUE]
    elif isinstance(value, bool | int | float):
        found[prefix[:LONGEST_NAME]] = value
    elif isinstance(value, datetime):
        found[prefix[:LONGEST_NAME]] = value.isoformat()
