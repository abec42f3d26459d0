"""What a tenant's streams showed hour by hour, over some weeks: how much more than chance they vary, what the hours of
the day make of them, and how many visitors each merchant had.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from app.domain.rollups import SLOTS_AN_HOUR
from app.expect.families import Against, family_of
from app.expect.seasons import HOURS, fit_seasons
from app.expect.windows import Bools, Floats, Ints

HOURS_KEPT: Final = 14 * 24
FEWEST_HOURS: Final = 6
FEWEST_EVENTS: Final = 5
PRIOR_HOURS: Final = 10
DAYS_KEPT: Final = HOURS_KEPT // HOURS


class HourlySums:
    """Sums by the hour, of the whole platform by stream, and of visitors by merchant."""

    def __init__(self) -> None:
        self._sums: dict[int, Floats] = {}
        """Count and tries of every stream."""
        self._visitors: dict[int, Floats] = {}
        """Of every merchant."""
        self._noted = 0
        """How often anything was."""
        self._varying: tuple[tuple[int, int, tuple[int, ...]], dict[str, float]] | None = None
        """How much the counts vary, and after how many notes, for how many streams and against which visitors."""
        self._fitted: tuple[tuple[int, int], Floats] = ((-1, 0), np.ones((HOURS, 0)))
        """The factors of the hours of the day, and for which hour and how many streams."""

    def note(self, slot: int, stream: Ints, sums: Floats, streams: int, visitors: Floats) -> None:
        """Add what a slot showed, of so many streams, and the visitors of every merchant in it."""
        self._noted += 1
        hour = slot // SLOTS_AN_HOUR
        known = self._visitors.get(hour, np.zeros(0))
        visitors[: len(known)] += known
        self._visitors[hour] = visitors
        held = self._sums.get(hour, np.zeros((0, 2)))
        grown = np.zeros((streams, 2))
        grown[: len(held)] = held
        np.add.at(grown, stream, sums[:, :2])
        self._sums[hour] = grown

    def forget_old(self) -> None:
        """Keep the last weeks alone."""
        for hour in sorted(self._sums)[:-HOURS_KEPT]:
            del self._sums[hour]
            self._visitors.pop(hour, None)

    def dispersions(self, streams: Sequence[str], visit_streams: Sequence[int]) -> dict[str, float]:
        """How much more than chance the hourly counts of each stream vary, where enough was seen to tell; worked out
        anew when something was noted.
        """
        if len(self._sums) < FEWEST_HOURS:
            return {}
        asked = self._noted, len(streams), tuple(visit_streams)
        if self._varying is None or self._varying[0] != asked:
            self._varying = asked, self._dispersions_anew(streams, visit_streams)
        return self._varying[1]

    def _dispersions_anew(self, streams: Sequence[str], visit_streams: Sequence[int]) -> dict[str, float]:
        size = len(streams)
        hours = np.stack([np.vstack([one, np.zeros((size - len(one), 2))]) for one in self._sums.values()])
        visits = hours[:, visit_streams, 0].sum(axis=1)
        enough = np.flatnonzero(hours[:, :, 0].sum(axis=0) >= FEWEST_EVENTS).tolist()
        known = [(place, family) for place in enough if (family := family_of(streams[place])) is not None]
        if not known:
            return {}
        places, families = zip(*known, strict=True)
        evenly = np.array([one.against is Against.VISITS and one.rises for one in families], dtype=bool)
        own = np.array([one.against is Against.ITS_OWN for one in families], dtype=bool)
        steady = np.where(evenly, ((visits + visits.mean()) / 2)[:, None], visits[:, None])
        counts = hours[:, places, 0]
        tries = np.where(own, hours[:, places, 1], steady)
        expected = tries * counts.sum(axis=0) / np.maximum(tries.sum(axis=0), 1e-9)
        squares = ((counts - expected) ** 2 / np.maximum(expected, 0.05)).sum(axis=0)
        least = PRIOR_HOURS * np.array([one.dispersion for one in families])
        found = (least + squares) / (PRIOR_HOURS + len(hours))
        return {streams[place]: one for place, one in zip(places, found.tolist(), strict=True)}

    def seasons(self, streams: Sequence[str], visit_streams: Sequence[int]) -> Floats:
        """The factors of the hours of the day, fitted anew when an hour is over."""
        size, last = len(streams), max(self._sums, default=0)
        if self._fitted[0] != (last, size):
            families = [family_of(name) for name in streams]
            own = np.array([one is not None and one.against is Against.ITS_OWN for one in families], dtype=bool)
            self._fitted = (last, size), fit_seasons(self._sums, visit_streams, size, own)
        return self._fitted[1]

    def usual_at_such_hours(self, now: int, windows: Sequence[int], merchants: int) -> Floats | None:
        """How many came to each merchant in the hours of each window that ends now, on earlier days; None while there
        is no earlier day.
        """
        first = (now - windows[-1]) // SLOTS_AN_HOUR
        each: dict[int, Floats] = {}
        for hour in range(first, (now - 1) // SLOTS_AN_HOUR + 1):
            days = self._earlier_days(hour)
            if not days:
                return None
            each[hour] = np.mean([np.concatenate([one, np.zeros(merchants - len(one))]) for one in days], axis=0)
        slots = np.stack([each[slot // SLOTS_AN_HOUR] for slot in range(now - 1, now - windows[-1] - 1, -1)])
        sums = np.cumsum(slots / SLOTS_AN_HOUR, axis=0)
        return np.stack([sums[length - 1] for length in windows], axis=1)

    def usual_visitors(self, members: Bools, since: int, until: int) -> float | None:
        """How many came to these merchants in the same hours of earlier days; None while there is no earlier day."""
        usual, places = 0.0, np.flatnonzero(members)
        for hour in range(since // SLOTS_AN_HOUR, (until - 1) // SLOTS_AN_HOUR + 1):
            days = [one[places[places < len(one)]].sum() for one in self._earlier_days(hour)]
            if not days:
                return None
            part = min(until, (hour + 1) * SLOTS_AN_HOUR) - max(since, hour * SLOTS_AN_HOUR)
            usual += float(np.mean(days)) * part / SLOTS_AN_HOUR
        return usual

    def _earlier_days(self, hour: int) -> list[Floats]:
        """The visitors of every merchant in the same hour of each earlier day of which anything is known."""
        before = (self._visitors.get(hour - HOURS * back) for back in range(1, DAYS_KEPT + 1))
        return [one for one in before if one is not None]
