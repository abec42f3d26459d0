"""What tells of harm by itself, all of it side by side: whether anything of that departs among some merchants is asked
for every departure, of hundreds of streams.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np

from app.expect.descriptions import Bools
from app.expect.evidence import Floats, weigh_departure
from app.expect.expected import Stream

KNOWN_FROM: Final = 10.0
LEAST_ELSEWHERE: Final = 0.5


class DoneAmong(NamedTuple):
    """What all outcomes did among some merchants, stream by stream."""

    seen: Floats
    expected: Floats
    """Seeing what became of the others: what fell everywhere is nothing of these."""
    score: Floats


class Outcomes:
    """The outcomes of one look."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        self.streams = streams

    def among(self, members: Bools, window: int) -> DoneAmong:
        """How each of them departs among these, in one window."""
        if not self.streams:
            return DoneAmong(*(np.zeros(0) for _ in DoneAmong._fields))
        seen, expected, known = (
            each[:, members, window].sum(axis=1) for each in (self._seen, self._usual, self._known)
        )
        total, usual = self._seen[:, :, window].sum(axis=1), self._usual[:, :, window].sum(axis=1)
        expected = expected * _elsewhere(total - seen, usual - expected)
        rises = np.array([one.family.rises for one in self.streams])
        dispersion = np.array([one.dispersion for one in self.streams])
        past = np.array([one.past[window] for one in self.streams])
        return DoneAmong(seen, expected, weigh_departure(seen, expected, known, total, usual, past, dispersion, rises))

    def factor_elsewhere(self, name: str, members: Bools, window: int) -> float:
        """How much of what was expected of one of them others had; as much, where it is none of these."""
        one = self.find(name)
        if one is None:
            return 1.0
        seen, expected = one.count[~members, window].sum(), one.expected[~members, window].sum()
        return float(_elsewhere(np.asarray(seen), np.asarray(expected)))

    def find(self, name: str) -> Stream | None:
        """One of them by its name."""
        return next((one for one in self.streams if one.name == name), None)

    @cached_property
    def _seen(self) -> Floats:
        return np.stack([one.count for one in self.streams])

    @cached_property
    def _usual(self) -> Floats:
        return np.stack([one.expected for one in self.streams])

    @cached_property
    def _known(self) -> Floats:
        return np.stack([np.broadcast_to(one.known, one.count.shape) for one in self.streams])


def _elsewhere(seen: Floats, expected: Floats) -> Floats:
    """How much of what was expected others had, within bounds: what fell everywhere was not its doing."""
    share = (seen + KNOWN_FROM) / (expected + KNOWN_FROM)
    return np.where(expected < KNOWN_FROM, 1.0, np.clip(share, LEAST_ELSEWHERE, 1 / LEAST_ELSEWHERE))
