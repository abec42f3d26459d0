"""What people hold in their hands: the kill switch, the desk of what waits besides questions, and the configuration in
force.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.api.bodies import body_of, document_body
from app.api.context import Acting, Built
from app.domain.tenants import KillSwitch
from app.schemas.actions import Desk, KillSwitchRequest
from app.schemas.operations import PoliciesAnswer
from app.services.actions import waiting
from app.services.operations import controls

router = APIRouter(tags=["controls"])
Kind = Annotated[
    str | None,
    Query(
        max_length=32,
        description="only this kind: policies, thresholds, risk_matrix, tool, connections, notices, domain_pack or"
        " playbook",
    ),
]


@router.get("/kill-switch", summary="Show what holds every action")
def read_kill_switch(ctx: Built, scope: Acting) -> KillSwitch:
    """The tenant's own switch, or the one for everything when that is on."""
    return controls.kill_switch(ctx, scope)


@router.post("/kill-switch", summary="Stop sending, or go on", openapi_extra=document_body(KillSwitchRequest))
def turn_kill_switch(
    ctx: Built, scope: Acting, wanted: Annotated[KillSwitchRequest, Depends(body_of(KillSwitchRequest))]
) -> KillSwitch:
    """From the answer on no approved action is sent (or they are again); what was approved stays approved, visibly
    held. Needs the role approver; everywhere, the role admin.
    """
    return controls.turn_kill_switch(ctx, scope, wanted.on, wanted.reason, everywhere=wanted.everywhere)


@router.get("/desk", summary="List what waits for a person besides questions")
def read_desk(ctx: Built, scope: Acting) -> Desk:
    """Actions in doubt with what is known about them, incidents that were set aside, and grants that the kill switch
    holds.
    """
    return waiting.list_waiting(ctx, scope)


@router.get("/policies", summary="Show the configuration in force and every version before it")
def read_policies(ctx: Built, scope: Acting, kind: Kind = None) -> PoliciesAnswer:
    """Policies, thresholds, risk matrix, tools, domain packs and playbooks, as they were loaded."""
    return controls.list_policies(ctx, kind)
