"""Looking after the data of a running house: a backup of all of it, what may be thrown away by age, and whether it is sound."""

import shutil
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from app.domain.actions import ActionStatus
from app.domain.errors import BadInput
from app.domain.tenants import Role, Scope
from app.services import audit
from app.services.decide import require
from app.services.house import EVERY_ONE, House
from app.services.retention import KINDS, Cutoffs, foreseen, gone_so_far, whole_round
from app.store.archive import Manifest
from app.store.copying import dump, examine
from app.wire import PruneAnswer, TenantUpkeep, UpkeepAnswer

LEAST_AGE = timedelta(days=1)


def backup(house: House, scope: Scope, sink: IO[bytes], at: datetime) -> Manifest:
    """Write a backup of the whole store, as it stands now, while everything goes on."""
    require(scope, Role.ADMIN)
    return dump(house.store, sink, at)


# --- throwing away by age --------------------------------------------------------------------------------------------------


def prune(house: House, scope: Scope, older_than: timedelta, *, dry_run: bool = False) -> PruneAnswer:
    """Throw away now what is older than that and nothing refers to; signals of incidents and the chain of events stay.

    It is a round of what the worker does by itself, with one age for all classes.
    """
    require(scope, Role.ADMIN)
    if older_than < LEAST_AGE:
        raise BadInput(f"Only what is older than {LEAST_AGE.days} day(s) is thrown away; ask for a longer time.")
    moment = house.clock(scope).now() - older_than
    cutoffs = Cutoffs(
        signals=moment,
        view=None,
        incident_signals=None,
        patterns=moment,
        outbox=moment,
        bookmarks=moment,
        replies=house.system.now() - house.config.retention.of(house.tenant(scope)).replies,
    )
    gone = foreseen(house, scope, cutoffs) if dry_run else whole_round(house, scope, cutoffs)
    counts = {kind: gone[kind] for kind in KINDS}
    return PruneAnswer.model_validate({"tenant": scope.tenant_id, "older_than": moment, "dry_run": dry_run, **counts})


# --- whether it is sound -----------------------------------------------------------------------------------------------------


def upkeep(house: House, scope: Scope, place: Path) -> UpkeepAnswer:
    """What a doctor asks: the store's file, every chain, and what waits for people. Reads only, beside the writers."""
    require(scope, Role.ADMIN)
    return UpkeepAnswer(
        store=house.store.health(),
        faults=examine(house.store),
        free_bytes=shutil.disk_usage(place).free,
        files=sizes(place),
        tenants=[_of_tenant(house, Scope(tenant_id=tenant.id, principal=scope.principal)) for tenant in house.store.tenants()],
    )


def sizes(place: Path) -> dict[str, int]:
    """The bytes of each file of a data folder, and of each folder in it as a whole."""
    counted: Counter[str] = Counter()
    for path in place.rglob("*"):
        with suppress(OSError):
            if path.is_file():
                counted[path.relative_to(place).parts[0]] += path.stat().st_size
    return dict(sorted(counted.items()))


def _of_tenant(house: House, scope: Scope) -> TenantUpkeep:
    with house.store.read(scope) as session:
        dead = len(session.setbacks.page(dead=True))
        in_doubt = len(session.actions.page(statuses=[ActionStatus.IN_DOUBT], limit=EVERY_ONE))
        held = session.leases.page()
        discarded, discarded_at = gone_so_far(session)
    return TenantUpkeep(
        tenant=scope.tenant_id,
        chain=audit.verify(house, scope),
        dead_letters=dead,
        in_doubt=in_doubt,
        leases=[f"{lease.fence.name} by {lease.holder}" for lease in held],
        kept=house.config.retention.of(house.tenant(scope)).said(),
        discarded=discarded,
        discarded_at=discarded_at,
    )
