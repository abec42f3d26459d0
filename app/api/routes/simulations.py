"""The example signals: what there is, and loading them."""

from typing import Any

from fastapi import APIRouter, Request

from app.api.auth import scope_of
from app.api.context import Built
from app.services import fixtures

router = APIRouter(prefix="/simulations", tags=["simulations"])


@router.get("", summary="List the example signals")
def listing(house: Built) -> list[dict[str, Any]]:
    """The fixture files and how many items each holds."""
    return fixtures.listing(house)


@router.get("/load", summary="Load the example signals")
def load(request: Request, house: Built) -> dict[str, Any]:
    """Load the fixtures into `demo`, or the tenant X-Tenant names; once: a second call adds nothing. The answer says where they are."""
    return fixtures.load(house, scope_of(house, request.headers.get("x-tenant") or "demo"))
