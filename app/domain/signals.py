"""A signal: one thing that somebody or something reported. Fields belong to signal types; others are refused."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeVar

from pydantic import BaseModel, Field, model_validator

from app.domain.base import Moment, Severity, Stage, Untrusted, Value, digest_of
from app.domain.merchants import Plain


class SignalType(StrEnum):
    """What kind of report it is."""

    TICKET = "ticket"
    API_ERROR = "api_error"
    API_CALL = "api_call"
    WEBHOOK_FAILURE = "webhook_failure"
    WEBHOOK_DELIVERY = "webhook_delivery"
    PAYMENT = "payment"
    ORDER = "order"
    LOG = "log"
    KPI = "kpi"
    MIGRATION_UPDATE = "migration_update"


FIELDS: dict[SignalType, frozenset[str]] = {
    SignalType.TICKET: frozenset({"ticket_id", "customer_id", "channel", "subject", "body"}),
    SignalType.API_ERROR: frozenset({"error_code", "endpoint", "status", "error_message"}),
    SignalType.API_CALL: frozenset({"endpoint", "status", "latency_ms"}),
    SignalType.WEBHOOK_FAILURE: frozenset({"topic", "endpoint", "status", "attempt", "error_code", "error_message"}),
    SignalType.WEBHOOK_DELIVERY: frozenset({"topic", "endpoint", "status", "attempt", "error_code"}),
    SignalType.PAYMENT: frozenset({"payment_id", "amount", "currency", "status"}),
    SignalType.ORDER: frozenset({"order_id", "payment_id", "amount", "currency", "status"}),
    SignalType.LOG: frozenset({"level", "message"}),
    SignalType.KPI: frozenset({"name", "value", "trials", "window_s"}),
    SignalType.MIGRATION_UPDATE: frozenset({"stage", "wave", "cutover_at", "health"}),
}
"""Which fields each type may carry besides the common ones."""

ERROR_TYPES = frozenset({SignalType.API_ERROR, SignalType.WEBHOOK_FAILURE})
BIGGEST = 2**53
_set: Final = object.__setattr__
_Built = TypeVar("_Built", bound=BaseModel)


class Signal(Value):
    """One report, typed, in a tenant. `status` is an HTTP number for calls and a word for payments and orders."""

    id: str
    signal_type: SignalType
    source: str = Field(min_length=1, max_length=120)
    severity: Severity = Severity.INFO
    merchant_id: str | None = Field(default=None, max_length=64)
    stage: Stage | None = None
    occurred_at: Moment
    received_at: Moment
    attributes: dict[str, Plain] = Field(default_factory=dict)
    template: str | None = Field(
        default=None,
        max_length=80,
        description="the fixed part of its text, where neither code nor status says what it is",
    )
    route: str | None = Field(
        default=None, max_length=500, description="its endpoint without what names its merchant, where something does"
    )

    error_code: str | None = Field(default=None, max_length=200)
    endpoint: str | None = Field(default=None, max_length=500)
    status: int | str | None = None
    error_message: Untrusted | None = None
    latency_ms: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    topic: str | None = Field(default=None, max_length=200)
    attempt: int | None = Field(default=None, ge=0, le=BIGGEST)
    payment_id: str | None = Field(default=None, max_length=200)
    order_id: str | None = Field(default=None, max_length=200)
    amount: int | None = Field(default=None, ge=-BIGGEST, le=BIGGEST)
    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$")
    level: str | None = Field(default=None, max_length=40)
    message: Untrusted | None = None
    name: str | None = Field(default=None, max_length=200)
    value: float | None = Field(default=None, allow_inf_nan=False)
    trials: int | None = Field(default=None, ge=0, le=BIGGEST)
    window_s: int | None = Field(default=None, ge=0, le=BIGGEST)
    ticket_id: str | None = Field(default=None, max_length=200)
    customer_id: str | None = Field(default=None, max_length=200)
    channel: str | None = Field(default=None, max_length=80)
    subject: Untrusted | None = None
    body: Untrusted | None = None
    wave: int | None = Field(default=None, ge=0, le=BIGGEST)
    cutover_at: Moment | None = None
    health: float | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="after")
    def _fields_fit_the_type(self) -> "Signal":
        foreign = set_foreign(self.signal_type, self)
        if foreign:
            raise ValueError(f"{', '.join(foreign)}: not a field of a {self.signal_type.value}; use attributes")
        return self

    @property
    def is_error(self) -> bool:
        """Whether it reports something that failed: an error, a failed webhook, or a call answered 4xx or 5xx."""
        if self.signal_type in ERROR_TYPES:
            return True
        return self.signal_type is SignalType.API_CALL and isinstance(self.status, int) and self.status >= 400

    @property
    def place(self) -> str | None:
        """Where it happened, whoever's it is."""
        return self.route or self.endpoint

    def text(self) -> Untrusted:
        """All words somebody wrote in it."""
        return Untrusted(
            "\n".join(part for part in (self.subject, self.body, self.error_message, self.message) if part)
        )


class SignalAside(Value):
    """A signal that no sweep looks at until a person brings it back: it lies outside the bounds, or a sweep failed over
    it.
    """

    signal: Signal
    reason: str
    at: Moment


class Backlog(Value):
    """What the sweeps of a tenant have not looked at."""

    waiting: int = Field(default=0, description="signals that no sweep has looked at")
    oldest_at: Moment | None = Field(default=None, description="when the first of them occurred")
    waited_seconds: float = Field(
        default=0.0, ge=0, description="how long ago the first of them came in, by the database's clock"
    )
    aside: int = Field(default=0, description="signals that were set aside")


TYPED_FIELDS: frozenset[str] = frozenset().union(*FIELDS.values())
FOREIGN: dict[SignalType, frozenset[str]] = {
    kind: TYPED_FIELDS - allowed - {"stage"} for kind, allowed in FIELDS.items()
}
"""Which fields each type may not carry."""


def set_foreign(kind: SignalType, value: BaseModel) -> list[str]:
    """Fields that are set and do not belong to the type, sorted; what was not given need not be looked at."""
    if FOREIGN[kind].isdisjoint(value.model_fields_set):
        return []
    said = vars(value)
    return sorted([name for name in FOREIGN[kind] & value.model_fields_set if said[name] is not None])


def build_trusted(kind: type[_Built], fields: dict[str, Any], given: set[str]) -> _Built:
    """A signal from all its fields in their final types, `given` being those that somebody set; nothing is checked and
    nothing copied. For what the program made or checked itself: a hundred thousand validations take most of the time.
    """
    built = kind.__new__(kind)
    _set(built, "__dict__", fields)
    _set(built, "__pydantic_fields_set__", given)
    _set(built, "__pydantic_extra__", None)
    _set(built, "__pydantic_private__", None)
    return built


def signal_id(tenant_id: str, identity: object) -> str:
    """The id of a signal, from its tenant and whatever identifies it (a provider's id, or its content)."""
    return f"SIG-{digest_of([tenant_id, identity])[:32]}"


class Swept(NamedTuple):
    """What is known of a signal that a sweep has looked at, without its content."""

    id: str
    occurred_at: datetime
    incident_id: str | None
