"""The record of everything that happened, and the walk that proves nobody changed it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from app.api.bodies import body_of, document_answer, document_body
from app.api.context import Acting, Built, Limit
from app.domain.events import ChainCheck, Event
from app.schemas.base import AcceptRequest
from app.schemas.operations import VerifiedEvents
from app.services.audit import proof

router = APIRouter(tags=["audit"])


@router.get("/audit", summary="Read and verify the audit record")
def list_events(
    ctx: Built,
    scope: Acting,
    subject: Annotated[str | None, Query(max_length=200, description="only events about this id")] = None,
    after: Annotated[int, Query(ge=0, le=2**53, description="only events with a larger sequence number")] = 0,
    limit: Limit = 200,
    newest_first: bool = False,
    verify: Annotated[bool, Query(description="walk the chain too; the answer then holds {chain, events}")] = False,
) -> list[Event] | VerifiedEvents:
    """The hash-chained events of the tenant."""
    found = proof.list_events(ctx, scope, subject=subject, after=after, limit=limit, newest_first=newest_first)
    return VerifiedEvents(chain=proof.verify_chain(ctx, scope), events=found) if verify else found


@router.get("/audit/verify", summary="Check the audit record")
def verify_record(ctx: Built, scope: Acting) -> ChainCheck:
    """The chain link by link, the anchor outside the database, and the rows against what their events say."""
    return proof.verify_chain(ctx, scope)


@router.get(
    "/audit/export",
    summary="Get the whole audit record",
    response_class=StreamingResponse,
    responses=document_answer("application/x-ndjson"),
)
def export_record(ctx: Built, scope: Acting) -> StreamingResponse:
    """One JSON object per line: every event, oldest first, then the anchored heads and the check."""
    return StreamingResponse(
        (f"{line}\n" for line in proof.export_events(ctx, scope)), media_type="application/x-ndjson"
    )


@router.post(
    "/audit/accept",
    summary="Approve the audit record after its anchor was lost or replaced",
    openapi_extra=document_body(AcceptRequest),
)
def accept_record(
    ctx: Built, scope: Acting, word: Annotated[AcceptRequest, Depends(body_of(AcceptRequest))]
) -> ChainCheck:
    """A person's word, recorded in the chain; from there on the anchor vouches again. Needs the role admin."""
    return proof.accept_chain(ctx, scope, word.reason)
