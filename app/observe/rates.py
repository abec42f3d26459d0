"""Counts per bucket of time, and whether a group of signals comes more often than it used to."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from app.domain.patterns import Spike
from app.observe.baselines import distance_score, score_at

MOST_BUCKETS = 2_000
FLOOR_EVENTS = 0.5
"""A baseline never seen is taken for half an event, so that a ratio stays finite."""


def bucket_counts(moments: Iterable[datetime], start: datetime, end: datetime, minutes: int) -> list[int]:
    """How many moments fall into each bucket of [start, end]; the end belongs to the last bucket."""
    width = timedelta(minutes=minutes)
    size = min(max(int((end - start) / width) + 1, 1), MOST_BUCKETS)
    counts = [0] * size
    for moment in moments:
        if start <= moment <= end:
            counts[min(int((moment - start) / width), size - 1)] += 1
    return counts


def spike_of(
    now_seen: Sequence[datetime],
    before: Sequence[datetime],
    *,
    start: datetime,
    window_start: datetime,
    end: datetime,
    minutes: int,
) -> Spike | None:
    """How unusual the busiest bucket since `window_start`, or all of them together, are; None when nothing precedes the
    window.
    """
    start = max(start, end - timedelta(minutes=minutes * (MOST_BUCKETS - 1)))
    counts = bucket_counts([*before, *now_seen], start, end, minutes)
    first = min(int((window_start - start) / timedelta(minutes=minutes)), len(counts) - 1)
    if first < 1 or not any(counts[first:]):
        return None
    usual = sum(counts[:first]) / first
    last_busy = max(place for place, count in enumerate(counts) if count)
    peak = max(range(first, len(counts)), key=lambda place: (counts[place], place))
    expected = usual * (len(counts) - first)
    excess = sum(counts[first:]) - expected
    whole = distance_score(excess / math.sqrt(expected + 1)) if excess > 0 else 0.0
    score = max(score_at(counts, peak) if counts[peak] > usual else 0.0, whole)
    rate = counts[last_busy] / minutes
    ratio = counts[peak] / max(usual, FLOOR_EVENTS / first)
    return Spike(score=round(score, 6), rate=round(rate, 6), baseline=round(usual / minutes, 6), ratio=round(ratio, 4))
