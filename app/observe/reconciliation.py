"""Money taken and no order for it: payments are reconciled with orders, to the cent."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from operator import itemgetter

from app.domain.base import Money
from app.domain.signals import Signal, SignalType
from app.observe.groups import by_time

TAKEN = frozenset(
    {"captured", "capture", "paid", "succeeded", "success", "settled", "completed", "complete", "ok", "200", ""}
)
"""States in which the customer's money is gone; anything else (failed, pending, refunded, ...) owes no order."""
RETURNED = frozenset(
    {
        "refunded",
        "refund",
        "partially_refunded",
        "cancelled",
        "canceled",
        "voided",
        "void",
        "reversed",
        "chargeback",
        "failed",
        "declined",
    }
)


def unmatched_payments(signals: Collection[Signal], *, now: datetime, grace_minutes: int) -> list[Signal]:
    """Payments older than the grace period that took money and have no order, one per payment id, by time.

    An order that names no payment pays for the latest alike payment before it, so that what sells well now does not
    hide what was lost earlier.
    """
    payments = by_time([one for one in signals if one.signal_type is SignalType.PAYMENT])
    orders = by_time([one for one in signals if one.signal_type is SignalType.ORDER])
    states = [payment_state(payment.status) for payment in payments]
    returned = {
        payment.payment_id
        for payment, state in zip(payments, states, strict=True)
        if state in RETURNED and payment.payment_id
    }
    settled = returned.union([order.payment_id for order in orders if order.payment_id])
    owed: dict[str, Signal] = {}
    for payment, state in zip(payments, states, strict=True):
        identity = payment.payment_id or payment.id
        if identity not in settled and state in TAKEN and (payment.amount is None or payment.amount > 0):
            owed.setdefault(identity, payment)
    for identity in _paid_by(owed, [order for order in orders if not order.payment_id]):
        del owed[identity]
    latest = now - timedelta(minutes=grace_minutes)
    return [payment for payment in owed.values() if payment.occurred_at <= latest]


def _paid_by(owed: Mapping[str, Signal], loose: Sequence[Signal]) -> set[str]:
    """Which payments the orders that name none belong to: the latest alike before the order, else the first alike after
    it.
    """
    alike: dict[tuple[str | None, int | None, str | None], list[tuple[datetime, str]]] = {}
    for identity, payment in owed.items():
        alike.setdefault(_payment_likeness(payment), []).append((payment.occurred_at, identity))
    paid: set[str] = set()
    for order in loose:
        waiting = alike.get(_payment_likeness(order), [])
        if waiting:
            earlier = bisect_right(waiting, order.occurred_at, key=itemgetter(0))
            paid.add(waiting.pop(max(earlier - 1, 0))[1])
    return paid


def exact_money(payments: Iterable[Signal]) -> tuple[Money, ...]:
    """What the payments add up to, one amount per currency; payments without an amount or a currency are
    not guessed.
    """
    totals: dict[str, Money] = {}
    for payment in payments:
        if payment.amount is not None and payment.currency:
            money = Money(minor=payment.amount, currency=payment.currency)
            totals[money.currency] = totals[money.currency] + money if money.currency in totals else money
    return tuple(totals[currency] for currency in sorted(totals))


def amounts_in_words(money: Sequence[Money]) -> str:
    """For people: 12.00 EUR and 5.00 USD."""
    return " and ".join(str(one) for one in money)


@lru_cache(maxsize=256, typed=True)
def payment_state(status: int | str | None) -> str:
    """How it stands with a payment, as it is compared; there are few states, so the last ones are remembered."""
    return str(status if status is not None else "").strip().lower()


def _payment_likeness(signal: Signal) -> tuple[str | None, int | None, str | None]:
    return signal.merchant_id, signal.amount, signal.currency
