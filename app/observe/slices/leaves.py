"""The leaves of a broken-down total as arrays: what was seen, what was expected, the codes of their attributes, and how
far a leaf lies from its expectation when nothing is wrong with it.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.int64]
CENTRE = 0.5
"""The share of leaves that lie closest together; they are taken for healthy."""
MOST_ZEROS = 0.3
"""Where more leaves than this saw nothing, they say nothing about noise."""
LEAST_NOISE = 0.01
"""No forecast is better than this share of its value."""


class Leaves(NamedTuple):
    """Leaves with the same index in every array."""

    actual: Floats
    expected: Floats
    codes: tuple[Codes, ...]
    """One array a dimension; -1 where the leaf does not have it."""
    sizes: tuple[int, ...]
    """How many values each dimension has."""


class Noise(NamedTuple):
    """How far a healthy leaf lies from its expectation: a share of its size, and a part that grows as counts do."""

    relative: float
    counted: float
    least: float

    def around(self, expected: Floats, actual: Floats) -> Floats:
        """The spread of leaves around what is expected of them."""
        size = np.maximum(np.abs(expected), 0.1 * np.abs(actual))
        spread = np.sqrt((self.relative * size) ** 2 + self.counted * (size + self.counted))
        return np.asarray(np.maximum(spread, self.least))


def usual_noise(leaves: Leaves) -> Noise:
    """The noise of those leaves that fit best."""
    size = np.abs(leaves.expected)
    known = np.flatnonzero(size > 0)
    least = 1e-9 + (1e-3 * float(np.median(size[known])) if len(known) else 0.0)
    if len(known) < 8:
        return Noise(LEAST_NOISE, 0.0, least)
    known = known[np.argsort(size[known])]
    sizes, spreads = [], []
    for part in np.array_split(known, min(12, max(1, len(known) // 40))):
        middle = float(np.median(size[part]))
        if (leaves.actual[part] == 0).mean() < MOST_ZEROS:
            sizes.append(middle)
            spreads.append(_close_spread((leaves.actual[part] - leaves.expected[part]) / size[part]))
    if not sizes:
        return Noise(LEAST_NOISE, float(np.mean(leaves.actual[known])) and 1.0, least)
    return Noise(*_fit_spreads(np.asarray(sizes), np.asarray(spreads)), least)


def _fit_spreads(sizes: Floats, spreads: Floats) -> tuple[float, float]:
    """The two parts of the noise that come nearest to the relative spreads of leaves by size."""
    shares = np.concatenate([[LEAST_NOISE], np.geomspace(LEAST_NOISE, 1.5, 40)[1:]])
    top = float((spreads**2 * sizes).max())
    counts = np.concatenate([[0.0], top * np.geomspace(1e-4, 1.5, 40)]) if top > 0 else np.zeros(1)
    model = np.sqrt(shares[:, None, None] ** 2 + counts[None, :, None] / sizes[None, None, :])
    seen = np.log(np.maximum(spreads, LEAST_NOISE))
    miss = np.abs(np.log(model) - seen).sum(axis=2)
    share, count = np.unravel_index(int(miss.argmin()), miss.shape)
    return float(shares[share]), float(counts[count])


def _close_spread(ratios: Floats) -> float:
    """The standard deviation that the closest together of the leaves speak of: sick leaves are farther apart."""
    ordered = np.sort(ratios)
    held = max(2, int(np.ceil(CENTRE * len(ordered))))
    widths = ordered[held - 1 :] - ordered[: len(ordered) - held + 1]
    # Of a normal variable, the closest half lie within 0.6745 deviations of the middle on either side.
    return float(widths.min()) / (2 * 0.6745)
