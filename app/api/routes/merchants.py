"""Merchants: taken in and listed."""

from typing import Annotated

from fastapi import APIRouter, Depends

from app.api.bodies import body_of, document_body
from app.api.context import Acting, Built
from app.domain.merchants import Merchant
from app.schemas.merchants import ImportAnswer, MerchantBatch
from app.services.intake import merchants

router = APIRouter(tags=["merchants"])


@router.post("/merchants/import", summary="Import merchants", openapi_extra=document_body(MerchantBatch))
def import_merchants(
    ctx: Built, scope: Acting, batch: Annotated[MerchantBatch, Depends(body_of(MerchantBatch))]
) -> ImportAnswer:
    """Insert or replace merchants by id, all or none."""
    return ImportAnswer(imported=merchants.import_merchants(ctx, scope, batch.merchants), tenant=scope.tenant_id)


@router.get("/merchants", summary="List merchants")
def list_merchants(ctx: Built, scope: Acting) -> list[Merchant]:
    """Every merchant, by id."""
    return merchants.list_merchants(ctx, scope)
