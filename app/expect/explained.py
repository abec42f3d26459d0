"""What incidents explain: cells that are left out of what is looked at, and of what is held to be usual."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.domain.rollups import Cell
from app.expect.families import is_outcome
from app.expect.windows import FOREVER, WINDOWS, Bools, Ints

EVERY_OUTCOME: Final = frozenset({"*"})
"""Stands for all streams that tell of harm."""


@dataclass(frozen=True)
class Explained:
    """Cells that belong to an incident: these streams at these merchants from a slot on."""

    streams: frozenset[str]
    merchants: frozenset[str]
    since: int
    until: int = FOREVER

    def holds(self, stream: str) -> bool:
        """Whether a stream is among them."""
        return is_outcome(stream) if self.streams == EVERY_OUTCOME else stream in self.streams

    def holds_cell(self, cell: Cell) -> bool:
        """Whether a cell is among them."""
        return self.since <= cell.slot < self.until and self.holds(cell.stream) and cell.merchant in self.merchants


@dataclass(frozen=True)
class Masks:
    """What incidents explain: from which slot on for good, by stream and merchant; and what they did for a while."""

    since: Ints
    spans: list[tuple[tuple[Ints, ...], int, int]]

    def touch(self) -> Bools:
        """Of which streams anything is explained."""
        touched = np.asarray((self.since < FOREVER).any(axis=1))
        for (streams, merchants), _, _ in self.spans:
            touched[streams[:, 0]] |= merchants.size > 0
        return touched

    def hide(self, stream: Ints, merchant: Ints, slots: int | Ints) -> Bools:
        """Which cells are explained."""
        hidden = np.asarray(slots >= self.since[stream, merchant])
        for cells, since, until in self.spans:
            among = np.zeros(self.since.shape, dtype=bool)
            among[cells] = True
            hidden |= among[stream, merchant] & (slots >= since) & (slots < until)
        return hidden

    def hide_windows(self, now: int) -> Bools:
        """By stream, merchant and window, whether the window reaches into what is explained."""
        hidden = np.repeat((self.since < now)[:, :, None], len(WINDOWS), axis=2)
        for cells, since, until in self.spans:
            if since < now:
                hidden[cells] |= now - np.array(WINDOWS) < until
        return hidden


def mask_cells(explained: Iterable[tuple[Explained, Bools]], streams: Sequence[str], merchants: int) -> Masks:
    """What is explained, each with its merchants as a mask, of so many streams and merchants."""
    found = Masks(np.full((len(streams), merchants), FOREVER), [])
    for one, among in explained:
        cells = np.ix_(np.flatnonzero([one.holds(name) for name in streams]), np.flatnonzero(among))
        if one.until == FOREVER:
            found.since[cells] = np.minimum(found.since[cells], one.since)
        else:
            found.spans.append((cells, one.since, one.until))
    return found
