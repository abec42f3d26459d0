"""Groups texts that speak of the same thing, whatever the wording, spelling or language (row B4).

TF-IDF over words and over character n-grams, so that a misspelt 'chekout' still meets 'checkout', then DBSCAN on the cosine distance. The texts are
put into a fixed order first: the same set of texts gives the same clusters, in whatever order it arrives.
"""

from collections.abc import Sequence
from typing import Any

from app.domain.base import Value
from app.observe.words import common_terms, telling

WORD_SHARE = 0.6
"""How much of a text's vector is its words; the rest is its letters."""
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


def cluster_texts(texts: Sequence[str], *, eps: float = 0.75, min_samples: int = 3) -> Clustering:
    """Cluster texts. `eps` is the largest cosine distance between neighbours, `min_samples` how many make a dense place."""
    order = sorted((place for place, text in enumerate(texts) if telling(text)), key=lambda place: (" ".join(telling(texts[place])), texts[place], place))
    if len(order) < min_samples:
        return Clustering(labels=(-1,) * len(texts))
    from sklearn.cluster import DBSCAN

    vectors = _vectors([" ".join(telling(texts[place])) for place in order])
    found = DBSCAN(eps=eps, min_samples=min_samples, metric="cosine").fit_predict(vectors)
    groups = [[row for row, label in enumerate(found) if label == wanted] for wanted in range(max(found) + 1)]
    groups.sort(key=lambda rows: (-len(rows), rows[0]))
    return _described(texts, order, vectors, groups)


def _vectors(texts: Sequence[str]) -> Any:
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    words = TfidfVectorizer(analyzer=str.split, sublinear_tf=True).fit_transform(texts)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, max_features=40_000).fit_transform(texts)
    return normalize(hstack([words * WORD_SHARE**0.5, letters * (1 - WORD_SHARE) ** 0.5]).tocsr())


def _described(texts: Sequence[str], order: Sequence[int], vectors: Any, groups: Sequence[Sequence[int]]) -> Clustering:
    labels = [-1] * len(texts)
    everywhere = common_terms([texts[place] for place in order], limit=100_000)
    common = {term: rank for rank, term in enumerate(everywhere)}
    terms: list[tuple[str, ...]] = []
    nearest: list[tuple[int, ...]] = []
    for label, rows in enumerate(groups):
        for row in rows:
            labels[order[row]] = label
        terms.append(_terms([texts[order[row]] for row in rows], [texts[place] for place in order], common))
        nearest.append(tuple(order[row] for row in _central(vectors, rows)))
    names = tuple(", ".join(words[:3]) for words in terms)
    return Clustering(labels=tuple(labels), names=names, top_terms=tuple(terms), representatives=tuple(nearest))


def _terms(inside: Sequence[str], everywhere: Sequence[str], common: dict[str, int]) -> tuple[str, ...]:
    """Words frequent in the cluster and rarer elsewhere, so that a name tells clusters apart."""
    within = [set(telling(text)) for text in inside]
    overall = [set(telling(text)) for text in everywhere]

    def weight(term: str) -> float:
        here = sum(term in words for words in within) / len(within)
        there = sum(term in words for words in overall) / len(overall)
        return here * (here / there) ** 0.5

    candidates = common_terms(inside, limit=40)
    return tuple(sorted(candidates, key=lambda term: (-round(weight(term), 9), common[term], term))[:TERMS])


def _central(vectors: Any, rows: Sequence[int]) -> list[int]:
    import numpy

    part = vectors[list(rows)]
    closeness = numpy.asarray(part @ part.mean(axis=0).T).ravel()
    return [rows[place] for place in sorted(range(len(rows)), key=lambda place: (-round(float(closeness[place]), 9), place))[:EXAMPLES]]
