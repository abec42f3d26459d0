"""Looking after the data: take a backup, throw away what is old, and ask whether all of it is sound. For
administrators.
"""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from typing import IO, Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from app.api.bodies import body_of, document_answer, document_body
from app.api.context import Acting, Built, application_of
from app.schemas.operations import PruneAnswer, PruneRequest, UpkeepAnswer
from app.services.operations import maintenance

router = APIRouter(tags=["upkeep"])
PIECE = 1 << 18


@router.get(
    "/backup",
    summary="Take a backup of the whole store",
    response_class=StreamingResponse,
    responses=document_answer("application/gzip", binary=True),
)
def take_backup(ctx: Built, scope: Acting) -> StreamingResponse:
    """A .tar.gz of every table of every tenant as they stand now, for `python -m app restore`; everything goes on
    meanwhile. Needs the role admin.
    """
    at = ctx.system.now()
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is sent after this returns, and is gone when that has ended
    try:
        maintenance.write_backup(ctx, scope, file, at)
    except BaseException:
        file.close()
        raise
    headers = {
        "Content-Disposition": f'attachment; filename="causeway-{at:%Y%m%dT%H%M%SZ}.tar.gz"',
        "Content-Length": str(file.tell()),
    }
    return StreamingResponse(_pieces(file), media_type="application/gzip", headers=headers)


@router.post("/prune", summary="Remove what is old and not needed", openapi_extra=document_body(PruneRequest))
def prune_data(
    ctx: Built, scope: Acting, wanted: Annotated[PruneRequest, Depends(body_of(PruneRequest))]
) -> PruneAnswer:
    """Bookmarks of incidents that ended, signals and patterns of none, old answers, sends that ended. Events are kept
    for ever. Needs the role admin.
    """
    return maintenance.prune_data(ctx, scope, timedelta(days=wanted.older_than_days), dry_run=wanted.dry_run)


@router.get("/upkeep", summary="Ask whether the data are sound")
def check_data(request: Request, ctx: Built, scope: Acting) -> UpkeepAnswer:
    """The store's file, every tenant's chain and its anchor, and what waits for people. Needs the role admin."""
    return maintenance.check_data(ctx, scope, application_of(request).settings.data)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece
