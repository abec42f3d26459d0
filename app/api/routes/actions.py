"""Actions: the desk where proposals wait, and the decisions about them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.api.bodies import body_of, document_body
from app.api.context import Acting, Built, Known, Limit, Offset
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.schemas.actions import (
    ApproveRequest,
    BatchAnswer,
    BatchRequest,
    EditRequest,
    ExecuteRequest,
    ReconcileAnswer,
    SettleRequest,
    SnoozeAnswer,
    SnoozeRequest,
    UndoAnswer,
    UndoRequest,
)
from app.schemas.base import EditAnswer
from app.schemas.outside import OutsideAnswer, OutsideOutcome
from app.services.actions import outside_answers, review, rows, snoozing, taking_back, waiting

router = APIRouter(tags=["actions"])
Statuses = Annotated[list[ActionStatus] | None, Query(description="only these; repeat for several")]
PutOff = Annotated[bool, Query(description="only those that were put off or are held back; else only the others")]
Shown = Annotated[str, Query(pattern="^[0-9a-f]{64}$", description="the digest of what was shown")]
Decided = Annotated[ApproveRequest, Depends(body_of(ApproveRequest))]


@router.get("/actions", summary="List actions")
def list_actions(
    ctx: Built,
    scope: Acting,
    status: Statuses = None,
    incident_id: str | None = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> list[Action]:
    """Actions, newest proposed first."""
    return rows.list_actions(ctx, scope, statuses=status, incident_id=incident_id, limit=limit, offset=offset)


@router.get("/actions/pending", summary="List the actions that wait for a decision")
def list_pending_actions(ctx: Built, scope: Acting, limit: Limit = 100, snoozed: PutOff = False) -> list[Action]:
    """Actions that wait for a person, those first whose incident costs most an hour; of equals the one that waits
    longest. What was put off is listed by itself until its time has come.
    """
    return rows.list_questions(ctx, scope, limit=limit, offset=0, snoozed=snoozed)


@router.get("/actions/{action_id}", summary="Get one action")
def read_action(ctx: Built, scope: Acting, action_id: Known) -> Action:
    """One action with its decision, requests, ruling and, when there is one, its receipt."""
    return rows.read_action(ctx, scope, action_id)


@router.post("/actions/approve", summary="Approve or reject an action", openapi_extra=document_body(ApproveRequest))
@router.post(
    "/approve_action",
    name="approve_action",
    summary="Approve or reject an action (the same under its other name)",
    openapi_extra=document_body(ApproveRequest),
)
def decide_action(ctx: Built, scope: Acting, decision: Decided) -> Action:
    """Approve or reject; without a digest it binds to the current version, and whoever comes second gets a 409 naming
    the first. Needs the role approver.
    """
    return review.decide_action(ctx, scope, decision)


@router.post(
    "/actions/approve/batch", summary="Approve or reject several actions", openapi_extra=document_body(BatchRequest)
)
def decide_actions(
    ctx: Built, scope: Acting, batch: Annotated[BatchRequest, Depends(body_of(BatchRequest))]
) -> BatchAnswer:
    """Each by itself and by the digest that was seen; the answer says of each what became of it, and one that is
    refused keeps no other from being decided. Whoever may decide one may decide several.
    """
    return review.decide_actions(ctx, scope, batch)


@router.post(
    "/actions/{action_id}/answer",
    summary="Approve, edit, reject or ask in the words of another console",
    openapi_extra=document_body(OutsideAnswer),
)
def answer_action(
    ctx: Built,
    scope: Acting,
    action_id: Known,
    digest: Shown,
    said: Annotated[OutsideAnswer, Depends(body_of(OutsideAnswer))],
) -> OutsideOutcome:
    """`{"decisions": [{"type": "approve" | "edit" | "reject" | "respond", ...}]}` of LangChain's middleware, or
    `[{"type": "accept" | "edit" | "response" | "ignore", "args": ...}]` of Agent Inbox; it binds to the digest that
    was shown. Whoever may decide or edit elsewhere may do so here; everybody may ask back.
    """
    return outside_answers.answer_from_outside(ctx, scope, action_id, digest, said)


@router.post("/actions/{action_id}/edit", summary="Change a pending action", openapi_extra=document_body(EditRequest))
def edit_action(
    ctx: Built, scope: Acting, action_id: Known, change: Annotated[EditRequest, Depends(body_of(EditRequest))]
) -> EditAnswer:
    """New arguments for a pending action: a new version, digest and ruling; it stays pending. The same arguments change
    nothing, and are told so. Needs the role approver.
    """
    return review.edit_action(ctx, scope, action_id, change)


@router.post(
    "/actions/{action_id}/snooze",
    summary="Put a question off",
    openapi_extra=document_body(SnoozeRequest),
)
def snooze_action(
    ctx: Built, scope: Acting, action_id: Known, wish: Annotated[SnoozeRequest, Depends(body_of(SnoozeRequest))]
) -> SnoozeAnswer:
    """It stays a question, can be decided, and is not listed among the others until then. It expires when it did, and
    cannot be put off for longer; newer evidence withdraws it as ever. Needs the role approver.
    """
    return snoozing.snooze_action(ctx, scope, action_id, wish)


@router.post(
    "/actions/{action_id}/settle",
    summary="Say what became of an action that is in doubt",
    openapi_extra=document_body(SettleRequest),
)
def settle_action(
    ctx: Built, scope: Acting, action_id: Known, word: Annotated[SettleRequest, Depends(body_of(SettleRequest))]
) -> Action:
    """IN_DOUBT becomes EXECUTED or FAILED on a person's word, with its reason; nothing is sent. Needs the role
    approver.
    """
    return waiting.resolve_doubt(ctx, scope, action_id, happened=word.happened, feedback=word.feedback)


@router.post(
    "/actions/{action_id}/undo",
    summary="Take back an action that was carried out",
    openapi_extra=document_body(UndoRequest),
)
def undo_action(
    ctx: Built, scope: Acting, action_id: Known, word: Annotated[UndoRequest, Depends(body_of(UndoRequest))]
) -> UndoAnswer:
    """What was sent is taken back by the declared undo, for every merchant it was sent for, and people take over; for
    single `merchants` it is taken back there, stands elsewhere, and the rollout goes on. What cannot be taken back, or
    is being taken back already, gets a 409 that says why or by whom. Needs the role approver.
    """
    return taking_back.undo_action(ctx, scope, action_id, word.reason, word.merchants)


@router.post("/actions/{action_id}/reconcile", summary="Ask the tool what became of an action that is in doubt")
def reconcile_action(ctx: Built, scope: Acting, action_id: Known) -> ReconcileAnswer:
    """Asks by the key it was sent under; settled when the tool can tell, else the answer says why not. Needs the role
    operator.
    """
    return waiting.reconcile_doubt(ctx, scope, action_id)


@router.post("/execute_action", summary="Run an approved action", openapi_extra=document_body(ExecuteRequest))
def execute_action(
    ctx: Built, scope: Acting, wanted: Annotated[ExecuteRequest, Depends(body_of(ExecuteRequest))]
) -> Action:
    """Run an approved action now; one that ran already answers with its outcome. Needs the role approver."""
    return review.execute_action(ctx, scope, wanted.action_id)
