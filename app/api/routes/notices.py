"""Notices: who is told outside of the console, what went out or is sent anew, and whether a target can be reached."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.api.context import Acting, Built, Known
from app.domain.notices import NoticeState
from app.schemas.notices import NoticeBoard, ResendAnswer, TargetTestAnswer
from app.services.notices import board

router = APIRouter(tags=["notices"])
States = Annotated[list[NoticeState] | None, Query(description="only these; repeat for several")]
TargetName = Annotated[str, Path(pattern="^[a-z][a-z0-9_-]{0,62}$", description="a target of config/notices.yaml")]


@router.get("/notices", summary="List what people were told")
def list_notices(
    ctx: Built, scope: Acting, state: States = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> NoticeBoard:
    """Every target of this tenant and how it stands, and what was sent, failed or is held back, newest first."""
    return board.list_notices(ctx, scope, states=state, limit=limit)


@router.post("/notices/{notice_id}/resend", summary="Send a message anew that did not arrive")
def resend_notice(ctx: Built, scope: Acting, notice_id: Known) -> ResendAnswer:
    """What was given up, or is in doubt, is sent once more under the same id; where nothing is left to tell, 409 says
    why. Needs the role operator.
    """
    return board.resend_notice(ctx, scope, notice_id)


@router.post("/notices/targets/{name}/test", summary="Try whether a target can be reached")
def test_target(ctx: Built, scope: Acting, name: TargetName) -> TargetTestAnswer:
    """Make the vendor's harmless call; nobody is told anything. Needs the role operator."""
    return board.test_target(ctx, scope, name)
