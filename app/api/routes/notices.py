"""Notices: who is told outside of the console, what went out, and whether a target can be reached."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.api.context import Acting, Built
from app.domain.notices import NoticeState
from app.schemas.notices import NoticeBoard, TargetTestAnswer
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


@router.post("/notices/targets/{name}/test", summary="Try whether a target can be reached")
def test_target(ctx: Built, scope: Acting, name: TargetName) -> TargetTestAnswer:
    """Make the vendor's harmless call; nobody is told anything. Needs the role operator."""
    return board.test_target(ctx, scope, name)
