"""Amounts of several currencies in the one that a tenant counts in, and which of them could not be converted."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from app.config.currencies import Currencies
from app.domain.base import Money
from app.domain.impact import BaseTotal, Impact, MoneyInterval
from app.domain.signals import Signal


class Span(NamedTuple):
    """From when to when something was lost."""

    since: datetime
    until: datetime


def convert_interval(money: MoneyInterval, rates: Currencies, base: str, span: Span) -> MoneyInterval | None:
    """An estimate in the base, each hour of it by its own rate."""
    rate = rates.mean_rate(money.middle.currency, base, span.since, span.until)
    if rate is None:
        return None
    low, middle, high = (
        Money(minor=one.times(rate).minor, currency=base) for one in (money.low, money.middle, money.high)
    )
    return MoneyInterval(low=low, middle=middle, high=high)


def add_intervals(parts: Iterable[MoneyInterval], base: str) -> MoneyInterval:
    """The sum of estimates of one currency, bounds and all: what is wrong with one is wrong with each."""
    nothing = Money(minor=0, currency=base)
    low = middle = high = nothing
    for one in parts:
        low, middle, high = low + one.low, middle + one.middle, high + one.high
    return MoneyInterval(low=low, middle=middle, high=high)


def convert_payments(payments: Iterable[Signal], rates: Currencies, base: str) -> tuple[Money, tuple[str, ...]]:
    """What payments come to in the base, each by the rate of its day, and the currencies that have none."""
    total, apart = Money(minor=0, currency=base), set[str]()
    for one in payments:
        if one.amount is None or not one.currency:
            continue
        found = rates.convert(Money(minor=one.amount, currency=one.currency), base, one.occurred_at.date())
        if found is None:
            apart.add(one.currency)
        else:
            total += found
    return total, tuple(sorted(apart))


def total_in_base(
    impact: Impact, unmatched: Sequence[Signal], rates: Currencies, base: str, span: Span
) -> BaseTotal:  # fmt: skip
    """A bill in the base currency, and what could not be converted."""
    lost = {one.middle.currency: convert_interval(one, rates, base, span) for one in impact.lost_revenue}
    hourly = {one.middle.currency: convert_interval(one, rates, base, span) for one in impact.per_hour}
    paid, apart = convert_payments(unmatched, rates, base)
    return BaseTotal(
        currency=base,
        lost=add_intervals(_known(lost), base),
        per_hour=add_intervals(_known(hourly), base),
        paid_without_order=paid,
        unconverted=tuple(sorted({*apart, *(name for name, one in lost.items() if one is None)})),
    )


def _known(parts: Mapping[str, MoneyInterval | None]) -> list[MoneyInterval]:
    return [one for one in parts.values() if one is not None]
