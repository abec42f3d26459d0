"""A shelf: the chunks of one owner, found by meaning and by word, ranked together, and silent when nothing covers the
question.

A score says how well a chunk covers a query, on one scale for all queries: vector nearness and the share of the query's
telling words are two witnesses, and below the floor neither is believed. Rank fusion only decides who is looked at, and
breaks ties.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from app.domain.base import JsonObject, digest_of
from app.domain.knowledge import Chunk
from app.observe.languages import UNKNOWN, language_of
from rag.embeddings import Embedder
from rag.lexical import Lexicon, Shares
from rag.vector_store import (
    Broken,
    VectorFolder,
    all_ids,
    count_vectors,
    delete_vectors,
    find_nearest_vectors,
    upsert_vectors,
)

FLOOR = 0.3
"""Measured on the shipped runbooks: questions about other things stay below 0.29 unless they share a telling word;
answered ones reach 0.33.
"""
POOL = 40
RANK_CONSTANT = 60
ENOUGH = 0.7
WORDS_WEIGH = 0.45
TIE = 0.02
CORRECTED = 0.92
LONGEST_QUERY = 4_000
MOST_REMEMBERED = 200
"""So many answers are kept, the latest, as long as nothing changes on the shelf."""


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A chunk as it is indexed: under the title of its document."""

    chunk: Chunk
    title: str

    @property
    def key(self) -> str:
        """Its id in the index; another title makes another vector."""
        return digest_of([self.chunk.id, self.title])

    @property
    def heading(self) -> str:
        """Where it stands: the document's title and the heading path."""
        return f"{self.title} > {self.chunk.section}" if self.title not in self.chunk.section else self.chunk.section

    @property
    def embedded(self) -> str:
        """What the embedder reads."""
        return f"{self.heading}\n{self.chunk.text}"


@dataclass(frozen=True, slots=True)
class ChunkHit:
    """An entry that covers the query this well, and which witness said so."""

    entry: IndexEntry
    score: float
    retrieval: str


