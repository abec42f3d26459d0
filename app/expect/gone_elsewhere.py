"""Calls and deliveries that merchants make elsewhere now: whoever moves to another front end calls other routes from
then on, and what was called before is not missing.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from app.expect.families import DELIVERED
from app.expect.windows import Bools, Floats

PLACES: Final = ("call|", DELIVERED)
"""Families of streams of which one stands for another when a merchant changes what he uses."""
MOSTLY: Final = 0.5
PLAINLY: Final = 3.0
FEW: Final = 2.0
CHANCE: Final = 0.4
"""By so many standard deviations counts lie above what is expected, on average of those above and those below."""


def place_of(stream: str) -> str:
    """Of which family of places a stream is one; empty for all that stands for itself."""
    return next((one for one in PLACES if stream.startswith(one)), "")


def share_elsewhere(counts: Sequence[Floats], expected: Sequence[Floats], dispersion: float) -> Floats:
    """Which share of what is missing at some places of a family was done at others, by merchant and window: what these
    had more than expected, beyond what chance has it.
    """
    shape = counts[0].shape
    more, less, chance = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for count, usual in zip(counts, expected, strict=True):
        beyond = count - usual
        more += np.maximum(beyond, 0.0)
        less += np.maximum(-beyond, 0.0)
        chance += np.minimum(usual, CHANCE * np.sqrt(dispersion * usual))
    return np.asarray(np.clip((more - chance) / np.maximum(less - chance, 1e-9), 0.0, 1.0) * (less > chance))


def spare_elsewhere(count: Floats, expected: Floats, elsewhere: Floats) -> Floats:
    """What is expected of a place whose missing calls are made elsewhere to that share."""
    return np.where(count < expected, expected - (expected - count) * elsewhere, expected)


def take_up(count: Floats, expected: Floats, dispersion: float) -> Bools:
    """Who calls a place so much more than ever that it is new to them: that is no yardstick for those who call it as
    they always did.
    """
    return np.asarray(count > expected + PLAINLY * np.sqrt(dispersion * expected) + FEW)


def is_elsewhere(excess: Sequence[float]) -> bool:
    """Whether what is missing at some places of a family was mostly done at others, by how much each has beyond what is
    expected: of many merchants together that shows where it does not of each.
    """
    more, less = sum(max(one, 0.0) for one in excess), sum(max(-one, 0.0) for one in excess)
    return more >= MOSTLY * less
