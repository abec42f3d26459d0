"""The leaves of a broken-down total as arrays: what was seen, what was expected, the codes of their attributes, and how
far a leaf lies from its expectation when nothing is wrong with it.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

Floats: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.int64]
CENTRE = 0.4
"""The share of leaves that lie closest together; they are taken for healthy."""
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
        return np.asarray(np.maximum(np.sqrt(self.relative * size**2 + self.counted * size), self.least))


def usual_noise(leaves: Leaves) -> Noise:
    """The noise of those leaves that fit best."""
    size = np.maximum(np.abs(leaves.expected), np.abs(leaves.actual) * 0.1)
    usable = np.abs(leaves.expected) > 0
    if usable.sum() < 8:
        return Noise(LEAST_NOISE**2, 0.0, _sliver(size))
    order = np.argsort(size[usable])
    shares, spreads = [], []
    for part in np.array_split(order, min(12, max(1, usable.sum() // 20))):
        f, r = size[usable][part], (leaves.actual - leaves.expected)[usable][part]
        shares.append(float(np.median(f)))
        spreads.append(_close_spread(r / f))
    middle = np.asarray(shares)
    rows = np.column_stack([np.ones(len(middle)), 1 / middle])
    (relative, counted), _ = nnls(rows, np.asarray(spreads) ** 2)
    return Noise(max(float(relative), LEAST_NOISE**2), float(counted), _sliver(size))


def _sliver(size: Floats) -> float:
    known = size[size > 0]
    return 1e-9 + (1e-3 * float(np.median(known)) if len(known) else 0.0)


def _close_spread(ratios: Floats) -> float:
    """The standard deviation that the closest together of the leaves speak of: sick leaves are farther apart."""
    ordered = np.sort(ratios)
    held = max(2, int(np.ceil(CENTRE * len(ordered))))
    widths = ordered[held - 1 :] - ordered[: len(ordered) - held + 1]
    # Of a normal variable, the closest 40 % lie within 0.524 deviations of the middle on either side.
    return float(widths.min()) / (2 * 0.5244)