class TenantIndex:
    """One collection with its words. One thread at a time; locks are taken in the order owner, shelf, folder."""

    def __init__(self, folder: VectorFolder, name: str, embedder: Embedder) -> None:
        self._folder = folder
        self._name = name
        self._embedder = embedder
        self._entries: dict[str, IndexEntry] = {}
        self._keys: list[str] = []
        self._lexicon = Lexicon((), (), ())
        self._ready = False
        self._answers: OrderedDict[tuple[str, int, float], list[ChunkHit]] = OrderedDict()
        self._changing = threading.RLock()

    @property
    def embedder(self) -> Embedder:
        """What its vectors are made by."""
        return self._embedder

    @property
    def entries(self) -> Mapping[str, IndexEntry]:
        """What stands on it, by key."""
        return self._entries

    def hold(self, entries: Iterable[IndexEntry]) -> None:
        """Hold exactly these: what is missing is embedded, what is gone is deleted, the rest is left alone."""
        wanted = {entry.key: entry for entry in entries}
        with self._changing:
            self._answers.clear()
            if self._ready and wanted.keys() == self._entries.keys():
                self._entries = wanted
                return
            self._embedder = self._embedder.fitted([wanted[key].embedded for key in sorted(wanted)])
            self._entries, self._keys = wanted, sorted(wanted)
            ordered = [wanted[key] for key in self._keys]
            self._lexicon = Lexicon(
                [one.chunk.text for one in ordered],
                [one.heading for one in ordered],
                [one.chunk.document_id for one in ordered],
                self._embedder.dictionary,
            )
            self._ready = True
            self._with_rebuild_on_damage()

    def rebuild(self) -> None:
        """Make every vector again."""
        with self._changing:
            self._answers.clear()
            self._folder.drop(self._name)
            self._with_rebuild_on_damage()

    def search(self, query: str, k: int, *, floor: float = FLOOR) -> list[ChunkHit]:
        """The best entries for a query, best first; none when nothing reaches the floor."""
        asked = query[:LONGEST_QUERY].strip()
        with self._changing:
            if not asked or not self._entries or k < 1:
                return []
            known = self._answers.get((asked, k, floor))
            if known is None:
                near = self._near(asked, max(POOL, 2 * k))
                hits = self._scored(asked, near, max(POOL, 2 * k))
                best = sorted(hits, key=lambda hit: (-hit.score, hit.entry.key))
                known = [hit for hit in best if hit.score >= floor][:k]
                self._remember((asked, k, floor), known)
        return list(known)

    def _remember(self, asked: tuple[str, int, float], found: list[ChunkHit]) -> None:
        """Incidents of one cause ask the same of the same runbooks, so the latest answers are kept until those
        change.
        """
        self._answers[asked] = found
        if len(self._answers) > MOST_REMEMBERED:
            self._answers.popitem(last=False)

    def _with_rebuild_on_damage(self) -> None:
        """Bring the vectors in line; when the files are broken, start them afresh (once)."""
        try:
            self._bring_in_line()
        except Broken:
            self._afresh()

    def _bring_in_line(self) -> None:
        """Make the collection hold a vector for each entry and nothing else, and note what it was built from."""
        with self._folder.lock:
            noted = self._folder.noted(self._name)
            if (noted.get("ef_name"), noted.get("dim")) != (self._embedder.name, self._embedder.dim):
                self._folder.drop(self._name)
            collection = self._folder.collection(self._name)
            present = all_ids(collection)
            if present and noted.get("corpus_hash") != corpus_hash(present):
                self._folder.drop(self._name)
                collection, present = self._folder.collection(self._name), set()
            self._folder.note(self._name, None)
            delete_vectors(collection, sorted(present - self._entries.keys()))
            missing = [key for key in self._keys if key not in present]
            upsert_vectors(collection, missing, self._embedder.embed([self._entries[key].embedded for key in missing]))
            self._note()

    def _note(self) -> None:
        """Write down which embedder made the vectors and of which corpus."""
        facts: JsonObject = {
            "ef_name": self._embedder.name,
            "dim": self._embedder.dim,
            "corpus_hash": corpus_hash(self._entries),
            "chunks": len(self._entries),
        }
        self._folder.note(self._name, facts)

    def _near(self, query: str, pool: int) -> dict[str, float]:
        """Cosine by key from the vectors; damaged ones are rebuilt and asked again."""
        corrected = self._lexicon.corrected(query) if self._embedder.corrects else query
        spellings = [query] if corrected == query else [query, corrected]
        best: dict[str, float] = {}
        for vector, share in zip(self._embedder.embed_questions(spellings), (1.0, CORRECTED), strict=False):
            found = self._asked_or_rebuilt(vector, min(pool, len(self._entries))) if any(vector) else {}
            for key in found.keys() & self._entries.keys():
                best[key] = max(best.get(key, 0.0), found[key] * share)
        return best

    def _asked_or_rebuilt(self, vector: Sequence[float], wanted: int) -> dict[str, float]:
        """The nearest entries; damage is mended in this collection first, and only when that does not help in the whole
        folder.
        """
        for mend in (self._with_rebuild_on_damage, self._afresh):
            try:
                return self._asked(vector, wanted)
            except Broken:
                mend()
        return self._asked(vector, wanted)

    def _afresh(self) -> None:
        """Throw the folder's vectors away and make ours again (other shelves of the folder notice and do the same)."""
        self._folder.wipe()
        self._bring_in_line()

    def _asked(self, vector: Sequence[float], wanted: int) -> dict[str, float]:
        """The nearest entries; Broken when the collection does not hold what it must."""
        with self._folder.lock:
            collection = self._folder.collection(self._name)
            if count_vectors(collection) != len(self._entries):
                raise Broken("the collection does not hold what it must")
            found = find_nearest_vectors(collection, vector, wanted)
        if not found and wanted:
            raise Broken("the collection answers nothing")
        return found

    def _scored(self, query: str, near: Mapping[str, float], pool: int) -> list[ChunkHit]:
        """The candidates of both searches, scored."""
        understood = self._lexicon.understood(query)
        words = self._lexicon.bm25(understood)
        lexical = _rank_best(words, pool)
        dense_rank = {key: rank for rank, key in enumerate(sorted(near, key=lambda key: -near[key]))}
        lexical_rank = {self._keys[place]: rank for rank, place in enumerate(lexical)}
        places = {key: place for place, key in enumerate(self._keys)}
        hits = []
        for key in dense_rank.keys() | lexical_rank.keys():
            fused = (
                sum(1.0 / (RANK_CONSTANT + ranks[key]) for ranks in (dense_rank, lexical_rank) if key in ranks)
                * RANK_CONSTANT
                / 2
            )
            reach = self._reach(query, self._entries[key])
            score = score_relevance(near.get(key), self._lexicon.shares(understood, places[key]), reach)
            retrieval = (
                "fused" if key in dense_rank and key in lexical_rank else "dense" if key in dense_rank else "lexical"
            )
            hits.append(ChunkHit(self._entries[key], min(1.0, score * (1 - TIE) + TIE * fused * score), retrieval))
        return hits

    def _reach(self, query: str, entry: IndexEntry) -> tuple[float, float] | None:
        """Between which cosines an entry comes from no answer to one; None where they do not tell meaning."""
        embedder = self._embedder
        if not embedder.semantic:
            return None
        if embedder.reach_across is None or language_of(query) in (UNKNOWN, language_of(entry.chunk.text)):
            return embedder.reach
        return embedder.reach_across


def score_relevance(cosine: float | None, shares: Shares, reach: tuple[float, float] | None) -> float:
    """How well a text covers a query, in [0, 1], from nearness and from the share of its words in the text, its
    headings and its document. `reach` is that of the embedder; None where nearness does not mean likeness of meaning.
    """
    words = (0.7 * shares.text + 0.3 * shares.document) * (0.8 + 0.2 * shares.headings)
    if reach is None:
        return words * (0.85 + 0.15 * max(cosine or 0.0, 0.0))
    return 1.0 - (1.0 - _weigh_nearness(cosine or 0.0, *reach)) * (1.0 - WORDS_WEIGH * words)


def _weigh_nearness(cosine: float, low: float, enough: float) -> float:
    """Nearness as evidence: nothing below what strangers have in common, most of it between a paraphrase and an answer,
    never quite all.
    """
    if cosine <= enough:
        return max(cosine - low, 0.0) / (enough - low) * ENOUGH
    return ENOUGH + (min(cosine, 1.0) - enough) / (1.0 - enough) * (1.0 - ENOUGH)


def corpus_hash(keys: Iterable[str]) -> str:
    """One hash for a set of entries."""
    return digest_of(sorted(keys))


def _rank_best(scores: NDArray[numpy.float64], most: int) -> list[int]:
    """The places of the best positive scores, best first."""
    order = numpy.argsort(-scores, kind="stable")[:most]
    return [int(place) for place in order if scores[place] > 0]
