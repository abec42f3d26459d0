"""Merchants and where they stand in the migration."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from app.api.bodies import body, documented
from app.api.context import Acting, Built
from app.domain.merchants import Merchant
from app.services import merchants
from app.wire import MerchantBatch, MigrationRow

router = APIRouter(tags=["merchants"])


@router.post("/merchants/import", summary="Import merchants", openapi_extra=documented(MerchantBatch))
def take_in(house: Built, scope: Acting, batch: Annotated[MerchantBatch, Depends(body(MerchantBatch))]) -> dict[str, Any]:
    """Insert or replace merchants by id, all or none."""
    return {"imported": merchants.import_merchants(house, scope, batch.merchants), "tenant": scope.tenant_id}


@router.get("/merchants", summary="List merchants")
def listing(house: Built, scope: Acting) -> list[Merchant]:
    """Every merchant, by id."""
    return merchants.listing(house, scope)


@router.get("/migrations", summary="Show where each merchant's migration stands")
def migrations(house: Built, scope: Acting) -> list[MigrationRow]:
    """Each merchant's stage, wave and health, with its open incidents and recent errors."""
    return merchants.migrations(house, scope)
