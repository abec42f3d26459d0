"""The migration: who stands where, whether a wave may be cut over, and how those fare who were."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from app.api.bodies import body_of, document_body
from app.api.context import Acting, Built
from app.domain.actions import Action
from app.schemas.migrations import ErrorCourse, HoldRequest, MigrationRow, WaveShown
from app.services.migrations import error_course, hold, readiness

router = APIRouter(tags=["migrations"])
Wave = Annotated[int, Path(ge=0, le=10_000, description="the number of the wave")]


@router.get("/migrations", summary="Show where each merchant's migration stands")
def list_migrations(ctx: Built, scope: Acting) -> list[MigrationRow]:
    """Each merchant's stage, wave and health, with its open incidents and recent errors, and whether it may be cut
    over.
    """
    return readiness.list_migrations(ctx, scope)


@router.get("/migrations/waves", summary="Say of each wave whether it may be cut over")
def list_waves(ctx: Built, scope: Acting) -> list[WaveShown]:
    """Go or no go, with everything that is known to break somebody of the wave, and whether it is held."""
    return readiness.list_waves(ctx, scope)


@router.get("/migrations/errors", summary="Show how merchants fare after their own cutover")
def list_error_courses(
    ctx: Built, scope: Acting, days: Annotated[int, Query(ge=1, le=90, description="how many of the last days")] = 14
) -> list[ErrorCourse]:
    """Failures of calls and deliveries, day by day, counted from each merchant's own cutover. Who has no known date is
    not in it.
    """
    return error_course.list_error_courses(ctx, scope, days)


@router.post(
    "/migrations/waves/{wave}/hold",
    summary="Ask to hold a wave",
    openapi_extra=document_body(HoldRequest, required=False),
)
def propose_hold(
    ctx: Built,
    scope: Acting,
    wave: Wave,
    request: Annotated[HoldRequest, Depends(body_of(HoldRequest, optional=True))],
) -> Action:
    """Open a proposal that keeps the wave from being cut over. It goes through policy and approval like every other;
    nothing is held by this alone. Needs the role operator.
    """
    return hold.propose_hold(ctx, scope, wave, request)


@router.post(
    "/migrations/waves/{wave}/release",
    summary="Ask to let a held wave go",
    openapi_extra=document_body(HoldRequest, required=False),
)
def propose_release(
    ctx: Built,
    scope: Acting,
    wave: Wave,
    request: Annotated[HoldRequest, Depends(body_of(HoldRequest, optional=True))],
) -> Action:
    """Open a proposal that lifts the hold of a wave; it goes through policy and approval, too. Needs the role
    operator.
    """
    return hold.propose_hold(ctx, scope, wave, request, release=True)
