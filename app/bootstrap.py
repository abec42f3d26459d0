"""The one place that builds adapters, reads settings and opens doors. Everything else is handed what it needs."""

import logging
import os
import shutil
import socket
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from app.ambient import FreshIds, SteppedClock, SystemClock
from app.domain.tenants import Scope
from app.files import be_private, close_to_others, own_folder
from app.packs import Config, load_config
from app.policy.rules import RuleBook
from app.ports import Anchor, Clock, Effects, Store
from app.services.audit import open_anchor
from app.services.controls import adopt, tell_everywhere
from app.services.fixtures import load
from app.services.house import House, Limits
from app.services.journal import StoreJournal
from app.services.ledger import StoreLedger
from app.services.lost import hold_what_was_lost
from app.services.pulse import Pulse
from app.services.worker import Worker
from app.services.worlds import DEFAULT, DEMO, open_demo, read_clock
from app.settings import Settings
from app.vitals import VitalSigns
from app.wire import HealthAnswer, WorkerHealth

QUIET_SURROUNDINGS = {
    "LANGGRAPH_STRICT_MSGPACK": "true",
    "LANGSMITH_TRACING": "false",
    "ANONYMIZED_TELEMETRY": "False",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
"""Set before the libraries that read them are imported: no telemetry, no downloads, no foreign objects from checkpoints."""


@dataclass(frozen=True)
class Application:
    """The assembled product."""

    house: House
    settings: Settings
    store: Store
    worker: Worker
    librarian: Any
    checkpoints: Any
    pulse: Pulse
    scratch: Path | None = None
    """A folder that goes with it: the index of a demo or a trial, which leaves nothing behind."""

    def start(self) -> None:
        """Warm the index, let the worker beat as soon as the large libraries are imported, and ask every place that keeps data how it is."""
        self.librarian.warm()
        self.worker.start(after=self.librarian.imported)
        self.pulse.start()

    def stop(self) -> None:
        """Stop the worker, then let go of files and locks."""
        from graph import checkpoints

        self.pulse.stop()
        self.worker.stop()
        self.librarian.close()
        checkpoints.close(self.checkpoints)
        self.store.close()
        if self.scratch is not None:
            shutil.rmtree(self.scratch, ignore_errors=True)

    def health(self) -> HealthAnswer:
        """What /health shows: from what the parts said of themselves, without asking any of them now."""
        signs = self.house.vitals.signs()
        troubles = [sign.sentence for sign in signs if not sign.ok]
        return HealthAnswer(
            status="degraded" if troubles else "ok",
            troubles=troubles,
            signs=signs,
            worker=WorkerHealth(beats=self.worker.beats, last_error=self.worker.last_error),
        )


def _as_it_is(part: Any) -> Any:
    return part


@dataclass(frozen=True)
class Seams:
    """What tests put between the parts, each as it is built: to count, to delay, to fail, to be killed. The product leaves them as they are."""

    store: Callable[[Store], Store] = _as_it_is
    effects: Callable[[Effects], Effects] = _as_it_is
    checkpoints: Callable[[Any], Any] = _as_it_is


def build(settings: Settings, *, memory: bool = False, clock: Clock | None = None, seams: Seams | None = None) -> Application:
    """Assemble the product over the data folder or a database, or over memory for a demo that leaves nothing behind."""
    from graph.checkpoints import probe

    seams = seams or Seams()
    for name, value in QUIET_SURROUNDINGS.items():
        os.environ.setdefault(name, value)
    _plain_logs(settings.log_level)
    config = load_config(settings.config)
    rulebook = RuleBook.of(config)
    if not memory:
        be_private()
        close_to_others(settings.data, settings.anchor_file)
    anchor = _anchor(settings, memory=memory)
    vitals = VitalSigns(logged=True)
    store = seams.store(_store(settings, anchor, vitals, memory=memory))
    clocks = Clocks(store, clock or SystemClock())
    wake = threading.Event()
    scratch = Path(tempfile.mkdtemp(prefix="causeway-index-")) if memory else None
    house, librarian, checkpoints = _house(settings, config, rulebook, store, anchor, vitals, clocks, wake, seams, scratch=scratch)
    worker = Worker(house, wake, sweep_seconds=settings.sweep_seconds, demo_speed=settings.demo_speed)
    pulse = Pulse(vitals, store, lambda: probe(checkpoints), librarian.probe, on_disk=not memory)
    application = Application(
        house=house,
        settings=settings,
        store=store,
        worker=worker,
        librarian=librarian,
        checkpoints=checkpoints,
        pulse=pulse,
        scratch=scratch,
    )
    _furnish(application, clocks)
    return application


def _plain_logs(level: str) -> None:
    """One line per event, and tracebacks that do not print what variables held."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


class Clocks:
    """Each tenant's clock: simulated where the tenant says so, else the system's."""

    def __init__(self, store: Store, system: Clock) -> None:
        self._store = store
        self.system = system
        self._simulated: dict[str, SteppedClock] = {}
        self._lock = threading.Lock()

    def of(self, tenant_id: str) -> Clock:
        """The clock of a tenant."""
        with self._lock:
            known = self._simulated.get(tenant_id)
        if known:
            return known
        if not self._store.tenant(tenant_id).simulated_clock:
            return self.system
        with self._store.read(Scope(tenant_id=tenant_id)) as session:
            stands = read_clock(session) or self.system.now()
        with self._lock:
            return self._simulated.setdefault(tenant_id, SteppedClock(stands))


class TenantEffects:
    """The world of whichever tenant a call belongs to, on that tenant's clock."""

    def __init__(self, store: Store, clocks: Clocks) -> None:
        self._store = store
        self._clocks = clocks

    def apply(self, scope: Scope, tool: str, arguments: Mapping[str, Any], *, idempotency_key: str) -> dict[str, Any]:
        """Change that tenant's platform once per key."""
        return self._of(scope).apply(_outside(scope), tool, arguments, idempotency_key=idempotency_key)

    def look(self, scope: Scope, tool: str, *, idempotency_key: str) -> dict[str, Any] | None:
        """What that tenant's platform answered under the key."""
        return self._of(scope).look(_outside(scope), tool, idempotency_key=idempotency_key)

    def find(self, scope: Scope, reference: str) -> bool:
        """Whether that tenant's platform still knows the reference."""
        return self._of(scope).find(_outside(scope), reference)

    def _of(self, scope: Scope) -> Effects:
        from simulations.effects import WorldEffects

        return WorldEffects(self._store, self._clocks.of(scope.tenant_id))


def _outside(scope: Scope) -> Scope:
    """The scope as the world outside sees it: a platform knows nothing of our leases."""
    return scope.changed(fence=None)


def _anchor(settings: Settings, *, memory: bool) -> Anchor:
    from app.store.anchor import FileAnchor, MemoryAnchor

    if memory:
        return MemoryAnchor()
    file = settings.anchor_file
    return FileAnchor(file, file.with_name(f"{file.name}.key"))


def _store(settings: Settings, anchor: Anchor, vitals: VitalSigns, *, memory: bool) -> Store:
    if memory:
        from app.store.memory import MemoryStore

        return MemoryStore(anchor=anchor)
    from app.store.engine import open_store, sqlite_url
    from app.store.lock import DataLock

    own_folder(settings.data)
    lock = DataLock(settings.data).acquire()
    try:
        return open_store(settings.database or sqlite_url(settings.data / "causeway.sqlite"), lock=lock, anchor=anchor, vitals=vitals)
    except BaseException:
        lock.release()
        raise


def _house(
    settings: Settings,
    config: Config,
    rulebook: RuleBook,
    store: Store,
    anchor: Anchor,
    vitals: VitalSigns,
    clocks: Clocks,
    wake: threading.Event,
    seams: Seams,
    *,
    scratch: Path | None,
) -> tuple[House, Any, Any]:
    from app.tools.registry import Registry
    from graph.checkpoints import prove_strict, strict_serde
    from graph.deps import Deps
    from graph.runner import LoopRunner
    from rag.documents import DocumentParser
    from rag.embeddings import MiniLm, make_embedder
    from rag.retrieve import RagLibrarian

    prove_strict(strict_serde())
    tools = Registry(config.tools, seams.effects(TenantEffects(store, clocks)))
    index = scratch or settings.data / "index"
    librarian = RagLibrarian(store, index, lite=settings.lite, floor=config.thresholds.retrieval_floor, vitals=vitals)

    def deps_of(scope: Scope) -> Deps:
        clock = clocks.of(scope.tenant_id)
        tenant = store.tenant(scope.tenant_id)
        return Deps(
            scope=scope,
            tenant=tenant.changed(kill_switch=tenant.kill_switch or store.kill_switch().on),
            store=store,
            tools=tools,
            librarian=librarian,
            ledger=StoreLedger(store, clock, settings.lease_seconds),
            journal=StoreJournal(store, clock),
            clock=clock,
            config=config,
            rulebook=rulebook,
        )

    checkpoints = seams.checkpoints(_checkpoints(settings, memory=scratch is not None))
    house = House(
        store=store,
        config=config,
        tools=tools,
        librarian=librarian,
        parser=DocumentParser(),
        ids=FreshIds(),
        clock_of=clocks.of,
        system=clocks.system,
        loop=LoopRunner(checkpoints, deps_of),
        wake=wake.set,
        deps=deps_of,
        turn=_turns(),
        holder=FreshIds().fresh(f"{socket.gethostname()}:{os.getpid()}"),
        anchor=anchor,
        vitals=vitals,
        fixtures=settings.fixtures,
        retrieval="semantic" if make_embedder(settings.lite).name == MiniLm.name else "lexical",
        lease_seconds=settings.lease_seconds,
        limits=Limits(upload_bytes=settings.max_upload_bytes),
    )
    return house, librarian, checkpoints


def _checkpoints(settings: Settings, *, memory: bool) -> Any:
    from graph.checkpoints import open_checkpoints, open_shared_checkpoints

    if memory:
        return open_checkpoints(":memory:")
    if settings.served and settings.database:
        return open_shared_checkpoints(settings.database)
    return open_checkpoints(settings.data / "checkpoints.sqlite")


def _turns() -> Any:
    """One thread of this process at a time at each thing of a tenant; between processes the lease decides."""
    locks: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)
    registry = threading.Lock()

    def turn(scope: Scope, what: str) -> AbstractContextManager[object]:
        with registry:
            return locks[scope.tenant_id, what]

    return turn


