"""Whether a trouble has ended by itself: its own rate while it lasted, held against the silence since it was last seen.

Silence proves something only where trouble would have been heard: the merchants that carried it must live on, at the
very places that failed where those tell of success too, and whoever reported the failures must still report something.
What was seen at one moment only has no rate, so no silence says anything about it.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from app.domain.base import Moment, Value
from app.domain.signals import Signal, SignalType
from app.observe.groups import is_failure, key_of
from app.observe.kpi import kpi_drops, ratios_of
from app.observe.reconciliation import unmatched_payments
from app.observe.routes import endpoint_of
from app.observe.window import MONEY
from app.verify.before_after import is_sound

LEAST_SILENCE = timedelta(minutes=30)
"""Nothing has recovered before it was quiet for so long."""
LONGEST_PAST = timedelta(hours=12)
"""How far back from its last failure the rate of a trouble is counted."""
LONGEST_SILENCE = timedelta(days=2)
"""How long a silence is followed; what is not known to have ended by then is left to people."""
SHORTEST_LIFE = timedelta(minutes=15)
"""A burst of seconds is spread over so long: its rate is not known any better."""
FEWEST_MOMENTS = 3
"""Minutes in which it failed; with fewer there is no rate."""
ENOUGH_FOR = 4.0
"""By this factor (its logarithm) the silence is likelier when it has ended than when it goes on as before."""
LIVING = 0.8
"""The share of the failures whose merchants must be heard of since."""
TOLD_BY = 0.1
"""Whoever reported so large a share of the failures must still be heard of."""
LOOKS = 1.25
"""Between two looks at the same silence it has grown by this factor."""


class Recovery(Value):
    """That a trouble ended, and how that is known."""

    began: Moment
    last_seen: Moment
    seen_until: Moment
    moments: int
    factor: float

    @property
    def quiet(self) -> timedelta:
        """How long nothing of it was seen, while it would have been."""
        return self.seen_until - self.last_seen


def worth_a_look(last_seen: datetime, looked: datetime | None, now: datetime) -> bool:
    """Whether the silence has grown enough since the last look for another one: it is looked at a few times, not at
    every sweep.
    """
    step = _step(now - last_seen)
    return step >= 0 and (looked is None or _step(looked - last_seen) < step)


def _step(quiet: timedelta) -> int:
    return -1 if quiet < LEAST_SILENCE else int(math.log(min(quiet, LONGEST_SILENCE) / LEAST_SILENCE, LOOKS))


def recovery(
    joined: Sequence[Signal],
    around: Sequence[Signal],
    *,
    heard: Mapping[str, datetime],
    now: datetime,
    grace_minutes: int,
) -> Recovery | None:
    """That it has ended, or None while it goes on, or while nobody can tell.

    `joined` are the signals of the incident, `around` everything of its merchants from some time before it until now;
    `heard` says when each source was last heard of, by whomever.
    """
    troubles = _troubles(joined, around, now, grace_minutes)
    if not troubles:
        return None
    last = max(one.occurred_at for one in (*troubles, *(one for one in joined if not is_sound(one))))
    start = max(min(one.occurred_at for one in troubles), last - LONGEST_PAST)
    recent = [one for one in troubles if one.occurred_at >= start]
    until = _heard_until(recent, heard, now)
    moments = sorted({one.occurred_at.replace(second=0, microsecond=0) for one in recent})
    pause = max((later - earlier for earlier, later in pairwise(moments)), default=timedelta())
    if (
        len(moments) < FEWEST_MOMENTS
        or until - last < LEAST_SILENCE
        or until - last <= pause
        or _still_down(joined, around, start, last)
    ):
        return None
    ratio = _life_since(recent, around, start, last, until)
    factor = (len(moments) - 1) * math.log1p(ratio)
    if factor < ENOUGH_FOR:
        return None
    began = min(one.occurred_at for one in troubles)
    return Recovery(began=began, last_seen=last, seen_until=until, moments=len(moments), factor=round(factor, 2))


def _troubles(joined: Sequence[Signal], around: Sequence[Signal], now: datetime, grace_minutes: int) -> list[Signal]:
    """What failed: of the kinds that joined, also what did not join, and every payment that has no order. Words and
    metrics have no rate.
    """
    kinds = {key_of(one) for one in joined if is_failure(one)}
    alike = [one for one in (*joined, *around) if is_failure(one) and key_of(one) in kinds]
    if any(one.signal_type is SignalType.PAYMENT for one in joined):
        money = {one.id: one for one in (*joined, *around) if one.signal_type in MONEY}
        alike += unmatched_payments(money.values(), now=now, grace_minutes=grace_minutes)
    return list({one.id: one for one in alike}.values())


def _heard_until(troubles: Sequence[Signal], heard: Mapping[str, datetime], now: datetime) -> datetime:
    """Until when its failures would have been told: as long as all who told much of them were heard of."""
    told = Counter(one.source for one in troubles)
    return min([now, *(heard[source] for source, count in told.items() if count >= TOLD_BY * len(troubles))])


def _still_down(joined: Sequence[Signal], around: Sequence[Signal], start: datetime, last: datetime) -> bool:
    """Whether a metric that fell with it is still lower than before it."""
    fell = {(one.merchant_id, one.name) for one in joined if one.signal_type is SignalType.KPI}
    if not fell:
        return False
    usual, since = (
        ratios_of(one for one in around if one.occurred_at < start),
        ratios_of(one for one in around if one.occurred_at > last),
    )
    return any((drop.merchant_id, drop.name) in fell for drop in kpi_drops(since, usual))


def _life_since(
    troubles: Sequence[Signal], around: Sequence[Signal], start: datetime, last: datetime, until: datetime
) -> float:
    """How much of the time and traffic in which it failed has passed since without a failure; nothing while its
    merchants are silent.

    Each merchant counts by its share of the failures, and by time or traffic, whichever has grown less.
    """
    shares = Counter(one.merchant_id for one in troubles)
    time = (until - last) / max(last - start, SHORTEST_LIFE)
    traffic = _traffic(troubles, around)
    before = Counter(one.merchant_id for one in traffic if start <= one.occurred_at <= last)
    after = Counter(one.merchant_id for one in traffic if last < one.occurred_at <= until and is_sound(one))
    if sum(shares[merchant] for merchant in after) < LIVING * shares.total():
        return 0.0
    ratios = (count * min(time, after[merchant] / max(before[merchant], 1)) for merchant, count in shares.items())
    return math.fsum(ratios) / shares.total()


def _traffic(troubles: Sequence[Signal], around: Sequence[Signal]) -> list[Signal]:
    """The traffic in which it would have shown: at the places that failed, else from who told of it, else any; each
    only if it tells of success.
    """
    places, sources = {_place(one) for one in troubles} - {""}, {one.source for one in troubles}
    every = {one.id: one for one in (*troubles, *(one for one in around if is_sound(one) or is_failure(one)))}.values()
    for narrow in ([one for one in every if _place(one) in places], [one for one in every if one.source in sources]):
        if any(is_sound(one) for one in narrow):
            return narrow
    return list(every)


def _place(signal: Signal) -> str:
    """What was called, or what was delivered."""
    return signal.topic or endpoint_of(signal.place)
