"""The record of everything that happened, and the walk that proves nobody changed it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.api.context import Acting, Built, Limit
from app.domain.events import Event
from app.services import audit

router = APIRouter(tags=["audit"])


@router.get("/audit", summary="Read and verify the audit record", response_model=None)
def events(
    house: Built,
    scope: Acting,
    subject: Annotated[str | None, Query(max_length=200, description="only events about this id")] = None,
    after: Annotated[int, Query(ge=0, le=2**53, description="only events with a larger sequence number")] = 0,
    limit: Limit = 200,
    newest_first: bool = False,
    verify: Annotated[bool, Query(description="walk the chain too; the answer then holds {chain, events}")] = False,
) -> list[Event] | dict[str, Any]:
    """The hash-chained events of the tenant."""
    found = audit.events(house, scope, subject=subject, after=after, limit=limit, newest_first=newest_first)
    return {"chain": audit.verify(house, scope), "events": found} if verify else found
