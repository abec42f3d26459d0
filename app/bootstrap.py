"""The one place that builds adapters, reads settings and opens doors. Everything else is handed what it needs."""

import logging
import os
import shutil
import socket
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import structlog
from threadpoolctl import threadpool_limits

from app.config.load import load_config
from app.config.model import Config
from app.config.packs_in_force import PacksInForce
from app.context import AppContext, Limits, ModelLimits
from app.domain.tenants import DEFAULT_TENANT, Scope
from app.plugs import PLUGS, Plug
from app.policy.rules import RuleBook
from app.ports.connectors import Connector
from app.ports.knowledge import Meaning
from app.ports.record import Anchor
from app.ports.store import Store
from app.ports.system import Clock
from app.process.private_files import be_private, close_to_others, own_folder
from app.process.secret_values import read_secret
from app.process.vital_signs import VitalSigns, list_troubles
from app.schemas.base import HealthAnswer, WorkerHealth
from app.services.agent.jobs import CycleJobs
from app.services.agent.pulse import Pulse
from app.services.agent.warming import Warming
from app.services.agent.worker import Worker
from app.services.audit.lost_events import hold_what_was_lost
from app.services.audit.proof import open_anchor
from app.services.loop.journal import StoreJournal
from app.services.loop.ledger import StoreLedger
from app.services.loop.tool_modes import read_modes
from app.services.operations.controls import record_configuration, tell_everywhere
from app.settings import Settings
from app.system import FreshIds, SteppedClock, SystemClock

if TYPE_CHECKING:
    from app.connectors.egress import OutsideDoor
    from app.store.sql.reports import Rows
    from graph.checkpoints import Bookmarks
    from rag.retrieve import RunbookRetriever

P = TypeVar("P")

QUIET_SURROUNDINGS = {
    "LANGGRAPH_STRICT_MSGPACK": "true",
    "LANGSMITH_TRACING": "false",
    "ANONYMIZED_TELEMETRY": "False",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "OPENBLAS_NUM_THREADS": "1",
}
"""Set before the libraries that read them are imported: no telemetry, no downloads, no foreign objects from
checkpoints, one thread for sums (`keep_to_one_thread`).
"""


@dataclass(frozen=True)
class Application:
    """The assembled product."""

    ctx: AppContext
    settings: Settings
    store: Store
    worker: Worker
    retriever: "RunbookRetriever"
    checkpoints: "Bookmarks"
    pulse: Pulse
    jobs: CycleJobs
    warming: Warming | None = None
    """Where a model of meaning is installed."""
    scratch: Path | None = None
    """A folder that goes with it: store and index of a demo or a trial, which leaves nothing behind."""

    def start(self) -> None:
        """Warm the index, let the worker beat as soon as the large libraries are imported, and ask every place that
        keeps data how it is.
        """
        self.retriever.warm()
        self.ctx.model.warm()
        if self.warming is not None:
            self.warming.start()
        self.worker.start(after=self.retriever.imported)
        self.pulse.start()

    def stop(self) -> None:
        """Stop the worker, then let go of files and locks."""
        from graph import checkpoints

        self.ctx.model.close()
        if self.warming is not None:
            self.warming.stop()
        self.pulse.stop()
        self.jobs.stop()
        self.worker.stop()
        self.retriever.close()
        checkpoints.close(self.checkpoints)
        self.store.close()
        if self.scratch is not None:
            shutil.rmtree(self.scratch, ignore_errors=True)

    def health(self) -> HealthAnswer:
        """What /health shows: from what the parts said of themselves, without asking any of them now."""
        signs = self.ctx.vitals.signs()
        troubles = list_troubles(signs)
        return HealthAnswer(
            status="degraded" if troubles else "ok",
            troubles=troubles,
            signs=signs,
            worker=WorkerHealth(beats=self.worker.beats, last_error=self.worker.last_error),
        )


def _as_it_is(part: P) -> P:
    return part


@dataclass(frozen=True)
class Seams:
    """What tests put between the parts, each as it is built: to count, to delay, to fail, to be killed. The product
    leaves them as they are.
    """

    store: Callable[[Store], Store] = _as_it_is
    door: "Callable[[OutsideDoor], OutsideDoor]" = _as_it_is
    effects: Callable[[Connector], Connector] = _as_it_is
    checkpoints: "Callable[[Bookmarks], Bookmarks]" = _as_it_is


