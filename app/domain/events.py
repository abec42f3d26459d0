"""An event: one thing that happened, in a chain per tenant in which no link can be changed unseen."""

import hashlib
import json
from collections.abc import Callable
from enum import StrEnum

from pydantic import Field

from app.domain.base import JsonObject, Moment, Value, canonical_json

GENESIS = "0" * 64


class Event(Value):
    """A link of the chain: what happened to what, by whom, and the hash that binds it to the link before."""

    seq: int = Field(ge=1)
    at: Moment
    kind: str
    subject: str
    principal: str
    payload: JsonObject = Field(default_factory=dict)
    prev_hash: str
    hash: str


def link_hash(
    tenant_id: str, seq: int, at: str, kind: str, subject: str, principal: str, payload: JsonObject, prev_hash: str
) -> str:
    """The hash of a link: its content and the hash before it. The tenant takes part."""
    return sealed_hash(tenant_id, seq, at, kind, subject, principal, canonical_json(payload), prev_hash)


def sealed_hash(
    tenant_id: str, seq: int, at: str, kind: str, subject: str, principal: str, payload: bytes, prev_hash: str
) -> str:
    """The same from the payload's canonical bytes: the sha256 of the canonical form of the list of all eight, as
    digest_of has it.
    """
    head = f"[{_text(tenant_id)},{seq},{_text(at)},{_text(kind)},{_text(subject)},{_text(principal)},"
    return hashlib.sha256(b"%b%b,%b]" % (head.encode(), payload, _text(prev_hash).encode())).hexdigest()


_text: Callable[[str], str] = json.JSONEncoder(ensure_ascii=False).encode
"""A text as the canonical form spells it."""


class Verified(StrEnum):
    """What a walk along the chain may conclude."""

    OK = "ok"
    BROKEN = "broken"
    UNVERIFIABLE = "unverifiable"
    NOT_YET_ANCHORED = "not yet anchored"


class ChainCheck(Value):
    """What a walk along the chain found."""

    ok: bool
    verdict: Verified = Verified.OK
    checked: int
    first_bad: int | None = None
    anchored: int | None = Field(default=None, description="the last link the anchor outside the database vouches for")
    unanchored: int = Field(default=0, ge=0, description="links after that one: not yet anchored, never ok")
    reason: str = ""
    unexplained: tuple[str, ...] = Field(default=(), description="rows whose state no event accounts for")


class AnchorReading(Value):
    """What the anchor outside the database says about one tenant's chain."""

    present: bool
    heads: dict[int, str] = Field(
        default_factory=dict, description="number of a link to the hash it had when it was committed"
    )
    trouble: str = Field(
        default="", description="why it cannot be relied on: lost, unreadable, or signed by another key"
    )
    until: Moment | None = Field(
        default=None, description="the time of the newest link it vouches for, by that tenant's clock"
    )
    accepted: int = Field(
        default=0,
        ge=0,
        description="the link from which a person had it vouch anew; what it said before no longer counts",
    )
