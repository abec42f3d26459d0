"""A pattern: signals that look alike, grouped and counted. Patterns open and feed incidents."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from app.domain.base import Moment, Severity, Value, digest_of, shown_id


class PatternKind(StrEnum):
    """How the signals were grouped."""

    ERROR_GROUP = "error_group"
    TICKET_CLUSTER = "ticket_cluster"
    PAID_WITHOUT_ORDER = "paid_without_order"
    KPI_DROP = "kpi_drop"
    SHORTFALL = "shortfall"
    """Less of something than would have been normal: orders, deliveries, payments."""


class Spike(Value):
    """How unusual the rate is against its own baseline."""

    score: float = Field(ge=0, le=1)
    rate: float = Field(description="events per minute in the last bucket that had any")
    baseline: float = Field(description="events per minute before")
    ratio: float


class Pattern(Value):
    """A group of similar signals in one window."""

    id: str
    kind: PatternKind
    title: str
    key: dict[str, Any] = Field(
        description="what its signals share: signal_type, error_code, endpoint, status, topic, template"
    )
    severity: Severity = Severity.INFO
    count: int = Field(ge=1)
    merchants: tuple[str, ...] = ()
    stages: dict[str, int] = Field(default_factory=dict)
    first_seen: Moment
    last_seen: Moment
    spike: Spike | None = None
    terms: tuple[str, ...] = ()
    examples: tuple[str, ...] = Field(default=(), description="representative signal ids")
    signal_ids: tuple[str, ...] = ()
    impact_rank: float = Field(default=0.0, description="orders patterns by severity, reach and volume (most first)")


def pattern_id(tenant_id: str, kind: PatternKind, key: object) -> str:
    """The same group has the same id in every sweep."""
    return shown_id("PAT", digest_of([tenant_id, kind.value, key]))
