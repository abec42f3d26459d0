"""Vectors of meaning for messages: each message is given to the model once, however often it is looked at."""

import threading
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from app.domain.base import digest_of
from app.process.large_imports import import_once
from rag.embeddings import Embedder, MiniLm, minilm_available

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[numpy.float32]

KEPT = 20_000
"""So many vectors are kept, about 30 MB; those that were asked for longest ago go first."""


LISTS_KEPT = 32
"""So many lists of sentences: one for each domain pack and one for questions is what there is."""


class RememberedVectors:
    """Vectors by the content of the text, over one embedder."""

    def __init__(self, embedder: Embedder, kept: int = KEPT) -> None:
        self._embedder = embedder
        self._kept = kept
        self._known: dict[str, Matrix] = {}
        self._lists: dict[tuple[str, ...], Matrix] = {}
        self._lock = threading.Lock()

    def vectors_of(self, texts: Sequence[str]) -> "Matrix":
        """One row of length 1 for each text; only texts that are new are given to the model."""
        import_once("numpy")
        import numpy

        keys = [digest_of(text) for text in texts]
        with self._lock:
            found = {key: self._known.pop(key) for key in dict.fromkeys(keys) if key in self._known}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        made = self._embedder.embed(list(new.values()))
        found |= {key: numpy.asarray(vector, dtype=numpy.float32) for key, vector in zip(new, made, strict=True)}
        with self._lock:
            self._known |= found
            for key in list(self._known)[: max(0, len(self._known) - self._kept)]:
                del self._known[key]
        empty = numpy.zeros((0, self._embedder.dim), dtype=numpy.float32)
        return numpy.vstack([empty, *(found[key] for key in keys)])

    def _matrix_of(self, sentences: tuple[str, ...]) -> "Matrix":
        """The vectors of a list that everything is compared with, put together once."""
        found = self._lists.get(sentences)
        if found is None:
            found = self.vectors_of(sentences)
            with self._lock:
                self._lists[sentences] = found
                while len(self._lists) > LISTS_KEPT:
                    del self._lists[next(iter(self._lists))]
        return found

    def compare(self, texts: Sequence[str], sentences: Sequence[str]) -> list[list[float]]:
        """For each text how near it comes to each sentence."""
        near = self.vectors_of(texts) @ self._matrix_of(tuple(sentences)).T
        return [[float(one) for one in row] for row in near]

    def place(self, texts: Sequence[str]) -> list[list[float]]:
        """For each text its vector, as plain numbers."""
        return [[float(one) for one in row] for row in self.vectors_of(texts)]


@cache
def remembered_meaning() -> RememberedVectors | None:
    """Vectors of meaning for this process; None where no model is installed."""
    return RememberedVectors(MiniLm()) if minilm_available() else None
