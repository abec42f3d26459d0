"""Tools as people see them: what each does, how far it may reach here, what became of what was sent."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.domain.base import JsonObject
from app.domain.decisions import Request
from app.domain.events import Event
from app.schemas.base import Incoming, Outgoing


class ToolSettingRequest(Incoming):
    """The body of POST /tools/{name}/setting: what is left out stays as it is."""

    mode: (
        Annotated[str, Field(pattern="^(dry_run|simulated|live|usual)$", description="usual: as configured")] | None
    ) = None
    on: bool | None = None
    reason: Annotated[str, Field(min_length=1, max_length=2_000, description="why; it is part of the audit record")]


class ToolTryRequest(Incoming):
    """The body of POST /tools/{name}/try: arguments, and for whom."""

    arguments: JsonObject
    merchant_ids: Annotated[list[Annotated[str, Field(max_length=200)]], Field(default_factory=list, max_length=500)]


class ConnectionShown(Outgoing):
    """An account over which a tool could act for real; never its secrets."""

    name: str
    title: str
    host: str
    merchant: str = ""


class ToolShown(Outgoing):
    """One tool in one tenant."""

    name: str
    title: str
    description: str
    effect: str
    external: bool
    reversible: bool
    repeat: str
    risk: str
    undo: str = Field(default="", description="the tool that takes it back")
    arguments: JsonObject = Field(description="JSON Schema of what it takes")
    mode: str
    mode_from: str = Field(description="administrator, configuration, or tenant")
    on: bool
    changed_by: str = ""
    changed_at: datetime | None = None
    reason: str = ""
    vendors: list[str] = Field(default=[], description="over what it could act for real, connected or not")
    connections: list[ConnectionShown] = Field(default=[], description="over what it acts for real in this tenant")
    breaker: str = Field(default="closed", description="open: the other side did not answer, and nothing is sent")


class CatalogueEntry(Outgoing):
    """One tool of the product, whatever a tenant has."""

    name: str
    title: str
    description: str
    kind: str
    effect: str
    enabled: bool
    repeat: str
    risk: str
    vendors: list[str]


class ToolTestAnswer(Outgoing):
    """What a harmless call came back with, over each connection of the tool."""

    tool: str
    works: bool
    why: str = ""
    calls: list[JsonObject] = Field(default_factory=list)


class ExecutionShown(Outgoing):
    """What became of one request of one tool."""

    id: str = Field(description="the row of the action it was for")
    tool: str
    incident_id: str
    state: str = Field(description="requested, running, succeeded, failed, shown, or in_doubt")
    mode: str
    attempts: int
    requested_at: datetime
    tried_at: datetime | None = None
    ended_at: datetime | None = None
    decided_by: str = ""
    reference: str = ""
    error: str = ""


class ExecutionDetail(ExecutionShown):
    """The same with what was sent, what came back, and every event about it."""

    request: Request
    response: JsonObject
    events: list[Event]
