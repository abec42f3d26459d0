"""What a tenant's streams have shown lately, and before: sums by stream and merchant over windows that end now.

Cells come in slot by slot, late ones too. What is older than the longest window is kept as one sum a stream and
merchant, so that a look costs by how many streams there are and not by how much was ever sent. What an open incident
explains is left out of both sides: of what is looked at, and of what is held to be usual.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.domain.rollups import SLOTS_AN_HOUR, Cell
from app.expect.families import CALLS, Against, Family, family_of, is_outcome
from app.expect.seasons import HOURS, fit_seasons, hour_of_day, season_of_windows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rows = tuple[Ints, Ints, Ints, Floats]
"""Slot, stream, merchant and sums of cells."""
WINDOWS: Final = (1, 2, 3, 6, 12, 24, 48, 96, 144, 288)
"""Lengths of the windows that are looked at, in slots: five minutes to a day."""
DAY: Final = WINDOWS[-1]
FOREVER: Final = 2**40
EVERY_OUTCOME: Final = frozenset({"*"})
"""Stands for all streams that tell of harm."""
HOURS_KEPT: Final = 14 * 24
FEWEST_HOURS: Final = 6
FEWEST_EVENTS: Final = 5
PRIOR_HOURS: Final = 10
LATE_WINDOW: Final = 4
"""The place of the window in which what is late still comes: an hour."""
USUALLY_LATE: Final = 0.02
PRIOR_LATE: Final = 1.0
MASKS_KEPT: Final = 1_000
_QUIET_SHARE: Final = 0.5
"""A slot of which so little of the usual is told is not told yet."""


def window_reaching(age: int) -> int:
    """The place of the shortest window that reaches back so many slots; the longest where none does."""
    return int(np.searchsorted(WINDOWS, min(max(age, 1), DAY)))


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


@dataclass(frozen=True)
class Window:
    """What is needed to judge every stream in every window: axes are stream, merchant, window."""

    streams: tuple[str, ...]
    families: tuple[Family, ...]
    merchants: tuple[str, ...]
    now: int
    count: Floats
    tries: Floats
    past: Floats
    past_tries: Floats
    still: Mapping[int, Floats]
    """By stream, merchant and window: how many of what should have been followed by something will be, only late."""


class Panel:
    """The memory of one tenant's streams."""

    def __init__(self) -> None:
        self.streams: list[str] = []
        self.merchants: list[str] = []
        self._stream_of: dict[str, int] = {}
        self._merchant_of: dict[str, int] = {}
        self._slots: dict[int, _Slot] = {}
        self._every: Rows | None = None
        self._framed: _Frame | None = None
        self._old = np.zeros((0, 0, 3))
        self._since = FOREVER
        """The first slot that is kept by itself; what came before is in the sums."""
        self.first = FOREVER
        self._explained: list[Explained] = []
        self._masked: tuple[tuple[int, int], _Masks] | None = None
        """What is explained, for so many streams and merchants."""
        self._flagged: dict[frozenset[str], NDArray[np.bool_]] = {}
        """Masks of merchants that were asked for, while nobody new is heard of."""
        self._sorted: tuple[Rows, Ints, Ints] | None = None
        """All cells that are kept, their order by stream, and where each stream begins in it."""
        self._hours: dict[int, Floats] = {}
        """Count and tries of every stream by the hour, of the whole platform."""
        self._visited: dict[int, Floats] = {}
        """Visitors of every merchant by the hour."""
        self._fitted: tuple[tuple[int, int], Floats] = ((-1, 0), np.ones((HOURS, 0)))
        """The factors of the hours of the day, and for which hour and how many streams."""

    def add(self, cells: Iterable[Cell]) -> None:
        """Take in what was counted."""
        self._every = None
        for cell in cells:
            family = family_of(cell.stream)
            if family is None and not cell.stream.startswith(("visits|", "well|", "late|")):
                continue
            stream, merchant = self._place(cell.stream, cell.merchant)
            self.first = min(self.first, cell.slot)
            sums = (cell.count, cell.exposure, cell.value)
            if cell.slot < self._since and self._since != FOREVER:
                self._grow()
                if not self._is_explained(cell):
                    self._old[stream, merchant] += np.array(sums)
                continue
            slot = self._slots.get(cell.slot)
            if slot is None:
                slot = self._slots[cell.slot] = _Slot(cell.slot)
            slot.stream.append(stream)
            slot.merchant.append(merchant)
            slot.sums.append(sums)

    def put(self, slot: int, cells: Iterable[Cell]) -> None:
        """All that was counted in a slot, instead of what was known of it. What is already a part of the sums stays."""
        self._slots.pop(slot, None)
        self._every = None
        if slot >= self._since or self._since == FOREVER:
            self.add(cells)

    def know(self, merchants: Iterable[str]) -> None:
        """Merchants of the directory, also those of whom nothing was heard."""
        for merchant in merchants:
            self._merchant(merchant)

    def explain(self, explained: Sequence[Explained]) -> None:
        """What belongs to incidents, from now on."""
        if self._explained != list(explained):
            self._explained, self._masked = list(explained), None

    def _place(self, stream: str, merchant: str) -> tuple[int, int]:
        place = self._stream_of.get(stream)
        if place is None:
            place = self._stream_of[stream] = len(self.streams)
            self.streams.append(stream)
        return place, self._merchant(merchant)

    def _merchant(self, merchant: str) -> int:
        place = self._merchant_of.get(merchant)
        if place is None:
            place = self._merchant_of[merchant] = len(self.merchants)
            self.merchants.append(merchant)
            self._flagged.clear()
        return place

    def _grow(self) -> None:
        have, need = self._old.shape[:2], (len(self.streams), len(self.merchants))
        if have != need:
            grown = np.zeros((*need, 3))
            grown[: have[0], : have[1]] = self._old
            self._old = grown

    def _is_explained(self, cell: Cell) -> bool:
        return any(
            one.since <= cell.slot < one.until and one.holds(cell.stream) and cell.merchant in one.merchants
            for one in self._explained
        )

    def forget(self, before: int) -> None:
        """Fold slots older than this into the sums; what an incident explains is no part of what is usual."""
        self._grow()
        old = [one for one in self._slots if one < before]
        masks = self._masks() if old else _NOTHING_HIDDEN
        for slot in old:
            _, stream, merchant, sums = self._slots.pop(slot).rows()
            self._every = None
            sound = ~masks.hide(stream, merchant, slot)
            np.add.at(self._old, (stream[sound], merchant[sound]), sums[sound])
            self._note_hour(slot, stream[sound], merchant[sound], sums[sound])
        for hour in sorted(self._hours)[:-HOURS_KEPT]:
            del self._hours[hour]
            self._visited.pop(hour, None)
        self._since = before if self._since == FOREVER else max(self._since, before)

    def _note_hour(self, slot: int, stream: Ints, merchant: Ints, sums: Floats) -> None:
        hour, size = slot // SLOTS_AN_HOUR, len(self.streams)
        among = np.isin(stream, self._visit_streams())
        visited = np.asarray(np.bincount(merchant[among], sums[among, 0], len(self.merchants)), dtype=float)
        known = self._visited.get(hour, np.zeros(0))
        visited[: len(known)] += known
        self._visited[hour] = visited
        held = self._hours.get(hour, np.zeros((0, 2)))
        grown = np.zeros((size, 2))
        grown[: len(held)] = held
        np.add.at(grown, stream, sums[:, :2])
        self._hours[hour] = grown

    def dispersions(self) -> dict[str, float]:
        """How much more than chance the hourly counts of each stream vary, where enough was seen to tell."""
        if len(self._hours) < FEWEST_HOURS:
            return {}
        size = len(self.streams)
        hours = np.stack([np.vstack([one, np.zeros((size - len(one), 2))]) for one in self._hours.values()])
        visits = hours[:, self._visit_streams(), 0].sum(axis=1)
        found = {}
        for place, name in enumerate(self.streams):
            family = family_of(name)
            if family is None or hours[:, place, 0].sum() < FEWEST_EVENTS:
                continue
            tries = hours[:, place, 1] if family.against is Against.ITS_OWN else visits
            if family.against is Against.VISITS and family.rises:
                tries = (tries + tries.mean()) / 2
            expected = tries * hours[:, place, 0].sum() / max(tries.sum(), 1e-9)
            squares = (hours[:, place, 0] - expected) ** 2 / np.maximum(expected, 0.05)
            found[name] = float((PRIOR_HOURS * family.dispersion + squares.sum()) / (PRIOR_HOURS + len(squares)))
        return found

    def _masks(self) -> "_Masks":
        shape = (len(self.streams), len(self.merchants))
        if self._masked is not None and self._masked[0] == shape:
            return self._masked[1]
        found = _Masks(np.full(shape, FOREVER), [])
        for one in self._explained:
            streams = np.flatnonzero([one.holds(name) for name in self.streams])
            merchants = np.flatnonzero(self.flags(one.merchants))
            cells = np.ix_(streams, merchants)
            if one.until == FOREVER:
                found.since[cells] = np.minimum(found.since[cells], one.since)
            else:
                found.spans.append((cells, one.since, one.until))
        self._masked = shape, found
        return found

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

    def _rows_of(self, stream: str, since: int, until: int) -> Rows:
        """The same of one stream."""
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

    def look(self, now: int, *, masked: bool = True) -> Window:
        """Every stream that counts, in every window that ends with the slot before `now`.

        `masked`: without what incidents explain.
        """
        frame = self._frame(now)
        masks = self._masks() if masked and self._explained else None
        sound = ~masks.hide(frame.stream, frame.merchant, frame.slots) if masks else None
        every, kept, ours = frame.sum_windows(frame.count, sound), frame.kept, np.flatnonzero(frame.ours)
        count, tries, past_tries = every[kept], frame.visits.copy(), frame.past_visits.copy()
        past = self._old[kept, :, 0, None] + count[:, :, -1:] - count
        tries[ours], own = (frame.sum_own(values, sound) for values in (frame.seasonal, frame.tries))
        past_tries[ours] = self._old[frame.own, :, 1, None] + own[:, :, -1:] - own
        inside = ~masks.hide_windows(now)[kept] if masks else np.True_
        return Window(
            streams=tuple(self.streams[place] for place in kept),
            families=frame.families,
            merchants=tuple(self.merchants),
            now=now,
            count=np.asarray(count * inside, dtype=float),
            tries=tries * inside,
            past=past,
            past_tries=past_tries,
            still=self._still_coming(kept, tries, every),
        )

    def _frame(self, now: int) -> "_Frame":
        """What a look at this moment needs, whether or not anything is left out."""
        self.forget(now - DAY)
        self._grow()
        shape = (len(self.streams), len(self.merchants), len(WINDOWS))
        if self._framed is not None and self._every is not None and self._framed.is_of(now, self._every, shape):
            return self._framed
        slots, stream, merchant, sums = self.rows(now - DAY, now)
        seasons = self._seasons()
        visits, by_slot = self._visits(now, slots, stream, merchant, sums)
        season = season_of_windows(seasons, by_slot, now, WINDOWS)
        past_visits = self._past_visits()[:, None] + visits[:, -1:] - visits
        known = [(place, family) for place, name in enumerate(self.streams) if (family := family_of(name))]
        kept, families = [place for place, _ in known], tuple(family for _, family in known)
        evenly = np.array([one.against is Against.VISITS and one.rises for one in families], dtype=bool)[:, None, None]
        steady = np.array([one is CALLS for one in families], dtype=bool)[:, None, None]
        even, past_even = self._even(visits, past_visits, now)
        least = np.minimum(visits, self._steady(visits, past_visits, now))
        ours = np.array([one.against is Against.ITS_OWN for one in families], dtype=bool)
        own = np.array(kept, dtype=np.int64)[ours]
        place_of_own = np.full(shape[0], -1)
        place_of_own[own] = np.arange(len(own))
        within = merchant * shape[2] + np.searchsorted(WINDOWS, now - slots)
        of_one = shape[1] * shape[2]
        self._framed = _Frame(
            now=now,
            every=self._every,
            shape=shape,
            slots=slots,
            stream=stream,
            merchant=merchant,
            keys=stream * of_one + within,
            count=sums[:, 0],
            tries=sums[:, 1],
            seasonal=sums[:, 1] * seasons[hour_of_day(slots), stream],
            kept=kept,
            families=families,
            ours=ours,
            own=own,
            is_own=place_of_own[stream] >= 0,
            own_keys=place_of_own[stream] * of_one + within,
            visits=np.where(evenly, even, np.where(steady, least, visits)) * season[kept, None],
            past_visits=np.where(evenly, past_even, past_visits),
        )
        return self._framed

    def _still_coming(self, kept: Sequence[int], tries: Floats, seen: NDArray[Any]) -> dict[int, Floats]:
        """Of what should be followed by something, as many as came late on the last day are not missing yet."""
        found = {}
        for place, stream in enumerate(kept):
            name = self.streams[stream]
            if name.startswith("absent|"):
                late = self._stream_of.get(name.replace("absent|", "late|", 1))
                count = seen[late, :, -1].sum() if late is not None else 0.0
                share = (count + PRIOR_LATE) / (tries[place, :, -1].sum() + PRIOR_LATE / USUALLY_LATE)
                lately = tries[place][:, np.minimum(np.arange(len(WINDOWS)), LATE_WINDOW)]
                found[place] = min(share, 1.0) * lately
        return found

    # --- how much there was to see

    def crowd(self, members: NDArray[np.bool_], since: int, until: int) -> float | None:
        """How many came to these merchants in [since, until), against the same hours of earlier days; None while there
        is no earlier day.
        """
        usual, seen = 0.0, 0.0
        places = np.flatnonzero(members)
        for hour in range(since // SLOTS_AN_HOUR, (until - 1) // SLOTS_AN_HOUR + 1):
            days = [one for back in range(1, 15) if (one := self._visited.get(hour - 24 * back)) is not None]
            if not days:
                return None
            part = min(until, (hour + 1) * SLOTS_AN_HOUR) - max(since, hour * SLOTS_AN_HOUR)
            mean = np.mean([one[places[places < len(one)]].sum() for one in days])
            usual += float(mean) * part / SLOTS_AN_HOUR
        _, stream, merchant, sums = self.rows(since, until)
        among = np.isin(stream, self._visit_streams()) & members[merchant]
        seen = float(sums[among, 0].sum())
        return seen / usual if usual > 0 else None

    def total(
        self, stream: str, members: NDArray[np.bool_] | None = None, since: int = 0, until: int = FOREVER
    ) -> Floats:
        """Count, tries and value of a stream in the slots that are kept, from a slot on; zero when it is unknown."""
        _, _, merchants, sums = self._rows_of(stream, since, until)
        return np.asarray((sums if members is None else sums[members[merchants]]).sum(axis=0))

    def by_merchant(self, stream: str, since: int, until: int = FOREVER) -> Floats:
        """How many events of a stream each merchant had in [since, until)."""
        _, _, merchants, sums = self._rows_of(stream, since, until)
        return np.asarray(np.bincount(merchants, sums[:, 0], len(self.merchants)), dtype=float)

    def by_slot(self, stream: str, members: NDArray[np.bool_], since: int, until: int) -> Floats:
        """How many events a stream had in each slot of [since, until) at these merchants."""
        slots, _, merchants, sums = self._rows_of(stream, since, until)
        among = members[merchants]
        return np.asarray(np.bincount(slots[among] - since, sums[among, 0], until - since), dtype=float)

    def usual(self, stream: str, members: NDArray[np.bool_], since: int, until: int) -> float:
        """How many events of a stream these merchants would have had, by the time that passed or by who came, whichever
        is less.
        """
        place = self._stream_of.get(stream)
        if place is None or self._since == FOREVER or self._since <= self.first:
            return 0.0
        self._grow()
        past = float(self._old[place, members, 0].sum())
        by_time = past / (self._since - self.first) * (until - since)
        before = float(self._old[self._visit_streams()][:, members, 0].sum())
        _, streams, merchants, sums = self.rows(since, until)
        came = float(sums[np.isin(streams, self._visit_streams()) & members[merchants], 0].sum())
        return min(by_time, past * came / before) if before > 0 else by_time

    def past(self, prefix: str) -> Floats:
        """What is kept as sums of all streams that begin so."""
        self._grow()
        places = [place for place, name in enumerate(self.streams) if name.startswith(prefix)]
        return np.asarray(self._old[places].sum(axis=(0, 1)))

    def totals(self) -> dict[str, float]:
        """How many events of each stream were ever counted."""
        self._grow()
        _, stream, _, sums = self.rows(0, FOREVER)
        lately = np.bincount(stream, sums[:, 0], len(self.streams))
        return dict(zip(self.streams, (self._old[:, :, 0].sum(axis=1) + lately).tolist(), strict=True))

    def flags(self, merchants: Iterable[str]) -> NDArray[np.bool_]:
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

    def _even(self, visits: Floats, past: Floats, now: int) -> tuple[Floats, Floats]:
        """Visits for what does not only come with visits: half of it spread evenly over time and partly over merchants,
        so that the small hours and the small shops are not beyond expectation.
        """
        total = visits[:, -1] + past[:, -1]
        span = max(now - self.first, 1)
        each = (total + total.mean()) / 2 / span
        lengths = np.minimum(np.array(WINDOWS), span)
        over = each[:, None] * lengths[None]
        return (visits + over) / 2, (past + each[:, None] * (span - lengths)[None]) / 2

    def _steady(self, visits: Floats, past: Floats, now: int) -> Floats:
        """Visits as if they came at all times alike: machines keep no hours."""
        span = max(now - self.first, 1)
        each = (visits[:, -1] + past[:, -1]) / span
        return np.asarray(each[:, None] * np.minimum(np.array(WINDOWS), span)[None])

    def _visits_kind(self) -> str:
        """What tells best how many visitors there were: a metric's tries where there is one, else what was done."""
        tries = [place for place, name in enumerate(self.streams) if name.startswith("visits|")]
        if tries:
            sums = self._old[tries, :, 0].sum(axis=1) + 1e-9 * np.arange(len(tries))
            return self.streams[tries[int(np.argmax(sums))]]
        return ""

    def _visit_streams(self) -> list[int]:
        kind = self._visits_kind()
        if kind:
            return [self._stream_of[kind]]
        return [
            place for place, name in enumerate(self.streams) if name.startswith(("call|", "done|", "errors|", "logs|"))
        ]

    def _past_visits(self) -> Floats:
        return np.asarray(self._old[self._visit_streams(), :, 0].sum(axis=0))

    def _is_alive(self, slot: int, now: int) -> bool:
        """Whether as much was done in a slot as in those before it: its visitors are only not told yet."""
        done = np.array([name.startswith(("call|", "done|")) for name in self.streams], dtype=bool)
        slots, stream, _, sums = self.rows(now - 14, now - 1)
        by_slot = np.bincount(now - 2 - slots[done[stream]], sums[done[stream], 0], 13)
        return bool(by_slot[0] > 0 and by_slot[0] >= _QUIET_SHARE * by_slot[1:].mean())

    def _seasons(self) -> Floats:
        """The factors of the hours of the day, fitted anew when an hour is over."""
        size, last = len(self.streams), max(self._hours, default=0)
        if self._fitted[0] != (last, size):
            families = [family_of(name) for name in self.streams]
            own = np.array([one is not None and one.against is Against.ITS_OWN for one in families], dtype=bool)
            self._fitted = (last, size), fit_seasons(self._hours, self._visit_streams(), size, own)
        return self._fitted[1]

    def _visits(self, now: int, slots: Ints, stream: Ints, merchant: Ints, sums: Floats) -> tuple[Floats, Floats]:
        """Visitors by merchant and window, and of all merchants by slot, the latest first. What is not told yet of the
        last slots is put in by each merchant's share, and every merchant has a little, so that the silent ones are not
        beyond expectation.
        """
        among = np.isin(stream, self._visit_streams())
        size = len(self.merchants)
        by_slot = np.bincount(
            (now - 1 - slots[among]) * size + merchant[among], sums[among, 0], DAY * size
        ).reshape(DAY, size)  # fmt: skip
        told = by_slot.sum(axis=1)
        lately = told[2:14].mean() if len(told) > 14 else 0.0
        share = by_slot.sum(axis=0) + self._past_visits()
        share = (share + share.sum() * 1e-3 / max(size, 1)) / max(share.sum() * 1.001, 1e-9)
        if told[1] < _QUIET_SHARE * lately and self._is_alive(now - 2, now):
            by_slot[1] = share * lately
        by_slot = by_slot + share * max(float(told.mean()), 1e-6) * 0.05
        edges = np.cumsum(by_slot, axis=0)
        return np.stack([edges[length - 1] for length in WINDOWS], axis=1), by_slot.sum(axis=1)


@dataclass(frozen=True)
class _Masks:
    """What incidents explain: from which slot on for good, by stream and merchant; and what they did for a while."""

    since: Ints
    spans: list[tuple[tuple[Ints, ...], int, int]]

    def hide(self, stream: Ints, merchant: Ints, slots: int | Ints) -> NDArray[np.bool_]:
        """Which cells are explained."""
        hidden = np.asarray(slots >= self.since[stream, merchant])
        for cells, since, until in self.spans:
            among = np.zeros(self.since.shape, dtype=bool)
            among[cells] = True
            hidden |= among[stream, merchant] & (slots >= since) & (slots < until)
        return hidden

    def hide_windows(self, now: int) -> NDArray[np.bool_]:
        """By stream, merchant and window, whether the window reaches into what is explained."""
        hidden = np.repeat((self.since < now)[:, :, None], len(WINDOWS), axis=2)
        for cells, since, until in self.spans:
            if since < now:
                hidden[cells] |= now - np.array(WINDOWS) < until
        return hidden


_NOTHING_HIDDEN: Final = _Masks(np.zeros((0, 0), dtype=np.int64), [])


@dataclass(frozen=True)
class _Frame:
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
    ours: NDArray[np.bool_]
    """Which of the kept bring their own tries."""
    own: Ints
    """Those streams."""
    is_own: NDArray[np.bool_]
    """Which cells are theirs."""
    own_keys: Ints
    """The keys of the cells, with these streams alone, in their order."""
    visits: Floats
    past_visits: Floats

    def is_of(self, now: int, every: Rows, shape: tuple[int, int, int]) -> bool:
        """Whether nothing has changed since."""
        return self.now == now and self.every is every and self.shape == shape

    def sum_windows(self, values: Floats, sound: NDArray[np.bool_] | None) -> Floats:
        """Values of the cells by stream, merchant and window; of the sound ones alone."""
        size = math.prod(self.shape)
        keys, held = (self.keys, values) if sound is None else (self.keys[sound], values[sound])
        sums = np.asarray(np.bincount(keys, held, size), dtype=float).reshape(self.shape)
        return np.cumsum(sums, axis=2, out=sums)

    def sum_own(self, values: Floats, sound: NDArray[np.bool_] | None) -> Floats:
        """The same of the streams that bring their own tries alone, in their order."""
        wanted = self.is_own if sound is None else self.is_own & sound
        shape = (len(self.own), *self.shape[1:])
        keys, held = self.own_keys[wanted], values[wanted]
        sums = np.asarray(np.bincount(keys, held, math.prod(shape)), dtype=float).reshape(shape)
        return np.cumsum(sums, axis=2, out=sums)
