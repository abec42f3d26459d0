"""Maintenance windows and mutes: when and about what the agent is to be quiet."""

from typing import Annotated

from fastapi import APIRouter, Depends

from app.api.bodies import body_of, document_body
from app.api.context import Acting, Built, Known
from app.schemas.quiet import MuteRequest, QuietShown, WindowRequest
from app.services.operations import quiet_rules

router = APIRouter(tags=["controls"])


@router.get("/quiet", summary="List maintenance windows and mutes")
def list_quiet(ctx: Built, scope: Acting) -> list[QuietShown]:
    """Those in force, those to come, and those that are over since less than two months; the newest first."""
    return quiet_rules.list_quiet_rules(ctx, scope)


@router.post("/quiet/windows", summary="Open a maintenance window", openapi_extra=document_body(WindowRequest))
def add_window(
    ctx: Built, scope: Acting, wish: Annotated[WindowRequest, Depends(body_of(WindowRequest))]
) -> QuietShown:
    """Meanwhile incidents are found and recorded as ever; nothing about them is asked or handed over, and nothing is
    done that no person approved, but the undo of a harm. Needs the role approver.
    """
    return quiet_rules.add_window(ctx, scope, wish)


@router.post(
    "/quiet/mutes", summary="Stop asking about a cause, a route or a merchant", openapi_extra=document_body(MuteRequest)
)
def add_mute(ctx: Built, scope: Acting, wish: Annotated[MuteRequest, Depends(body_of(MuteRequest))]) -> QuietShown:
    """Until then nothing about it is asked or handed over; it is recorded as ever, and what a rule allows goes on.
    Needs the role approver.
    """
    return quiet_rules.add_mute(ctx, scope, wish)


@router.post("/quiet/{rule_id}/end", summary="Stop a window or a mute before its time")
def end_quiet(ctx: Built, scope: Acting, rule_id: Known) -> QuietShown:
    """What it held back is asked again at once. Needs the role approver."""
    return quiet_rules.end_quiet_rule(ctx, scope, rule_id)
