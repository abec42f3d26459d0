"""What is usual, and how far from it a value lies. Robust: an outlier in the past does not hide the next one."""

import math
from collections.abc import Sequence

MEMORY = 288
"""How many past points the usual is learned from."""
HALF_AT = 3.5
"""The deviation, in robust standard deviations, that scores one half."""
LONG_PAST = 12
"""From so many points on, a past of zeros is taken at its word: even a few events are unusual."""


def median_of(values: Sequence[float]) -> float:
    """The middle value; 0 for none."""
    ordered = sorted(values)
    size = len(ordered)
    if not size:
        return 0.0
    return ordered[size // 2] if size % 2 else (ordered[size // 2 - 1] + ordered[size // 2]) / 2


def robust_spread(values: Sequence[float], middle: float) -> float:
    """A robust standard deviation that is never nothing: counts vary by their root at least, other numbers by a
    twentieth of their size.
    """
    deviation = 1.4826 * median_of([abs(value - middle) for value in values])
    counts = all(value >= 0 and float(value).is_integer() for value in values)
    least = 1.0 if len(values) < LONG_PAST else 0.25
    floor = math.sqrt(max(middle, least)) if counts else max(abs(middle) * 0.05, _smallest_step(values))
    return max(deviation, floor) * (1 + 1 / max(len(values), 1))


def _smallest_step(values: Sequence[float]) -> float:
    biggest = max((abs(value) for value in values), default=0.0)
    return max(biggest * 0.01, 1e-9)


def deviation_score(value: float, past: Sequence[float]) -> float:
    """How unusual a value is after this past, in [0, 1]; 0 without a past."""
    if not past:
        return 0.0
    middle = median_of(past)
    return distance_score(abs(value - middle) / robust_spread(past, middle))


def distance_score(deviations: float) -> float:
    """A distance in standard deviations as a score in [0, 1]."""
    if not math.isfinite(deviations):
        return 1.0
    squared = min(deviations, 1e6) ** 2
    return squared / (squared + HALF_AT**2)


def score_at(values: Sequence[float], place: int) -> float:
    """How unusual one point of a series without gaps is after those before it."""
    return deviation_score(values[place], values[max(0, place - MEMORY) : place])
