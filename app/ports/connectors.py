"""The world outside: what a tool declares, the one gateway to it, and who carries a call out."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from pydantic import Field

from app.domain.action_states import ActionStatus
from app.domain.base import JsonMapping, JsonObject, Value, object_in
from app.domain.decisions import Effect, Request
from app.domain.tenants import Scope, ToolMode


class ToolSpec(Value):
    """One entry of config/tools.yaml: what a tool does, what it takes, and what class of effect it has."""

    name: str
    title: str
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

    def request(self, name: str, arguments: JsonMapping, merchants: Sequence[str]) -> Request:
        """The exact request for one cohort, with the digest of its canonical bytes. Pure."""
        ...

    def send(
        self, scope: Scope, name: str, request: Request, *, mode: ToolMode, idempotency_key: str, expected_digest: str
    ) -> ToolResult:
        """Recompute the digest from the bytes to be sent, refuse a mismatch, then send (or show, in dry_run). Never
        raises.
        """
        ...

    def look(self, scope: Scope, name: str, *, idempotency_key: str) -> ToolResult | None:
        """What became of an earlier send under this key, asked of the other side; None when it never arrived. Temporary
        when nobody can tell.
        """
        ...

    def find(self, scope: Scope, reference: str) -> bool:
        """Whether what a tool recorded under this reference can be read back."""
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
