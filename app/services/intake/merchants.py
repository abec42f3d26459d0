"""The merchants and where each stands in the migration."""

from collections.abc import Sequence
from datetime import timedelta

from app.context import AppContext
from app.domain.incidents import ACTIVE
from app.domain.merchants import Merchant
from app.domain.tenants import Scope
from app.domain.times import reach_of
from app.schemas.merchants import IncomingMerchant, MigrationRow
from app.services.intake.ingest import refusal


def import_merchants(ctx: AppContext, scope: Scope, items: Sequence[IncomingMerchant]) -> int:
    """Insert or replace merchants by id, all or none; how many."""
    reach = reach_of(ctx.clock(scope).now(), ctx.system.now())
    planned = [
        (index, reach.plan("cutover_date", item.cutover_date)) for index, item in enumerate(items) if item.cutover_date
    ]
    wrong = [(index, one) for index, one in planned if one is not None]
    if wrong:
        raise refusal(
            [{"index": index, "path": f"merchants[{index}].{one.field}", **one.problem()} for index, one in wrong]
        )
    merchants = [Merchant.model_validate(item.model_dump()) for item in items]
    with ctx.store.write(scope) as session:
        session.merchants.put(merchants)
        session.events.append(
            "merchants.imported", scope.tenant_id, {"count": len(merchants)}, at=ctx.clock(scope).now()
        )
    return len(merchants)


def list_merchants(ctx: AppContext, scope: Scope) -> list[Merchant]:
    """Every merchant, by id."""
    with ctx.store.read(scope) as session:
        return session.merchants.all()


def list_migrations(ctx: AppContext, scope: Scope) -> list[MigrationRow]:
    """Each merchant with its open incidents and recent errors."""
    now = ctx.clock(scope).now()
    with ctx.store.read(scope) as session:
        merchants = session.merchants.all()
        incidents = session.incidents.page(statuses=ACTIVE)
        recent = [signal for signal in session.signals.window(now - timedelta(hours=1)) if signal.is_error]
    return [
        MigrationRow(
            merchant=merchant,
            open_incidents=[incident.id for incident in incidents if merchant.id in incident.merchants],
            errors_last_hour=sum(1 for signal in recent if signal.merchant_id == merchant.id),
        )
        for merchant in merchants
    ]
