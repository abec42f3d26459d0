"""Documents and chunks of a tenant in memory."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from app.domain.errors import Conflict, NotFound
from app.domain.knowledge import Chunk, KnowledgeDocument, Trust
from app.store import codec, transitions
from app.store.memory import still
from app.store.memory.events import MemoryEvents
from app.store.memory.shelf import ShelfView


class MemoryKnowledge:
    """The KnowledgeRows port in memory."""

    def __init__(self, view: ShelfView, chain: MemoryEvents) -> None:
        self._view = view
        self._chain = chain

    def put(self, document: KnowledgeDocument, chunks: Sequence[Chunk]) -> None:
        """Insert or replace a document with its chunks; grows the change sequence and writes knowledge.added."""
        transitions.check_chunks(document, chunks)
        kept = still.as_stored(document)
        self._view.edit("documents")[kept.id] = kept
        self._drop_chunks(kept.id)
        rows = self._view.edit("chunks")
        for piece in map(still.as_stored, chunks):
            if piece.id in rows:
                raise Conflict("such a row exists already, or a rule of its table forbids this")
            rows[piece.id] = piece
        self._chain.tell(transitions.knowledge_added(document, len(chunks)), document.uploaded_at)

    def remove(self, document_id: str, *, at: datetime) -> None:
        """Delete a document and its chunks; NotFound otherwise; writes knowledge.removed."""
        if self._view.edit("documents").pop(codec.clean_text(document_id), None) is None:
            raise NotFound(f"there is no document {document_id}")
        self._drop_chunks(codec.clean_text(document_id))
        self._chain.tell(transitions.knowledge_removed(document_id), at)

    def documents(self) -> list[KnowledgeDocument]:
        """Every document, by title."""
        found: Iterable[KnowledgeDocument] = self._view.rows("documents").values()
        return sorted(found, key=lambda document: (document.title, document.id))

    def chunks(self, ids: Sequence[str] | None = None) -> list[tuple[KnowledgeDocument, Chunk]]:
        """The asked chunks (all, by document and place, when None) of trusted documents only, in the order
        asked for.
        """
        trusted = {document.id: document for document in self.documents() if document.trust is Trust.TRUSTED}
        rows: Mapping[str, Chunk] = self._view.rows("chunks")
        asked = list(rows) if ids is None else [chunk_id for chunk_id in map(codec.clean_text, ids) if chunk_id in rows]
        found = [rows[chunk_id] for chunk_id in asked]
        if ids is None:
            found.sort(key=lambda chunk: (chunk.document_id, chunk.position, chunk.id))
        return [(trusted[chunk.document_id], chunk) for chunk in found if chunk.document_id in trusted]

    def chunks_of(self, document_id: str) -> list[Chunk]:
        """The chunks of one document, trusted or not, in order."""
        found: Iterable[Chunk] = self._view.rows("chunks").values()
        mine = [chunk for chunk in found if chunk.document_id == codec.clean_text(document_id)]
        return sorted(mine, key=lambda chunk: (chunk.position, chunk.id))

    def sequence(self) -> int:
        """The number of the last link of the chain that tells of a change of knowledge."""
        return self._chain.latest(*transitions.KNOWLEDGE_KINDS)

    def _drop_chunks(self, document_id: str) -> None:
        rows = self._view.edit("chunks")
        for chunk_id in [chunk_id for chunk_id, chunk in rows.items() if chunk.document_id == document_id]:
            del rows[chunk_id]