def _furnish(application: Application, clocks: Clocks) -> None:
    """Give an empty store its tenants, every tenant the shipped runbooks, and the demo its world."""
    house, settings = application.house, application.settings
    now = clocks.system.now()
    if not house.store.tenants():
        if settings.demo:
            house.store.put_tenant(DEMO)
        house.store.put_tenant(DEFAULT)
    hold_what_was_lost(house, now)
    open_anchor(house, now)
    adopt(house.store, house.config, now)
    tell_everywhere(house, Scope(tenant_id=DEFAULT.id))
    if any(tenant.id == DEMO.id for tenant in house.store.tenants()):
        scope = Scope(tenant_id=DEMO.id)
        open_demo(house, scope, now.replace(second=0, microsecond=0))
        load(house, scope)
    for tenant in house.store.tenants():
        stock(house, tenant.id, settings.runbooks, now)


def stock(house: House, tenant_id: str, runbooks: Path, now: datetime) -> None:
    """Give a tenant the shipped runbooks as they are now."""
    from rag.shipped import load_shipped

    with house.store.write(Scope(tenant_id=tenant_id)) as session:
        known = {document.id: document.content_hash for document in session.knowledge.documents()}
        for document, chunks in load_shipped(runbooks, now):
            if known.get(document.id) != document.content_hash:
                session.knowledge.put(document, chunks)
