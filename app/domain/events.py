"""An event: one thing that happened, in a chain per tenant in which no link can be changed unseen."""

from typing import Any

from pydantic import Field

from app.domain.base import Moment, Value, digest_of

GENESIS = "0" * 64


class Event(Value):
    """A link of the chain: what happened to what, by whom, and the hash that binds it to the link before."""

    seq: int = Field(ge=1)
    at: Moment
    kind: str
    subject: str
    principal: str
    payload: dict[str, Any] = Field(default_factory=dict)
    prev_hash: str
    hash: str


def link_hash(tenant_id: str, seq: int, at: str, kind: str, subject: str, principal: str, payload: dict[str, Any], prev_hash: str) -> str:
    """The hash of a link: its content and the hash before it. The tenant takes part."""
    return digest_of([tenant_id, seq, at, kind, subject, principal, payload, prev_hash])


class ChainCheck(Value):
    """What a walk along the chain found."""

    ok: bool
    checked: int
    first_bad: int | None = None
    reason: str = ""
