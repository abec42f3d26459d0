"""What is normal for each merchant: the platform's rate of a stream, drawn towards what each merchant had before.

One formula for whoever asks: what a sweep looks for, and what a receipt takes for healthy.
"""

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.expect.families import HITS, Family

Floats = NDArray[np.float64]
Amount = TypeVar("Amount", float, Floats)
HALF: Final = 0.5


def is_mostly_hit(family: Family, seen: float, tries: float) -> bool:
    """Whether a metric says that most goes well: then what goes wrong tells more."""
    return family is HITS and seen > HALF * tries


def rate_of_platform(family: Family, past: Amount, past_tries: Amount) -> Amount:
    """Events for each try of everybody together, drawn towards what is believed of the family."""
    return (family.weight + past) / (family.weight / family.rate + past_tries)


def expect_counts(family: Family, past: Floats, past_tries: Floats, tries: Floats) -> Floats:
    """How many events each merchant (the first axis) would have in so many tries, had it gone on as before."""
    rate = rate_of_platform(family, np.asarray(past.sum(axis=0)), np.asarray(past_tries.sum(axis=0)))
    own = (family.shape + past) / (family.shape + rate * past_tries)
    return np.asarray(rate * own * tries)
