"""How much more likely what was seen is if a group of merchants differs from the others: one formula, upward and
downward, for single groups and whole tables of them.

The baseline is everything outside the group: other merchants now, and everybody before. With much history that becomes
the familiar comparison with an expected count; with none it only says whether inside and outside differ.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def weigh_departure(
    inside: Floats, expected: Floats, known: Floats, total: Floats, total_expected: Floats, past: Floats,
    dispersion: Floats, rises: NDArray[np.bool_],
) -> Floats:  # fmt: skip
    """The log-likelihood ratio of *differs* against *does not*; nothing where it differs the other way."""
    rest = past + np.maximum(total - inside, 0.0)
    rest_expected = past + np.maximum(total_expected - expected, 0.0)
    limit = np.maximum(known, 1e-9)
    scale = np.minimum(1.0, limit / np.maximum(rest_expected, 1e-12))
    rest, rest_expected = rest * scale, rest_expected * scale
    ratio = expected / np.maximum(rest_expected, 1e-12)
    both = inside + rest
    within, beyond = both * ratio / (1 + ratio), both / (1 + ratio)
    value = (_xlog(inside, within) + _xlog(rest, beyond)) / dispersion
    worse = np.where(rises, inside > within, inside < within)
    return np.where(worse, value, 0.0)


def _xlog(seen: Floats, expected: Floats) -> Floats:
    """seen * ln(seen / expected), nothing where nothing was seen."""
    safe = np.where(seen > 0, seen, 1.0)
    return np.where(seen > 0, safe * np.log(safe / np.maximum(expected, 1e-300)), 0.0)
