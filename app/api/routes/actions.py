"""Actions: the desk where proposals wait, and the decisions about them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.api.bodies import body, documented
from app.api.context import Acting, Built, Known, Limit, Offset
from app.domain.actions import Action, ActionStatus
from app.services import actions, decide, desk
from app.wire import ApproveRequest, EditAnswer, EditRequest, ExecuteRequest, ReconcileAnswer, SettleRequest

router = APIRouter(tags=["actions"])
Statuses = Annotated[list[ActionStatus] | None, Query(description="only these; repeat for several")]
Decided = Annotated[ApproveRequest, Depends(body(ApproveRequest))]


@router.get("/actions", summary="List actions")
def listing(
    house: Built, scope: Acting, status: Statuses = None, incident_id: str | None = None, limit: Limit = 100, offset: Offset = 0
) -> list[Action]:
    """Actions, newest proposed first."""
    return actions.listing(house, scope, statuses=status, incident_id=incident_id, limit=limit, offset=offset)


@router.get("/actions/pending", summary="List the actions that wait for a decision")
def pending(house: Built, scope: Acting, limit: Limit = 100) -> list[Action]:
    """Actions that wait for a person, those first whose incident costs most an hour; of equals the one that waits longest."""
    return actions.waiting(house, scope, limit=limit, offset=0)


@router.get("/actions/{action_id}", summary="Get one action")
def one(house: Built, scope: Acting, action_id: Known) -> Action:
    """One action with its decision, requests, ruling and, when there is one, its receipt."""
    return actions.get(house, scope, action_id)


@router.post("/actions/approve", summary="Approve or reject an action", openapi_extra=documented(ApproveRequest))
@router.post("/approve_action", summary="Approve or reject an action (the same under its other name)", openapi_extra=documented(ApproveRequest))
def approve(house: Built, scope: Acting, decision: Decided) -> Action:
    """Approve or reject; without a digest it binds to the current version, and whoever comes second gets a 409 naming the first."""
    return decide.decide(house, scope, decision)


@router.post("/actions/{action_id}/edit", summary="Change a pending action", openapi_extra=documented(EditRequest))
def edit(house: Built, scope: Acting, action_id: Known, change: Annotated[EditRequest, Depends(body(EditRequest))]) -> EditAnswer:
    """New arguments for a pending action: a new version, digest and ruling; it stays pending. The same arguments change nothing, and are told so."""
    return decide.edit(house, scope, action_id, change)


@router.post("/actions/{action_id}/settle", summary="Say what became of an action that is in doubt", openapi_extra=documented(SettleRequest))
def settle(house: Built, scope: Acting, action_id: Known, word: Annotated[SettleRequest, Depends(body(SettleRequest))]) -> Action:
    """IN_DOUBT becomes EXECUTED or FAILED on an approver's word, with its reason; nothing is sent."""
    return desk.settle(house, scope, action_id, happened=word.happened, feedback=word.feedback)


@router.post("/actions/{action_id}/reconcile", summary="Ask the tool what became of an action that is in doubt")
def reconcile(house: Built, scope: Acting, action_id: Known) -> ReconcileAnswer:
    """Asks by the key it was sent under; settled when the tool can tell, else the answer says why not."""
    return desk.reconcile(house, scope, action_id)


@router.post("/execute_action", summary="Run an approved action", openapi_extra=documented(ExecuteRequest))
def execute(house: Built, scope: Acting, wanted: Annotated[ExecuteRequest, Depends(body(ExecuteRequest))]) -> Action:
    """Run an approved action now; one that ran already answers with its outcome."""
    return decide.execute(house, scope, wanted.action_id)
