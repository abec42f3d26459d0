"""Runbooks: uploaded, searched, trusted, removed."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.datastructures import UploadFile
from starlette.requests import Request as StreamedRequest
from starlette.types import Message

from app.api.bodies import refuse_oversize, refuse_packed, too_large
from app.api.context import Acting, Built, Known, application_of
from app.domain.errors import BadInput, Permanent
from app.domain.knowledge import KnowledgeDocument, Passage
from app.schemas.operations import ClearAnswer, KnowledgeStats, RejectedFile, RemovalAnswer, UploadAnswer
from app.services.knowledge import runbooks

router = APIRouter(prefix="/rag", tags=["knowledge"])
MOST_FILES = 20
_FILES = {
    "title": "RunbookFiles",
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "array", "items": {"type": "string", "format": "binary"}}},
}
UPLOAD_BODY = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FILES}}}}


class Upload:
    """One file of a form: its name and its bytes."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name, self.content = name, content


async def uploads(request: Request) -> list[Upload]:
    """The files of a multipart form, counted while they arrive; BadInput when there are none."""
    most = application_of(request).settings.max_upload_bytes
    refuse_packed(request.headers)
    refuse_oversize(request.headers, most)
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > most:
            raise too_large(most)
        return message

    async with StreamedRequest(request.scope, counted).form(max_files=MOST_FILES, max_fields=MOST_FILES) as form:
        parts = [part for _, part in form.multi_items() if isinstance(part, UploadFile)]
        files = [Upload(part.filename or "", await part.read()) for part in parts]
    if not files:
        raise BadInput("Send at least one file as multipart/form-data, in a field named file.")
    return files


@router.post("/upload", summary="Upload runbooks", status_code=201, openapi_extra=UPLOAD_BODY)
def upload_runbooks(ctx: Built, scope: Acting, files: Annotated[list[Upload], Depends(uploads)]) -> UploadAnswer:
    """Keep Markdown, text or PDF files; each stands for itself, and what was refused is listed with its reason (422
    when all were). What comes from an approver is trusted at once.
    """
    kept: list[KnowledgeDocument] = []
    refused: list[RejectedFile] = []
    for file in files:
        try:
            kept.append(runbooks.upload_runbook(ctx, scope, file.name, file.content))
        except Permanent as error:
            if len(files) == 1:
                raise
            refused.append(RejectedFile(filename=file.name, error=type(error).__name__, detail=error.detail))
    if not kept:
        raise BadInput("None of the files was kept.", problems=[one.model_dump() for one in refused])
    return UploadAnswer(documents=kept, rejected=refused)


@router.get("/stats", summary="Show what the runbook index holds")
def read_knowledge_stats(ctx: Built, scope: Acting) -> KnowledgeStats:
    """What the index holds and how it retrieves."""
    return runbooks.read_stats(ctx, scope)


@router.get("/search", summary="Search the runbooks")
def search_runbooks(
    ctx: Built,
    scope: Acting,
    q: Annotated[str, Query(min_length=1, max_length=2_000)],
    k: Annotated[int, Query(ge=1, le=50)] = 5,
) -> list[Passage]:
    """The best passages; an empty list means that nothing covers it."""
    return runbooks.search_runbooks(ctx, scope, q, k)


@router.get("/documents", summary="List runbooks")
def list_runbooks(ctx: Built, scope: Acting) -> list[KnowledgeDocument]:
    """Every document, by title."""
    return runbooks.list_documents(ctx, scope)


@router.get("/chunks/{chunk_id}", summary="Open one cited passage")
def read_passage(ctx: Built, scope: Acting, chunk_id: Known) -> Passage:
    """One passage, as a citation opens it."""
    return runbooks.read_passage(ctx, scope, chunk_id)


@router.post("/clear", summary="Remove every uploaded runbook")
def clear_runbooks(ctx: Built, scope: Acting) -> ClearAnswer:
    """Remove every upload; the shipped runbooks stay. Needs the role approver."""
    return ClearAnswer(removed=runbooks.remove_uploads(ctx, scope))


@router.delete("/documents/{document_id}", summary="Remove one uploaded runbook")
def remove_runbook(ctx: Built, scope: Acting, document_id: Known) -> RemovalAnswer:
    """Remove one upload. Needs the role approver."""
    runbooks.remove_document(ctx, scope, document_id)
    return RemovalAnswer(removed=document_id)


@router.post("/documents/{document_id}/approve", summary="Trust an uploaded runbook")
def approve_runbook(ctx: Built, scope: Acting, document_id: Known) -> KnowledgeDocument:
    """Trust a document that waits, so that it is cited from now on. Needs the role approver."""
    return runbooks.approve_document(ctx, scope, document_id)
