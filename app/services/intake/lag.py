"""How far the sweeps of a tenant are behind what came in: the one measure that every door shows."""

from app.context import AppContext
from app.domain.tenants import Scope
from app.schemas.base import Lag

LIVE_WITHIN = 30.0
"""Seconds that a signal may wait for its sweep while the agent still counts as live."""


def lag_of(ctx: AppContext, scope: Scope) -> Lag:
    """How many signals of a tenant no sweep has looked at, and how far behind that is: by when they came in, and by
    when they occurred.
    """
    with ctx.store.read(scope) as session:
        found = session.signals.backlog()
    behind = (ctx.clock(scope).now() - found.oldest_at).total_seconds() if found.oldest_at else 0.0
    return Lag(
        waiting=found.waiting,
        waited_seconds=round(found.waited_seconds, 1),
        behind_seconds=round(max(behind, 0.0), 1),
        set_aside=found.aside,
        live=found.waited_seconds <= LIVE_WITHIN,
    )


def lags(ctx: AppContext) -> dict[str, Lag]:
    """The same of every tenant."""
    return {tenant.id: lag_of(ctx, Scope(tenant_id=tenant.id)) for tenant in ctx.store.tenants()}
