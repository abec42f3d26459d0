"""Vectors of meaning for messages: each message is given to the model once, however often it is looked at."""

import threading
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
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
"""So many lists of sentences: one for each domain pack is what there is."""


SHIPPED = Path(__file__).with_name("sentences.npz")
"""Vectors of the sentences that come with the product, so that no start has to make them: `make vectors`."""


class ShippedVectors:
    """What a file holds: for each text, found by its content, a direction in 127 steps each way, which is near enough.
    A text that is not in it has no vector here.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _content(self) -> "tuple[dict[int, int], NDArray[numpy.int8]]":
        import_once("numpy")
        import numpy

        with numpy.load(self._path, allow_pickle=False) as held:
            return {int(key): row for row, key in enumerate(held["keys"])}, held["steps"]

    def find(self, key: str) -> "Matrix | None":
        """The vector of the text with this digest, of length 1."""
        import numpy

        rows, steps = self._content
        row = rows.get(_number_of(key))
        if row is None:
            return None
        told: Matrix = steps[row].astype(numpy.float32)
        told /= numpy.linalg.norm(told)
        return told

    @staticmethod
    def write(path: Path, texts: Sequence[str], embedder: Embedder) -> None:
        """Make the file anew for these texts."""
        import numpy

        told = sorted({_number_of(digest_of(text)): text for text in texts}.items())
        vectors = numpy.asarray(embedder.embed([text for _, text in told]), dtype=numpy.float32)
        steps = numpy.rint(127 * vectors / numpy.abs(vectors).max(axis=1, keepdims=True)).astype(numpy.int8)
        numpy.savez_compressed(path, keys=numpy.array([key for key, _ in told], dtype=numpy.uint64), steps=steps)


def _number_of(key: str) -> int:
    return int(key[:16], 16)


class RememberedVectors:
    """Vectors by the content of the text, over one embedder; those that are shipped are never asked for."""

    def __init__(self, embedder: Embedder, kept: int = KEPT, shipped: ShippedVectors | None = None) -> None:
        self._embedder = embedder
        self._kept = kept
        self._shipped = shipped
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
        if self._shipped:
            held = {key: self._shipped.find(key) for key in dict.fromkeys(keys) if key not in found}
            found |= {key: vector for key, vector in held.items() if vector is not None}
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

    def nearness(self, texts: Sequence[str], groups: Sequence[Sequence[str]]) -> list[list[float]]:
        """For each text how near it comes to the nearest sentence of each group; to an empty one not at all."""
        import_once("numpy")
        import numpy

        near = self.vectors_of(texts) @ self._matrix_of(tuple(one for group in groups for one in group)).T
        ends = numpy.cumsum([len(group) for group in groups])
        found = [
            near[:, end - len(group) : end].max(axis=1, initial=0.0) for group, end in zip(groups, ends, strict=True)
        ]
        return [[float(one) for one in row] for row in numpy.stack(found, axis=1)]

    def place(self, texts: Sequence[str]) -> list[list[float]]:
        """For each text its vector, as plain numbers."""
        return [[float(one) for one in row] for row in self.vectors_of(texts)]


@cache
def remembered_meaning() -> RememberedVectors | None:
    """Vectors of meaning for this process; None where no model is installed."""
    return RememberedVectors(MiniLm(), shipped=ShippedVectors(SHIPPED)) if minilm_available() else None
