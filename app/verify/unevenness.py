"""How much the pace of failures itself goes up and down: a run of some job, a busy quarter of an hour. Counts of two
times then differ by more than counting explains, and it is read from the merchants' own history by how much.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from app.domain.signals import Signal
from app.verify.before_after import BeforeAfter, MerchantDelta, minutes_between

STRETCH: Final = timedelta(minutes=10)
"""So long a busier time lasts; longer ones are several."""
FEWEST: Final = 2
"""Stretches of which it can be told whether they differ."""
CAREFUL: Final = 0.5
"""So many of its own errors are added to what was measured: of few stretches a swing is as easily missed as seen."""
MOST_CAREFUL: Final = 0.5
"""Of next to nothing no swing can be read, nor must one be feared that no job makes."""


class Unevenness(NamedTuple):
    """How much the pace of so many merchants scatters because it goes up and down, as a variance of its logarithm."""

    before: float
    after: float
    beside: float
    """The same of the change that the untreated show."""


def measure_unevenness(around: BeforeAfter) -> Unevenness:
    """What is to be added to the scatter of each count."""
    swing = _measure_swing(around)
    stretch = STRETCH / timedelta(minutes=1)
    since = min((case.since for case in around.ours if case.before), default=around.counted_since)
    before, after = stretch / minutes_between(since, around.acted_at), stretch / max(around.minutes, 1.0)
    ours = max(_count_alike(around.ours), 1.0)
    beside = max(len({signal.merchant_id for signal in around.controls}), 1)
    return Unevenness(swing * before / ours, swing * after / ours, swing * (before + after) / beside)


def _count_alike(cases: Sequence[MerchantDelta]) -> float:
    """As how many that fail equally often these count: where nearly all comes from one, its swings are those of all."""
    squares = sum(case.expected**2 for case in cases)
    return sum(case.expected for case in cases) ** 2 / squares if squares else 0.0


def _measure_swing(around: BeforeAfter) -> float:
    """By how much the pace of one merchant differs from stretch to stretch, beyond chance, as the square of its share:
    of all who failed, each held against its own mean, before the action and after it.
    """
    more = squares = by_chance = 0.0
    for signals in _by_merchant([*around.cases, *around.controls]):
        moments = [signal.occurred_at for signal in signals]
        early = [moment for moment in moments if moment < around.acted_at]
        late = [moment for moment in moments if moment >= around.settled_at]
        sides = [_count_back(early, around.onset(signals), around.acted_at)] if early else []
        sides += [_count_on(late, around.settled_at, around.until)] if late else []
        for counts in sides:
            if len(counts) < FEWEST:
                continue
            mean, others = sum(counts) / len(counts), len(counts) - 1
            more += sum((count - mean) ** 2 for count in counts) - others * mean
            squares += others * max(mean**2 - mean / len(counts), 0.0)
            by_chance += 2 * others * mean**2
    if not squares:
        return 0.0
    return max(more + min(CAREFUL * math.sqrt(by_chance), MOST_CAREFUL * squares), 0.0) / squares


def _by_merchant(signals: Iterable[Signal]) -> list[list[Signal]]:
    found: dict[str | None, list[Signal]] = {}
    for signal in signals:
        found.setdefault(signal.merchant_id, []).append(signal)
    return list(found.values())


def _count_back(moments: Iterable[datetime], since: datetime, to: datetime) -> list[int]:
    """How many came in each whole stretch before a moment, the last first; the one in which it began is none."""
    return _count_in((int((to - one) / STRETCH) for one in moments), int((to - since) / STRETCH))


def _count_on(moments: Iterable[datetime], since: datetime, to: datetime) -> list[int]:
    return _count_in((int((one - since) / STRETCH) for one in moments), int((to - since) / STRETCH))


def _count_in(places: Iterable[int], stretches: int) -> list[int]:
    counts = [0] * stretches
    for place in places:
        if place < stretches:
            counts[place] += 1
    return counts
