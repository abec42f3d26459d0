"""What it costs: lost orders and revenue with an interval, so far, per hour and per day. Currencies are never mixed, numbers always finite."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from app.domain.base import Money, Value
from app.domain.impact import Impact, Interval, MoneyInterval
from app.domain.merchants import Merchant
from app.domain.patterns import Pattern
from app.domain.signals import Signal, SignalType
from app.observe.groups import failed
from app.observe.kpi import Drop
from app.observe.ledger import exact_money
from app.observe.words import endpoint_of

REVENUE_WORDS = ("checkout", "payment", "cart", "basket", "/orders")
ATTEMPT_NAMES = ("attempt_id", "checkout_id", "payment_id", "order_ref", "cart_id", "request_id", "trace_id")
SHORTEST_HOURS = 0.25
"""A rate needs some time to be one: a burst of seconds is spread over a quarter of an hour."""
CONFIDENCE = 0.95


class Losses(Value):
    """Failed checkout attempts per merchant, after repeats of the same attempt were counted once."""

    attempts: dict[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.attempts.values())


def failed_attempts(signals: Iterable[Signal], exclude_payments: Iterable[str] = ()) -> Losses:
    """Distinct failed checkout attempts. An attempt that names itself counts once; otherwise an error and its failed call count as one."""
    named: dict[str, set[str]] = {}
    nameless: dict[tuple[str, str], Counter[str]] = {}
    skipped = set(exclude_payments)
    for signal in signals:
        if not _on_revenue_path(signal):
            continue
        merchant = signal.merchant_id or ""
        names = [str(signal.attributes[name]) for name in ATTEMPT_NAMES if signal.attributes.get(name) not in (None, "")]
        if skipped & set(names):
            continue
        if names:
            named.setdefault(merchant, set()).add(names[0])
        else:
            nameless.setdefault((merchant, endpoint_of(signal.endpoint)), Counter())[signal.signal_type.value] += 1
    counted = Counter({merchant: len(found) for merchant, found in named.items()})
    for (merchant, _), by_type in nameless.items():
        counted[merchant] += max(by_type.values())
    return Losses(attempts=dict(sorted(counted.items())))


def _on_revenue_path(signal: Signal) -> bool:
    calls = signal.signal_type in {SignalType.API_ERROR, SignalType.API_CALL}
    return calls and failed(signal) and any(word in endpoint_of(signal.endpoint) for word in REVENUE_WORDS)


def garwood(count: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact (Garwood) interval of a Poisson mean, given what was counted."""
    from scipy.special import gammaincinv

    tail = (1 - confidence) / 2
    low = float(gammaincinv(count, tail)) if count else 0.0
    return low, float(gammaincinv(count + 1, 1 - tail))


def estimate(
    signals: Iterable[Signal],
    merchants: Mapping[str, Merchant],
    *,
    conversion: float,
    since: datetime,
    until: datetime,
    unmatched: Sequence[Signal] = (),
    drops: Sequence[Drop] = (),
    evidence_ids: tuple[str, ...] = (),
) -> Impact:
    """The bill of one incident: failed checkouts times conversion, plus payments without an order, which are exact.

    A fallen shop metric is used for merchants of whom no failed checkout was seen, so that nothing is counted twice.
    """
    losses = failed_attempts(signals, (payment.payment_id for payment in unmatched if payment.payment_id))
    fallen = {drop.merchant_id: drop.lost for drop in drops if not losses.attempts.get(drop.merchant_id)}
    expected = {merchant: count * conversion for merchant, count in losses.attempts.items()}
    for merchant, lost in fallen.items():
        expected[merchant] = expected.get(merchant, 0.0) + lost
    hours = max((until - since).total_seconds() / 3600, SHORTEST_HOURS)
    orders = _interval(expected, losses.total + round(sum(fallen.values())), len(unmatched))
    revenue = _revenue(expected, losses.attempts, fallen, merchants, exact_money(unmatched))
    return Impact(
        lost_orders=orders,
        lost_revenue=revenue,
        per_hour=tuple(_scaled(one, 1 / hours) for one in revenue),
        per_day=tuple(_scaled(one, 24 / hours) for one in revenue),
        paid_without_order=exact_money(unmatched),
        paid_without_order_count=len(unmatched),
        hours=round(hours, 4),
        basis=_basis(losses, conversion, unmatched, fallen, merchants, hours),
        evidence_ids=evidence_ids,
    )


def _interval(expected: Mapping[str, float], count: int, exact: int) -> Interval:
    middle = sum(expected.values())
    low, high = _factors(count)
    return Interval(low=round(middle * low + exact, 4), middle=round(middle + exact, 4), high=round(middle * high + exact, 4))


def _factors(count: int) -> tuple[float, float]:
    """By which factors an estimate resting on `count` events may be lower or higher."""
    if count <= 0:
        return 0.0, 1.0
    low, high = garwood(count)
    return low / count, high / count


def _revenue(
    expected: Mapping[str, float], attempts: Mapping[str, int], fallen: Mapping[str, float], merchants: Mapping[str, Merchant], exact: Sequence[Money]
) -> tuple[MoneyInterval, ...]:
    totals: dict[str, Money] = {}
    counts: Counter[str] = Counter()
    for merchant_id, orders in sorted(expected.items()):
        merchant = merchants.get(merchant_id)
        if merchant is None or merchant.average_order_value <= 0:
            continue
        lost = merchant.order_value.times(orders)
        totals[lost.currency] = totals[lost.currency] + lost if lost.currency in totals else lost
        counts[lost.currency] += attempts.get(merchant_id, 0) or round(fallen.get(merchant_id, 0.0))
    known = {money.currency: money for money in exact}
    result = []
    for currency in sorted({*totals, *known}):
        nothing = Money(minor=0, currency=currency)
        estimated, certain = totals.get(currency, nothing), known.get(currency, nothing)
        low, high = _factors(counts[currency])
        result.append(MoneyInterval(low=estimated.times(low) + certain, middle=estimated + certain, high=estimated.times(high) + certain))
    return tuple(result)


def _scaled(interval: MoneyInterval, factor: float) -> MoneyInterval:
    return MoneyInterval(low=interval.low.times(factor), middle=interval.middle.times(factor), high=interval.high.times(factor))


def _basis(
    losses: Losses, conversion: float, unmatched: Sequence[Signal], fallen: Mapping[str, float], merchants: Mapping[str, Merchant], hours: float
) -> str:
    parts = [
        f"{losses.total} distinct failed checkout attempts x {conversion:g} that would have become an order"
        if losses.total
        else "no failed checkout seen"
    ]
    if unmatched:
        parts.append(f"plus {len(unmatched)} payments without an order, exact")
    if fallen:
        parts.append(f"plus the fall of a shop metric at {len(fallen)} merchants")
    unpriced = sorted(one for one in {*losses.attempts, *fallen} if one not in merchants or merchants[one].average_order_value <= 0)
    if unpriced:
        parts.append(f"{len(unpriced)} merchants without a known average order value are not in the money")
    end = f"over {hours:.2f} hours"
    return "; ".join([*parts, f"{end}; the interval is the 95 % range of a count" if losses.total or fallen else end])


def window_of(patterns: Iterable[Pattern], signals: Iterable[Signal], fallback: datetime) -> tuple[datetime, datetime]:
    """From the first to the last thing seen."""
    moments = [moment for pattern in patterns for moment in (pattern.first_seen, pattern.last_seen)] + [signal.occurred_at for signal in signals]
    return (min(moments), max(moments)) if moments else (fallback, fallback)
