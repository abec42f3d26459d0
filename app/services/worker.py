"""The agent's heartbeat: lets simulated time pass, sweeps every few seconds, and advances whatever can advance.

It is level-triggered: a wake-up only makes it look sooner. What it does not manage in one beat it finds again in the next.
"""

import threading
import time
from datetime import timedelta

import structlog

from app.domain.errors import Temporary
from app.domain.tenants import Scope, Tenant
from app.services import advance, sweep, worlds
from app.services.house import House

log = structlog.get_logger()
BEAT_SECONDS = 1.0
LONGEST_ELAPSED = 5.0
WORLD_SECONDS = 10.0
OLDER = "this process was started with older policies than those in force, and decides nothing: restart it"


class Worker:
    """One thread that beats until it is stopped."""

    def __init__(self, house: House, wake: threading.Event, *, sweep_seconds: float, demo_speed: float) -> None:
        self._house = house
        self._wake = wake
        self._sweep_seconds = sweep_seconds
        self._speed = demo_speed
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="causeway-worker", daemon=True)
        self._swept_at = 0.0
        self.beats = 0
        self.last_error = ""

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the beat at hand and end."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        last = time.monotonic()
        while not self._stopping.is_set():
            self._wake.wait(BEAT_SECONDS)
            self._wake.clear()
            now = time.monotonic()
            elapsed, last = now - last, now
            self.beat(min(elapsed, LONGEST_ELAPSED))

    def beat(self, elapsed: float) -> None:
        """One look at every tenant; what goes wrong in one is kept from the others."""
        due = time.monotonic() - self._swept_at >= self._sweep_seconds
        troubles = []
        try:
            tenants = self._house.store.tenants()
            older = not advance.in_force(self._house)
        except Temporary as busy:
            self.last_error = busy.detail
            return
        for tenant in tenants:
            if self._stopping.is_set():
                return
            try:
                self._look_at(tenant, elapsed, due=due)
            except Exception as error:
                troubles.append(f"{tenant.id}: {type(error).__name__}: {error}")
                log.exception("worker.beat_failed", tenant=tenant.id)
        if older:
            troubles.append(OLDER)
        self.last_error = "; ".join(troubles)
        if due:
            self._swept_at = time.monotonic()
        self.beats += 1

    def _look_at(self, tenant: Tenant, elapsed: float, *, due: bool) -> None:
        scope = Scope(tenant_id=tenant.id)
        if tenant.simulated_clock:
            self._let_time_pass(scope, elapsed)
        if due and not sweep.nothing_new(self._house, scope):
            self._sweep(scope)
        advance.drain(self._house, scope, self._stopping.is_set)

    def _let_time_pass(self, scope: Scope, elapsed: float) -> None:
        """One process moves the simulated time for as long as it beats; the others follow it."""
        with self._house.store.write(scope) as session:
            fence = session.leases.take("world", self._house.holder, seconds=WORLD_SECONDS)
            speed = worlds.read_pace(session, self._speed)
        if fence is None:
            worlds.follow(self._house, scope)
        else:
            worlds.tick(self._house, scope.changed(fence=fence), timedelta(minutes=elapsed * speed))

    def _sweep(self, scope: Scope) -> None:
        try:
            sweep.observe(self._house, scope)
        except Temporary as busy:
            log.info("sweep.later", tenant=scope.tenant_id, why=busy.detail)
