"""The knowledge people upload: parsed in a box, kept in the store, indexed from there, cited from then on."""

from app.access import UseCase, is_allowed, require
from app.context import AppContext
from app.domain.base import Untrusted, digest_of
from app.domain.errors import BadInput, Forbidden, NotFound, TooLarge
from app.domain.knowledge import Chunk, KnowledgeDocument, Passage, Trust
from app.domain.tenants import Scope
from app.privacy.redact import redact
from app.schemas.operations import KnowledgeStats
from rag.chunks import chunk_parts, first_heading


def upload_runbook(ctx: AppContext, scope: Scope, filename: str, content: bytes) -> KnowledgeDocument:
    """Keep one document; an approver's is trusted at once, anyone else's waits."""
    if len(content) > ctx.limits.upload_bytes:
        raise TooLarge(f"{len(content):,} bytes; at most {ctx.limits.upload_bytes:,} are accepted")
    parts = [(place, Untrusted(redact(text).text)) for place, text in ctx.parser.text(filename, content)]
    kind = filename.rsplit(".", 1)[-1].lower()
    fingerprint = digest_of([text for _, text in parts])
    document = KnowledgeDocument(
        id=f"DOC-{digest_of([scope.tenant_id, fingerprint])[:12].upper()}",
        title=_title_of(filename, parts),
        format=kind,
        source="upload",
        filename=filename[:200],
        uploader=scope.principal.id,
        trust=Trust.TRUSTED if is_allowed(scope, UseCase.TRUST_UPLOAD) else Trust.WAITING,
        content_hash=fingerprint,
        uploaded_at=ctx.clock(scope).now(),
    )
    chunks = chunk_parts(document.id, kind, parts, title=document.title)
    if not chunks:
        raise BadInput(f"{filename}: no text was found in it")
    _keep_document(ctx, scope, document, chunks)
    return document


def _title_of(filename: str, parts: list[tuple[str, Untrusted]]) -> str:
    """The first heading, else the name of the file."""
    return (first_heading(parts[0][1]) if parts else "") or filename.rsplit(".", 1)[0][:200]


def _keep_document(ctx: AppContext, scope: Scope, document: KnowledgeDocument, chunks: list[Chunk]) -> None:
    with ctx.store.write(scope) as session:
        session.knowledge.put(document, chunks)


def list_documents(ctx: AppContext, scope: Scope) -> list[KnowledgeDocument]:
    """Every document, by title."""
    with ctx.store.read(scope) as session:
        return session.knowledge.documents()


def search_runbooks(ctx: AppContext, scope: Scope, query: str, k: int) -> list[Passage]:
    """The passages that answer a query; empty when nothing covers it."""
    return ctx.retriever.search(scope, query, k=k)


def read_stats(ctx: AppContext, scope: Scope) -> KnowledgeStats:
    """What the index holds."""
    return KnowledgeStats.model_validate(ctx.retriever.stats(scope))


def remove_uploads(ctx: AppContext, scope: Scope) -> int:
    """Remove every upload; the shipped runbooks stay."""
    require(scope, UseCase.REMOVE_UPLOADS)
    now = ctx.clock(scope).now()
    with ctx.store.write(scope) as session:
        uploads = [document for document in session.knowledge.documents() if document.source == "upload"]
        for document in uploads:
            session.knowledge.remove(document.id, at=now)
    return len(uploads)


def remove_document(ctx: AppContext, scope: Scope, document_id: str) -> None:
    """Remove one upload."""
    require(scope, UseCase.REMOVE_DOCUMENT)
    with ctx.store.write(scope) as session:
        if _find_document(session.knowledge.documents(), document_id).source == "shipped":
            raise Forbidden("shipped runbooks belong to the program; upload a better one instead")
        session.knowledge.remove(document_id, at=ctx.clock(scope).now())


def approve_document(ctx: AppContext, scope: Scope, document_id: str) -> KnowledgeDocument:
    """Trust a document that waits."""
    require(scope, UseCase.APPROVE_DOCUMENT)
    with ctx.store.write(scope) as session:
        trusted = _find_document(session.knowledge.documents(), document_id).changed(trust=Trust.TRUSTED)
        chunks = session.knowledge.chunks_of(document_id)
        session.knowledge.put(trusted, chunks)
        session.events.append("knowledge.approved", document_id, {"title": trusted.title}, at=ctx.clock(scope).now())
    return trusted


def _find_document(known: list[KnowledgeDocument], document_id: str) -> KnowledgeDocument:
    found = next((document for document in known if document.id == document_id), None)
    if found is None:
        raise NotFound(f"no document is called {document_id}")
    return found


def read_passage(ctx: AppContext, scope: Scope, chunk_id: str) -> Passage:
    """One passage by its id, as a citation opens it."""
    with ctx.store.read(scope) as session:
        rows = session.knowledge.chunks([chunk_id])
    if not rows:
        raise NotFound("this passage is gone, or its document is not trusted")
    document, piece = rows[0]
    return Passage(
        chunk_id=piece.id,
        document_id=document.id,
        title=document.title,
        section=piece.section,
        location=piece.location,
        text=piece.text,
        score=1.0,
        uploader=document.uploader,
    )
