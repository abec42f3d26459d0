"""Looking after the data of a running house: a backup of all of it, what may be thrown away by age, and whether it is sound."""

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from app.domain.actions import ActionStatus
from app.domain.errors import BadInput
from app.domain.incidents import ACTIVE, FEEDABLE, Incident, IncidentStatus
from app.domain.tenants import Role, Scope
from app.domain.times import shifted
from app.ports import Session
from app.services import audit
from app.services.decide import require
from app.services.house import EVERY_ONE, House
from app.services.replies import KEPT_FOR
from app.store.archive import Manifest
from app.store.copying import dump, examine
from app.wire import PruneAnswer, TenantUpkeep, UpkeepAnswer

LEAST_AGE = timedelta(days=1)
BEFORE_AN_INCIDENT = timedelta(days=1)
"""How far before an open incident's first signal its observers may look: nothing from there on is thrown away."""

ENDED = frozenset(IncidentStatus) - ACTIVE


def backup(house: House, scope: Scope, sink: IO[bytes], at: datetime) -> Manifest:
    """Write a backup of the whole store, as it stands now, while everything goes on."""
    require(scope, Role.ADMIN)
    return dump(house.store, sink, at)


# --- throwing away by age --------------------------------------------------------------------------------------------------


class _OnlyLookingError(Exception):
    """Ends a writing block without a commit: what would go is counted by letting it go and taking that back."""


def prune(house: House, scope: Scope, older_than: timedelta, *, dry_run: bool = False) -> PruneAnswer:
    """Throw away what nothing refers to any more and is older than that; signals of incidents and the chain of events are kept for ever.

    Bookmarks go last and outside of the transaction: one that stays is found by the next call.
    """
    require(scope, Role.ADMIN)
    if older_than < LEAST_AGE:
        raise BadInput(f"Only what is older than {LEAST_AGE.days} day(s) is thrown away; ask for a longer time.")
    now = house.clock(scope).now()
    ended = _bookmarked(house, scope, now - older_than)
    gone = PruneAnswer(tenant=scope.tenant_id, older_than=now - older_than, dry_run=dry_run, checkpoints=len(ended))
    try:
        with house.store.write(scope) as session:
            gone = _discarded(session, gone, now)
            if dry_run:
                raise _OnlyLookingError
            if any(gone.counts.values()):
                session.events.append("store.pruned", "store", {**gone.counts, "older_than": gone.older_than}, at=now)
    except _OnlyLookingError:
        return gone
    for incident_id in ended:
        with house.turn(scope, incident_id):
            house.loop.forget(scope, incident_id)
    return gone


def _discarded(session: Session, asked: PruneAnswer, now: datetime) -> PruneAnswer:
    feeding = session.incidents.page(statuses=FEEDABLE, limit=EVERY_ONE)
    keep = {pattern_id for incident in feeding for pattern_id in incident.pattern_ids}
    return asked.model_copy(
        update={
            "signals": session.signals.discard_before(_needless_before(session, feeding, asked.older_than)),
            "patterns": session.incidents.discard_patterns(asked.older_than, keep=keep),
            "replies": session.replies.discard_before(now - KEPT_FOR),
            "outbox": session.outbox.discard_before(asked.older_than),
        }
    )


def _needless_before(session: Session, feeding: Sequence[Incident], moment: datetime) -> datetime:
    """The moment before which no signal without an incident is needed.

    A signal that no sweep has looked at stays, and so does whatever lies within the view of an open incident: the order of a payment
    that is in it, say, joined nothing, and without it the payment would look lost.
    """
    unseen = [signal.occurred_at for signal in session.signals.unswept(1)]
    return min([moment, *unseen, *(shifted(incident.first_seen, -BEFORE_AN_INCIDENT) for incident in feeding)])


def _bookmarked(house: House, scope: Scope, moment: datetime) -> list[str]:
    """Incidents that ended before a moment and whose bookmark is still kept."""
    with house.store.read(scope) as session:
        ended = session.incidents.page(statuses=ENDED, limit=EVERY_ONE)
    old = [incident.id for incident in ended if (incident.resolved_at or incident.last_seen) < moment]
    return [incident_id for incident_id in old if house.loop.bookmarked(scope, incident_id)]


# --- whether it is sound -----------------------------------------------------------------------------------------------------


def upkeep(house: House, scope: Scope, place: Path) -> UpkeepAnswer:
    """What a doctor asks: the store's file, every chain, and what waits for people. Reads only, beside the writers."""
    require(scope, Role.ADMIN)
    return UpkeepAnswer(
        store=house.store.health(),
        faults=examine(house.store),
        free_bytes=shutil.disk_usage(place).free,
        tenants=[_of_tenant(house, Scope(tenant_id=tenant.id, principal=scope.principal)) for tenant in house.store.tenants()],
    )


def _of_tenant(house: House, scope: Scope) -> TenantUpkeep:
    with house.store.read(scope) as session:
        dead = len(session.setbacks.page(dead=True))
        in_doubt = len(session.actions.page(statuses=[ActionStatus.IN_DOUBT], limit=EVERY_ONE))
        held = session.leases.page()
    return TenantUpkeep(
        tenant=scope.tenant_id,
        chain=audit.verify(house, scope),
        dead_letters=dead,
        in_doubt=in_doubt,
        leases=[f"{lease.fence.name} by {lease.holder}" for lease in held],
    )
