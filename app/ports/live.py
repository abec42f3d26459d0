"""How a tool is carried out for real: what is sent to whom, what in the answer means done, and how one looks it up.

Texts may name in braces {an argument}, {merchant}, {mark} (the same for the same request), {value.NAME} and
{value.NAME[argument]} of the connection, {key} (of this attempt at the row, in headers only) and {secret.NAME}, which
is filled in when it is sent and shown nowhere.
"""

from typing import Literal

from pydantic import Field

from app.domain.base import JsonObject, Value

Scalar = str | int | bool
VENDOR = r"^[a-z][a-z0-9_-]{0,62}$"


class CallSpec(Value):
    """One HTTP call."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    path: str = Field(pattern=r"^/", description="what follows the host, with names in braces")
    headers: dict[str, str] = Field(default_factory=dict)
    body: JsonObject | None = None


class AnswerSpec(Value):
    """What in an answer means that it was done."""

    status: tuple[int, ...] = Field(default=(200, 201, 202, 204), description="the statuses of success")
    equals: dict[str, Scalar] = Field(default_factory=dict, description="path in the answer to what must stand there")
    empty: tuple[str, ...] = Field(default=(), description="paths at which nothing, or an empty list, must stand")
    reference: str = Field(default="", description="path of the id by which it is found again, or {mark}")


class SaidSpec(Value):
    """An answer that has a meaning of its own: by its status, and by words at a path."""

    status: tuple[int, ...] = (200,)
    path: str = Field(default="", description="where the words stand; anywhere when empty")
    contains: str = Field(min_length=1)


class LookSpec(Value):
    """How to ask whether it is there: a call that changes nothing, and how its answer is read."""

    call: CallSpec
    answer: AnswerSpec = AnswerSpec(status=(200,))
    list: str = Field(default="", description="path of the list to search; the whole answer is one item when empty")
    match: dict[str, str] = Field(default_factory=dict, description="path in an item to what must stand there")
    reference: str = Field(description="path of the id in the item that was found")
    trust_missing: bool = Field(
        default=True, description="whether what is not found is not there; false where the vendor's search lags behind"
    )


class LiveSpec(Value):
    """How one tool is carried out through connections of one name."""

    connection: str = Field(pattern=VENDOR)
    kind: Literal["http", "mail"] = "http"
    per_merchant: bool = Field(
        default=False, description="one call for each merchant of a cohort, each to its own host"
    )
    only: dict[str, tuple[Scalar, ...]] = Field(
        default_factory=dict, description="argument to the values this is possible for; all when empty"
    )
    send: CallSpec
    done: AnswerSpec = AnswerSpec()
    already: SaidSpec | None = Field(default=None, description="the vendor says that it is there: done before")
    later: SaidSpec | None = Field(default=None, description="the vendor says that it did nothing and wants to wait")
    look: LookSpec | None = None
    repeatable: bool = Field(
        default=False, description="the vendor takes the same twice for one, by an id of ours that stands in it"
    )
    removes: bool = Field(default=False, description="it takes away what `look` finds, whose id is {found}")
    signed: Literal["", "standard_webhooks"] = ""
    timeout_seconds: float = Field(default=8.0, gt=0, le=20)


class SecretReference(Value):
    """Where a secret lies: in a variable of the environment or in a file; it never stands in config/ itself."""

    env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    file: str | None = Field(default=None, min_length=1)


class Connection(Value):
    """An account of ours on another system: whose it is, where it is, and where its secrets lie."""

    name: str = Field(pattern=VENDOR, description="a vendor of config/vendors, or a name that a live block uses")
    tenant: str = Field(default="default", pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    merchant: str = Field(default="", description="whose shop it is; anybody's of the tenant when empty")
    host: str = Field(default="", description="the vendor's own when empty")
    port: int | None = Field(default=None, ge=1, le=65535)
    unencrypted: bool = Field(default=False, description="only a stand-in on this machine may be")
    secrets: dict[str, SecretReference] = Field(default_factory=dict)
    values: JsonObject = Field(default_factory=dict)
