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
    keys: Ints
    count: Floats
    tries: Floats
    seasonal: Floats
    kept: list[int]
    families: tuple[Family, ...]
    ours: Bools
    """Which of the kept bring their own tries."""
    own: Ints
    """Those streams."""
    is_own: Bools
    """Which cells are theirs."""
    own_keys: Ints
    """The keys of the cells, with these streams alone, in their order."""
    visits: Floats
    past_visits: Floats

    def is_of(self, now: int, every: Rows, shape: tuple[int, int, int]) -> bool:
        """Whether nothing has changed since."""
        return self.now == now and self.every is every and self.shape == shape

    def sum_windows(self, values: Floats, sound: Bools | None) -> Floats:
        """Values of the cells by stream, merchant and window; of the sound ones alone."""
        size = math.prod(self.shape)
        keys, held = (self.keys, values) if sound is None else (self.keys[sound], values[sound])
        sums = np.asarray(np.bincount(keys, held, size), dtype=float).reshape(self.shape)
        return np.cumsum(sums, axis=2, out=sums)

    def sum_own(self, values: Floats, sound: Bools | None) -> Floats:
        """The same of the streams that bring their own tries alone, in their order."""
        wanted = self.is_own if sound is None else self.is_own & sound
        shape = (len(self.own), *self.shape[1:])
        keys, held = self.own_keys[wanted], values[wanted]
        sums = np.asarray(np.bincount(keys, held, math.prod(shape)), dtype=float).reshape(shape)
        return np.cumsum(sums, axis=2, out=sums)
