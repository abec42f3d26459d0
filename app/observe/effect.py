"""Whether an action worked: its forecast held against the treated merchants before and after, beside the untreated ones.

The untreated ones are the control: what fell everywhere was not cured by us, and what rose everywhere was not our harm.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from app.domain.base import Value
from app.domain.decisions import Forecast, Selector
from app.domain.receipts import Measure, ReceiptVerdict
from app.domain.signals import Signal, SignalType

HARM_RATIO = 1.5
DOUBT = 0.05
SOFTENING_PER_HOUR = 6.0
LIFE = frozenset({SignalType.PAYMENT, SignalType.ORDER, SignalType.API_CALL, SignalType.WEBHOOK_DELIVERY, SignalType.KPI})


class Observed(Value):
    """The measured half of a receipt."""

    verdict: ReceiptVerdict
    forecast: str
    treated_before: Measure
    treated_after: Measure
    control_before: Measure
    control_after: Measure
    ratio: float | None
    traffic_after: int
    statement: str


NOTHING = Measure(count=0, minutes=0.0, per_hour=0.0)


def recorded_only(forecast: Forecast, *, exists: bool, reference: str) -> Observed:
    """The receipt of a tool that only records something: it is there, or it is not."""
    return Observed(
        verdict=ReceiptVerdict.VERIFIED if exists else ReceiptVerdict.INEFFECTIVE,
        forecast=forecast.statement,
        treated_before=NOTHING,
        treated_after=NOTHING,
        control_before=NOTHING,
        control_after=NOTHING,
        ratio=None,
        traffic_after=0,
        statement=f"{reference} can be read back." if exists else f"{reference or 'No reference'} cannot be read back.",
    )


def grade(
    forecast: Forecast, signals: Sequence[Signal], *, treated: Iterable[str], acted_at: datetime, until: datetime, before: timedelta
) -> Observed:
    """Count the forecast's signals on both sides of the action, for the treated and for the others, and judge."""
    mine = frozenset(treated)
    counted = [signal for signal in signals if matches(forecast.selector, signal)]
    start = acted_at - before

    def measure(ours: bool, since: datetime, to: datetime) -> Measure:
        count = sum(1 for signal in counted if (signal.merchant_id in mine) is ours and since <= signal.occurred_at < to)
        return _measure(count, since, to)

    treated_before, treated_after = measure(True, start, acted_at), measure(True, acted_at, until)
    control_before, control_after = measure(False, start, acted_at), measure(False, acted_at, until)
    traffic = sum(1 for signal in signals if signal.merchant_id in mine and signal.signal_type in LIFE and acted_at <= signal.occurred_at < until)
    ratio = round(treated_after.per_hour / treated_before.per_hour, 4) if treated_before.count else None
    verdict, why = _judge(forecast, treated_before, treated_after, _drift(control_before, control_after), traffic)
    return Observed(
        verdict=verdict,
        forecast=forecast.statement,
        treated_before=treated_before,
        treated_after=treated_after,
        control_before=control_before,
        control_after=control_after,
        ratio=ratio,
        traffic_after=traffic,
        statement=f"{_rates('Treated merchants', treated_before, treated_after)} {_rates('Others', control_before, control_after)} {why}",
    )


def matches(selector: Selector, signal: Signal) -> bool:
    """Whether a forecast counts this signal; an empty list in the selector leaves that field open."""
    if not signal.is_error:
        return False
    pairs: list[tuple[Sequence[object], object]] = [
        (selector.signal_types, signal.signal_type.value),
        (selector.error_codes, signal.error_code),
        (selector.endpoints, signal.endpoint),
        (selector.statuses, signal.status),
    ]
    return all(not allowed or value in allowed for allowed, value in pairs)


def _measure(count: int, since: datetime, to: datetime) -> Measure:
    minutes = max((to - since).total_seconds() / 60, 0.0)
    return Measure(count=count, minutes=round(minutes, 2), per_hour=round(count * 60 / minutes, 2) if minutes else 0.0)


def _drift(before: Measure, after: Measure) -> float:
    """How the untreated changed, softened so that a handful of events does not move it far."""
    if not before.minutes or not after.minutes:
        return 1.0
    return (after.per_hour + SOFTENING_PER_HOUR) / (before.per_hour + SOFTENING_PER_HOUR)


def _judge(forecast: Forecast, before: Measure, after: Measure, drift: float, traffic: int) -> tuple[ReceiptVerdict, str]:
    expected = before.count * (after.minutes / before.minutes if before.minutes else 0.0) * min(max(drift, 0.2), 5.0)
    if after.count > expected * HARM_RATIO and at_least(after.count, expected) < DOUBT:
        return ReceiptVerdict.HARMED, f"It got worse: {after.count} seen, {expected:.1f} expected without the action."
    if not before.count:
        return ReceiptVerdict.INEFFECTIVE, "There was nothing to cure before the action, so nothing shows that it worked."
    if not traffic:
        return ReceiptVerdict.INEFFECTIVE, "The treated merchants have been silent since, and silence is not recovery."
    if after.count > expected * forecast.target_ratio:
        return ReceiptVerdict.INEFFECTIVE, f"{after.count} seen, {expected:.1f} expected without the action: the promise was not kept."
    if at_most(after.count, expected) >= DOUBT:
        return ReceiptVerdict.INEFFECTIVE, f"Too little to tell: only {expected:.1f} errors were expected without the action."
    return ReceiptVerdict.VERIFIED, f"{after.count} seen, {expected:.1f} expected without the action: the promise was kept."


def at_most(count: int, expected: float) -> float:
    """The chance of seeing this few when so many are expected (Poisson)."""
    return min(sum(math.exp(k * math.log(expected) - expected - math.lgamma(k + 1)) for k in range(count + 1)), 1.0) if expected > 0 else 1.0


def at_least(count: int, expected: float) -> float:
    """The chance of seeing this many when so few are expected (Poisson)."""
    if count <= 0:
        return 1.0
    return max(1.0 - at_most(count - 1, expected), 0.0) if expected > 0 else 0.0


def _rates(who: str, before: Measure, after: Measure) -> str:
    return f"{who}: {before.per_hour:.1f} errors an hour before, {after.per_hour:.1f} after."
