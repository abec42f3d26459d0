"""What nobody could read, how a person says what it means, and files of signals."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.api.bodies import RawBody, body_of, document_body, validate_body
from app.api.context import Acting, Built, Known, Limit
from app.domain.unmapped import FieldMapping, UnmappedItem
from app.schemas.sources import FileAnswer, MappingAnswer, MappingRequest, ShapeView
from app.services.intake import files, unmapped

router = APIRouter(tags=["signals"])
DryRun = Annotated[bool, Query(description="only show what would become of it")]
FILE_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"title": "SignalFile", "type": "string", "format": "binary"}},
            "text/csv": {"schema": {"title": "SignalTable", "type": "string"}},
        },
    }
}


@router.get("/signals/unmapped", summary="List what nobody could read, by its shape")
def list_unmapped(ctx: Built, scope: Acting) -> list[ShapeView]:
    """Every shape with how many came and an example; a mapping says once what its fields mean."""
    return unmapped.list_shapes(ctx, scope)


@router.get("/signals/unmapped/{shape_id}", summary="Show what is kept of an unmapped shape")
def read_unmapped(ctx: Built, scope: Acting, shape_id: Known, limit: Limit = 100) -> list[UnmappedItem]:
    """What is kept of it, oldest first, as it came."""
    return unmapped.list_items(ctx, scope, shape_id, limit)


@router.post(
    "/signals/unmapped/{shape_id}/mapping", summary="Map an unmapped shape", openapi_extra=document_body(MappingRequest)
)
def map_unmapped(
    ctx: Built,
    scope: Acting,
    shape_id: Known,
    wanted: Annotated[MappingRequest, Depends(body_of(MappingRequest))],
    dry_run: DryRun = False,
) -> MappingAnswer:
    """Say where each field of a signal stands. What is kept is read with it, and so is all that comes. Needs the role
    operator.
    """
    mapping = FieldMapping(ignore=wanted.ignore, signal_type=wanted.signal_type, fields=wanted.fields)
    return unmapped.map_shape(ctx, scope, shape_id, mapping, dry_run=dry_run)


@router.post("/signals/file", summary="Send a file of signals", status_code=202, openapi_extra=FILE_BODY)
def take_file(
    ctx: Built,
    scope: Acting,
    raw: RawBody,
    name: Annotated[str, Query(max_length=200, description="its name; .csv, .tsv and .txt are tables")] = "signals.csv",
    source: Annotated[
        str | None, Query(min_length=1, max_length=120, description="the source of rows that name none")
    ] = None,
    mapping: Annotated[
        str | None, Query(max_length=8_000, description="as JSON: signal_type, and fields to columns")
    ] = None,
    partial: Annotated[bool, Query(description="keep the good rows and list the bad ones")] = False,
    dry_run: DryRun = False,
) -> FileAnswer:
    """Take a file: a table with a header, JSON, or one JSON object a line. Columns named like fields of a signal are
    these, and others become attributes, unless a mapping says it. With one bad row nothing is kept, unless partial.
    """
    wanted = validate_body(MappingRequest, mapping.encode()) if mapping else None
    how = FieldMapping(signal_type=wanted.signal_type, fields=wanted.fields) if wanted else None
    return files.take_file(ctx, scope, name, raw, mapping=how, source=source, partial=partial, dry_run=dry_run)
