"""At which hours of the day a stream has more of its events than its exposure explains, and at which fewer: fewer of
those who come at night buy.

Held to be the same at all hours until enough was seen to tell.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.rollups import SLOTS_AN_HOUR

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
HOURS: Final = 24
FEWEST_DAYS: Final = 2
AS_GOOD_AS: Final = 12.0
"""So many events are needed before an hour is believed to differ as much as it seems to."""


def hour_of_day(slots: Ints) -> Ints:
    """At which hour of the day slots lie."""
    return np.asarray(slots // SLOTS_AN_HOUR % HOURS)


def fit_seasons(
    hours: Mapping[int, Floats], visit_streams: Sequence[int], size: int, own: NDArray[np.bool_]
) -> Floats:  # fmt: skip
    """For each hour of the day and stream, by which factor its events there differ from what its exposure explains.

    `hours` are counts and tries by stream of each hour; `own` says which streams bring their own tries.
    """
    if len(hours) < FEWEST_DAYS * HOURS:
        return np.ones((HOURS, size))
    counts, tries = np.zeros((HOURS, size)), np.zeros((HOURS, size))
    for hour, held in hours.items():
        place, known = hour % HOURS, len(held)
        visits = held[[one for one in visit_streams if one < known], 0].sum()
        counts[place, :known] += held[:, 0]
        tries[place, :known] += np.where(own[:known], held[:, 1], visits)
        tries[place, known:] += np.where(own[known:], 0.0, visits)
    expected = tries * counts.sum(axis=0) / np.maximum(tries.sum(axis=0), 1e-9)
    return np.asarray((counts + AS_GOOD_AS) / (expected + AS_GOOD_AS))


def season_of_windows(seasons: Floats, visits: Floats, last: int, lengths: Sequence[int]) -> Floats:
    """By stream and window, the factor for those who came in windows that end before the slot `last`: `visits` are how
    many came in each slot before it, the latest first.
    """
    of_slot = seasons[hour_of_day(last - 1 - np.arange(len(visits)))]
    weighted = np.cumsum(of_slot * visits[:, None], axis=0)
    total = np.maximum(np.cumsum(visits), 1e-9)
    return np.stack([weighted[length - 1] / total[length - 1] for length in lengths], axis=1)
