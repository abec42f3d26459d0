"""A lesson: what one finished incident teaches the next one like it."""

from pydantic import Field

from app.domain.base import JsonObject, Moment, Value
from app.domain.decisions import AttemptEnd, Tried


class Lesson(Value):
    """How an attempt on a cause ended, kept as memory; it moves a recorded number of the next equal incident."""

    id: str
    incident_id: str
    type: str
    cause: str
    tool: str | None = None
    action: str = ""
    outcome: AttemptEnd
    summary: str
    feedback: str = ""
    metrics_before: JsonObject = Field(default_factory=dict)
    metrics_after: JsonObject = Field(default_factory=dict)
    mttr: float | None = None
    at: Moment
    uncontrolled: bool = Field(
        default=False,
        description="it worked, but beside nobody untreated: it frees the agent from no question",
        exclude_if=lambda uncontrolled: not uncontrolled,
    )
    earlier: tuple[Tried, ...] = Field(
        default=(), description="what was refused or tried in vain before it on the same incident"
    )
