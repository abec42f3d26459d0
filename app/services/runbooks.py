"""The knowledge people upload: parsed in a box, kept in the store, indexed from there, cited from then on."""

from app.domain.base import Untrusted, digest_of
from app.domain.errors import BadInput, Forbidden, NotFound, TooLarge
from app.domain.knowledge import Chunk, KnowledgeDocument, Passage, Trust
from app.domain.tenants import Role, Scope
from app.services.decide import require
from app.services.house import House
from app.tools.redact import redact
from app.wire import KnowledgeStats
from rag.chunks import chunk_parts, first_heading


def upload(house: House, scope: Scope, filename: str, content: bytes) -> KnowledgeDocument:
    """Keep one document; an approver's is trusted at once, anyone else's waits."""
    if len(content) > house.limits.upload_bytes:
        raise TooLarge(f"{len(content):,} bytes; at most {house.limits.upload_bytes:,} are accepted")
    parts = [(place, Untrusted(redact(text).text)) for place, text in house.parser.text(filename, content)]
    kind = filename.rsplit(".", 1)[-1].lower()
    fingerprint = digest_of([text for _, text in parts])
    document = KnowledgeDocument(
        id=f"DOC-{digest_of([scope.tenant_id, fingerprint])[:12].upper()}",
        title=_title(filename, parts),
        format=kind,
        source="upload",
        filename=filename[:200],
        uploader=scope.principal.id,
        trust=Trust.TRUSTED if scope.principal.role.covers(Role.APPROVER) else Trust.WAITING,
        content_hash=fingerprint,
        uploaded_at=house.clock(scope).now(),
    )
    chunks = chunk_parts(document.id, kind, parts, title=document.title)
    if not chunks:
        raise BadInput(f"{filename}: no text was found in it")
    _keep(house, scope, document, chunks)
    return document


def _title(filename: str, parts: list[tuple[str, Untrusted]]) -> str:
    """The first heading, else the name of the file."""
    return (first_heading(parts[0][1]) if parts else "") or filename.rsplit(".", 1)[0][:200]


def _keep(house: House, scope: Scope, document: KnowledgeDocument, chunks: list[Chunk]) -> None:
    with house.store.write(scope) as session:
        session.knowledge.put(document, chunks)


def documents(house: House, scope: Scope) -> list[KnowledgeDocument]:
    """Every document, by title."""
    with house.store.read(scope) as session:
        return session.knowledge.documents()


def search(house: House, scope: Scope, query: str, k: int) -> list[Passage]:
    """The passages that answer a query; empty when nothing covers it."""
    return house.librarian.search(scope, query, k=k)


def stats(house: House, scope: Scope) -> KnowledgeStats:
    """What the index holds."""
    return KnowledgeStats.model_validate(house.librarian.stats(scope))


def clear(house: House, scope: Scope) -> int:
    """Remove every upload; the shipped runbooks stay."""
    require(scope, Role.APPROVER)
    now = house.clock(scope).now()
    with house.store.write(scope) as session:
        uploads = [document for document in session.knowledge.documents() if document.source == "upload"]
        for document in uploads:
            session.knowledge.remove(document.id, at=now)
    return len(uploads)


def remove(house: House, scope: Scope, document_id: str) -> None:
    """Remove one upload."""
    require(scope, Role.APPROVER)
    with house.store.write(scope) as session:
        if _find(session.knowledge.documents(), document_id).source == "shipped":
            raise Forbidden("shipped runbooks belong to the program; upload a better one instead")
        session.knowledge.remove(document_id, at=house.clock(scope).now())


def approve(house: House, scope: Scope, document_id: str) -> KnowledgeDocument:
    """Trust a document that waits."""
    require(scope, Role.APPROVER)
    with house.store.write(scope) as session:
        trusted = _find(session.knowledge.documents(), document_id).changed(trust=Trust.TRUSTED)
        chunks = session.knowledge.chunks_of(document_id)
        session.knowledge.put(trusted, chunks)
        session.events.append("knowledge.approved", document_id, {"title": trusted.title}, at=house.clock(scope).now())
    return trusted


def _find(known: list[KnowledgeDocument], document_id: str) -> KnowledgeDocument:
    found = next((document for document in known if document.id == document_id), None)
    if found is None:
        raise NotFound(f"no document is called {document_id}")
    return found


def chunk(house: House, scope: Scope, chunk_id: str) -> Passage:
    """One passage by its id, as a citation opens it."""
    with house.store.read(scope) as session:
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