def build_application(
    settings: Settings,
    *,
    passing: bool = False,
    clock: Clock | None = None,
    seams: Seams | None = None,
    plugs: Sequence[Plug] = PLUGS,
    meaning: Meaning | None = None,
) -> Application:
    """Assemble the product over the data folder or a database, or over a passing folder, which leaves nothing behind.
    `meaning` judges incidents where the settings leave the model out, as they do for a runbook index that is made in no
    time.
    """
    from graph.checkpoints import probe

    seams = seams or Seams()
    for name, value in QUIET_SURROUNDINGS.items():
        os.environ.setdefault(name, value)
    keep_to_one_thread()
    _plain_logs(settings.log_level)
    config = load_config(settings.config)
    rulebook = RuleBook.of(config)
    if not passing:
        be_private()
        close_to_others(settings.data, settings.anchor_file)
    scratch = Path(tempfile.mkdtemp(prefix="causeway-passing-")) if passing else None
    anchor = _open_anchor_file(settings, scratch)
    vitals = VitalSigns(logged=True)
    store = seams.store(_open_store(settings, anchor, vitals, scratch))
    clocks = Clocks(store, clock or SystemClock(), plugs)
    wake = threading.Event()
    ctx, retriever, checkpoints = _build_context(
        settings, config, rulebook, store, anchor, vitals, clocks, wake, seams, plugs, scratch=scratch, meaning=meaning
    )
    sources = [source for plug in plugs for source in plug.sources(ctx, settings)]
    worker = Worker(ctx, wake, sources, sweep_seconds=settings.sweep_seconds)
    pulse = Pulse(vitals, store, lambda: probe(checkpoints), retriever.probe, on_disk=not passing)
    application = Application(
        ctx=ctx,
        settings=settings,
        store=store,
        worker=worker,
        retriever=retriever,
        checkpoints=checkpoints,
        pulse=pulse,
        jobs=CycleJobs(ctx),
        warming=Warming(ctx.meaning, tuple(config.packs.values()), retriever.imported) if ctx.meaning else None,
        scratch=scratch,
    )
    seed_tenants(application, clocks, plugs)
    return application


def keep_to_one_thread() -> None:
    """Our matrices are small: more threads would spin while they wait for each other, for four times the processor
    time, and on a busy machine the same sum took forty times as long. numpy is imported by now and does not read the
    environment any more.
    """
    threadpool_limits(limits=1, user_api="blas")


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

    def __init__(self, store: Store, system: Clock, plugs: Sequence[Plug]) -> None:
        self._store = store
        self._plugs = plugs
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
            told = (plug.read_clock(session) for plug in self._plugs)
            stands = next((moment for moment in told if moment is not None), None) or self.system.now()
        with self._lock:
            return self._simulated.setdefault(tenant_id, SteppedClock(stands))


def _open_anchor_file(settings: Settings, scratch: Path | None) -> Anchor:
    from app.store.audit.anchor import FileAnchor, MemoryAnchor

    if scratch is not None:
        return MemoryAnchor()
    file = settings.anchor_file
    return FileAnchor(file, file.with_name(f"{file.name}.key"))


def _open_store(settings: Settings, anchor: Anchor, vitals: VitalSigns, scratch: Path | None) -> Store:
    if scratch is not None:
        from app.store.sql.passing import open_passing_store

        return open_passing_store(scratch, anchor=anchor, vitals=vitals)
    from app.store.sql.engine import open_store
    from app.store.sql.folder_lock import FolderLock

    own_folder(settings.data)
    lock = FolderLock(settings.data).acquire()
    try:
        return open_store(_database_url(settings), lock=lock, anchor=anchor, vitals=vitals)
    except BaseException:
        lock.release()
        raise


def _database_url(settings: Settings) -> str:
    from app.store.sql.engine import sqlite_url

    return settings.database or sqlite_url(settings.data / "causeway.sqlite")


def query_reports(settings: Settings, tenant_id: str, query: str) -> "Rows":
    """What a query of an older system gives; the store is only read, whoever else has it open."""
    from app.store.sql.reports import run_query

    return run_query(_database_url(settings), tenant_id, query)


