"""What it costs: lost orders and revenue with an interval, so far, per hour and per day. Currencies are never mixed,
numbers always finite.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import Field

from app.config.vocabulary import Vocabulary
from app.domain.base import Money, Value
from app.domain.impact import Impact, Interval, MoneyInterval
from app.domain.merchants import Merchant
from app.domain.signals import Signal, SignalType
from app.observe.bill import IncidentBill
from app.observe.groups import is_failure
from app.observe.kpi import Drop
from app.observe.reconciliation import exact_money
from app.observe.routes import endpoint_of
from app.observe.words import count_noun
from app.process.large_imports import ARITHMETIC, import_once

SHORTEST_HOURS = 0.25
"""A rate needs some time to be one: a burst of seconds is spread over a quarter of an hour."""
CONFIDENCE = 0.95


class Losses(Value):
    """Failed checkout attempts per merchant, after repeats of the same attempt were counted once."""

    attempts: dict[str, int]
    elsewhere: dict[str, int] = Field(
        default_factory=dict, description="those of them that name a payment: other shoppers than who paid in vain"
    )
    named: tuple[str, ...] = Field(default=(), description="the excluded payments that a failed attempt names")

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.attempts.values())


def failed_attempts(signals: Iterable[Signal], words: Vocabulary, exclude_payments: Iterable[str] = ()) -> Losses:
    """Distinct failed checkout attempts. An attempt that names itself counts once; otherwise an error and its failed
    call count as one.
    """
    named: dict[str, dict[str, bool]] = {}
    told: dict[tuple[str, str], dict[str, set[str]]] = {}
    nameless: dict[tuple[str, str], Counter[str]] = {}
    known_as = _attempts(signals := list(signals), words.attempts)
    skipped, met = set(exclude_payments), set[str]()
    for signal in signals:
        if not _loses_order(signal, words):
            continue
        merchant = signal.merchant_id or ""
        names = _names(signal, words.attempts)
        if skipped & set(names):
            met |= skipped & set(names)
        elif names:
            known, attempt = named.setdefault(merchant, {}), known_as[merchant, names[0]]
            known[attempt] = known.get(attempt, False) or bool(signal.attributes.get("payment_id"))
            told.setdefault((merchant, endpoint_of(signal.place)), {}).setdefault(signal.signal_type.value, set()).add(
                attempt
            )
        else:
            nameless.setdefault((merchant, endpoint_of(signal.place)), Counter())[signal.signal_type.value] += 1
    counted = Counter({merchant: len(found) for merchant, found in named.items()})
    for (merchant, place), by_type in nameless.items():
        counted[merchant] += _more(by_type, told.get((merchant, place), {}))
    apart = {merchant: sum(found.values()) for merchant, found in sorted(named.items()) if any(found.values())}
    return Losses(attempts=dict(sorted(counted.items())), elsewhere=apart, named=tuple(sorted(met)))


def _names(signal: Signal, attempts: Sequence[str]) -> list[str]:
    return [str(signal.attributes[name]) for name in attempts if signal.attributes.get(name) not in (None, "")]


def _attempts(signals: Iterable[Signal], attempts: Sequence[str]) -> dict[tuple[str, str], str]:
    """For each name of a merchant's attempts one name of the attempt: an error and its call may share only their second
    name.
    """
    groups: dict[tuple[str, str], set[str]] = {}
    for signal in signals:
        names, merchant = _names(signal, attempts), signal.merchant_id or ""
        whole = set(names).union(*(groups.get((merchant, name), ()) for name in names))
        groups.update({(merchant, name): whole for name in whole})
    return {(merchant, name): min(whole) for (merchant, name), whole in groups.items()}


def _more(nameless: Counter[str], told: Mapping[str, set[str]]) -> int:
    """How many failures at one place are beyond those that name themselves: who tells without names may tell of the
    same ones.
    """
    named = len(set[str]().union(*told.values()))
    return max(max(nameless[kind] + len(told.get(kind, ())) for kind in nameless) - named, 0)


def _loses_order(signal: Signal, words: Vocabulary) -> bool:
    calls = signal.signal_type in {SignalType.API_ERROR, SignalType.API_CALL}
    return calls and is_failure(signal) and words.route_loses_orders(endpoint_of(signal.place))


def garwood_interval(count: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact (Garwood) interval of a Poisson mean, given what was counted."""
    import_once(*ARITHMETIC)
    from scipy.special import gammaincinv

    tail = (1 - confidence) / 2
    low = float(gammaincinv(count, tail)) if count else 0.0
    return low, float(gammaincinv(count + 1, 1 - tail))


