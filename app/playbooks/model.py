"""A proposal: everything about an action that does not depend on policy."""

from pydantic import Field

from app.domain.base import JsonObject, Value
from app.domain.decisions import Alternative, Forecast, Undo
from app.domain.tenants import ToolMode


class Proposal(Value):
    """One action worth proposing, with what it promises, how to take it back, and what else was considered."""

    cause: str
    confidence: float = Field(ge=0, le=1)
    tool: str
    title: str
    mode: ToolMode
    arguments: JsonObject = Field(default_factory=dict)
    scope: tuple[str, ...] = ()
    rollout: tuple[tuple[str, ...], ...] = Field(min_length=1, description="cohorts, in the order they are treated")
    forecast: Forecast
    undo: Undo | None = None
    alternatives: tuple[Alternative, ...] = ()
    fallback: bool = Field(default=False, description="nothing was treatable, so people are called in")
