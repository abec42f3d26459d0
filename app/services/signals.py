"""The signals and the patterns found in them, as people read them."""

from collections.abc import Sequence

from app.domain.patterns import Pattern, PatternKind
from app.domain.signals import Signal, SignalType
from app.domain.tenants import Scope
from app.services.house import House

SWEPT_NOTE = "sweep"
"""Where a tenant notes its latest sweep: when, and what it found."""


def recent(
    house: House, scope: Scope, *, limit: int, offset: int, signal_type: SignalType | None = None, merchant_id: str | None = None
) -> list[Signal]:
    """Newest first."""
    with house.store.read(scope) as session:
        return session.signals.recent(limit=limit, offset=offset, signal_type=signal_type, merchant_id=merchant_id)


def named(house: House, scope: Scope, signal_ids: Sequence[str]) -> list[Signal]:
    """Those of the named ones that exist, in the order they are named."""
    with house.store.read(scope) as session:
        return session.signals.get(signal_ids)


def pending(house: House, scope: Scope, limit: int) -> list[Signal]:
    """Those that no sweep has looked at yet."""
    with house.store.read(scope) as session:
        return session.signals.unswept(limit)


def patterns(house: House, scope: Scope, limit: int) -> list[Pattern]:
    """What the latest sweep found, most important first."""
    with house.store.read(scope) as session:
        latest = (session.notes.get(SWEPT_NOTE) or {}).get("patterns", [])
        found = session.incidents.patterns(latest)
    return sorted(found, key=lambda pattern: -pattern.impact_rank)[:limit]


def worth_showing(pattern: Pattern) -> bool:
    """Whether people should see it: anything but a ticket that resembles no other."""
    return pattern.count > 1 or pattern.kind is not PatternKind.TICKET_CLUSTER
