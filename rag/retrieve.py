"""The librarian: passages for a tenant, found in the index, told from the truth.

SQL holds documents and chunks; the index follows its change sequence and may vanish at any time. Every hit is read
again from SQL, where only trusted documents of the tenant are given out, before anybody sees it.
"""

import threading
from collections import OrderedDict
from pathlib import Path

from app.domain.base import JsonObject, digest_of
from app.domain.knowledge import Chunk, KnowledgeDocument, Passage
from app.domain.tenants import Scope
from app.ports.store import Store
from app.process.large_imports import ARITHMETIC, import_once
from app.process.vital_signs import Part, VitalSigns
from rag.embeddings import MODEL, Embedder, MiniLm, make_embedder
from rag.index import to_passage
from rag.tenant_index import FLOOR, ChunkHit, IndexEntry, TenantIndex
from rag.vector_store import VECTORS_KEPT_BY, VectorFolder

MOST_TENANTS_IN_MEMORY = 64


class TenantShelf:
    """What the librarian knows of one tenant: its shelf, and the state of the truth it was filled from."""

    def __init__(self, shelf: TenantIndex) -> None:
        self.shelf = shelf
        self.sequence = -1
        self.documents = 0
        self.lock = threading.RLock()


class RunbookRetriever:
    """Finds passages of runbooks. Implements the Librarian port; one per process and index folder."""

    def __init__(
        self,
        store: Store,
        index_folder: Path,
        *,
        lite: bool,
        floor: float = FLOOR,
        multilingual: bool = False,
        embedder: Embedder | None = None,
        vitals: VitalSigns | None = None,
    ) -> None:
        self._store = store
        self._vitals = vitals or VitalSigns()
        self._folder = VectorFolder.open(Path(index_folder))
        self._embedder = embedder or make_embedder(lite, multilingual)
        self._floor = floor
        self._tenants: OrderedDict[str, TenantShelf] = OrderedDict()
        self._lock = threading.Lock()
        self._warming: threading.Thread | None = None
        self.imported = threading.Event()
        """Set once the large libraries are there, or cannot be: from here on any thread may use them."""

    @property
    def kind(self) -> str:
        """What is searched by: words, meaning, or meaning in any language."""
        if self._embedder.reach_across is not None:
            return "multilingual"
        return "semantic" if self._embedder.semantic else "lexical"

    def search(self, scope: Scope, query: str, *, k: int = 5) -> list[Passage]:
        """The best passages, re-read from the truth; empty when nothing covers the question."""
        with self._vitals.watch(Part.INDEX, scope.tenant_id):
            tenant = self._followed(scope)
            hits = tenant.shelf.search(query, 2 * k, floor=self._floor)
        with self._store.read(scope) as session:
            rows = session.knowledge.chunks([hit.entry.chunk.id for hit in hits]) if hits else []
        truth = {chunk.id: (document, chunk) for document, chunk in rows}
        return [_to_true_passage(hit, *truth[hit.entry.chunk.id]) for hit in hits if hit.entry.chunk.id in truth][:k]

    def stats(self, scope: Scope) -> JsonObject:
        """How much can be found, by which vectors, and how far the index has followed the truth."""
        tenant = self._followed(scope)
        embedder = tenant.shelf.embedder
        return {
            "documents": tenant.documents,
            "chunks": len(tenant.shelf.entries),
            "embedder": embedder.name,
            "dimensions": embedder.dim,
            "semantic": embedder.semantic,
            "sequence": tenant.sequence,
        }

    def rebuild(self, scope: Scope) -> JsonObject:
        """Make a tenant's vectors again from the truth; how it stands afterwards."""
        self._followed(scope).shelf.rebuild()
        return self.stats(scope)

    def warm(self) -> threading.Thread:
        """Import what is large, then load the model, in the background and in one thread: the first question need not
        wait for it.
        """
        with self._lock:
            if self._warming is None:
                self._warming = threading.Thread(target=self._warm, name="causeway-embedder", daemon=True)
                self._warming.start()
            return self._warming

    def _warm(self) -> None:
        try:
            import_once(*ARITHMETIC, *VECTORS_KEPT_BY, *(MODEL if isinstance(self._embedder, MiniLm) else ()))
        finally:
            self.imported.set()
        self._embedder.embed(["warm"])

    def probe(self) -> None:
        """See that the index folder is there and takes what is written; Unavailable with the reason otherwise."""
        self._folder.probe()

    def close(self) -> None:
        """Give the index folder back (a model that is being loaded is waited for: a process must not end in the middle
        of that).
        """
        if self._warming is not None:
            self._warming.join()
        self._folder.close()

    def _followed(self, scope: Scope) -> TenantShelf:
        """The tenant's shelf, in line with the truth as it is now."""
        tenant = self._tenant(scope.tenant_id)
        with tenant.lock:
            with self._store.read(scope) as session:
                sequence = session.knowledge.sequence()
                rows = session.knowledge.chunks() if sequence != tenant.sequence else None
            if rows is not None:
                tenant.shelf.hold(IndexEntry(chunk, document.title) for document, chunk in rows)
                tenant.documents = len({document.id for document, _ in rows})
                tenant.sequence = sequence
        return tenant

    def _tenant(self, tenant_id: str) -> TenantShelf:
        """The shelf of one tenant; the ones used least recently are forgotten (their vectors stay on disk)."""
        with self._lock:
            if tenant_id not in self._tenants:
                self._tenants[tenant_id] = TenantShelf(
                    TenantIndex(self._folder, collection_name(tenant_id), self._embedder)
                )
            self._tenants.move_to_end(tenant_id)
            if len(self._tenants) > MOST_TENANTS_IN_MEMORY:
                self._tenants.popitem(last=False)
            return self._tenants[tenant_id]


def collection_name(tenant_id: str) -> str:
    """A name no two tenants share, whatever letters and cases their ids use."""
    return f"tenant-{digest_of(tenant_id)[:40]}"


def _to_true_passage(hit: ChunkHit, document: KnowledgeDocument, chunk: Chunk) -> Passage:
    """The hit as the truth has it: text, title and uploader from SQL, the score from the index."""
    return to_passage(ChunkHit(IndexEntry(chunk, document.title), hit.score, hit.retrieval), uploader=document.uploader)
