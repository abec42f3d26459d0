"""Playbooks: what is done in several steps, the plan of an incident, and the steps that are people's."""

from typing import Annotated

from fastapi import APIRouter, Depends

from app.api.bodies import body_of, document_body
from app.api.context import Acting, Built, Known
from app.schemas.playbooks import PlanRequest, PlanShown, PlanStatus, PlaybookShown, StepRequest, StopRequest
from app.services.playbooks import people, shown

router = APIRouter(prefix="/playbooks", tags=["playbooks"])


@router.get("", summary="List the playbooks")
def list_playbooks(ctx: Built, scope: Acting) -> list[PlaybookShown]:
    """Every playbook of the tenant's domain with its steps, in the order in which they are tried, and what became of
    the plans made of it.
    """
    return shown.list_playbooks(ctx, scope)


@router.get("/incidents/{incident_id}", summary="Read the plan of an incident")
def read_plan(ctx: Built, scope: Acting, incident_id: Known) -> PlanShown | None:
    """Every step with what it promises, how it is taken back, how far it is and who must do it; null where no playbook
    fits.
    """
    return shown.read_plan(ctx, scope, incident_id)


@router.get("/incidents/{incident_id}/status", summary="Say how far the plan of an incident is")
def read_plan_status(ctx: Built, scope: Acting, incident_id: Known) -> PlanStatus | None:
    """How many steps are done, and which of them wait for a person; null where there is no plan."""
    return shown.read_plan_status(ctx, scope, incident_id)


@router.post(
    "/incidents/{incident_id}/recalculate",
    summary="Ask for a new plan of an incident",
    openapi_extra=document_body(PlanRequest, required=False),
)
def recalculate_plan(
    ctx: Built,
    scope: Acting,
    incident_id: Known,
    request: Annotated[PlanRequest, Depends(body_of(PlanRequest, optional=True))],
) -> PlanShown:
    """The incident is reasoned about anew and its question asked anew, while nothing of the plan was done; else it is
    refused and stays as it is. Needs the role operator.
    """
    return people.recalculate_plan(ctx, scope, incident_id, request)


@router.post(
    "/incidents/{incident_id}/steps/{step_id}/complete",
    summary="Say that a step of a plan is done",
    openapi_extra=document_body(StepRequest, required=False),
)
def complete_step(
    ctx: Built,
    scope: Acting,
    incident_id: Known,
    step_id: Known,
    request: Annotated[StepRequest, Depends(body_of(StepRequest, optional=True))],
) -> PlanShown:
    """A person's step is done, or cannot be done, which stops the plan; the steps after it get their turn. Whoever says
    so second is told who was first. Needs the role operator.
    """
    return people.complete_step(ctx, scope, incident_id, step_id, request)


@router.post(
    "/incidents/{incident_id}/stop", summary="Stop the plan of an incident", openapi_extra=document_body(StopRequest)
)
def stop_plan(
    ctx: Built, scope: Acting, incident_id: Known, request: Annotated[StopRequest, Depends(body_of(StopRequest))]
) -> PlanShown:
    """Nothing of it is begun any more, and it is not made again: questions that nobody answered and a treatment that
    was not sent are withdrawn. What was done stands and is listed with its way back. One that was stopped before is
    shown as it stands. Needs the role operator.
    """
    return people.stop_plan(ctx, scope, incident_id, request)


@router.get("/{playbook_id}", summary="Read one playbook")
def read_playbook(ctx: Built, scope: Acting, playbook_id: Known) -> PlaybookShown:
    """Its condition, its steps, and what became of the plans made of it."""
    return shown.read_playbook(ctx, scope, playbook_id)
