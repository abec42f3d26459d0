"""Where the same phase was before: a day and a week back by the clock, and any period that the past shows."""

import numpy as np

from app.observe.series.held import Floats, Ints

DAY = 86_400.0
CLOCK_PERIODS = ((DAY, 5), (7 * DAY, 3))
"""Seconds, and how many cycles are looked back."""
FOUND_CYCLES = 5
TOLERANCE = 1.6
"""A point is of the same phase when it lies within so many steps."""
LEAST_CORRELATION = 0.25
FIRST_LOOK, LONGEST_PAST = 64, 8_192


def find_seasons(values: Floats, times: Floats | None) -> list[list[Ints]]:
    """For each period the places of the same phase, one array per cycle back; -1 where there is none."""
    seasons = []
    if times is not None and len(times) > 2:
        seasons = [_look_back(times, period, cycles) for period, cycles in CLOCK_PERIODS]
        seasons = [one for one in seasons if any((places >= 0).any() for places in one)]
    found = _shown_period(values)
    if (found > 0).any():
        at = np.arange(len(values))
        cycles = [np.where(found > 0, at - found * back, -1) for back in range(1, FOUND_CYCLES + 1)]
        seasons.append([np.where(places >= 0, places, -1) for places in cycles])
    return seasons


def same_phase_points(values: Floats, cycles: list[Ints], reach: int) -> Floats:
    """What was measured at the same phase, and up to `reach` points around it; never a point that is not past."""
    at = np.arange(len(values))
    columns = []
    for places in cycles:
        for shift in range(-reach, reach + 1):
            beside = places + shift
            usable = (places >= 0) & (beside >= 0) & (beside < at)
            columns.append(np.where(usable, values[np.clip(beside, 0, len(values) - 1)], np.nan))
    return np.stack(columns, axis=1)


def _look_back(times: Floats, period: float, cycles: int) -> list[Ints]:
    step = np.concatenate([[np.inf], np.diff(times)])
    near = np.minimum(step, np.concatenate([[np.inf], step[:-1]]))
    found = []
    for back in range(1, cycles + 1):
        wanted = times - back * period
        after = np.clip(np.searchsorted(times, wanted), 0, len(times) - 1)
        before = np.clip(after - 1, 0, len(times) - 1)
        nearer = np.where(np.abs(times[after] - wanted) < np.abs(times[before] - wanted), after, before)
        fits = (np.abs(times[nearer] - wanted) <= TOLERANCE * np.where(np.isfinite(near), near, 0.0)) & (
            nearer < np.arange(len(times))
        )
        found.append(np.where(fits, nearer, -1).astype(np.int64))
    return found


def _shown_period(values: Floats) -> Ints:
    """The period known at each point: looked for in the past at growing checkpoints, 0 where none shows."""
    out = np.zeros(len(values), np.int64)
    place = FIRST_LOOK
    while place < len(values):
        following = min(int(place * 1.3) + 1, place + 4_096)
        out[place:following] = _strongest_lag(values[max(0, place - LONGEST_PAST) : place])
        place = following
    return out


def _strongest_lag(past: Floats) -> int:
    """The lag at which the past repeats itself most, told from a slow drift by the dip before it; 0 when none does."""
    middle = np.median(past)
    spread = np.median(np.abs(past - middle)) * 1.4826
    calm = np.clip(past - middle, -4 * spread, 4 * spread) if spread > 0 else past - middle
    calm = calm - np.mean(calm)
    size = len(calm)
    power = np.abs(np.fft.rfft(calm, 2 * size)) ** 2
    together = np.fft.irfft(power)[: size // 2]
    if together[0] <= 0:
        return 0
    correlation = together / together[0] * size / (size - np.arange(size // 2))
    dips = np.flatnonzero(correlation < LEAST_CORRELATION / 2)
    if not len(dips):
        return 0
    first = int(dips[0])
    tail = correlation[first:]
    if not len(tail) or tail.max() < LEAST_CORRELATION:
        return 0
    # The first peak that is nearly the highest is the period; the later ones are its multiples.
    peaks = np.flatnonzero(tail >= 0.9 * tail.max()) + first
    lag = int(peaks[0])
    while lag + 1 < size // 2 and correlation[lag + 1] > correlation[lag]:
        lag += 1
    return lag if lag >= 4 else 0
