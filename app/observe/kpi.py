"""A shop metric that fell: each merchant against its own history, by a test of two proportions."""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime

from app.domain.base import Value
from app.domain.signals import Signal, SignalType
from app.observe.groups import by_time

Ratios = Mapping[tuple[str, str], list[Signal]]
"""By merchant and name, each in the order of time."""
FEWEST_TRIALS = 20
SMALLEST_DROP = 0.1
"""A fall by less than a tenth of what was usual is no incident, however certain it is."""
SIGNIFICANCE = 0.001


class Drop(Value):
    """A ratio that fell for one merchant: what it was, what it is, and how likely that is by chance."""

    merchant_id: str
    name: str
    before: float
    after: float
    trials_before: int
    trials_after: int
    p: float
    signal_ids: tuple[str, ...]

    @property
    def lost(self) -> float:
        """Successes that did not happen."""
        return max(self.before - self.after, 0.0) * self.trials_after


def drop_chance(successes_before: float, trials_before: int, successes_after: float, trials_after: int) -> float:
    """The one-sided p-value that the second proportion is not lower (pooled two-proportion test, with continuity
    correction).
    """
    if trials_before <= 0 or trials_after <= 0:
        return 1.0
    first, second = successes_before / trials_before, successes_after / trials_after
    pooled = (successes_before + successes_after) / (trials_before + trials_after)
    error = math.sqrt(max(pooled * (1 - pooled), 0.0) * (1 / trials_before + 1 / trials_after))
    correction = 0.5 * (1 / trials_before + 1 / trials_after)
    gap = first - second - correction
    if gap <= 0 or error == 0:
        return 1.0
    return min(max(0.5 * math.erfc(gap / error / math.sqrt(2)), 0.0), 1.0)


def kpi_drops(current: Ratios, usual: Ratios) -> list[Drop]:
    """Merchants whose ratio fell against their own history, by name and merchant."""
    drops = []
    for (merchant, name), samples in sorted(current.items()):
        drop = _compare_with_usual(merchant, name, usual.get((merchant, name), []), samples)
        if drop is not None:
            drops.append(drop)
    return drops


def telling_merchants(ratios: Ratios) -> frozenset[str]:
    """Merchants of whom one metric was tried often enough to be compared with its past."""
    return frozenset(
        merchant
        for (merchant, _), samples in ratios.items()
        if sum([one.trials or 0 for one in samples]) >= FEWEST_TRIALS
    )


def ratios_of(signals: Iterable[Signal]) -> Ratios:
    """What says how many of how many tries went well, by merchant and name, each in the order of time."""
    found: dict[tuple[str, str], list[Signal]] = {}
    for signal in signals:
        value, trials = signal.value, signal.trials
        if (
            not trials
            or value is None
            or not (0 <= value <= 1 and trials > 0)
            or signal.signal_type is not SignalType.KPI
        ):
            continue
        if signal.merchant_id and signal.name:
            found.setdefault((signal.merchant_id, signal.name), []).append(signal)
    return {place: by_time(samples) for place, samples in found.items()}


def lasting_drops(signals: Iterable[Signal], *, since: datetime, usual: Mapping[tuple[str, str], float]) -> list[Drop]:
    """What each metric lost since a moment, against what was usual before it: over the whole time, not over the last
    window.

    The past ends where the fault begins, so that the fault never becomes its own baseline. `usual` holds the ratios by
    (merchant, name) that were recorded when a fall was first found; they serve where too little of the past is known.
    """
    drops = []
    for (merchant, name), found in sorted(ratios_of(signals).items()):
        samples = _without_overlap(found)
        good_before, before = _successes_and_trials([one for one in samples if one.occurred_at < since])
        after = [one for one in samples if one.occurred_at >= since]
        good_after, trials = _successes_and_trials(after)
        if before < FEWEST_TRIALS and (merchant, name) not in usual:
            continue
        was = good_before / before if before >= FEWEST_TRIALS else usual[merchant, name]
        if trials > 0:
            now = good_after / trials
            chance = drop_chance(was * before, before, good_after, trials)
            ids = tuple(one.id for one in after)
            drops.append(
                Drop(
                    merchant_id=merchant,
                    name=name,
                    before=was,
                    after=now,
                    trials_before=before,
                    trials_after=trials,
                    p=chance,
                    signal_ids=ids,
                )
            )
    return drops


def _without_overlap(samples: list[Signal]) -> list[Signal]:
    """Samples whose windows do not overlap (but for a tenth), so that a sliding metric counts each trial once."""
    kept: list[Signal] = []
    for sample in samples:
        if not kept or (sample.occurred_at - kept[-1].occurred_at).total_seconds() >= 0.9 * (sample.window_s or 0):
            kept.append(sample)
    return kept


def _successes_and_trials(samples: list[Signal]) -> tuple[float, int]:
    counted = [(sample.value or 0.0, sample.trials or 0) for sample in samples]
    return sum([value * trials for value, trials in counted]), sum([trials for _, trials in counted])


def _compare_with_usual(merchant: str, name: str, usual: list[Signal], samples: list[Signal]) -> Drop | None:
    good_after, after = _successes_and_trials(samples)
    if after < FEWEST_TRIALS or not usual:
        return None
    good_before, before = _successes_and_trials(usual)
    if before < FEWEST_TRIALS:
        return None
    chance = drop_chance(good_before, before, good_after, after)
    was, now = good_before / before, good_after / after
    if chance > SIGNIFICANCE or now > was * (1 - SMALLEST_DROP):
        return None
    ids = tuple(sample.id for sample in samples)
    return Drop(
        merchant_id=merchant,
        name=name,
        before=was,
        after=now,
        trials_before=before,
        trials_after=after,
        p=chance,
        signal_ids=ids,
    )
