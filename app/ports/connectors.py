"""The world outside: what a tool declares, the one gateway to it, and who carries a call out."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from pydantic import Field

from app.domain.action_states import ActionStatus
from app.domain.base import JsonMapping, JsonObject, Value, object_in
from app.domain.decisions import Effect, Request
from app.domain.errors import Temporary
from app.domain.spoken import Translated, Translations
from app.domain.tenants import Scope, ToolMode
from app.ports.live import LiveSpec


class ToolSpec(Value):
    """One entry of config/tools.yaml: what a tool does, what it takes, and what class of effect it has."""

    name: str
    title: str
    translated: Translated = Translations()
    description: str
    kind: str = Field(description="which connector carries it out")
    effect: Effect
    external: bool = False
    reversible: bool = True
    repeat: str = "idempotent"
    risk: str = "low"
    enabled: bool = True
    method: str = "POST"
    path: str
    arguments: JsonObject
    undo: JsonObject | None = None
    diff: str = ""
    live: tuple[LiveSpec, ...] = Field(
        default=(),
        exclude_if=lambda live: not live,
        description="how it is carried out for real; over the first connection that a tenant has",
    )

    def narrow(self, arguments: JsonMapping, merchants: Sequence[str]) -> JsonObject:
        """The arguments for these merchants only, where the tool takes any; for nobody they stay as they are."""
        takes_merchants = "merchant_ids" in object_in(self.arguments, "properties")
        return {**arguments, "merchant_ids": list(merchants)} if takes_merchants and merchants else dict(arguments)


class ToolResult(Value):
    """What a tool answered, as a value, whatever happened."""

    status: ActionStatus
    reference: str = ""
    response: JsonObject = Field(default_factory=dict)
    error: str = ""
    unknown: bool = Field(
        default=False, description="nobody knows whether it was done: it was sent, and no answer can be relied on"
    )
    later: float | None = Field(
        default=None, description="it was not done, and may be tried again after so many seconds"
    )


class SafeToRepeat(Temporary):
    """What became of it as a whole cannot be said, but sending it again does nothing twice."""


class ToolModes(Value):
    """How far the tools of one tenant may reach: what holds for each, and which are switched off."""

    usual: ToolMode = ToolMode.DRY_RUN
    of_tool: dict[str, ToolMode] = Field(default_factory=dict)
    off: frozenset[str] = frozenset()

    def of(self, tool: str) -> ToolMode:
        """The mode of one tool."""
        return self.of_tool.get(tool, self.usual)


class ToolGateway(Protocol):
    """The registry: the only door to the world outside."""

    def specs(self) -> Mapping[str, ToolSpec]:
        """Every enabled tool by name."""
        ...

    def check(self, name: str, arguments: JsonMapping) -> None:
        """BadInput with every problem when the arguments do not fit the tool's JSON Schema; NotFound for an unknown
        tool.
        """
        ...

    def request(
        self,
        name: str,
        arguments: JsonMapping,
        merchants: Sequence[str],
        *,
        scope: Scope | None = None,
        mode: ToolMode = ToolMode.SIMULATED,
    ) -> Request:
        """The exact request for one cohort, with the digest of its canonical bytes; outside of simulations with every
        call that a tenant's connections make of it. Pure.
        """
        ...

    def send(
        self,
        scope: Scope,
        name: str,
        request: Request,
        *,
        mode: ToolMode,
        idempotency_key: str,
        expected_digest: str,
        again: bool = False,
    ) -> ToolResult:
        """Recompute the digest from the bytes to be sent, refuse a mismatch, then send (or show, in dry_run). Never
        raises. `again` says that an earlier attempt may have arrived.
        """
        ...

    def look(self, scope: Scope, name: str, *, idempotency_key: str, live: Request | None = None) -> ToolResult | None:
        """What became of an earlier send under this key, asked of the other side; None when it never arrived. Temporary
        when nobody can tell. What went out for real is `live`.
        """
        ...

    def find(self, scope: Scope, reference: str, *, name: str = "", live: Request | None = None) -> bool:
        """Whether what a tool recorded under this reference can be read back."""
        ...

    def try_out(self, scope: Scope, name: str) -> list[JsonObject]:
        """What a harmless call over each connection of a tool came back with."""
        ...

    def breakers_of(self, tenant_id: str) -> Mapping[str, str]:
        """Whether the breaker of each tool of a tenant is closed, open or half open."""
        ...


class Connector(Protocol):
    """Carries out the tools of some kinds: what a call does to the platform behind them."""

    def apply(self, scope: Scope, tool: str, arguments: JsonMapping, *, idempotency_key: str) -> JsonObject:
        """Change the platform once per key; the answer has http_status, reference and body. The same key answers the
        same again.
        """
        ...

    def look(self, scope: Scope, tool: str, *, idempotency_key: str) -> JsonObject | None:
        """The answer an earlier call under this key was given; None when there was no such call."""
        ...

    def find(self, scope: Scope, reference: str) -> bool:
        """Whether what a call answered with this reference is still there."""
        ...
