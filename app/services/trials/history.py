"""What a tenant knows of its platform before a trial: quiet days in which nothing was planted and nobody looked.

All of it is counted as it came, the older part by the hour, as a tenant that has been here for long keeps it. Only the
last hours are there as signals.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from app.context import AppContext
from app.domain.rollups import EXACT_SLOTS, slot_of
from app.domain.tenants import Scope
from app.schemas.signals import IncomingSignal
from app.services.intake import ingest
from app.services.intake.tally import count_signals
from app.services.watch.expectation import note_looked_at, tell_overdue
from simulations.world.world import World

HOURS_AS_SIGNALS: Final = 3
HOURS_FOLLOWED: Final = 24
"""So long before the beginning it is noticed, slot by slot, what is overdue."""
SLOT: Final = timedelta(minutes=5)
HOUR: Final = timedelta(hours=1)


Arrivals = Callable[[datetime, datetime], Sequence[IncomingSignal]]
"""What came in between two moments."""


def keep_history(ctx: AppContext, scope: Scope, world: World) -> int:
    """Let the tenant have the time before the world's beginning as it arrived; how many signals that were."""
    return keep_past(ctx, scope, world.arrivals, world.began, world.scenario.clock.history)


def keep_past(ctx: AppContext, scope: Scope, arrivals: Arrivals, began: datetime, hours: int) -> int:
    """Let the tenant have so many hours before a moment as they arrived, all looked at already; how many signals."""
    words = ctx.words(scope)
    count, recent = 0, began - timedelta(hours=min(HOURS_AS_SIGNALS, hours))
    for since, until in _parts(began, hours):
        signals, _ = ingest.as_kept(ctx, scope, arrivals(since, until), until)
        count += len(signals)
        with ctx.readers.keeping(scope.tenant_id), ctx.store.write(scope) as session:
            if until > recent:
                ingest.keep_signals(ctx.readers, words, session, signals)
                session.signals.mark_swept(dict.fromkeys(signal.id for signal in signals))
            else:
                count_signals(ctx.readers, words, session, ingest.as_named(ctx.readers, session, signals))
        if until > began - timedelta(hours=HOURS_FOLLOWED):
            tell_overdue(ctx, scope, until)
    with ctx.store.write(scope) as session:
        session.rollups.compact(slot_of(began) - EXACT_SLOTS, hours=hours)
    note_looked_at(ctx, scope, began)
    return count


def _parts(began: datetime, hours: int) -> Iterator[tuple[datetime, datetime]]:
    """Each hour of the history, slot by slot in the hours in which it is followed."""
    until = began - timedelta(hours=hours)
    while until < began:
        is_followed = until >= began - timedelta(hours=HOURS_FOLLOWED)
        since, until = until, until + (SLOT if is_followed else HOUR)
        yield since, until
