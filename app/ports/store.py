"""The store: one transaction in one tenant, and the doors to it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from app.domain.base import JsonMapping, JsonObject
from app.domain.questions import Turn
from app.domain.tenants import KillSwitch, Scope, Tenant
from app.domain.work import ConfigVersion
from app.ports.actions import Actions, Controls, Leases, Outbox, Replies
from app.ports.incidents import Incidents, Lessons, Setbacks
from app.ports.intake import Merchants, Signals
from app.ports.knowledge import KnowledgeRows
from app.ports.notices import Notices
from app.ports.packs import Packs
from app.ports.playbooks import PlaybookRuns
from app.ports.record import Events
from app.ports.rollups import Awaits, Rollups
from app.ports.unmapped import Unmapped


class Conversations(Protocol):
    """Questions that were asked and what was answered."""

    def append(self, conversation_id: str, turn: Turn) -> None:
        """Add a turn."""
        ...

    def turns(self, conversation_id: str) -> list[Turn]:
        """All turns, oldest first; empty when unknown."""
        ...


class TenantState(Protocol):
    """Small named JSON values of a tenant: the simulated world, the simulated clock, the sweep's cursor."""

    def get(self, key: str) -> dict[str, Any] | None:
        """The value, or None."""
        ...

    def put(self, key: str, value: JsonMapping) -> None:
        """Insert or replace."""
        ...


class Session(Protocol):
    """One transaction in one tenant."""

    scope: Scope
    signals: Signals
    merchants: Merchants
    rollups: Rollups
    awaits: Awaits
    incidents: Incidents
    actions: Actions
    events: Events
    knowledge: KnowledgeRows
    lessons: Lessons
    conversations: Conversations
    notes: TenantState
    leases: Leases
    outbox: Outbox
    setbacks: Setbacks
    replies: Replies
    unmapped: Unmapped
    notices: Notices
    packs: Packs
    playbooks: PlaybookRuns
    controls: Controls


class Store(Protocol):
    """Where the truth lives. `write` commits when the block ends and rolls back when it raises."""

    def write(self, scope: Scope) -> AbstractContextManager[Session]:
        """A writing transaction, one at a time in a tenant (BEGIN IMMEDIATE on SQLite, a lock of the tenant on
        PostgreSQL).

        LeaseLost before anything is written when the scope carries a fence whose lease was taken over.
        """
        ...

    def read(self, scope: Scope) -> AbstractContextManager[Session]:
        """A reading transaction: one consistent view."""
        ...

    def tenants(self) -> list[Tenant]:
        """Every tenant, by id."""
        ...

    def tenant(self, tenant_id: str) -> Tenant:
        """One tenant; NotFound otherwise."""
        ...

    def put_tenant(self, tenant: Tenant) -> None:
        """Insert or replace a tenant."""
        ...

    def kill_switch(self) -> KillSwitch:
        """The switch for every tenant."""
        ...

    def set_kill_switch(self, switch: KillSwitch) -> None:
        """Turn the switch for every tenant; from this commit on no action of any tenant is sent, or they are again."""
        ...

    def config_versions(self) -> list[ConfigVersion]:
        """Every version that was ever loaded, oldest first."""
        ...

    def config_in_force(self) -> Mapping[tuple[str, str], str]:
        """By kind and name, the newest version that was loaded."""
        ...

    def policies_in_force(self) -> str | None:
        """The version of the newest policies that were loaded; None before the first."""
        ...

    def record_config(self, loaded: Sequence[ConfigVersion]) -> list[ConfigVersion]:
        """Keep those that differ from the newest of their kind and name; from now on they are in force. Those that were
        new.
        """
        ...

    def health(self) -> JsonObject:
        """What /health/db shows: dialect, version, reachable, migration revision."""
        ...

    def tidy(self) -> None:
        """A small piece of work on its files, that nobody waits for: the log is folded in, some free pages are given
        back.
        """
        ...

    def probe(self) -> None:
        """See that what was committed is still there and that something can be written; Unavailable, with what to do,
        when not.
        """
        ...

    def close(self) -> None:
        """Release connections and locks."""
        ...
