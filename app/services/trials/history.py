"""What a tenant knows of its platform before a trial: quiet days in which nothing was planted and nobody looked.

All of it is counted as it came, the older part by the hour, as a tenant that has been here for long keeps it. Only the
last hours are there as signals.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from app.context import AppContext
from app.domain.rollups import EXACT_SLOTS, slot_of
from app.domain.signals import Signal
from app.domain.tenants import Scope
from app.services.intake import ingest
from app.services.intake.tally import count_signals
from app.services.watch.expectation import note_looked_at, tell_overdue
from simulations.world.world import World

HOURS_AS_SIGNALS: Final = 3
HOURS_FOLLOWED: Final = 24
"""So long before the beginning it is noticed, slot by slot, what is overdue."""
SLOT: Final = timedelta(minutes=5)
HOUR: Final = timedelta(hours=1)


def keep_history(ctx: AppContext, scope: Scope, world: World) -> int:
    """Let the tenant have the time before the world's beginning as it arrived, all of it looked at already; how many
    signals that were.
    """
    words = ctx.words(scope)
    count, recent = 0, world.began - timedelta(hours=min(HOURS_AS_SIGNALS, world.scenario.clock.history))
    for until, signals in _arrivals(ctx, scope, world):
        count += len(signals)
        with ctx.readers.keeping(scope.tenant_id), ctx.store.write(scope) as session:
            if until > recent:
                ingest.keep_signals(ctx.readers, words, session, signals)
                session.signals.mark_swept(dict.fromkeys(signal.id for signal in signals))
            else:
                count_signals(ctx.readers, words, session, signals)
        if until > world.began - timedelta(hours=HOURS_FOLLOWED):
            tell_overdue(ctx, scope, until)
    with ctx.store.write(scope) as session:
        session.rollups.compact(slot_of(world.began) - EXACT_SLOTS, hours=world.scenario.clock.history)
    note_looked_at(ctx, scope, world.began)
    return count


def _arrivals(ctx: AppContext, scope: Scope, world: World) -> Iterator[tuple[datetime, list[Signal]]]:
    """What arrived in each hour of the history, slot by slot in the hours in which it is followed."""
    until = world.began - timedelta(hours=world.scenario.clock.history)
    while until < world.began:
        is_followed = until >= world.began - timedelta(hours=HOURS_FOLLOWED)
        since, until = until, until + (SLOT if is_followed else HOUR)
        signals, _ = ingest.as_kept(ctx, scope, world.arrivals(since, until), until)
        yield until, signals