class _Loss(Value):
    """What one merchant lost: payments without an order for certain, and others as far as they can be estimated from so
    many events.
    """

    merchant_id: str
    certain: int
    estimated: float
    events: int


def estimate_impact(
    signals: Iterable[Signal],
    merchants: Mapping[str, Merchant],
    *,
    words: Vocabulary,
    conversion: float,
    since: datetime,
    until: datetime,
    bill: IncidentBill | None = None,
    unmatched: Sequence[Signal] = (),
    drops: Sequence[Drop] = (),
    evidence_ids: tuple[str, ...] = (),
) -> Impact:
    """The bill of one incident over its whole life: failed checkouts times conversion, fallen shop metrics, and (exact)
    payments without an order.

    The three may describe the same shoppers. For each merchant the larger one counts, and the sum only where they are
    plainly different people.
    """
    losses = failed_attempts(signals, words, (payment.payment_id for payment in unmatched if payment.payment_id))
    fallen = _lost_by_metrics(drops)
    lost = _per_merchant(losses, conversion, unmatched, fallen)
    hours = hours_between(since, until)
    revenue = _revenue_intervals(lost, merchants, exact_money(unmatched))
    if bill is not None:
        return _billed_impact(bill, unmatched, hours, evidence_ids)
    return Impact(
        lost_orders=_interval_of_losses(lost),
        lost_revenue=revenue,
        per_hour=tuple(scale_interval(one, 1 / hours) for one in revenue),
        per_day=tuple(scale_interval(one, 24 / hours) for one in revenue),
        paid_without_order=exact_money(unmatched),
        paid_without_order_count=len(unmatched),
        hours=round(hours, 4),
        basis=_basis_sentence(losses, conversion, unmatched, fallen, merchants, hours),
        evidence_ids=evidence_ids,
    )


def _billed_impact(
    bill: IncidentBill, unmatched: Sequence[Signal], hours: float, evidence_ids: tuple[str, ...]
) -> Impact:
    """The bill, and to the cent what was paid for without an order."""
    revenue = tuple(one.money for one in bill.losses)
    unpriced = f"; {count_noun(len(bill.unpriced), 'merchant')} without a known order value not in the money"
    return Impact(
        lost_orders=bill.orders,
        lost_revenue=revenue,
        per_hour=tuple(scale_interval(one, 1 / hours) for one in revenue),
        per_day=tuple(scale_interval(one, 24 / hours) for one in revenue),
        paid_without_order=exact_money(unmatched),
        paid_without_order_count=len(unmatched),
        hours=round(hours, 4),
        basis=f"{bill.basis}; over {hours:.2f} hours{unpriced if bill.unpriced else ''}",
        evidence_ids=evidence_ids,
    )


def _lost_by_metrics(drops: Sequence[Drop]) -> dict[str, float]:
    """What each merchant's metrics lost; two metrics of one merchant look at the same shoppers."""
    fallen: dict[str, float] = {}
    for drop in drops:
        fallen[drop.merchant_id] = max(drop.lost, fallen.get(drop.merchant_id, 0.0))
    return {merchant: lost for merchant, lost in sorted(fallen.items()) if lost > 0}


def _per_merchant(
    losses: Losses, conversion: float, unmatched: Sequence[Signal], fallen: Mapping[str, float]
) -> list[_Loss]:
    paid = Counter(payment.merchant_id or "" for payment in unmatched)
    named = Counter(payment.merchant_id or "" for payment in unmatched if payment.payment_id in set(losses.named))
    found = []
    for merchant in sorted({*losses.attempts, *paid, *fallen}):
        attempts, apart = losses.attempts.get(merchant, 0), losses.elsewhere.get(merchant, 0)
        failing = (
            named[merchant]
            + apart * conversion
            + max((attempts - apart) * conversion, paid[merchant] - named[merchant])
        )
        total = max(failing, fallen.get(merchant, 0.0))
        events = attempts if failing >= total else round(total)
        found.append(
            _Loss(
                merchant_id=merchant, certain=paid[merchant], estimated=max(total - paid[merchant], 0.0), events=events
            )
        )
    return found


