"""The store in memory: one writing block at a time, views that stand still, nothing kept of a block that raised."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from app.domain.errors import NotFound
from app.domain.tenants import Scope, Tenant
from app.ports import Actions, Conversations, Events, Incidents, KnowledgeRows, Lessons, Merchants, Notes, Session, Signals
from app.store import codec
from app.store.memory.actions import MemoryActions
from app.store.memory.events import MemoryEvents
from app.store.memory.incidents import MemoryIncidents
from app.store.memory.knowledge import MemoryKnowledge
from app.store.memory.shelf import TENANTS, State, View
from app.store.memory.shelves import MemoryConversations, MemoryLessons, MemoryMerchants, MemoryNotes
from app.store.memory.signals import MemorySignals
from app.store.turnstile import Turnstile

PATIENCE = 30.0


class MemorySession:
    """The Session port in memory; refuses use after its block."""

    def __init__(self, view: View) -> None:
        self.scope = view.scope
        chain = MemoryEvents(view)
        self.events: Events = chain
        self.signals: Signals = MemorySignals(view)
        self.merchants: Merchants = MemoryMerchants(view)
        self.incidents: Incidents = MemoryIncidents(view, chain)
        self.actions: Actions = MemoryActions(view, chain)
        self.knowledge: KnowledgeRows = MemoryKnowledge(view, chain)
        self.lessons: Lessons = MemoryLessons(view, chain)
        self.conversations: Conversations = MemoryConversations(view)
        self.notes: Notes = MemoryNotes(view)


class MemoryStore:
    """The Store port in memory; lost with the process."""

    def __init__(self) -> None:
        self._state: State = {}
        self._turnstile = Turnstile(PATIENCE)

    def write(self, scope: Scope) -> AbstractContextManager[Session]:
        """A writing transaction: its changes count when the block ends, and are forgotten when it raises."""
        return self._written(scope)

    def read(self, scope: Scope) -> AbstractContextManager[Session]:
        """A reading transaction: one consistent view, which cannot write."""
        return self._viewed(scope)

    def tenants(self) -> list[Tenant]:
        """Every tenant, by id."""
        return [codec.value(Tenant, stored) for _, stored in sorted(self._state.get(TENANTS, {}).items())]

    def tenant(self, tenant_id: str) -> Tenant:
        """One tenant; NotFound otherwise."""
        stored = self._state.get(TENANTS, {}).get(tenant_id)
        if stored is None:
            raise NotFound(f"there is no tenant {tenant_id}")
        return codec.value(Tenant, stored)

    def put_tenant(self, tenant: Tenant) -> None:
        """Insert or replace a tenant."""
        with self._turnstile.turn():
            known = {**self._state.get(TENANTS, {}), tenant.id: codec.body(codec.fields(tenant))}
            self._state = {**self._state, TENANTS: known}

    def health(self) -> dict[str, Any]:
        """What /health/db shows."""
        return {"dialect": "memory", "reachable": True, "revision": None, "version": None}

    def close(self) -> None:
        """Nothing to release."""

    @contextmanager
    def _written(self, scope: Scope) -> Iterator[Session]:
        with self._turnstile.turn():
            view = View(self._state, scope, writable=True)
            try:
                yield MemorySession(view)
            finally:
                view.end()
            self._state = view.state()

    @contextmanager
    def _viewed(self, scope: Scope) -> Iterator[Session]:
        view = View(self._state, scope, writable=False)
        try:
            yield MemorySession(view)
        finally:
            view.end()
