"""What was counted lately, slot by slot, by stream and merchant; cells may come in late."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from app.expect.windows import FOREVER, Bools, Floats, Ints

Rows = tuple[Ints, Ints, Ints, Floats]
"""Slot, stream, merchant and sums of cells."""
MASKS_KEPT: Final = 1_000


@dataclass
class _Slot:
    number: int
    stream: list[int] = field(default_factory=list)
    merchant: list[int] = field(default_factory=list)
    sums: list[tuple[float, float, float]] = field(default_factory=list)
    read: Rows | None = None

    def rows(self) -> Rows:
        if self.read is None or len(self.read[0]) != len(self.stream):
            self.read = (
                np.full(len(self.stream), self.number, dtype=np.int64),
                np.array(self.stream, dtype=np.int64),
                np.array(self.merchant, dtype=np.int64),
                np.array(self.sums, dtype=float).reshape(-1, 3),
            )
        return self.read


class Cells:
    """The cells of some slots, and the streams and merchants that were ever heard of."""

    def __init__(self) -> None:
        self.streams: list[str] = []
        self.merchants: list[str] = []
        self._stream_of: dict[str, int] = {}
        self._merchant_of: dict[str, int] = {}
        self._slots: dict[int, _Slot] = {}
        self._every: Rows | None = None
        """All cells, while none comes in."""
        self._sorted: tuple[Rows, Ints, Ints] | None = None
        """All cells, their order by stream, and where each stream begins in it."""
        self._beginning: dict[str | tuple[str, ...], list[int]] = {}
        """The places of streams that begin so, while no new one is heard of."""
        self._flagged: dict[frozenset[str], Bools] = {}
        """Masks of merchants that were asked for, while nobody new is heard of."""

    def know(self, merchants: Iterable[str]) -> None:
        """Merchants of the directory, also those of whom nothing was heard."""
        for merchant in merchants:
            self._place_merchant(merchant)

    def flags(self, merchants: Iterable[str]) -> Bools:
        """These merchants, as a mask."""
        names = frozenset(merchants)
        found = self._flagged.get(names)
        if found is None:
            found = np.zeros(len(self.merchants), dtype=bool)
            found[[self._merchant_of[one] for one in names if one in self._merchant_of]] = True
            found.setflags(write=False)
            if len(self._flagged) >= MASKS_KEPT:
                self._flagged.clear()
            self._flagged[names] = found
        return found

    def beginning(self, prefix: str | tuple[str, ...]) -> list[int]:
        """The places of all streams that begin so, or in one of these ways."""
        if prefix not in self._beginning:
            self._beginning[prefix] = [at for at, name in enumerate(self.streams) if name.startswith(prefix)]
        return self._beginning[prefix]

    def rows(self, since: int, until: int) -> Rows:
        """Slot, stream, merchant and sums of every cell in [since, until), in no order."""
        if self._every is None:
            parts = [_Slot(0).rows(), *(held.rows() for held in self._slots.values())]
            slots, stream, merchant, sums = zip(*parts, strict=True)
            self._every = (
                np.concatenate(slots),
                np.concatenate(stream),
                np.concatenate(merchant),
                np.concatenate(sums),
            )
        slots, stream, merchant, sums = self._every
        wanted = (slots >= since) & (slots < until)
        if wanted.all():
            return self._every
        return slots[wanted], stream[wanted], merchant[wanted], sums[wanted]

    def total(self, stream: str, members: Bools | None = None, since: int = 0, until: int = FOREVER) -> Floats:
        """Count, tries and value of a stream in the slots that are kept, from a slot on; zero when it is unknown."""
        _, _, merchants, sums = self._rows_of(stream, since, until)
        return np.asarray((sums if members is None else sums[members[merchants]]).sum(axis=0))

    def by_merchant(self, stream: str, since: int, until: int = FOREVER) -> Floats:
        """How many events of a stream each merchant had in [since, until)."""
        _, _, merchants, sums = self._rows_of(stream, since, until)
        return np.asarray(np.bincount(merchants, sums[:, 0], len(self.merchants)), dtype=float)

    def by_slot(self, stream: str, members: Bools, since: int, until: int) -> Floats:
        """How many events a stream had in each slot of [since, until) at these merchants."""
        slots, _, merchants, sums = self._rows_of(stream, since, until)
        among = members[merchants]
        return np.asarray(np.bincount(slots[among] - since, sums[among, 0], until - since), dtype=float)

    def _keep(self, number: int, stream: int, merchant: int, sums: tuple[float, float, float]) -> None:
        self._every = None
        slot = self._slots.get(number)
        if slot is None:
            slot = self._slots[number] = _Slot(number)
        slot.stream.append(stream)
        slot.merchant.append(merchant)
        slot.sums.append(sums)

    def _drop(self, number: int) -> None:
        self._every = None
        self._slots.pop(number, None)

    def _take_before(self, before: int) -> Iterator[tuple[int, Rows]]:
        """Every slot older than this, which is not kept any more."""
        for number in [one for one in self._slots if one < before]:
            self._every = None
            yield number, self._slots.pop(number).rows()

    def _rows_of(self, stream: str, since: int, until: int) -> Rows:
        """Every cell of one stream in [since, until)."""
        every = self._every or self.rows(0, FOREVER)
        slots, streams, merchants, sums = every
        place = self._stream_of.get(stream, len(self.streams))
        if self._sorted is None or self._sorted[0] is not every or len(self._sorted[2]) < len(self.streams) + 2:
            order = np.argsort(streams, kind="stable")
            self._sorted = every, order, np.searchsorted(streams[order], np.arange(len(self.streams) + 2))
        _, order, begins = self._sorted
        wanted = order[begins[place] : begins[place + 1]]
        wanted = wanted[(slots[wanted] >= since) & (slots[wanted] < until)]
        return slots[wanted], streams[wanted], merchants[wanted], sums[wanted]

    def _place(self, stream: str, merchant: str) -> tuple[int, int]:
        place = self._stream_of.get(stream)
        if place is None:
            place = self._stream_of[stream] = len(self.streams)
            self.streams.append(stream)
            self._beginning.clear()
        return place, self._place_merchant(merchant)

    def _place_merchant(self, merchant: str) -> int:
        place = self._merchant_of.get(merchant)
        if place is None:
            place = self._merchant_of[merchant] = len(self.merchants)
            self.merchants.append(merchant)
            self._flagged.clear()
        return place
