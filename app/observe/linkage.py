"""Clusters of vectors without a radius: texts are linked from the nearest pair on, and the linking stops where the
clusters explain best who is whose neighbour.

Any radius fits one kind of text and no other. Modularity asks instead whether neighbours stand in one cluster more
often than chance would have it, and is greatest for one number of clusters.
"""

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float64]
Labels: TypeAlias = NDArray[np.int64]

LINKED = 3_000
"""So many vectors are linked with each other; more are given to the nearest cluster of these."""
NUMBERS_TRIED = 80
"""Numbers of clusters that are compared."""
PAIRS = 1_000_000
"""So many pairs of different clusters are looked at."""
CHANCE = 0.99
"""A member is nearer to its neighbours in the cluster than this share of the pairs of different clusters."""


def link_vectors(vectors: Vectors, min_size: int) -> Labels:
    """The cluster of each vector, -1 for none; of vectors of length 1, at least `min_size` a cluster."""
    count = len(vectors)
    if count < max(min_size, 3):
        return np.full(count, -1)
    centred = vectors - vectors.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    if lengths.max() < 1e-9:
        return np.zeros(count, dtype=np.int64)
    centred /= np.where(lengths > 1e-9, lengths, 1.0)
    chosen = np.unique(np.linspace(0, count - 1, min(count, LINKED)).astype(np.int64))
    linked = _leave_out_strangers(vectors[chosen], _link_all(centred[chosen]), min_size)
    if len(chosen) == count or linked.max() < 0:
        return linked if len(chosen) == count else np.full(count, -1)
    middles = _sums_of(centred[chosen][linked >= 0], linked[linked >= 0])
    middles /= np.maximum(np.linalg.norm(middles, axis=1, keepdims=True), 1e-12)
    labels: Labels = (centred @ middles.T).argmax(axis=1)
    labels[chosen] = linked
    return labels


def _link_all(vectors: Vectors) -> Labels:
    from scipy.cluster.hierarchy import cut_tree, linkage
    from scipy.spatial.distance import pdist

    count = len(vectors)
    tree = linkage(np.maximum(np.nan_to_num(pdist(vectors, "cosine"), nan=1.0), 0.0), "average")
    numbers = sorted({round(number) for number in np.geomspace(1, max(count / 2, 2), NUMBERS_TRIED)})
    cuts = cut_tree(tree, numbers)
    neighbours = _neighbours_of(vectors)
    best = max(range(len(numbers)), key=lambda place: (_modularity(neighbours, cuts[:, place]), -place))
    found: Labels = cuts[:, best].astype(np.int64)
    return found


def _neighbours_of(vectors: Vectors) -> NDArray[np.int64]:
    """For each vector the places of its nearest ones: as many as the number of vectors has binary digits."""
    count = len(vectors)
    near = vectors @ vectors.T
    np.fill_diagonal(near, -np.inf)
    wanted = max(2, math.ceil(math.log2(count)))
    found: NDArray[np.int64] = np.argpartition(-near, wanted - 1, axis=1)[:, :wanted]
    return found


def _modularity(neighbours: NDArray[np.int64], labels: Labels) -> float:
    """How much more often neighbours are of one cluster than they would be by chance."""
    theirs = labels[neighbours]
    links = 2 * neighbours.size
    inside = 2 * float((theirs == labels[:, None]).sum())
    ends = np.bincount(labels, minlength=labels.max() + 1) * neighbours.shape[1] + np.bincount(
        theirs.ravel(), minlength=labels.max() + 1
    )
    return inside / links - float(((ends / links) ** 2).sum())


def _leave_out_strangers(vectors: Vectors, labels: Labels, min_size: int) -> Labels:
    """Take out who is no nearer to its cluster than clusters are to each other, and clusters that are too small."""
    count = len(vectors)
    near = vectors @ vectors.T
    same = labels[:, None] == labels[None, :]
    across = near[~same][:: max(1, count * count // PAIRS)]
    np.fill_diagonal(same, False)
    inside = np.where(same, near, -np.inf)
    nearest = -np.partition(-inside, 1, axis=1)[:, :2]
    members = np.maximum(np.isfinite(nearest).sum(axis=1), 1)
    closeness = np.where(np.isfinite(nearest), nearest, 0.0).sum(axis=1) / members
    found = labels.copy()
    if len(across):
        found[(closeness < np.quantile(across, CHANCE)) | ~np.isfinite(nearest.max(axis=1))] = -1
    sizes = np.bincount(found[found >= 0], minlength=labels.max() + 1)
    found[(found >= 0) & (sizes[np.maximum(found, 0)] < min_size)] = -1
    kept = np.unique(found[found >= 0])
    numbers: Labels = np.where(found >= 0, np.searchsorted(kept, found), -1)
    return numbers


def _sums_of(vectors: Vectors, labels: Labels) -> Vectors:
    sums = np.zeros((int(labels.max()) + 1, vectors.shape[1]))
    np.add.at(sums, labels, vectors)
    return sums
