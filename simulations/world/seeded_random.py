"""Chance that depends on nothing but its name: the same seed and key draw the same numbers, whatever was drawn before.

A running generator would make the signals of a minute depend on how the interval was cut; a keyed one cannot.
"""

import hashlib
import math
from collections.abc import Sequence
from struct import Struct
from typing import Final, TypeVar

T = TypeVar("T")

_PER_BLOCK: Final = 8
_NUMBERS: Final = Struct(">8Q")
_WHOLE: Final = 2.0**53


class Draws:
    """A private stream of numbers, named by a seed and a key."""

    __slots__ = ("_block", "_key", "_place")

    def __init__(self, seed: int, *key: str | int) -> None:
        self._key = "|".join(str(part) for part in (seed, *key)).encode()
        self._place = 0
        self._block: tuple[int, ...] = ()

    def uniform(self) -> float:
        """The next number in [0, 1)."""
        number, within = divmod(self._place, _PER_BLOCK)
        if within == 0:
            block = hashlib.blake2b(self._key, salt=number.to_bytes(8, "big"))
            self._block = _NUMBERS.unpack(block.digest())
        self._place += 1
        return (self._block[within] >> 11) / _WHOLE

    def happens(self, probability: float) -> bool:
        """Whether something of that probability happens."""
        return self.uniform() < probability

    def choice(self, options: Sequence[T]) -> T:
        """One of the options, each as likely."""
        return options[int(self.uniform() * len(options))]

    def between(self, low: float, high: float) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self.uniform()

    def poisson(self, mean: float) -> int:
        """How many arrivals a minute of that mean has, by inversion."""
        if mean > 50:
            return self.poisson(mean / 2) + self.poisson(mean / 2)
        left, count, term = self.uniform(), 0, math.exp(-mean)
        while left >= term and count < 500:
            left -= term
            count += 1
            term *= mean / count
        return count

    def clumped(self, spread: float) -> float:
        """A positive number of mean 1 and variance `spread`, mostly small and seldom large (gamma)."""
        shape = 1.0 / spread
        lift = self.uniform() ** (1.0 / shape) if shape < 1 else 1.0
        whole = (shape + 1.0 if shape < 1 else shape) - 1.0 / 3.0
        while True:
            normal = math.sqrt(-2.0 * math.log(1.0 - self.uniform())) * math.cos(2.0 * math.pi * self.uniform())
            root = 1.0 + normal / math.sqrt(9.0 * whole)
            cubed = root**3
            if root > 0 and math.log(1.0 - self.uniform()) < normal**2 / 2 + whole * (1.0 - cubed + math.log(cubed)):
                return lift * whole * cubed * spread

    def skewed(self, middle: float, spread: float) -> float:
        """A positive number around `middle` with a long upper tail (log-normal)."""
        normal = math.sqrt(-2.0 * math.log(1.0 - self.uniform())) * math.cos(2.0 * math.pi * self.uniform())
        return middle * math.exp(spread * normal)
