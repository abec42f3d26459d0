"""The store in memory: one writing block at a time, views that stand still, nothing kept of a block that raised."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from app.domain.base import JsonObject
from app.domain.events import Event
from app.domain.tenants import KillSwitch, Scope, Tenant
from app.domain.work import ConfigVersion
from app.ports.record import Anchor
from app.ports.store import Session
from app.ports.system import Clock
from app.store import codec, transitions
from app.store.audit.anchor import anchor_head
from app.store.event_lines import log_events
from app.store.memory import still
from app.store.memory.actions import MemoryActions
from app.store.memory.controls import MemoryControls
from app.store.memory.events import MemoryEvents
from app.store.memory.incidents import MemoryIncidents
from app.store.memory.knowledge import MemoryKnowledge
from app.store.memory.notices import MemoryNotices
from app.store.memory.packs import MemoryPacks
from app.store.memory.playbooks import MemoryPlaybookRuns
from app.store.memory.rollups import MemoryAwaits, MemoryRollups
from app.store.memory.shelf import CONFIG, INSTALLATION, TENANTS, Shelf, ShelfView, State, newest_policies
from app.store.memory.shelves import MemoryConversations, MemoryLessons, MemoryMerchants, MemoryNotes
from app.store.memory.signals import MemorySignals
from app.store.memory.unmapped import MemoryUnmapped
from app.store.memory.work import MemoryLeases, MemoryOutbox, MemoryReplies, MemorySetbacks
from app.store.write_lock import WriteLock
from app.system import SystemClock

PATIENCE = 30.0


class MemorySession(Session):
    """The Session port in memory; refuses use after its block."""

    def __init__(self, view: ShelfView, clock: Clock) -> None:
        self.scope = view.scope
        self.events = chain = MemoryEvents(view)
        self.signals = MemorySignals(view, clock)
        self.merchants = MemoryMerchants(view)
        self.rollups = MemoryRollups(view)
        self.awaits = MemoryAwaits(view)
        self.incidents = MemoryIncidents(view, chain)
        self.actions = MemoryActions(view, chain)
        self.knowledge = MemoryKnowledge(view, chain)
        self.lessons = MemoryLessons(view, chain)
        self.conversations = MemoryConversations(view)
        self.notes = MemoryNotes(view)
        self.leases = MemoryLeases(view, clock)
        self.outbox = MemoryOutbox(view, chain)
        self.setbacks = MemorySetbacks(view)
        self.replies = MemoryReplies(view)
        self.unmapped = MemoryUnmapped(view)
        self.notices = MemoryNotices(view)
        self.packs = MemoryPacks(view)
        self.playbooks = MemoryPlaybookRuns(view)
        self.controls = MemoryControls(view, chain)

    @property
    def head(self) -> Event | None:
        """The last link this block appended: what the anchor vouches for once it is committed."""
        return self.events.head

    def check_fence(self) -> None:
        """LeaseLost when the scope carries a fence whose lease was taken over."""
        self.leases.check_fence()


class MemoryStore:
    """The Store port in memory; lost with the process. Leases run by `clock`; `anchor` vouches for every
    chain's head.
    """

    def __init__(self, anchor: Anchor | None = None, clock: Clock | None = None) -> None:
        self._state: State = {}
        self._turnstile = WriteLock(PATIENCE)
        self._anchor = anchor
        self._clock = clock or SystemClock()

    def write(self, scope: Scope) -> AbstractContextManager[Session]:
        """A writing transaction: its changes count when the block ends, and are forgotten when it raises."""
        return self._written(scope)

    def read(self, scope: Scope) -> AbstractContextManager[Session]:
        """A reading transaction: one consistent view, which cannot write."""
        return self._viewed(scope)

    def tenants(self) -> list[Tenant]:
        """Every tenant, by id."""
        return [codec.read_value(Tenant, stored) for _, stored in sorted(self._state.get(TENANTS, {}).items())]

    def tenant(self, tenant_id: str) -> Tenant:
        """One tenant; NotFound otherwise."""
        return transitions.known_tenant(self._state.get(TENANTS, {}).get(tenant_id), tenant_id)

    def put_tenant(self, tenant: Tenant) -> None:
        """Insert or replace a tenant."""
        with self._turnstile.turn():
            self._replace(TENANTS, {**self._state.get(TENANTS, {}), tenant.id: codec.to_body(codec.to_fields(tenant))})

    def kill_switch(self) -> KillSwitch:
        """The switch for every tenant."""
        stored = self._state.get(INSTALLATION, {}).get(transitions.KILL_SWITCH)
        return KillSwitch() if stored is None else codec.read_value(KillSwitch, stored)

    def set_kill_switch(self, switch: KillSwitch) -> None:
        """Turn the switch for every tenant."""
        with self._turnstile.turn():
            kept = codec.to_body(codec.to_fields(switch.changed(everywhere=True)))
            self._replace(INSTALLATION, {transitions.KILL_SWITCH: kept} if switch.on else {})

    def config_versions(self) -> list[ConfigVersion]:
        """Every version that was ever loaded, oldest first."""
        return list(self._state.get(CONFIG, {}).values())

    def policies_in_force(self) -> str | None:
        """The version of the newest policies that were loaded; None before the first."""
        return newest_policies(self._state.get(CONFIG, {}))

    def record_config(self, loaded: Sequence[ConfigVersion]) -> list[ConfigVersion]:
        """Keep those that differ from the newest of their kind and name."""
        with self._turnstile.turn():
            known = self.config_versions()
            fresh = [still.as_stored(one) for one in transitions.changed_versions(known, loaded)]
            self._replace(CONFIG, dict(enumerate([*known, *fresh], start=1)))
        return fresh

    def health(self) -> JsonObject:
        """What /health/db shows."""
        return {"dialect": "memory", "reachable": True, "revision": None, "version": None}

    def tidy(self) -> None:
        """There are no files."""

    def probe(self) -> None:
        """What is kept in this process is there as long as the process is."""

    def close(self) -> None:
        """Nothing to release."""

    def _replace(self, key: tuple[str, str], shelf: Shelf) -> None:
        self._state = {**self._state, key: shelf}

    @contextmanager
    def _written(self, scope: Scope) -> Iterator[Session]:
        with self._turnstile.turn():
            view = ShelfView(self._state, scope, writable=True)
            session = MemorySession(view, self._clock)
            try:
                session.check_fence()
                yield session
            finally:
                view.end()
            self._state = view.state()
            anchor_head(self._anchor, scope.tenant_id, session.head)
            log_events(scope.tenant_id, session.events.appended)

    @contextmanager
    def _viewed(self, scope: Scope) -> Iterator[Session]:
        view = ShelfView(self._state, scope, writable=False)
        try:
            yield MemorySession(view, self._clock)
        finally:
            view.end()
