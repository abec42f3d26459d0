"""What a tenant knows of its platform before a trial: quiet hours in which nothing was planted and nobody looked.

Today they come in as signals, and so only the last few of them. Where the store can keep what slots add up to without
the signals, the rest of the world's history belongs there, and this is the place to put it.
"""

from datetime import timedelta
from typing import Final

from app.context import AppContext
from app.domain.tenants import Scope
from app.services.intake import ingest
from simulations.world.world import World

HOURS_AS_SIGNALS: Final = 3
SLOT: Final = timedelta(minutes=5)


def keep_history(ctx: AppContext, scope: Scope, world: World) -> int:
    """Let the tenant have the last hours before the world's beginning, slot by slot as they arrived, all of them looked
    at already; how many signals that were.
    """
    hours, count = min(HOURS_AS_SIGNALS, world.scenario.clock.history), 0
    until = world.began - timedelta(hours=hours)
    while until < world.began:
        since, until = until, until + SLOT
        signals, _ = ingest.as_kept(ctx, scope, world.arrivals(since, until), until)
        with ctx.readers.keeping(scope.tenant_id), ctx.store.write(scope) as session:
            count += sum(ingest.keep_signals(ctx.readers, session, signals))
            session.signals.mark_swept(dict.fromkeys(signal.id for signal in signals))
    return count
