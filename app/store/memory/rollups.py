"""What came in, added up, and what is still awaited, in memory."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from app.domain.rollups import Awaited, Cell, day_of, hour_of
from app.store import codec
from app.store.memory.shelf import ShelfView
from app.store.rollups import DONE, LATE, TOLD, WAITING, Sums, add_up

_CELLS = "rollups"
_SLOTS = "rollup_slots"
_AWAITED = "awaited"
Cells = Mapping[tuple[str, str], Sums]
"""The sums of one slot by merchant and stream; never changed, replaced whole."""


class _Changed(NamedTuple):
    version: int
    merged: bool


class MemoryRollups:
    """The Rollups port in memory."""

    def __init__(self, view: ShelfView) -> None:
        self._view = view

    def add(self, cells: Iterable[Cell]) -> None:
        """Add to the cells of their slot, merchant and stream what these hold, and note that their slots changed."""
        kept = self._view.edit(_CELLS)
        coming: dict[int, dict[tuple[str, str], Sums]] = {}
        for (slot, merchant, stream), sums in add_up(cells).items():
            coming.setdefault(slot, {})[merchant, stream] = sums
        for slot, added in coming.items():
            kept[slot] = _added(kept.get(slot, {}), added)
        self._touch(coming, merged=False)

    def changed(self, since: int) -> tuple[list[int], int]:
        """The slots that changed after a version, in order, and the newest version."""
        rows: Mapping[int, _Changed] = self._view.rows(_SLOTS)
        return sorted(slot for slot, row in rows.items() if row.version > since), self._newest()

    def counted(self, since: int) -> list[int]:
        """The slots in which something was counted after a version, in order."""
        rows: Mapping[int, _Changed] = self._view.rows(_SLOTS)
        return sorted(slot for slot, row in rows.items() if row.version > since and not row.merged)

    def between(self, first: int, last: int) -> list[Cell]:
        """The cells from the first slot to the last, both included, by slot."""
        return self.of_slots(slot for slot in self._view.rows(_CELLS) if first <= slot <= last)

    def sums(self, first: int, last: int, streams: Collection[str]) -> list[Cell]:
        """What these streams, or all that begin like one that ends in a star, came to at each merchant from the first
        slot to the last, both included; the cells carry the first slot.
        """
        wanted = {codec.clean_text(stream) for stream in streams}
        begin = tuple(stream[:-1] for stream in wanted if stream.endswith("*"))
        total: dict[tuple[str, str], list[float]] = {}
        kept: Mapping[int, Cells] = self._view.rows(_CELLS)
        for cells in [cells for slot, cells in kept.items() if first <= slot <= last]:
            for place, sums in cells.items():
                if place[1] in wanted or place[1].startswith(begin):
                    so_far = total.setdefault(place, [0.0, 0.0, 0.0])
                    so_far[0] += sums[0]
                    so_far[1] += sums[1]
                    so_far[2] += sums[2]
        return [Cell(first, *place, *sums) for place, sums in sorted(total.items()) if any(sums)]

    def of_slots(self, slots: Iterable[int]) -> list[Cell]:
        """The cells of these slots, by slot."""
        kept: Mapping[int, Cells] = self._view.rows(_CELLS)
        return [Cell(slot, *place, *sums) for slot in sorted(set(slots)) for place, sums in kept.get(slot, {}).items()]

    def by_day(self, first: int, last: int, prefixes: Sequence[str]) -> list[Cell]:
        """The cells of streams whose names begin so, added up by day, merchant and prefix."""
        found = (
            Cell(day_of(one.slot), one.merchant, prefix, one.count, one.exposure, one.value)
            for one in self.between(first, last)
            for prefix in prefixes
            if one.stream.startswith(prefix)
        )
        return [Cell(*place, *sums) for place, sums in sorted(add_up(found).items())]

    def by_hour(self, first: int, last: int, streams: Collection[str]) -> list[Cell]:
        """What these streams, or all that begin like one that ends in a star, came to at all merchants in each hour."""
        wanted = {codec.clean_text(stream) for stream in streams}
        begin = tuple(stream[:-1] for stream in wanted if stream.endswith("*"))
        found = (
            one._replace(slot=hour_of(one.slot), merchant="")
            for one in self.between(first, last)
            if one.stream in wanted or one.stream.startswith(begin)
        )
        return [Cell(*place, *sums) for place, sums in sorted(add_up(found).items()) if any(sums)]

    def span(self) -> tuple[int, int] | None:
        """The first and the last slot that hold anything."""
        held = [slot for slot, cells in self._view.rows(_CELLS).items() if cells]
        return (min(held), max(held)) if held else None

    def compact(self, before: int, *, hours: int) -> int:
        """Add the slots of whole hours before a slot to the first of their hour, so many hours at most."""
        kept, rows = self._view.edit(_CELLS), self._view.edit(_SLOTS)
        ripe = {hour_of(slot) for slot, row in rows.items() if not row.merged and slot < hour_of(before)}
        merging = sorted(ripe)[: max(hours, 0)]
        for hour in merging:
            within = [slot for slot in rows if hour_of(slot) == hour]
            whole: Cells = {}
            for slot in within:
                whole = _added(whole, kept.pop(slot, {}))
            kept[hour] = whole
            self._touch({hour, *within}, merged=True)
        return len(merging)

    def drop(self, before: int) -> int:
        """Forget the slots before one; how many slots went."""
        kept, rows = self._view.edit(_CELLS), self._view.edit(_SLOTS)
        gone = [slot for slot in rows if slot < before]
        for slot in gone:
            kept.pop(slot, None)
            del rows[slot]
        return len(gone)

    def erase(self, merchant: str) -> None:
        """Forget the cells of a merchant."""
        kept, rows, theirs = self._view.edit(_CELLS), self._view.edit(_SLOTS), codec.clean_text(merchant)
        for slot, cells in list(kept.items()):
            left = {place: sums for place, sums in cells.items() if place[0] != theirs}
            if len(left) < len(cells):
                kept[slot] = left
                self._touch([slot], merged=rows[slot].merged)

    def _touch(self, slots: Iterable[int], *, merged: bool) -> None:
        rows, version = self._view.edit(_SLOTS), self._newest() + 1
        rows.update(dict.fromkeys(slots, _Changed(version, merged)))

    def _newest(self) -> int:
        rows: Mapping[int, _Changed] = self._view.rows(_SLOTS)
        return max((row.version for row in rows.values()), default=0)


def _added(cells: Cells, more: Cells) -> Cells:
    total = dict(cells)
    for place, (count, exposure, value) in more.items():
        before = total.get(place, (0.0, 0.0, 0.0))
        total[place] = (before[0] + count, before[1] + exposure, before[2] + value)
    return total


class _Row(NamedTuple):
    """Something awaited, and how it stands."""

    awaited: Awaited
    state: str

    def moved(self, state: str) -> "_Row":
        """The same in another state; what is settled names no signal any more."""
        return _Row(self.awaited._replace(signal_id="") if state == DONE else self.awaited, state)


class MemoryAwaits:
    """The Awaits port in memory."""

    def __init__(self, view: ShelfView) -> None:
        self._view = view

    def add(self, rows: Sequence[Awaited]) -> None:
        """Await these, once for each pair and key; one that was fulfilled before it came is not awaited."""
        kept = self._view.edit(_AWAITED)
        for row in rows:
            clean = Awaited(**codec.clean_text(row._asdict()))
            kept.setdefault((clean.pair, clean.key), _Row(clean, WAITING))

    def fulfil(self, keys: Iterable[tuple[str, str]], *, at: datetime) -> list[Awaited]:
        """What follows came, for these pairs and keys; those that were awaited."""
        kept, found = self._view.edit(_AWAITED), []
        for given in dict.fromkeys(keys):
            pair, key = codec.clean_text(given[0]), codec.clean_text(given[1])
            row: _Row = kept.setdefault((pair, key), _Row(Awaited(pair, key, "", at, None, None), DONE))
            if row.state in (WAITING, TOLD):
                kept[pair, key] = row.moved(LATE if row.state == TOLD else DONE)
                found.append(row.awaited)
        return sorted(found, key=_by_time)

    def fulfil_alike(self, rows: Sequence[Awaited]) -> list[Awaited]:
        """Each settles the latest that is alike before it, else the first after it."""
        found: list[Awaited] = []
        for one in rows:
            likeness = (codec.clean_text(one.merchant), one.amount, one.currency)
            alike = [row for row in self.waiting(one.pair) if (row.merchant, row.amount, row.currency) == likeness]
            earlier = [row for row in alike if row.at <= one.at]
            for settled in earlier[-1:] or alike[:1]:
                found += self.fulfil([(settled.pair, settled.key)], at=one.at)
        return found

    def waiting(self, pair: str, before: datetime | None = None) -> list[Awaited]:
        """Those of a pair that nothing has followed yet, told or not, by (at, key)."""
        found = [row.awaited for row in self._of(pair, WAITING, TOLD)]
        return sorted((one for one in found if before is None or one.at < before), key=_by_time)

    def named(self, first: datetime, last: datetime) -> frozenset[str]:
        """The signals that say what is awaited from one moment to another, both included."""
        rows: Iterable[_Row] = self._view.rows(_AWAITED).values()
        return frozenset(row.awaited.signal_id for row in rows if first <= row.awaited.at <= last) - {""}

    def overdue(self, pair: str, before: datetime) -> list[Awaited]:
        """Those from before a moment that nothing has followed and that were not told before; now they are told."""
        return self._told([row for row in self._of(pair, WAITING) if row.awaited.at < before], TOLD)

    def has_news(self, pair: str, before: datetime) -> bool:
        """Whether any is overdue by a moment and not told, or was told and then followed."""
        return any(row.state == LATE or row.awaited.at < before for row in self._of(pair, LATE, WAITING))

    def taken_back(self, pair: str) -> list[Awaited]:
        """Those that were told as overdue and were followed after all, each once."""
        return self._told(self._of(pair, LATE), DONE)

    def drop(self, before: datetime, *, settled_before: datetime) -> int:
        """Forget what is from before a moment, and what is settled from before another; how many rows went."""
        kept = self._view.edit(_AWAITED)
        gone = [
            place
            for place, row in kept.items()
            if row.awaited.at < before or (row.state == DONE and row.awaited.at < settled_before)
        ]
        for place in gone:
            del kept[place]
        return len(gone)

    def erase(self, merchant: str) -> None:
        """Forget what a merchant awaits."""
        kept, theirs = self._view.edit(_AWAITED), codec.clean_text(merchant)
        for place in [place for place, row in kept.items() if row.awaited.merchant == theirs]:
            del kept[place]

    def _told(self, rows: Iterable[_Row], state: str) -> list[Awaited]:
        kept, found = self._view.edit(_AWAITED), list(rows)
        for row in found:
            kept[row.awaited.pair, row.awaited.key] = row.moved(state)
        return sorted((row.awaited for row in found), key=_by_time)

    def _of(self, pair: str, *states: str) -> list[_Row]:
        rows: Iterable[_Row] = self._view.rows(_AWAITED).values()
        wanted = codec.clean_text(pair)
        return [row for row in rows if row.state in states and row.awaited.pair == wanted]


def _by_time(one: Awaited) -> tuple[datetime, str]:
    return one.at, one.key
