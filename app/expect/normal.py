"""What is normal for each merchant: the platform's rate of a stream, drawn towards what each merchant had before.

One formula for whoever asks: what a sweep looks for, and what a receipt takes for healthy.
"""

import numpy as np
from numpy.typing import NDArray

from app.expect.families import Family

Floats = NDArray[np.float64]


def expect_counts(family: Family, past: Floats, past_tries: Floats, tries: Floats) -> Floats:
    """How many events each merchant (the first axis) would have in so many tries, had it gone on as before."""
    everybody, all_tries = past.sum(axis=0), past_tries.sum(axis=0)
    rate = (family.weight + everybody) / (family.weight / family.rate + all_tries)
    own = (family.shape + past) / (family.shape + rate * past_tries)
    return np.asarray(rate * own * tries)
