"""Groups texts that speak of the same thing, whatever the wording or spelling.

Vectors come from whoever asks (meaning, where a model is installed); without any, words, letters and concepts of the
texts are their vectors. Clusters are found without a radius (`app.observe.linkage`), or by DBSCAN where the
configuration says so. The texts are put into a fixed order first: the same set of texts gives the same clusters, in
whatever order it arrives.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from app.config.vocabulary import Vocabulary
from app.domain.base import Value
from app.observe.symptoms import concepts_in
from app.observe.words import telling_tokens
from app.process.large_imports import ARITHMETIC, import_once

CONCEPT_SHARE, WORD_SHARE, LETTER_SHARE = 0.35, 0.35, 0.3
"""How much of a text's vector is what it is about, its words, and its letters."""
TERMS, EXAMPLES, CORE = 8, 3, 25
DIRECTIONS = 100
"""Into how many directions vectors of words are pressed, so that words that go together are near."""


class Clustering(Value):
    """Which text belongs to which cluster (-1 to none). The other fields are indexed by the label."""

    labels: tuple[int, ...]
    names: tuple[str, ...] = ()
    top_terms: tuple[tuple[str, ...], ...] = ()
    representatives: tuple[tuple[int, ...], ...] = ()
    """Places in the input of the texts nearest to the middle of each cluster."""
    cores: tuple[tuple[int, ...], ...] = ()
    """More of them: what a cluster is known again by."""

    def members(self, label: int) -> list[int]:
        """Places in the input of one cluster's texts."""
        return [place for place, found in enumerate(self.labels) if found == label]


class KnownCluster(Value):
    """A cluster as it was seen before: its id, and the fingerprints of its core texts."""

    id: str
    core: tuple[str, ...]


def find_clusters(
    texts: Sequence[str],
    *,
    words: Vocabulary,
    vectors: Any = None,
    eps: float | None = None,
    min_samples: int = 3,
) -> Clustering:
    """Cluster texts, by their vectors where they are given: a matrix of one row of length 1 for each text; else by what
    is in them, of which `words` says what means the same.

    `min_samples` is how many make a cluster. Who gives a radius chooses DBSCAN: `eps` is the largest cosine distance of
    neighbours.
    """
    told = [telling_tokens(text) for text in texts]
    order = sorted(
        (place for place in range(len(texts)) if told[place]),
        key=lambda place: (" ".join(told[place]), texts[place], place),
    )
    if len(order) < min_samples:
        return Clustering(labels=(-1,) * len(texts))
    import_once("scipy.cluster.hierarchy", *ARITHMETIC)
    import numpy

    given = [texts[place] for place in order]
    if vectors is not None:
        wanted = numpy.asarray([vectors[place] for place in order], dtype=float)
    else:
        wanted = _vectorise_texts(given, words)
        wanted = wanted if eps is not None else _press_vectors(wanted)
    found = _find_labels(wanted, eps, min_samples)
    groups = [[row for row, label in enumerate(found) if label == one] for one in range(max(found, default=-1) + 1)]
    groups.sort(key=lambda rows: (-len(rows), rows[0]))
    return _describe_clusters(told, order, wanted, groups)


def recognise_clusters(
    known: Iterable[KnownCluster], texts: Sequence[str], found: Clustering
) -> tuple[KnownCluster, ...]:
    """The clusters found, by label, under the ids they had: a cluster keeps its id while it keeps most of the core that
    is still there. Of two halves the larger share keeps it; of two that became one, the older id stays (the first in
    `known`).
    """
    prints = [fingerprint_of(text) for text in texts]
    place_of = {print_: found.labels[place] for place, print_ in reversed(list(enumerate(prints)))}
    taken: dict[int, str] = {}
    for one in known:
        left = Counter(place_of[print_] for print_ in one.core if print_ in place_of)
        inside = [(count, -label) for label, count in left.items() if label >= 0 and label not in taken]
        if inside and 2 * max(inside)[0] >= sum(left.values()):
            taken[-max(inside)[1]] = one.id
    cores = [tuple(dict.fromkeys(prints[place] for place in core)) for core in found.cores]
    used = set(taken.values())
    for label, core in enumerate(cores):
        if label not in taken:
            fresh = next(name for name in (f"cl-{print_[:12]}" for print_ in _endless(core)) if name not in used)
            taken[label] = fresh
            used.add(fresh)
    return tuple(KnownCluster(id=taken[label], core=core) for label, core in enumerate(cores))


