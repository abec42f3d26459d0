"""How far each point came from what the experts expected, as a chance, and how rare that is for this series."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.special import stdtr

from app.observe.series.forecasts import Expert
from app.observe.series.held import NORMAL, Floats, high_of, hold_figure, middle_of, trailing_median

FREEDOM = 4.0
"""Of the t-distribution of a forecast's error: real noise has heavy tails."""
FAR = 6.0
"""A forecast that was farther off than this counts as this far off: one leap does not unseat an expert."""
FARTHEST = 40.0
"""The most digits of a chance."""
USUAL_EXCESS = 1 / np.log(10)
PRIOR_EXCESSES = 8.0
PAST = 4_000


def error_spread(errors: Floats, floor: Floats, at_phase: Floats | None) -> Floats:
    """The usual size of an expert's errors: of the long past, of the last ones, and of this phase where it is known."""
    known = np.isfinite(errors)
    gaps = np.abs(errors[known])
    seen = np.concatenate([[0], np.cumsum(known)[:-1]])
    long = np.maximum(hold_figure(gaps, 1_000, 64, _usual_size)[seen], floor)
    lately = trailing_median(gaps, 31)[seen] * NORMAL
    spread = np.sqrt(long * np.maximum(lately, 0.3 * long))
    if at_phase is not None:
        local = np.where(np.isfinite(at_phase), at_phase * NORMAL, spread)
        spread = np.sqrt(spread * np.maximum(local, 0.3 * spread))
    return np.asarray(np.maximum(spread, floor))


def _usual_size(rows: Floats) -> Floats:
    """A spread from the median and from the mean without the largest: each alone fails for some noise."""
    middle = middle_of(rows) * NORMAL
    top = np.maximum(4 * middle, high_of(rows, 0.9))
    return np.asarray(np.maximum(middle, 1.2533 * np.minimum(rows, top[:, None]).mean(axis=1)))


class PastSurprises(NamedTuple):
    """What became of each expert's forecasts, one column an expert: distances in spreads, log densities, and whether
    it had a forecast.
    """

    distance: Floats
    density: Floats
    known: NDArray[np.bool_]


def hold_against(values: Floats, experts: Sequence[Expert], floor: Floats) -> PastSurprises:
    """Hold each forecast against what came."""
    distances, densities, known = [], [], []
    for one in experts:
        errors = values - one.forecast
        spread = error_spread(errors, floor, one.spread)
        there = np.isfinite(errors) & np.isfinite(spread)
        spread = np.where(there, spread, 1.0)
        z = np.where(there, errors, 0.0) / spread
        near = np.minimum(np.abs(z), FAR)
        distances.append(z)
        densities.append(-np.log(spread) - 0.5 * (FREEDOM + 1) * np.log1p(near**2 / FREEDOM))
        known.append(there)
    return PastSurprises(np.stack(distances, axis=1), np.stack(densities, axis=1), np.stack(known, axis=1))


def mix_experts(record: PastSurprises, keep: float) -> tuple[Floats, Floats]:
    """The chance of each point and its signed distance, by the experts as they did so far; `keep` is how much of a
    record remains with each point.
    """
    worst = np.where(record.known, record.density, np.inf).min(axis=1)
    gained = np.where(record.known, record.density - np.where(np.isfinite(worst), worst, 0.0)[:, None], 0.0)
    standing = lfilter([1.0], [1.0, -keep], gained, axis=0)
    before = np.concatenate([np.zeros((1, standing.shape[1])), standing[:-1]])
    before = np.where(record.known, before, -np.inf)
    top = before.max(axis=1)
    weights = np.exp(before - np.where(np.isfinite(top), top, 0.0)[:, None])
    total = weights.sum(axis=1)
    weights /= np.where(total > 0, total, 1.0)[:, None]
    chance = (weights * 2 * stdtr(FREEDOM, -np.abs(record.distance))).sum(axis=1)
    return np.where(total > 0, chance, 1.0), (weights * record.distance).sum(axis=1)


def digits_of(chance: Floats) -> Floats:
    """A chance as digits: 3 for one in a thousand."""
    return np.asarray(np.clip(-np.log10(np.maximum(chance, 10.0**-FARTHEST)), 0.0, FARTHEST))


def rarity_of(digits: Floats) -> Floats:
    """The digits of the chance that a point of this series is so surprising: by the rank among those before it, and
    beyond their highest tenth by an exponential tail.
    """
    high = hold_figure(digits, PAST, 64, lambda rows: high_of(rows, 0.9), start=1.0)[:-1]
    # The median of the excesses over the highest tenth is the value that a twentieth exceeds.
    typical = hold_figure(digits, PAST, 64, lambda rows: high_of(rows, 0.95) - high_of(rows, 0.9), start=0.0)[:-1]
    over = 0.1 * np.minimum(np.arange(len(digits)), PAST)
    share = over / (over + PRIOR_EXCESSES)
    edge = np.maximum(share * high + (1 - share) * 1.0, 1e-6)
    excess = np.maximum(share * typical / np.log(2) + (1 - share) * USUAL_EXCESS, 0.3 * USUAL_EXCESS)
    beyond = 1.0 + (digits - edge) / (excess * np.log(10))
    return np.where(digits <= edge, digits / edge, beyond)
