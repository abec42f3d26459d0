"""Looking after the data of a running house: a backup of all of it, what may be thrown away by age, and whether it is
sound.
"""

import shutil
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from app.access import UseCase, require
from app.context import EVERY_ONE, AppContext
from app.domain.action_states import ActionStatus
from app.domain.errors import BadInput
from app.domain.tenants import Scope
from app.schemas.operations import PruneAnswer, TenantUpkeep, UpkeepAnswer
from app.services.audit import proof
from app.services.operations.retention import KINDS, Cutoffs, foreseen, gone_so_far, whole_round
from app.store.backup.archive import Manifest
from app.store.backup.copying import dump_store, examine_store

LEAST_AGE = timedelta(days=1)


def write_backup(ctx: AppContext, scope: Scope, sink: IO[bytes], at: datetime) -> Manifest:
    """Write a backup of the whole store, as it stands now, while everything goes on."""
    require(scope, UseCase.WRITE_BACKUP)
    return dump_store(ctx.store, sink, at)


# --- throwing away by age
# --------------------------------------------------------------------------------------------------


def prune_data(ctx: AppContext, scope: Scope, older_than: timedelta, *, dry_run: bool = False) -> PruneAnswer:
    """Throw away now what is older than that and nothing refers to; signals of incidents and the chain of events stay.

    It is a round of what the worker does by itself, with one age for all classes.
    """
    require(scope, UseCase.PRUNE_DATA)
    if older_than < LEAST_AGE:
        raise BadInput(f"Only what is older than {LEAST_AGE.days} day(s) is thrown away; ask for a longer time.")
    moment = ctx.clock(scope).now() - older_than
    cutoffs = Cutoffs(
        signals=moment,
        view=None,
        incident_signals=None,
        patterns=moment,
        outbox=moment,
        bookmarks=moment,
        slots=None,
        rollups=None,
        awaited=None,
        replies=ctx.system.now() - ctx.config.retention.of(ctx.tenant(scope)).replies,
    )
    gone = foreseen(ctx, scope, cutoffs) if dry_run else whole_round(ctx, scope, cutoffs)
    counts = {kind: gone[kind] for kind in KINDS}
    return PruneAnswer.model_validate({"tenant": scope.tenant_id, "older_than": moment, "dry_run": dry_run, **counts})


# --- whether it is sound
# -----------------------------------------------------------------------------------------------------


def check_data(ctx: AppContext, scope: Scope, place: Path) -> UpkeepAnswer:
    """What a doctor asks: the store's file, every chain, and what waits for people. Reads only, beside the writers."""
    require(scope, UseCase.CHECK_DATA)
    return UpkeepAnswer(
        store=ctx.store.health(),
        faults=examine_store(ctx.store),
        free_bytes=shutil.disk_usage(place).free,
        files=sizes(place),
        tenants=[
            _of_tenant(ctx, Scope(tenant_id=tenant.id, principal=scope.principal)) for tenant in ctx.store.tenants()
        ],
    )


def sizes(place: Path) -> dict[str, int]:
    """The bytes of each file of a data folder, and of each folder in it as a whole."""
    counted: Counter[str] = Counter()
    for path in place.rglob("*"):
        with suppress(OSError):
            if path.is_file():
                counted[path.relative_to(place).parts[0]] += path.stat().st_size
    return dict(sorted(counted.items()))


def _of_tenant(ctx: AppContext, scope: Scope) -> TenantUpkeep:
    with ctx.store.read(scope) as session:
        dead = len(session.setbacks.page(dead=True))
        in_doubt = len(session.actions.page(statuses=[ActionStatus.IN_DOUBT], limit=EVERY_ONE))
        held = session.leases.page()
        discarded, discarded_at = gone_so_far(session)
    return TenantUpkeep(
        tenant=scope.tenant_id,
        chain=proof.verify_chain(ctx, scope),
        dead_letters=dead,
        in_doubt=in_doubt,
        leases=[f"{lease.fence.name} by {lease.holder}" for lease in held],
        kept=ctx.config.retention.of(ctx.tenant(scope)).said(),
        discarded=discarded,
        discarded_at=discarded_at,
    )