def _build_context(
    settings: Settings,
    config: Config,
    rulebook: RuleBook,
    store: Store,
    anchor: Anchor,
    vitals: VitalSigns,
    clocks: Clocks,
    wake: threading.Event,
    seams: Seams,
    plugs: Sequence[Plug],
    *,
    scratch: Path | None,
    meaning: Meaning | None,
) -> "tuple[AppContext, RunbookRetriever, Bookmarks]":
    from app.connectors.breaker import Breakers
    from app.connectors.egress import Egress
    from app.connectors.live import LiveConnector
    from app.connectors.messenger import VendorMessenger
    from app.connectors.registry import ConnectorRegistry
    from app.llm.opened import open_model
    from graph.checkpoints import prove_strict, strict_serde
    from graph.context import NodeContext
    from graph.runner import LoopRunner
    from graph.track_record import FirstClaims
    from rag.documents import DocumentParser
    from rag.multilingual import find_multilingual
    from rag.retrieve import RunbookRetriever
    from rag.text_vectors import remembered_meaning
    from rag.word_nearness import nearness_with

    prove_strict(strict_serde())
    live = LiveConnector(
        config.connections,
        seams.door(Egress(standins=frozenset(settings.local_standins))),
        lambda reference: read_secret(reference, "config/connections.yaml"),
        clocks.system.now,
        harmless={vendor.name: (vendor.test, vendor.works) for vendor in config.vendors if vendor.test},
        budget_seconds=min(settings.lease_seconds * 0.6, 20.0),
    )
    carriers = [(plug, seams.effects(plug.connector(store, clocks.of))) for plug in plugs]
    tools = ConnectorRegistry(
        config.tools, {kind: carrier for plug, carrier in carriers for kind in plug.kinds}, live=live
    )
    index = (scratch or settings.data) / "index"
    retriever = RunbookRetriever(
        store,
        index,
        lite=settings.lite,
        multilingual=settings.multilingual,
        floor=config.thresholds.retrieval_floor,
        vitals=vitals,
    )

    meaning = meaning or (None if settings.lite else remembered_meaning())
    compared_by = nearness_with(meaning)
    packs = PacksInForce(store, config)
    firsts = FirstClaims()

    def context_of(scope: Scope) -> NodeContext:
        clock = clocks.of(scope.tenant_id)
        tenant = store.tenant(scope.tenant_id)
        return NodeContext(
            scope=scope,
            tenant=tenant.changed(kill_switch=tenant.kill_switch or store.kill_switch().on),
            store=store,
            tools=tools,
            retriever=retriever,
            ledger=StoreLedger(store, clock, settings.lease_seconds, config.policies.merchants_per_hour),
            journal=StoreJournal(store, clock),
            clock=clock,
            config=config,
            in_force=packs.of(tenant),
            rulebook=rulebook,
            modes=read_modes(store, config, tenant),
            firsts=firsts,
            compared_by=compared_by,
        )

    checkpoints = seams.checkpoints(_open_checkpoints(settings, passing=scratch is not None))
    ctx = AppContext(
        store=store,
        config=config,
        packs=packs,
        tools=tools,
        retriever=retriever,
        parser=DocumentParser(),
        ids=FreshIds(),
        clock_of=clocks.of,
        system=clocks.system,
        loop=LoopRunner(checkpoints, context_of),
        wake=wake.set,
        node_context=context_of,
        turn=_thread_locks(),
        holder=FreshIds().fresh(f"{socket.gethostname()}:{os.getpid()}"),
        anchor=anchor,
        vitals=vitals,
        fixtures=settings.fixtures,
        messenger=VendorMessenger(config.vendors, live),
        link_url=settings.link_url,
        retrieval=retriever.kind,
        lease_seconds=settings.lease_seconds,
        limits=Limits(upload_bytes=settings.max_upload_bytes),
        meaning=meaning,
        tongues=find_multilingual(settings.multilingual),
        model=open_model(settings, Breakers()),
        model_limits=ModelLimits(
            seconds=settings.llm_seconds,
            daily_tokens=settings.llm_daily_tokens,
            daily_micros=round(settings.llm_daily_usd * 1_000_000),
            per_minute=settings.llm_per_minute,
        ),
    )
    return ctx, retriever, checkpoints


def _open_checkpoints(settings: Settings, *, passing: bool) -> "Bookmarks":
    from graph.checkpoints import open_checkpoints, open_shared_checkpoints

    if passing:
        return open_checkpoints(":memory:")
    if settings.served and settings.database:
        return open_shared_checkpoints(settings.database)
    return open_checkpoints(settings.data / "checkpoints.sqlite")


def _thread_locks() -> Callable[[Scope, str], AbstractContextManager[object]]:
    """One thread of this process at a time at each thing of a tenant; between processes the lease decides."""
    locks: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)
    registry = threading.Lock()

    def turn(scope: Scope, what: str) -> AbstractContextManager[object]:
        with registry:
            return locks[scope.tenant_id, what]

    return turn


def seed_tenants(application: Application, clocks: Clocks, plugs: Sequence[Plug]) -> None:
    """Give an empty store its tenants, every tenant the shipped runbooks, and those of a plug what they need."""
    ctx, settings = application.ctx, application.settings
    now = clocks.system.now()
    if not ctx.store.tenants():
        for tenant in (*(one for plug in plugs for one in plug.first_tenants(settings)), DEFAULT_TENANT):
            ctx.store.put_tenant(tenant)
    hold_what_was_lost(ctx, now)
    open_anchor(ctx, now)
    record_configuration(ctx.store, ctx.config, now)
    tell_everywhere(ctx, Scope(tenant_id=DEFAULT_TENANT.id))
    for plug in plugs:
        plug.furnish(ctx, now)
    for tenant in ctx.store.tenants():
        seed_runbooks(ctx, tenant.id, settings.runbooks, now)


def seed_runbooks(ctx: AppContext, tenant_id: str, runbooks: Path, now: datetime) -> None:
    """Give a tenant the shipped runbooks as they are now."""
    from rag.shipped import load_shipped

    with ctx.store.write(Scope(tenant_id=tenant_id)) as session:
        known = {document.id: document.content_hash for document in session.knowledge.documents()}
        for document, chunks in load_shipped(runbooks, now):
            if known.get(document.id) != document.content_hash:
                session.knowledge.put(document, chunks)
