"""Money taken and no order for it: payments are reconciled with orders, to the cent."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from app.domain.base import Money
from app.domain.signals import Signal, SignalType

TAKEN = frozenset({"captured", "capture", "paid", "succeeded", "success", "settled", "completed", "complete", "ok", "200", ""})
"""States in which the customer's money is gone; anything else (failed, pending, refunded, ...) owes no order."""
RETURNED = frozenset(
    {"refunded", "refund", "partially_refunded", "cancelled", "canceled", "voided", "void", "reversed", "chargeback", "failed", "declined"}
)


def unmatched_payments(signals: Iterable[Signal], *, now: datetime, grace_minutes: int) -> list[Signal]:
    """Payments older than the grace period that took money and have no order, one per payment id, by time."""
    ordered = sorted(signals, key=lambda one: (one.occurred_at, one.id))
    orders = [signal for signal in ordered if signal.signal_type is SignalType.ORDER]
    returned = {signal.payment_id for signal in ordered if _state(signal) in RETURNED and signal.payment_id}
    linked = {signal.payment_id for signal in orders if signal.payment_id}
    loose = Counter(_likeness(order) for order in orders if not order.payment_id)
    found: dict[str, Signal] = {}
    for payment in ordered:
        identity = payment.payment_id or payment.id
        if not _took_money(payment) or identity in linked | returned or identity in found:
            continue
        if loose[_likeness(payment)] > 0:
            loose[_likeness(payment)] -= 1
        elif payment.occurred_at + timedelta(minutes=grace_minutes) <= now:
            found[identity] = payment
    return list(found.values())


def exact_money(payments: Iterable[Signal]) -> tuple[Money, ...]:
    """What the payments add up to, one amount per currency; payments without an amount or a currency are not guessed."""
    totals: dict[str, Money] = {}
    for payment in payments:
        if payment.amount is not None and payment.currency:
            money = Money(minor=payment.amount, currency=payment.currency)
            totals[money.currency] = totals[money.currency] + money if money.currency in totals else money
    return tuple(totals[currency] for currency in sorted(totals))


def amounts(money: Sequence[Money]) -> str:
    """For people: 12.00 EUR and 5.00 USD."""
    return " and ".join(str(one) for one in money)


def _state(signal: Signal) -> str:
    return str(signal.status if signal.status is not None else "").strip().lower() if signal.signal_type is SignalType.PAYMENT else ""


def _took_money(signal: Signal) -> bool:
    return signal.signal_type is SignalType.PAYMENT and _state(signal) in TAKEN and (signal.amount is None or signal.amount > 0)


def _likeness(signal: Signal) -> tuple[str | None, int | None, str | None]:
    return signal.merchant_id, signal.amount, signal.currency
