"""The Effects port over the world that a tenant's notes hold.

The note is small: what cannot be computed again. The world that belongs to it is kept in this process under the note's
digest, so that a call does not give birth to a whole platform; another note is another world.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Lock
from typing import Any, Final

from app.domain.base import JsonObject, digest_of
from app.domain.tenants import Scope
from app.ports.store import Session, Store
from app.ports.system import Clock
from simulations.world.world import World

WORLD_NOTE: Final = "world"
"""Where a tenant's notes keep the world."""
KINDS: Final = frozenset({"document", "escalation", "logs", "setting", "ticket"})
"""The kinds of tools it carries out."""
_MOST: Final = 8
SHARE: Final = 0.2
"""Of an incident's evidence: who is told of less than this of a fault does not work on it."""


class _Nursery:
    """The worlds of this process, by what was written down of them."""

    def __init__(self) -> None:
        self._worlds: OrderedDict[str, World] = OrderedDict()
        self._lock = Lock()

    def keep(self, world: World, note: Mapping[str, Any]) -> None:
        """Hold a world under what is written down of it, and under nothing older."""
        with self._lock:
            for key in [key for key, known in self._worlds.items() if known is world]:
                del self._worlds[key]
            self._worlds[digest_of(note)] = world
            while len(self._worlds) > _MOST:
                self._worlds.popitem(last=False)

    def of(self, note: Mapping[str, Any]) -> World:
        """The world of a note; made anew where nobody kept it."""
        key = digest_of(note)
        with self._lock:
            world = self._worlds.get(key)
            if world is not None:
                self._worlds.move_to_end(key)
                return world
        world = World.of_plain(note)
        self.keep(world, note)
        return world


_NURSERY: Final = _Nursery()


def load_world(session: Session) -> World | None:
    """The tenant's world; None where it lives in none."""
    note = session.notes.get(WORLD_NOTE)
    return _NURSERY.of(note) if note else None


def save_world(session: Session, world: World) -> None:
    """Keep the world in the running transaction."""
    note = world.plain()
    session.notes.put(WORLD_NOTE, note)
    _NURSERY.keep(world, note)


def find_faults_meant(session: Session, world: World, arguments: Mapping[str, Any], now: datetime) -> list[int] | None:
    """The faults that the incident which a call names is about: those that at least a fifth of its evidence stems
    from. None where no incident is named.
    """
    incident_id = arguments.get("incident_id")
    if not isinstance(incident_id, str):
        return None
    counts = world.count_blamed(session.signals.of_incident(incident_id), now)
    return sorted(number for number, count in counts.items() if number >= 0 and count >= SHARE * counts.total())


class WorldConnector:
    """What a tool call does to the world of a tenant."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def apply(self, scope: Scope, tool: str, arguments: Mapping[str, Any], *, idempotency_key: str) -> JsonObject:
        """Change the world once per key; the directory of merchants follows."""
        with self._store.write(scope) as session:
            world = load_world(session)
            if world is None:
                return {
                    "http_status": 404,
                    "reference": "",
                    "body": {"error": "NotFound", "detail": "there is no platform here"},
                }
            now = self._clock.now()
            about = find_faults_meant(session, world, arguments, now)
            answer = world.apply(tool, arguments, key=idempotency_key, at=now, about=about)
            save_world(session, world)
            _update_directory(session, world, arguments.get("merchant_ids"))
            return answer

    def look(self, scope: Scope, tool: str, *, idempotency_key: str) -> JsonObject | None:
        """The answer an earlier call under this key was given."""
        with self._store.read(scope) as session:
            world = load_world(session)
            return None if world is None else world.look(idempotency_key)

    def find(self, scope: Scope, reference: str) -> bool:
        """Whether what a call answered with this reference is still there."""
        with self._store.read(scope) as session:
            world = load_world(session)
            return world is not None and world.find(reference)


class SimulatedConnector:
    """The world of whichever tenant a call belongs to, on that tenant's clock. Implements the Connector port."""

    def __init__(self, store: Store, clock_of: Callable[[str], Clock]) -> None:
        self._store = store
        self._clock_of = clock_of

    def apply(self, scope: Scope, tool: str, arguments: Mapping[str, Any], *, idempotency_key: str) -> JsonObject:
        """Change that tenant's platform once per key."""
        return self._of(scope).apply(_scope_outside(scope), tool, arguments, idempotency_key=idempotency_key)

    def look(self, scope: Scope, tool: str, *, idempotency_key: str) -> JsonObject | None:
        """What that tenant's platform answered under the key."""
        return self._of(scope).look(_scope_outside(scope), tool, idempotency_key=idempotency_key)

    def find(self, scope: Scope, reference: str) -> bool:
        """Whether that tenant's platform still knows the reference."""
        return self._of(scope).find(_scope_outside(scope), reference)

    def _of(self, scope: Scope) -> WorldConnector:
        return WorldConnector(self._store, self._clock_of(scope.tenant_id))


def _scope_outside(scope: Scope) -> Scope:
    """The scope as the world outside sees it: a platform knows nothing of our leases."""
    return scope.changed(fence=None)


def _update_directory(session: Session, world: World, named: Any) -> None:
    """The directory follows the settings of those a call named; merchants it does not list stay unlisted."""
    rows = (
        [session.merchants.get(key) for key in named if isinstance(key, str)] if isinstance(named, list | tuple) else []
    )
    known = {one.id for one in world.people}
    listed = [row for row in rows if row is not None and row.id in known]
    now = {row.id: world.listed(row.id) for row in listed}
    changed = [
        row.changed(
            webhook_version=now[row.id].webhook_version, attributes={**row.attributes, **now[row.id].attributes}
        )
        for row in listed
        if (row.webhook_version, row.attributes)
        != (now[row.id].webhook_version, {**row.attributes, **now[row.id].attributes})
    ]
    if changed:
        session.merchants.put(changed)
