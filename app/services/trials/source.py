"""The simulated platform as the worker's source: its tenants' time passes only while somebody lets it."""

from datetime import timedelta
from typing import Final

from app.context import AppContext
from app.domain.tenants import Scope, Tenant
from app.services.trials import worlds

WORLD_LEASE: Final = "world"
WORLD_SECONDS: Final = 10.0


class SimulatedPlatform:
    """Moves the clocks of the tenants that live in a simulated world. Implements the Source port."""

    def __init__(self, ctx: AppContext, *, minutes_per_second: float) -> None:
        self._ctx = ctx
        self._usual_pace = minutes_per_second

    def let_time_pass(self, tenant: Tenant, elapsed: float) -> None:
        """One process moves the simulated time for as long as it beats; the others follow it."""
        if not tenant.simulated_clock:
            return
        scope = Scope(tenant_id=tenant.id)
        with self._ctx.store.write(scope) as session:
            fence = session.leases.take(WORLD_LEASE, self._ctx.holder, seconds=WORLD_SECONDS)
            pace = worlds.read_pace(session, self._usual_pace)
        if fence is None:
            worlds.follow_clock(self._ctx, scope)
        else:
            worlds.let_time_pass(self._ctx, scope.changed(fence=fence), timedelta(minutes=elapsed * pace))
