"""Scores each point of a series by how unusual it is for this series, from the points before it alone.

Experts forecast; who did well lately is believed; the chance of the distance that remains is held against the chances
of the points before. A point, a run of points, a change of noise and a standstill are judged apart, and the rarest
counts.
"""

import numpy as np
from scipy.special import stdtr

from app.observe.series.forecasts import make_experts
from app.observe.series.held import Floats, high_of, hold_figure, middle_of
from app.observe.series.periods import find_seasons
from app.observe.series.surprise import FARTHEST, FREEDOM, LATELY, LONG_RUN, mix_experts, rarity_of

DIGITS_OF_NINE = 3.0
"""So many digits make a score of 0.9: one point in a thousand of an ordinary series."""
RUNS = (4, 16)
NOTHING = 1e-9
SMALLEST = 1e-12
FINEST = 1e-6
"""No series is more exact than this share of its size."""


def score_values(values: Floats, times: Floats | None) -> Floats:
    """Scores in [0, 1] of finite values; `times` are seconds that never go back."""
    size = len(values)
    if size < 2:
        return np.zeros(size)
    values = values / _unit_of(values)
    floor = _resolution(values)
    experts = make_experts(values, find_seasons(values, times))
    digits, distance = mix_experts(values, experts, floor, LATELY)
    rare = rarity_of(digits)
    slow, far = mix_experts(values, [one for one in experts if one.slow], floor, LONG_RUN)
    rarest = np.maximum(rare, rarity_of(slow) - 0.5)
    for width in RUNS:
        rarest = np.maximum(rarest, rarity_of(_run_digits(distance, width)) - 0.5)
        rarest = np.maximum(rarest, rarity_of(_run_digits(far, width)) - 0.5)
    scores = 1.0 - 10.0 ** (-np.clip(rarest, 0, FARTHEST) / DIGITS_OF_NINE)
    return np.where(rarest < NOTHING, 0.0, scores)


def _unit_of(values: Floats) -> float:
    """The power of two next to the first value that is not 0: a known scale, without any rounding."""
    first = np.flatnonzero(values)
    return float(2.0 ** np.floor(np.log2(np.abs(values[first[0]])))) if len(first) else 1.0


def _resolution(values: Floats) -> Floats:
    """The smallest spread worth the name: half a step of the finest steps so far, or a sliver of the size."""
    steps = np.abs(np.diff(values))
    moved = steps[steps > 0]
    seen = np.concatenate([[0, 0], np.cumsum(steps > 0)[:-1]])
    finest = hold_figure(moved, 500, 64, lambda rows: high_of(rows, 0.05), start=0.0)[seen] * 0.5
    size = hold_figure(np.abs(values), 500, 64, middle_of, start=0.0)[:-1]
    return np.asarray(np.maximum(np.maximum(finest, FINEST * size), SMALLEST))


def _run_digits(distance: Floats, width: int) -> Floats:
    """How surprising the sum of the last distances is."""
    bounded = np.clip(distance, -5, 5)
    total = np.concatenate([[0.0], np.cumsum(bounded)])
    first = np.maximum(np.arange(1, len(total)) - width, 0)
    sums = (total[1:] - total[first]) / np.sqrt(width)
    return np.asarray(-np.log10(np.maximum(2 * stdtr(FREEDOM, -np.abs(sums)), 1e-40)))
