"""Groups texts that speak of the same thing, whatever the wording, spelling or language.

TF-IDF over words, over character n-grams (a misspelt 'chekout' still meets 'checkout') and over concepts of four
languages, then DBSCAN on the cosine distance. The texts are put into a fixed order first: the same set of texts gives
the same clusters, in whatever order it arrives.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from app.domain.base import Value
from app.observe.concepts import concepts_in
from app.observe.words import telling_tokens
from app.process.large_imports import ARITHMETIC, import_once

CONCEPT_SHARE, WORD_SHARE, LETTER_SHARE = 0.35, 0.35, 0.3
"""How much of a text's vector is what it is about, its words, and its letters."""
TERMS, EXAMPLES = 8, 3


class Clustering(Value):
    """Which text belongs to which cluster (-1 to none). The other fields are indexed by the label."""

    labels: tuple[int, ...]
    names: tuple[str, ...] = ()
    top_terms: tuple[tuple[str, ...], ...] = ()
    representatives: tuple[tuple[int, ...], ...] = ()
    """Places in the input of the texts nearest to the middle of each cluster."""

    def members(self, label: int) -> list[int]:
        """Places in the input of one cluster's texts."""
        return [place for place, found in enumerate(self.labels) if found == label]


def cluster_texts(texts: Sequence[str], *, eps: float = 0.7, min_samples: int = 3) -> Clustering:
    """Cluster texts. `eps` is the largest cosine distance between neighbours, `min_samples` how many make a dense
    place.
    """
    order = sorted(
        (place for place, text in enumerate(texts) if telling_tokens(text)),
        key=lambda place: (" ".join(telling_tokens(texts[place])), texts[place], place),
    )
    if len(order) < min_samples:
        return Clustering(labels=(-1,) * len(texts))
    import_once(*ARITHMETIC)
    from sklearn.cluster import DBSCAN

    vectors = _vectorise_texts([texts[place] for place in order])
    found = DBSCAN(eps=eps, min_samples=min_samples, metric="cosine").fit_predict(vectors)
    groups = [[row for row, label in enumerate(found) if label == wanted] for wanted in range(max(found) + 1)]
    groups.sort(key=lambda rows: (-len(rows), rows[0]))
    return _describe_clusters(texts, order, vectors, groups)


def _vectorise_texts(texts: Sequence[str]) -> Any:
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    plain = [" ".join(telling_tokens(text)) for text in texts]
    parts = [
        TfidfVectorizer(analyzer=str.split, sublinear_tf=True).fit_transform(plain) * math.sqrt(WORD_SHARE),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, max_features=40_000).fit_transform(
            plain
        )
        * math.sqrt(LETTER_SHARE),
    ]
    spoken = [concepts_in(text) for text in texts]
    if any(spoken):
        parts.append(TfidfVectorizer(analyzer=list).fit_transform(spoken) * math.sqrt(CONCEPT_SHARE))
    return normalize(hstack(parts).tocsr())


def _describe_clusters(
    texts: Sequence[str], order: Sequence[int], vectors: Any, groups: Sequence[Sequence[int]]
) -> Clustering:
    labels = [-1] * len(texts)
    frequency = Counter(word for place in order for word in set(telling_tokens(texts[place])))
    terms: list[tuple[str, ...]] = []
    nearest: list[tuple[int, ...]] = []
    for label, rows in enumerate(groups):
        for row in rows:
            labels[order[row]] = label
        terms.append(_telling_terms([texts[order[row]] for row in rows], frequency, len(order)))
        nearest.append(tuple(order[row] for row in _order_by_closeness(vectors, rows)))
    names = tuple(", ".join(words[:3]) for words in terms)
    return Clustering(labels=tuple(labels), names=names, top_terms=tuple(terms), representatives=tuple(nearest))


def _telling_terms(inside: Sequence[str], frequency: Counter[str], size: int) -> tuple[str, ...]:
    """Words frequent in the cluster and rarer elsewhere, so that a name tells clusters apart."""
    within = Counter(word for text in inside for word in set(telling_tokens(text)))

    def weight(term: str) -> float:
        here = within[term] / len(inside)
        return here * math.sqrt(here * size / frequency[term])

    return tuple(sorted(within, key=lambda term: (-round(weight(term), 9), term))[:TERMS])


def _order_by_closeness(vectors: Any, rows: Sequence[int]) -> list[int]:
    import numpy

    part = vectors[list(rows)]
    closeness = numpy.asarray(part @ part.mean(axis=0).T).ravel()
    return [
        rows[place]
        for place in sorted(range(len(rows)), key=lambda place: (-round(float(closeness[place]), 9), place))[:EXAMPLES]
    ]
