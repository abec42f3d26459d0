"""Scores each point of a series by how unusual it is for this series, from the points before it alone.

Experts forecast; who did well is believed, half by their last hundred points and half by their last thousand, so that a
return to what was usual is no second surprise. Five views of what remains are each held against their own past: the
point, the point against the long run, a short run of points against either, how unquiet the last points were, and a
standstill. Their evidence is added up: a real trouble shows in several, chance in one.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import stdtr

from app.observe.series.forecasts import make_experts
from app.observe.series.held import Floats, high_of, hold_figure, middle_of
from app.observe.series.periods import find_seasons
from app.observe.series.surprise import (
    FARTHEST,
    FREEDOM,
    PastSurprises,
    digits_of,
    hold_against,
    mix_experts,
    rarity_of,
)

DIGITS_OF_NINE = 2.7
"""So many digits of the views together make a score of 0.9: about one point in a thousand of ordinary series reaches
them.
"""
LATELY, LONG_RUN = 0.99, 0.999
"""How much of an expert's record remains with each point."""
OLD_BELIEF = 0.4
"""How much those are believed who did best in the long run."""
POINT, SLOW, RUN, SLOW_RUN, UNQUIET, STANDSTILL = 0.35, 0.2, 0.15, 0.1, 0.2, 0.3
"""How much each view counts."""
RUN_WIDTH, UNQUIET_WIDTH = 4, 8
MOST_STANDSTILL = 10.0
DOUBT = 10.0
"""That a value never stood still means something after more points than this."""
BOUND, UNQUIET_BOUND = 5.0, 6.0
NOTHING = 1e-9
SMALLEST = 1e-12
FINEST = 1e-6
"""No series is more exact than this share of its size."""


def score_values(values: Floats, times: Floats | None) -> Floats:
    """Scores in [0, 1] of finite values; `times` are seconds that never go back."""
    if len(values) < 2:
        return np.zeros(len(values))
    values = values / _unit_of(values)
    experts = make_experts(values, find_seasons(values, times))
    record = hold_against(values, experts, _resolution(values))
    chance, distance = mix_experts(record, LATELY)
    old_chance, _ = mix_experts(record, LONG_RUN)
    slow_chance, far = mix_experts(_part_of(record, [one.slow for one in experts]), LONG_RUN)
    digits = (
        POINT * rarity_of(digits_of((1 - OLD_BELIEF) * chance + OLD_BELIEF * old_chance))
        + SLOW * rarity_of(digits_of(slow_chance))
        + RUN * rarity_of(_run_digits(distance))
        + SLOW_RUN * rarity_of(_run_digits(far))
        + UNQUIET * rarity_of(_recent_mean(np.minimum(np.abs(distance), UNQUIET_BOUND), UNQUIET_WIDTH))
        + STANDSTILL * _standstill_digits(values)
    )
    scores = 1.0 - 10.0 ** (-np.clip(digits, 0, FARTHEST) / DIGITS_OF_NINE)
    return np.where(digits < NOTHING, 0.0, scores)


def _part_of(record: PastSurprises, wanted: Sequence[bool]) -> PastSurprises:
    chosen = np.flatnonzero(wanted)
    return PastSurprises(record.distance[:, chosen], record.density[:, chosen], record.known[:, chosen])


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


def _run_digits(distance: Floats) -> Floats:
    """How surprising the sum of the last distances is."""
    sums = _recent_mean(np.clip(distance, -BOUND, BOUND), RUN_WIDTH) * np.sqrt(RUN_WIDTH)
    return digits_of(2 * stdtr(FREEDOM, -np.abs(sums)))


def _recent_mean(values: Floats, width: int) -> Floats:
    """The sum of up to `width` last values, this one included, over `width`."""
    padded = np.concatenate([np.zeros(width - 1), values])
    total = padded[width - 1 :].copy()
    for back in range(1, width):
        total += padded[width - 1 - back : len(padded) - back]
    return total / width


def _standstill_digits(values: Floats) -> Floats:
    """How unlikely it is that the value stood still for so long, by how often it did before."""
    at = np.arange(len(values))
    still = np.concatenate([[False], np.diff(values) == 0])
    last_move = np.maximum.accumulate(np.where(still, 0, at))
    run = at - last_move
    before = np.concatenate([[0], np.cumsum(still)])[last_move]
    digits = run * -np.log10((before + DOUBT) / (last_move + DOUBT))
    rare = rarity_of(np.asarray(digits, np.float64))
    return np.asarray(np.clip(np.minimum(rare, digits - 1), 0, MOST_STANDSTILL))
