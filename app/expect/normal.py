"""What is normal for each merchant: the platform's rate of a stream, drawn towards what each merchant had before.

One formula for whoever asks: what a sweep looks for, and what a receipt takes for healthy.
"""

from collections.abc import Sequence
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
    return np.asarray(expect_many([family], past[None], past_tries[None], tries[None])[0])


def expect_many(families: Sequence[Family], past: Floats, past_tries: Floats, tries: Floats) -> Floats:
    """The same of many streams (the first axis; merchants are the second)."""
    axes = (len(families), *([1] * (past.ndim - 2)))
    weight, usual, shape = (
        np.array(values).reshape(axes)
        for values in zip(*((one.weight, one.rate, one.shape) for one in families), strict=True)
    )
    rate = ((weight + past.sum(axis=1)) / (weight / usual + past_tries.sum(axis=1)))[:, None]
    alike = shape[:, None]
    return np.asarray(rate * (alike + past) / (alike + rate * past_tries) * tries)
