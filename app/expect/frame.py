"""What every look at one moment shares: the cells of the day, and how much there was to see."""

import math
from dataclasses import dataclass

import numpy as np

from app.expect.cells import Rows
from app.expect.families import Family
from app.expect.windows import Bools, Floats, Ints


@dataclass(frozen=True)
class Frame:
    """What every look at one moment shares: the cells of the day, and how much there was to see."""

    now: int
    every: Rows | None
    shape: tuple[int, int, int]
    slots: Ints
    stream: Ints
    merchant: Ints
    within: Ints
    """Which merchant and window each cell belongs to, as one number."""
    count: Floats
    tries: Floats
    seasonal: Floats
    kept: Ints
    """The streams that count."""
    families: tuple[Family, ...]
    ours: Bools
    """Which of the kept bring their own tries."""
    visits: Floats
    past_visits: Floats

    def is_of(self, now: int, every: Rows, shape: tuple[int, int, int]) -> bool:
        """Whether nothing has changed since."""
        return self.now == now and self.every is every and self.shape == shape

    def sum_windows(self, values: Floats, streams: Ints, sound: Bools | None) -> Floats:
        """Values of the cells of these streams, by stream in their order, merchant and window; of sound ones alone."""
        shape = (len(streams), *self.shape[1:])
        place = np.full(self.shape[0], -1)
        place[streams] = np.arange(len(streams))
        at = place[self.stream]
        wanted = at >= 0 if sound is None else (at >= 0) & sound
        keys = at[wanted] * math.prod(shape[1:]) + self.within[wanted]
        sums = np.asarray(np.bincount(keys, values[wanted], math.prod(shape)), dtype=float).reshape(shape)
        return np.cumsum(sums, axis=2, out=sums)

    def sum_day(self, values: Floats, stream: int, sound: Bools | None) -> float:
        """The same of one stream over all merchants and the whole day."""
        wanted = self.stream == stream if sound is None else (self.stream == stream) & sound
        return float(values[wanted].sum())