def _interval_of_losses(lost: Sequence[_Loss]) -> Interval:
    exact, middle = sum(one.certain for one in lost), math.fsum(one.estimated for one in lost)
    low, high = _uncertainty_factors(_count_events(lost))
    nothing_failed = middle == 0 and any(one.certain for one in lost)
    return Interval(
        low=round(middle * low + exact, 4),
        middle=round(middle + exact, 4),
        high=round((0.0 if nothing_failed else middle * high) + exact, 4),
    )


def _count_events(lost: Iterable[_Loss]) -> int:
    return sum(one.events for one in lost if one.estimated > 0)


def _uncertainty_factors(count: int) -> tuple[float, float]:
    """By which factors an estimate resting on `count` events may be lower or higher."""
    if count <= 0:
        return 0.0, 1.0
    low, high = garwood_interval(count)
    return low / count, high / count


def _revenue_intervals(
    lost: Sequence[_Loss], merchants: Mapping[str, Merchant], exact: Sequence[Money]
) -> tuple[MoneyInterval, ...]:
    totals: dict[str, Money] = {}
    bases: dict[str, list[_Loss]] = {}
    for one in lost:
        merchant = merchants.get(one.merchant_id)
        if merchant is None or merchant.average_order_value <= 0 or one.estimated <= 0:
            continue
        money = merchant.order_value.times(one.estimated)
        totals[money.currency] = totals[money.currency] + money if money.currency in totals else money
        bases.setdefault(money.currency, []).append(one)
    known = {money.currency: money for money in exact}
    result = []
    for currency in sorted({*totals, *known}):
        nothing = Money(minor=0, currency=currency)
        estimated, certain = totals.get(currency, nothing), known.get(currency, nothing)
        low, high = _uncertainty_factors(_count_events(bases.get(currency, ())))
        result.append(
            MoneyInterval(
                low=estimated.times(low) + certain, middle=estimated + certain, high=estimated.times(high) + certain
            )
        )
    return tuple(result)


def hours_between(since: datetime, until: datetime) -> float:
    """So long it has cost something; a burst of seconds is spread over a quarter of an hour."""
    return max((until - since).total_seconds() / 3600, SHORTEST_HOURS)


def scale_interval(interval: MoneyInterval, factor: float) -> MoneyInterval:
    """So much of an estimate."""
    return MoneyInterval(
        low=interval.low.times(factor), middle=interval.middle.times(factor), high=interval.high.times(factor)
    )


def _basis_sentence(
    losses: Losses,
    conversion: float,
    unmatched: Sequence[Signal],
    fallen: Mapping[str, float],
    merchants: Mapping[str, Merchant],
    hours: float,
) -> str:
    tried = count_noun(losses.total, "distinct failed checkout attempt")
    parts = [f"{tried} x {conversion:g} that would have become an order" if losses.total else "no failed checkout seen"]
    if unmatched:
        parts.append(f"{count_noun(len(unmatched), 'payment')} without an order, exact")
    if fallen:
        parts.append(
            f"the fall of a shop metric since it began: {math.fsum(fallen.values()):.1f} missing at"
            f" {count_noun(len(fallen), 'merchant')}"
        )
    if bool(losses.total) + bool(unmatched) + bool(fallen) > 1:
        parts.append("where these describe the same shoppers, the larger counts")
    unpriced = [
        one for one in {*losses.attempts, *fallen} if one not in merchants or merchants[one].average_order_value <= 0
    ]
    if unpriced:
        parts.append(f"{count_noun(len(unpriced), 'merchant')} without a known average order value not in the money")
    end = f"over {hours:.2f} hours"
    return "; ".join([*parts, f"{end}; the interval is the 95 % range of a count" if losses.total or fallen else end])
