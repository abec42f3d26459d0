"""The agent's heartbeat: asks the sources for news, sweeps every few seconds, and advances whatever can advance.

It is level-triggered: a wake-up only makes it look sooner. What it does not manage in one beat it finds again in the
next. Each tenant is looked at in a lane of its own and for a bounded time, those that waited longest first: a backlog
is its tenant's alone.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from app.context import AppContext
from app.domain.errors import Temporary
from app.domain.notices import NoticeTarget
from app.domain.tenants import Scope, Tenant
from app.ports.sources import Source
from app.process.vital_signs import Part, Trouble, trouble_of
from app.services.agent.lanes import Lanes
from app.services.intake import tally
from app.services.loop import advance
from app.services.notices.deliver import Teller
from app.services.operations.retention import Keeper
from app.services.playbooks.watching import PlanWatch
from app.services.watch import sweep

log = structlog.get_logger()
BEAT_SECONDS = 1.0
LONGEST_ELAPSED = 5.0
LANES = 4
"""So many tenants are looked at beside each other."""
SWEEP_TURN = 2.0
ADVANCE_TURN = 5.0
"""Seconds after which a tenant that has more to do gets its next turn only after the others had theirs."""
TELLING_LANES = 2
"""So many targets are told beside each other, and beside everything else."""
LONGEST_PAUSE = 300.0
"""Seconds after which a sweep that keeps failing is tried again at the latest."""
STOPPING = 10.0
LONGEST_STEP = 60.0
"""A worker that has finished nothing for so long hangs."""

OLDER = "this process was started with older policies than those in force, and decides nothing"


@dataclass
class Turn:
    """Where one tenant stands with its worker."""

    elapsed: float = 0.0
    looked_at: float = 0.0
    sweep_at: float = 0.0
    """When its next sweep is due, by the process's own time."""
    failures: int = 0
    sweep_trouble: str = ""
    trouble: str = ""


