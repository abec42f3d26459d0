"""Notices as the use cases keep and send them."""

from collections.abc import Collection
from datetime import datetime
from typing import Final, Protocol

from app.domain.base import JsonObject
from app.domain.decisions import Effect
from app.domain.notices import Notice, NoticeState, NoticeTarget
from app.domain.tenants import Scope
from app.ports.connectors import ToolResult, ToolSpec
from app.ports.live import LiveSpec

NOTICE: Final = "notice"
WORDS: Final = ("notice_id", "kind", "tenant", "severity", "subject", "incident_id", "action_id")
LINES: Final = ("headline", "asked", "until", "link", "cost", "text")
ARGUMENTS: Final[JsonObject] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {name: {"type": "string", "maxLength": 4_000} for name in (*WORDS, *LINES)},
}
"""What the notice block of a vendor may name in braces."""


def make_notice_spec(live: LiveSpec) -> ToolSpec:
    """A message to people, as what carries out tools understands it."""
    repeat = "reconcilable" if live.look else "idempotent" if live.repeatable else "neither"
    return ToolSpec(
        name=NOTICE,
        title="Tell people",
        description="Brings a message to people.",
        kind=NOTICE,
        effect=Effect.EXTERNAL_ESCALATION,
        external=True,
        reversible=False,
        repeat=repeat,
        path="/v1/notices",
        arguments=ARGUMENTS,
        live=(live,),
    )


class Notices(Protocol):
    """What people of one tenant are told: written down before it is sent."""

    def add(self, notice: Notice) -> bool:
        """Keep it once, by its id; False when it was there."""
        ...

    def get(self, notice_id: str) -> Notice | None:
        """One of them, or None."""
        ...

    def save(self, notice: Notice) -> None:
        """Replace it."""
        ...

    def page(
        self,
        *,
        target: str | None = None,
        states: Collection[NoticeState] | None = None,
        since: datetime | None = None,
        limit: int = 200,
        oldest_first: bool = False,
    ) -> list[Notice]:
        """Those that were due at that moment or later, newest first unless asked otherwise."""
        ...

    def count_sent(self, target: str, since: datetime) -> int:
        """How many went to a target, or may have gone, since a moment."""
        ...

    def discard_before(self, moment: datetime) -> int:
        """Delete what ended before a moment; how many went."""
        ...


class Messenger(Protocol):
    """Brings a notice to its target, through the same door as everything that leaves."""

    def is_silent(self, scope: Scope, target: NoticeTarget) -> bool:
        """Whether it did not answer several times, so that nothing is sent to it for a while."""
        ...

    def try_out(self, scope: Scope, target: NoticeTarget) -> JsonObject:
        """What a harmless call of its vendor came back with."""
        ...

    def show(self, scope: Scope, target: NoticeTarget, notice: Notice) -> JsonObject:
        """Every byte that would be sent; what is secret is only named. BadInput when it cannot be sent at all."""
        ...

    def send(self, scope: Scope, target: NoticeTarget, notice: Notice, *, again: bool) -> ToolResult:
        """Send it once, under its id. `again` says that an earlier attempt may have arrived: where the other side
        cannot be asked, and takes the same twice for two, it is not sent. Never raises what is temporary.
        """
        ...
