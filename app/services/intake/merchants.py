"""The merchants, as somebody imports and lists them."""

from collections.abc import Sequence

from app.context import AppContext
from app.domain.merchants import Merchant
from app.domain.tenants import Scope
from app.domain.times import reach_of
from app.schemas.merchants import IncomingMerchant
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
        ctx.readers.forget_own_names(scope.tenant_id)
        session.events.append(
            "merchants.imported", scope.tenant_id, {"count": len(merchants)}, at=ctx.clock(scope).now()
        )
    return len(merchants)


def list_merchants(ctx: AppContext, scope: Scope) -> list[Merchant]:
    """Every merchant, by id."""
    with ctx.store.read(scope) as session:
        return session.merchants.all()