class Worker:
    """One thread that beats until it is stopped, and the lanes it looks at tenants in."""

    def __init__(
        self, ctx: AppContext, wake: threading.Event, sources: Sequence[Source], *, sweep_seconds: float
    ) -> None:
        self._ctx = ctx
        self._wake = wake
        self._sources = sources
        self._sweep_seconds = sweep_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="causeway-worker", daemon=True)
        self._keeper = Keeper(ctx)
        self._lanes = Lanes(LANES)
        self._teller = Teller(ctx)
        self._plans = PlanWatch(ctx)
        self._telling = Lanes(TELLING_LANES)
        self._turns: defaultdict[str, Turn] = defaultdict(Turn)
        self._after: threading.Event | None = None
        self.beats = 0
        self.last_error = ""

    def start(self, after: threading.Event | None = None) -> None:
        """Begin to beat; after something else has happened, where that is said."""
        self._after = after
        self._thread.start()

    def stop(self) -> None:
        """Finish the beat at hand and end."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=STOPPING)
        self._lanes.close(STOPPING)
        self._telling.close(STOPPING)

    def _run(self) -> None:
        while self._after is not None and not self._after.wait(BEAT_SECONDS):
            if self._stopping.is_set():
                return
        last = time.monotonic()
        self._ctx.vitals.expect(Part.WORKER, LONGEST_STEP)
        while not self._stopping.is_set():
            self._wake.wait(BEAT_SECONDS)
            self._wake.clear()
            now = time.monotonic()
            elapsed, last = now - last, now
            _outlive(partial(self._beat_watched, elapsed), "worker.beat_failed")

    def _beat_watched(self, elapsed: float) -> None:
        with self._ctx.vitals.watch(Part.WORKER):
            self.beat(elapsed, patience=BEAT_SECONDS)

    def beat(self, elapsed: float, *, patience: float | None = None) -> None:
        """One look at every tenant that no look is under way of; what goes wrong in one is kept from the others.

        It lasts until they are done, or for so long: who is at work longer is passed over by the beats that follow.
        """
        try:
            tenants = self._ctx.store.tenants()
            older = not advance.in_force(self._ctx)
        except Temporary as busy:
            self.last_error = busy.detail
            return
        turns = {tenant.id: self._turns[tenant.id] for tenant in tenants}
        for turn in turns.values():
            turn.elapsed = min(turn.elapsed + elapsed, LONGEST_ELAPSED)
        for tenant in sorted(tenants, key=lambda one: turns[one.id].looked_at):
            self._lanes.offer(tenant.id, partial(self._take_turn, tenant, turns[tenant.id]))
        self._lanes.rest(patience)
        self._tell_people(tenants)
        if patience is None:
            self._telling.rest()
        troubles = [
            f"{name}: {said}" for name, turn in turns.items() for said in (turn.trouble, turn.sweep_trouble) if said
        ]
        self.last_error = "; ".join([*troubles, *([OLDER] if older else [])])
        self._ctx.vitals.keep_only([tenant.id for tenant in tenants])
        if older:
            self._ctx.vitals.ill(Part.ADVANCE, Trouble(cause=OLDER, remedy="restart it"))
        else:
            self._ctx.vitals.well(Part.ADVANCE)
        self.beats += 1

    def _tell_people(self, tenants: Sequence[Tenant]) -> None:
        """Each target in a lane that nobody else waits for: one that does not answer delays nothing but itself."""
        for tenant in tenants:
            for target in self._teller.targets_of(tenant.id):
                self._telling.offer(f"{tenant.id}:{target.name}", partial(self._tell_one, tenant.id, target))

    def _tell_one(self, tenant_id: str, target: NoticeTarget) -> None:
        if not self._stopping.is_set():
            tell = partial(self._teller.tell_target, Scope(tenant_id=tenant_id), target)
            _outlive(tell, "notice.trouble", tenant=tenant_id, target=target.name)

    def _take_turn(self, tenant: Tenant, turn: Turn) -> None:
        if self._stopping.is_set():
            return
        turn.looked_at = time.monotonic()
        failed = _outlive(partial(self._look_at, tenant, turn), "worker.beat_failed", tenant=tenant.id)
        turn.trouble = trouble_of(failed).sentence if failed else ""

    def _look_at(self, tenant: Tenant, turn: Turn) -> None:
        scope = Scope(tenant_id=tenant.id)
        with self._ctx.vitals.watch(Part.ADVANCE, tenant.id):
            elapsed, turn.elapsed = turn.elapsed, 0.0
            for source in self._sources:
                source.let_time_pass(tenant, elapsed)
            tally.count_waiting(self._ctx, scope)
            if time.monotonic() >= turn.sweep_at:
                self._sweep(scope, turn)
            advance.advance_all(self._ctx, scope, sweep.for_at_most(ADVANCE_TURN, self._stopping.is_set))
            if advance.in_force(self._ctx):
                self._plans.carry_on_changed(scope, self._stopping.is_set)
            if self._keeper.tend(scope):
                self._keeper.tidy()

    def _sweep(self, scope: Scope, turn: Turn) -> None:
        """One turn at the backlog; one that was not enough goes on in the next beat, and one that keeps failing pauses
        longer each time.
        """
        failed = _outlive(partial(self._sweep_once, scope, turn), "sweep.trouble", tenant=scope.tenant_id)
        if failed:
            turn.failures += 1
            turn.sweep_trouble = f"no sweep goes through, {turn.failures} failed: {trouble_of(failed).sentence}"
            pause = min(self._sweep_seconds * 2.0**turn.failures, max(LONGEST_PAUSE, self._sweep_seconds))
            turn.sweep_at = time.monotonic() + pause
        elif turn.sweep_at <= time.monotonic():
            self._wake.set()

    def _sweep_once(self, scope: Scope, turn: Turn) -> None:
        pause = self._sweep_seconds
        try:
            with self._ctx.vitals.watch(Part.SWEEP, scope.tenant_id):
                if not sweep.nothing_new(self._ctx, scope):
                    sweep.sweep_tenant(self._ctx, scope, enough=sweep.for_at_most(SWEEP_TURN, self._stopping.is_set))
                    pause = self._sweep_seconds if sweep.nothing_new(self._ctx, scope) else 0.0
            turn.failures, turn.sweep_trouble = 0, ""
        except Temporary as busy:
            log.info("sweep.later", tenant=scope.tenant_id, why=busy.detail)
        turn.sweep_at = time.monotonic() + pause


def _outlive(work: Callable[[], None], told_as: str, **facts: str) -> Exception | None:
    """Whatever goes wrong in a turn is told, and ends that turn only: the worker goes on."""
    try:
        work()
    except Exception as error:
        log.exception(told_as, **facts)
        return error
    return None
