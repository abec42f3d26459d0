"""What people wrote down: kept as rows, parsed in a box, found by question."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from app.domain.base import JsonObject, Untrusted
from app.domain.knowledge import Chunk, KnowledgeDocument, Passage
from app.domain.tenants import Scope


class KnowledgeRows(Protocol):
    """The truth about documents and chunks; any index is rebuilt from it. Shipped documents are rows of
    every tenant.
    """

    def put(self, document: KnowledgeDocument, chunks: Sequence[Chunk]) -> None:
        """Insert or replace a document with its chunks; grows the change sequence and writes knowledge.added."""
        ...

    def remove(self, document_id: str, *, at: datetime) -> None:
        """Delete a document and its chunks; NotFound otherwise; writes knowledge.removed."""
        ...

    def documents(self) -> list[KnowledgeDocument]:
        """Every document, by title."""
        ...

    def chunks(self, ids: Sequence[str] | None = None) -> list[tuple[KnowledgeDocument, Chunk]]:
        """The asked chunks (all when None) of trusted documents only, in the order asked for."""
        ...

    def chunks_of(self, document_id: str) -> list[Chunk]:
        """The chunks of one document, trusted or not, in order."""
        ...

    def sequence(self) -> int:
        """A number that grows with every change."""
        ...


class Retriever(Protocol):
    """Finds passages of runbooks."""

    def stats(self, scope: Scope) -> JsonObject:
        """documents, chunks, embedder, dimensions, sequence."""
        ...

    def search(self, scope: Scope, query: str, *, k: int = 5) -> list[Passage]:
        """The best passages, re-read from the truth; empty when nothing covers the question."""
        ...


class Places(Protocol):
    """Knows where sentences lie among all meanings."""

    def place(self, texts: Sequence[str]) -> list[list[float]]:
        """For each text where it lies among all meanings: what was learnt at such places is read off there."""
        ...


class Nearness(Protocol):
    """Knows how near texts come to sentences."""

    def nearness(self, texts: Sequence[str], groups: Sequence[Sequence[str]]) -> list[list[float]]:
        """For each text how near it comes to the nearest sentence of each group."""
        ...


class Meaning(Places, Nearness, Protocol):
    """Knows what sentences mean, beyond their words."""


class Parser(Protocol):
    """Turns an uploaded file into text, in a box with limits."""

    def text(self, filename: str, content: bytes) -> list[tuple[str, Untrusted]]:
        """(location, text) parts; BadInput when it is not what it says it is, or too big to read."""
        ...
