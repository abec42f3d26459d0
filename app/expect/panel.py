"""What a tenant's streams have shown lately, and before: sums by stream and merchant over windows that end now.

Cells come in slot by slot, late ones too. What is older than the longest window is kept as one sum a stream and
merchant, so that a look costs by how many streams there are and not by how much was ever sent. What an open incident
explains is left out of both sides: of what is looked at, and of what is held to be usual.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np

from app.domain.rollups import Cell
from app.expect.cells import Cells
from app.expect.explained import Explained, Masks, mask_cells
from app.expect.families import CALLS, DONE, UNTROUBLED, Against, family_of
from app.expect.frame import Frame
from app.expect.hours import HourlySums
from app.expect.seasons import hour_of_day, season_of_windows
from app.expect.visitors import (
    QUIET_SHARE,
    TRIES,
    WORK,
    bring_back_silenced,
    count_visitors,
    keep_steady,
    spread_evenly,
    streams_of_visits,
)
from app.expect.windows import DAY, FOREVER, WINDOWS, Bools, Floats, Ints, Window

LATE_WINDOW: Final = 4
"""The place of the window in which what is late still comes: an hour."""
BESIDE: Final = ("visits|", "well|", "late|", UNTROUBLED)
"""Streams that only say how much there was to see, and what came of it."""
USUALLY_LATE: Final = 0.02
PRIOR_LATE: Final = 1.0


class Panel(Cells):
    """The memory of one tenant's streams."""

    def __init__(self) -> None:
        super().__init__()
        self._framed: Frame | None = None
        self._old = np.zeros((0, 0, 3))
        self._past: Floats | None = None
        """The sums over all merchants, while those do not change."""
        self._since = FOREVER
        """The first slot that is kept by itself; what came before is in the sums."""
        self.first = FOREVER
        self._explained: list[Explained] = []
        self._masked: tuple[tuple[int, int], Masks] | None = None
        """What is explained, for so many streams and merchants."""
        self._hours = HourlySums()

    def add(self, cells: Iterable[Cell]) -> None:
        """Take in what was counted."""
        for cell in cells:
            if cell.stream not in self._stream_of and not _counts(cell.stream):
                continue
            stream, merchant = self._place(cell.stream, cell.merchant)
            self.first = min(self.first, cell.slot)
            sums = (cell.count, cell.exposure, cell.value)
            if cell.slot >= self._since or self._since == FOREVER:
                self._keep(cell.slot, stream, merchant, sums)
                continue
            self._grow()
            if not any(one.holds_cell(cell) for one in self._explained):
                self._old[stream, merchant] += np.array(sums)
                self._past = None

    def put(self, slot: int, cells: Iterable[Cell]) -> None:
        """All that was counted in a slot, instead of what was known of it. What is already a part of the sums stays."""
        self._drop(slot)
        if slot >= self._since or self._since == FOREVER:
            self.add(cells)

    def explain(self, explained: Sequence[Explained]) -> None:
        """What belongs to incidents, from now on."""
        if self._explained != list(explained):
            self._explained, self._masked = list(explained), None

    def _grow(self) -> None:
        have, need = self._old.shape[:2], (len(self.streams), len(self.merchants))
        if have != need:
            grown = np.zeros((*need, 3))
            grown[: have[0], : have[1]] = self._old
            self._old, self._past = grown, None

    def forget(self, before: int) -> None:
        """Fold slots older than this into the sums; what an incident explains is no part of what is usual."""
        self._grow()
        masks: Masks | None = None
        for slot, (_, stream, merchant, sums) in self._take_before(before):
            masks = masks or self._masks()
            sound = ~masks.hide(stream, merchant, slot)
            np.add.at(self._old, (stream[sound], merchant[sound]), sums[sound])
            self._past = None
            visitors = self._visitors(stream[sound], merchant[sound], sums[sound])
            self._hours.note(slot, stream[sound], sums[sound], len(self.streams), visitors)
        self._hours.forget_old()
        self._since = before if self._since == FOREVER else max(self._since, before)

    def dispersions(self) -> dict[str, float]:
        """How much more than chance the hourly counts of each stream vary, where enough was seen to tell."""
        return self._hours.dispersions(self.streams, self._visit_streams())

    def _masks(self) -> Masks:
        shape = (len(self.streams), len(self.merchants))
        if self._masked is None or self._masked[0] != shape:
            known = [(one, self.flags(one.merchants)) for one in self._explained]
            self._masked = shape, mask_cells(known, self.streams, len(self.merchants))
        return self._masked[1]

    def look(self, now: int, *, masked: bool = True, touched: bool = False) -> Window:
        """Every stream that counts, in every window that ends with the slot before `now`.

        `masked`: without what incidents explain. `touched`: only the streams of which that leaves something out.
        """
        frame = self._frame(now)
        masks = self._masks() if masked and self._explained else None
        sound = ~masks.hide(frame.stream, frame.merchant, frame.slots) if masks else None
        places = np.arange(len(frame.kept))
        if touched:
            places = places[masks.touch()[frame.kept]] if masks else places[:0]
        kept, is_own = frame.kept[places], frame.ours[places]
        count = frame.sum_windows(frame.count, kept, sound)
        past = self._old[kept, :, 0, None] + count[:, :, -1:] - count
        tries, past_tries = frame.visits[places], frame.past_visits[places]
        tries[is_own], own = (frame.sum_windows(of, kept[is_own], sound) for of in (frame.seasonal, frame.tries))
        past_tries[is_own] = self._old[kept[is_own], :, 1, None] + own[:, :, -1:] - own
        if masks:
            inside = ~masks.hide_windows(now)[kept]
            count, tries = count * inside, tries * inside
        return Window(
            streams=tuple(self.streams[place] for place in kept.tolist()),
            families=tuple(frame.families[place] for place in places.tolist()),
            merchants=tuple(self.merchants),
            now=now,
            count=count,
            tries=tries,
            past=past,
            past_tries=past_tries,
            still=self._still_coming(kept, tries, lambda late: frame.sum_day(frame.count, late, sound)),
        )

    def _frame(self, now: int) -> "Frame":
        """What a look at this moment needs, whether or not anything is left out."""
        self.forget(now - DAY)
        self._grow()
        shape = (len(self.streams), len(self.merchants), len(WINDOWS))
        if self._framed is not None and self._every is not None and self._framed.is_of(now, self._every, shape):
            return self._framed
        slots, stream, merchant, sums = self.rows(now - DAY, now)
        seasons = self._hours.seasons(self.streams, self._visit_streams())
        visits, by_slot = self._visits(now, slots, stream, merchant, sums)
        season = season_of_windows(seasons, by_slot, now, WINDOWS)
        past_visits = self._past_visits()[:, None] + visits[:, -1:] - visits
        told = np.bincount(stream, minlength=shape[0]) > 0
        had = told | self._old[:, :, 0].any(axis=1)
        known = [
            (place, family)
            for place, name in enumerate(self.streams)
            if (family := family_of(name)) and (told if family.rises else had)[place]
        ]
        kept, families = [place for place, _ in known], tuple(family for _, family in known)
        evenly = np.array([one.against is Against.VISITS and one.rises for one in families], dtype=bool)[:, None, None]
        steady = np.array([one is CALLS for one in families], dtype=bool)[:, None, None]
        even, past_even = spread_evenly(visits, past_visits, max(now - self.first, 1))
        least = np.minimum(visits, keep_steady(visits, past_visits, max(now - self.first, 1)))
        bought = np.array([one is DONE for one in families], dtype=bool)[:, None, None]
        wanted = bring_back_silenced(visits, self._hours.usual_at_such_hours(now, WINDOWS, len(self.merchants)))
        ours = np.array([one.against is Against.ITS_OWN for one in families], dtype=bool)
        self._framed = Frame(
            now=now,
            every=self._every,
            shape=shape,
            slots=slots,
            stream=stream,
            merchant=merchant,
            within=merchant * shape[2] + np.searchsorted(WINDOWS, now - slots),
            count=sums[:, 0],
            tries=sums[:, 1],
            seasonal=sums[:, 1] * seasons[hour_of_day(slots), stream],
            kept=np.array(kept, dtype=np.int64),
            families=families,
            ours=ours,
            visits=np.select([evenly, steady, bought], [even, least, wanted], visits) * season[kept, None],
            past_visits=np.where(evenly, past_even, past_visits),
        )
        return self._framed

    def _still_coming(self, kept: Ints, tries: Floats, seen: Callable[[int], float]) -> dict[int, Floats]:
        """Of what should be followed by something, as many as came late on the last day are not missing yet."""
        found = {}
        for place, stream in enumerate(kept.tolist()):
            name = self.streams[stream]
            if name.startswith("absent|"):
                late = self._stream_of.get(name.replace("absent|", "late|", 1))
                count = seen(late) if late is not None else 0.0
                share = (count + PRIOR_LATE) / (tries[place, :, -1].sum() + PRIOR_LATE / USUALLY_LATE)
                lately = tries[place][:, np.minimum(np.arange(len(WINDOWS)), LATE_WINDOW)]
                found[place] = min(share, 1.0) * lately
        return found

    # --- how much there was to see

    def crowd(self, members: Bools, since: int, until: int) -> float | None:
        """How many came to these merchants in [since, until), against the same hours of earlier days; None while there
        is no earlier day.
        """
        usual = self._hours.usual_visitors(members, since, until)
        if not usual:
            return None
        _, stream, merchant, sums = self.rows(since, until)
        return float(self._visitors(stream, merchant, sums)[members].sum()) / usual

    def past(self, prefix: str) -> Floats:
        """What is kept as sums of all streams that begin so."""
        self._grow()
        if self._past is None:
            self._past = self._old.sum(axis=1)
        return np.asarray(self._past[self.beginning(prefix)].sum(axis=0))

    def totals(self) -> dict[str, float]:
        """How many events of each stream were ever counted."""
        self._grow()
        _, stream, _, sums = self.rows(0, FOREVER)
        lately = np.bincount(stream, sums[:, 0], len(self.streams))
        return dict(zip(self.streams, (self._old[:, :, 0].sum(axis=1) + lately).tolist(), strict=True))

    def _visit_streams(self) -> list[int]:
        self._grow()
        return streams_of_visits(self.beginning(TRIES), self.beginning(WORK), self._old[:, :, 0])

    def _visitors(self, stream: Ints, merchant: Ints, sums: Floats) -> Floats:
        """How many visitors each merchant had in these cells."""
        among = np.isin(stream, self._visit_streams())
        return np.asarray(np.bincount(merchant[among], sums[among, 0], len(self.merchants)), dtype=float)

    def _past_visits(self) -> Floats:
        return np.asarray(self._old[self._visit_streams(), :, 0].sum(axis=0))

    def _is_alive(self, slot: int, now: int) -> bool:
        """Whether as much was done in a slot as in those before it: its visitors are only not told yet."""
        done = np.array([name.startswith(("call|", "done|")) for name in self.streams], dtype=bool)
        slots, stream, _, sums = self.rows(now - 14, now - 1)
        by_slot = np.bincount(now - 2 - slots[done[stream]], sums[done[stream], 0], 13)
        return bool(by_slot[0] > 0 and by_slot[0] >= QUIET_SHARE * by_slot[1:].mean())

    def _visits(self, now: int, slots: Ints, stream: Ints, merchant: Ints, sums: Floats) -> tuple[Floats, Floats]:
        """Visitors by merchant and window, and of all merchants by slot, the latest first."""
        among = np.isin(stream, self._visit_streams())
        size = len(self.merchants)
        told = np.bincount((now - 1 - slots[among]) * size + merchant[among], sums[among, 0], DAY * size)
        by_slot = np.asarray(told, dtype=float).reshape(DAY, size)
        return count_visitors(by_slot, self._past_visits(), lambda: self._is_alive(now - 2, now))


def _counts(stream: str) -> bool:
    return family_of(stream) is not None or stream.startswith(BESIDE)
