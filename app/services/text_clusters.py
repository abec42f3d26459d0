"""Clusters of messages by their meaning, where a model is installed and there are enough of them to need one."""

from collections.abc import Sequence

from app.observe.clusters import Clustering, cluster_texts
from rag.text_vectors import remembered_meaning

MEANING_FROM = 200
"""Fewer texts are clustered as well by their words, and without loading a model."""


def cluster_by_meaning(texts: Sequence[str]) -> Clustering:
    """Cluster texts without a radius; each text is given to the model once in the life of the process.

    >>> cluster_by_meaning(["the printer is jammed"] * 3 + ["send the invoice"] * 3).labels
    (0, 0, 0, 1, 1, 1)
    """
    meaning = remembered_meaning() if len(texts) >= MEANING_FROM else None
    return cluster_texts(texts, vectors=meaning.vectors_of(texts) if meaning else None)
