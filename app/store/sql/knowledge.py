"""Documents and chunks of a tenant in SQL: the truth that every index is rebuilt from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select

from app.domain.errors import NotFound
from app.domain.knowledge import Chunk, KnowledgeDocument, Trust
from app.store import codec, transitions
from app.store.codec import Columns
from app.store.sql.events import SqlEvents
from app.store.sql.scope import Scoped, batch_ids
from app.store.sql.tables import chunks as pieces
from app.store.sql.tables import documents as papers


class SqlKnowledge:
    """The KnowledgeRows port over a database."""

    def __init__(self, rows: Scoped, chain: SqlEvents) -> None:
        self._rows = rows
        self._chain = chain

    def put(self, document: KnowledgeDocument, chunks: Sequence[Chunk]) -> None:
        """Insert or replace a document with its chunks; grows the change sequence and writes knowledge.added."""
        transitions.check_chunks(document, chunks)
        kept = codec.to_fields(document)
        self._rows.put(
            papers, [{"id": kept["id"], "title": kept["title"], "trust": kept["trust"], "body": codec.to_body(kept)}]
        )
        self._rows.run(self._rows.delete(pieces).where(pieces.c.document_id == kept["id"]))
        self._rows.insert(pieces, [_chunk_row(chunk) for chunk in chunks])
        self._chain.tell(transitions.knowledge_added(document, len(chunks)), document.uploaded_at)

    def remove(self, document_id: str, *, at: datetime) -> None:
        """Delete a document and its chunks; NotFound otherwise; writes knowledge.removed."""
        wanted = codec.clean_text(document_id)
        self._rows.run(self._rows.delete(pieces).where(pieces.c.document_id == wanted))
        if self._rows.run(self._rows.delete(papers).where(papers.c.id == wanted)).rowcount != 1:
            raise NotFound(f"there is no document {document_id}")
        self._chain.tell(transitions.knowledge_removed(document_id), at)

    def documents(self) -> list[KnowledgeDocument]:
        """Every document, by title."""
        asked = self._rows.select(papers, papers.c.body).order_by(papers.c.title, papers.c.id)
        return [codec.read_value(KnowledgeDocument, stored) for stored in self._rows.run(asked).scalars()]

    def chunks(self, ids: Sequence[str] | None = None) -> list[tuple[KnowledgeDocument, Chunk]]:
        """The asked chunks (all, by document and place, when None) of trusted documents only, in the order
        asked for.
        """
        trusted = {document.id: document for document in self.documents() if document.trust is Trust.TRUSTED}
        if ids is None:
            return _with_documents(
                trusted, self._read(self._bodies().order_by(pieces.c.document_id, pieces.c.position, pieces.c.id))
            )
        asked = [codec.clean_text(chunk_id) for chunk_id in ids]
        found: dict[str, Chunk] = {}
        for some in batch_ids(list(dict.fromkeys(asked))):
            found |= {chunk.id: chunk for chunk in self._read(self._bodies().where(pieces.c.id.in_(some)))}
        return _with_documents(trusted, [found[chunk_id] for chunk_id in asked if chunk_id in found])

    def chunks_of(self, document_id: str) -> list[Chunk]:
        """The chunks of one document, trusted or not, in order."""
        asked = self._bodies().where(pieces.c.document_id == codec.clean_text(document_id))
        return self._read(asked.order_by(pieces.c.position, pieces.c.id))

    def sequence(self) -> int:
        """The number of the last link of the chain that tells of a change of knowledge."""
        return self._chain.latest(*transitions.KNOWLEDGE_KINDS)

    def _bodies(self) -> Select[Any]:
        return self._rows.select(pieces, pieces.c.body)

    def _read(self, asked: Select[Any]) -> list[Chunk]:
        return [codec.read_value(Chunk, stored) for stored in self._rows.run(asked).scalars()]


def _with_documents(trusted: dict[str, KnowledgeDocument], found: list[Chunk]) -> list[tuple[KnowledgeDocument, Chunk]]:
    return [(trusted[chunk.document_id], chunk) for chunk in found if chunk.document_id in trusted]


def _chunk_row(chunk: Chunk) -> Columns:
    kept = codec.to_fields(chunk)
    return {**{name: kept[name] for name in ("id", "document_id", "position")}, "body": codec.to_body(kept)}
