"""Search over runbooks of your own, without a store: a folder, documents in, passages out.

    >>> index = RunbookIndex("my-index")                                                        # doctest: +SKIP
    >>> index.add([Document(id="kb-1", title="Callbacks", text="# Callbacks\\nMust be HTTPS.")]) # doctest: +SKIP
    >>> index.search("is http allowed for callbacks?")[0].section                               # doctest: +SKIP
    'Callbacks'

An empty list means that nothing covers the question.
"""

import json
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Self

from pydantic import ValidationError

from app.domain.base import Untrusted
from app.domain.errors import NotFound
from app.domain.knowledge import Chunk, Passage
from rag.chunks import chunk_text, first_heading, front_matter
from rag.documents import Document
from rag.embeddings import Embedder, make_embedder
from rag.tenant_index import FLOOR, ChunkHit, IndexEntry, TenantIndex
from rag.vector_store import VectorFolder, write_whole

__all__ = ["Document", "Passage", "RunbookIndex"]

COLLECTION = "runbooks"
DOCUMENTS = "documents.json"


class RunbookIndex:
    """A folder of documents with its search index. The documents file is the truth; the vectors are rebuilt from it
    when in doubt.
    """

    _shelves: ClassVar[dict[Path, tuple[dict[str, Document], TenantIndex]]] = {}
    _changing: ClassVar[threading.RLock] = threading.RLock()

    def __init__(
        self, path: Path | str, *, embedder: Embedder | None = None, lite: bool | None = None, floor: float = FLOOR
    ) -> None:
        self._folder = VectorFolder.open(Path(path))
        self._floor = floor
        with self._changing:
            held = self._shelves.get(self._folder.path)
            chosen = embedder or (held[1].embedder if held and lite is None else make_embedder(bool(lite)))
            if held is None or held[1].embedder.semantic != chosen.semantic:
                held = (held[0] if held else self._stored(), TenantIndex(self._folder, COLLECTION, chosen))
                self._shelves[self._folder.path] = held
            self._documents, self._shelf = held
            self._shelf.hold(self._entries())

    def __enter__(self) -> Self:
        """Use it as a context to have it closed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def __len__(self) -> int:
        """How many chunks can be found."""
        return len(self._shelf.entries)

    @property
    def embedder(self) -> Embedder:
        """What makes its vectors."""
        return self._shelf.embedder

    def documents(self) -> list[Document]:
        """Every document, by id."""
        return [self._documents[id] for id in sorted(self._documents)]

    def add(self, documents: Iterable[Document]) -> None:
        """Add documents, or replace those whose id is known."""
        with self._changing:
            self._documents.update({document.id: document for document in documents})
            self._changed()

    def remove(self, id: str) -> None:
        """Remove a document; NotFound when there is none of that id."""
        with self._changing:
            if self._documents.pop(id, None) is None:
                raise NotFound(f"there is no document {id!r} in this index")
            self._changed()

    def search(self, query: str, k: int = 5) -> list[Passage]:
        """The passages that cover the query, best first; an empty list means nothing does."""
        return [to_passage(hit) for hit in self._shelf.search(query, k, floor=self._floor)]

    def rebuild(self) -> None:
        """Make all vectors again from the documents."""
        self._shelf.rebuild()

    def close(self) -> None:
        """Let another process have the folder."""
        with self._changing:
            self._folder.close()
            if not VectorFolder.is_open(self._folder.path):
                self._shelves.pop(self._folder.path, None)

    def _changed(self) -> None:
        """Keep the documents, then the index."""
        kept = [document.plain() for document in self.documents()]
        write_whole(self._folder.path / DOCUMENTS, json.dumps(kept, ensure_ascii=True))
        self._shelf.hold(self._entries())

    def _entries(self) -> list[IndexEntry]:
        return [
            IndexEntry(chunk, title_of(document))
            for document in self.documents()
            for chunk in _chunk_document(document)
        ]

    def _stored(self) -> dict[str, Document]:
        """The documents of an earlier process; none when the file is not there or not ours."""
        try:
            rows = json.loads((self._folder.path / DOCUMENTS).read_text("utf-8"))
            found = [Document.model_validate(row) for row in rows]
        except (OSError, ValueError, TypeError, ValidationError):
            return {}
        return {document.id: document for document in found}


def title_of(document: Document) -> str:
    """The title given, or the one its front matter or first heading gives, or its id."""
    if document.title:
        return document.title
    named = front_matter(document.text)[0].get("title") if document.format == "md" else None
    return str(named) if named else first_heading(document.text) or document.id


def to_passage(hit: ChunkHit, *, uploader: str = "system") -> Passage:
    """A hit as the value that is shown and cited."""
    chunk = hit.entry.chunk
    return Passage(
        chunk_id=chunk.id,
        document_id=chunk.document_id,
        title=hit.entry.title,
        section=chunk.section,
        location=chunk.location,
        text=Untrusted(chunk.text),
        score=round(hit.score, 4),
        retrieval=hit.retrieval,
        uploader=uploader,
    )


def _chunk_document(document: Document) -> list[Chunk]:
    return chunk_text(document.id, document.text, format=document.format, title=title_of(document))
