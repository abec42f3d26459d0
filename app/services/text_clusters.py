"""Clusters of messages by their meaning, where a model is installed and there are enough of them to need one."""

from collections.abc import Sequence

from app.config.vocabulary import Vocabulary
from app.observe.clusters import Clustering, find_clusters
from rag.text_vectors import remembered_meaning

MEANING_FROM = 200
"""Fewer texts are clustered as well by their words, and without loading a model."""


def cluster_by_meaning(texts: Sequence[str], words: Vocabulary) -> Clustering:
    """Cluster texts without a radius; each text is given to the model once in the life of the process."""
    meaning = remembered_meaning() if len(texts) >= MEANING_FROM else None
    return find_clusters(texts, words=words, vectors=meaning.vectors_of(texts) if meaning else None)
