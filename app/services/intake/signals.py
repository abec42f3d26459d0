"""The signals and the patterns found in them, as people read them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from app.access import UseCase, require
from app.config.vocabulary import Vocabulary
from app.context import EVERY_ONE, AppContext
from app.domain.base import JsonObject
from app.domain.errors import NotFound
from app.domain.patterns import Pattern, PatternKind
from app.domain.signals import Signal, SignalAside, SignalType
from app.domain.tenants import Scope
from app.domain.times import LONGEST_AGO, Misplaced, Reach, shifted
from app.observe.streams import Readers
from app.ports.store import Session
from app.services.intake.tally import uncount_signals

log = structlog.get_logger()
MOST_NAMED = 50
"""So many signals an event names."""

SWEPT_NOTE = "sweep"
"""Where a tenant notes its latest sweep: when, and what it found."""


def list_recent(
    ctx: AppContext,
    scope: Scope,
    *,
    limit: int,
    offset: int,
    signal_type: SignalType | None = None,
    merchant_id: str | None = None,
) -> list[Signal]:
    """Newest first."""
    with ctx.store.read(scope) as session:
        return session.signals.recent(limit=limit, offset=offset, signal_type=signal_type, merchant_id=merchant_id)


def list_named(ctx: AppContext, scope: Scope, signal_ids: Sequence[str]) -> list[Signal]:
    """Those of the named ones that exist, in the order they are named."""
    with ctx.store.read(scope) as session:
        return session.signals.get(signal_ids)


def list_pending(ctx: AppContext, scope: Scope, limit: int) -> list[Signal]:
    """Those that no sweep has looked at yet."""
    with ctx.store.read(scope) as session:
        return session.signals.unswept(limit)


def list_patterns(ctx: AppContext, scope: Scope, limit: int) -> list[Pattern]:
    """What the latest sweep found, most important first."""
    with ctx.store.read(scope) as session:
        latest = (session.notes.get(SWEPT_NOTE) or {}).get("patterns", [])
        found = session.incidents.patterns(latest)
    return sorted(found, key=lambda pattern: -pattern.impact_rank)[:limit]


def worth_showing(pattern: Pattern) -> bool:
    """Whether people should see it: anything but a ticket that resembles no other."""
    return pattern.count > 1 or pattern.kind is not PatternKind.TICKET_CLUSTER


# --- set aside
# -----------------------------------------------------------------------------------------------------------


def beyond(signal: Signal, reach: Reach) -> Misplaced | None:
    """What is wrong with the time of a signal that is kept; however long it has waited for its sweep, that it waited is
    no fault of it.
    """
    if signal.occurred_at >= shifted(signal.received_at, -LONGEST_AGO):
        reach = reach.changed(earliest=min(reach.earliest, signal.occurred_at))
    return reach.event("occurred_at", signal.occurred_at)


def set_aside(ctx: AppContext, scope: Scope, reasons: Mapping[str, str]) -> None:
    """Keep these signals out of every sweep and every computation, each for its reason, until a person brings them
    back.
    """
    words = ctx.words(scope)
    with ctx.store.write(scope) as session:
        put_aside(ctx.readers, words, session, reasons, ctx.clock(scope).now())


def put_aside(readers: Readers, words: Vocabulary, session: Session, reasons: Mapping[str, str], now: datetime) -> None:
    """The same within a transaction."""
    concerned = set(session.signals.incidents_of(list(reasons)).values())
    counted = session.signals.counted(list(reasons))
    uncount_signals(readers, words, session, session.signals.get(sorted(counted)))
    went = session.signals.set_aside(reasons, at=now)
    for incident_id in sorted(concerned):
        _narrow(session, incident_id)
    if went:
        session.events.append(
            "signals.set_aside",
            session.scope.tenant_id,
            {"count": went, "signals": [*sorted(reasons)[:MOST_NAMED]]},
            at=now,
        )
        log.warning("signals.set_aside", tenant=session.scope.tenant_id, count=went)


def _narrow(session: Session, incident_id: str) -> None:
    """An incident whose signal is gone lasts from the first to the last of those that are left."""
    left = session.signals.of_incident(incident_id)
    if left:
        incident = session.incidents.get(incident_id)
        first, last = left[0].occurred_at, left[-1].occurred_at
        session.incidents.save(incident.changed(first_seen=first, last_seen=last, signal_count=len(left)))


def aside(ctx: AppContext, scope: Scope, limit: int) -> list[SignalAside]:
    """The signals that were set aside, each with its reason; the latest first."""
    with ctx.store.read(scope) as session:
        return session.signals.aside(limit)


def bring_back(ctx: AppContext, scope: Scope, signal_ids: Sequence[str]) -> list[str]:
    """Let the next sweep look again at these, or at all that were set aside; which they are. It may set them aside
    again.
    """
    require(scope, UseCase.BRING_BACK_SIGNALS)
    with ctx.store.write(scope) as session:
        wanted = signal_ids or [one.signal.id for one in session.signals.aside(EVERY_ONE)]
        back = session.signals.bring_back(wanted)
        if signal_ids and not back:
            raise NotFound(f"{signal_ids[0]} is not among the signals that were set aside")
        if back:
            told: JsonObject = {"count": len(back), "signals": [*back[:MOST_NAMED]]}
            session.events.append("signals.brought_back", scope.tenant_id, told, at=ctx.clock(scope).now())
    ctx.wake()
    return back