def fingerprint_of(text: str) -> str:
    """What a text is known again by, whatever its capitals and spaces."""
    return hashlib.sha256(" ".join(text.lower().split()).encode(errors="replace")).hexdigest()


def _endless(core: tuple[str, ...]) -> Iterable[str]:
    yield from core
    turn = 0
    while True:
        turn += 1
        yield hashlib.sha256(f"{core[:1]}{turn}".encode()).hexdigest()


def _find_labels(vectors: Any, eps: float | None, min_samples: int) -> list[int]:
    if eps is not None:
        from sklearn.cluster import DBSCAN

        return [int(label) for label in DBSCAN(eps=eps, min_samples=min_samples, metric="cosine").fit_predict(vectors)]
    from app.observe.linkage import link_vectors

    return [int(label) for label in link_vectors(vectors, min_samples)]


def _vectorise_texts(texts: Sequence[str], words: Vocabulary) -> Any:
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
    spoken = [concepts_in(text, words) for text in texts]
    if any(spoken):
        parts.append(TfidfVectorizer(analyzer=list).fit_transform(spoken) * math.sqrt(CONCEPT_SHARE))
    return normalize(hstack(parts).tocsr())


def _press_vectors(vectors: Any) -> Any:
    """The same vectors in few directions, of length 1 again."""
    from sklearn.preprocessing import normalize
    from sklearn.utils.extmath import randomized_svd

    directions = min(DIRECTIONS, vectors.shape[0] - 1, vectors.shape[1] - 1)
    if directions < 2:
        return vectors.toarray()
    left, strengths, _ = randomized_svd(vectors, directions, random_state=0)
    return normalize(left * strengths)


def _describe_clusters(
    told: Sequence[Sequence[str]], order: Sequence[int], vectors: Any, groups: Sequence[Sequence[int]]
) -> Clustering:
    labels = [-1] * len(told)
    for label, rows in enumerate(groups):
        for row in rows:
            labels[order[row]] = label
    inside = [Counter(word for row in rows for word in set(told[order[row]])) for rows in groups]
    alone = Counter(word for place in order if labels[place] < 0 for word in set(told[place]))
    terms = [_contrasting_terms(words, [*inside, alone], len(rows)) for words, rows in zip(inside, groups, strict=True)]
    nearest = [tuple(order[row] for row in _order_by_closeness(vectors, rows)) for rows in groups]
    return Clustering(
        labels=tuple(labels),
        names=tuple(", ".join(words[:3]) for words in terms),
        top_terms=tuple(terms),
        representatives=tuple(places[:EXAMPLES] for places in nearest),
        cores=tuple(nearest),
    )


def _contrasting_terms(inside: Counter[str], everywhere: Sequence[Counter[str]], size: int) -> tuple[str, ...]:
    """Words frequent in the cluster and rare in the others, so that a name tells clusters apart."""
    average = sum(words.total() for words in everywhere) / len(everywhere)

    def weight(term: str) -> float:
        return inside[term] / size * math.log(1 + average / sum(words[term] for words in everywhere))

    return tuple(sorted(inside, key=lambda term: (-round(weight(term), 9), term))[:TERMS])


def _order_by_closeness(vectors: Any, rows: Sequence[int]) -> list[int]:
    import numpy

    part = vectors[list(rows)]
    closeness = numpy.asarray(part @ part.mean(axis=0).T).ravel()
    return [
        rows[place]
        for place in sorted(range(len(rows)), key=lambda place: (-round(float(closeness[place]), 9), place))[:CORE]
    ]
