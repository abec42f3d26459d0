"""The world's books: to the cent and per currency, whatever comes twice, late or again."""

from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest

from app.domain.signals import SignalType
from tests.worlds import after, lived, world

SIGN = {"captured": 1, "created": 1, "refunded": -1, "declined": 0}
NOISY = {"duplicates": 0.2, "late": 0.4, "declined": 0.2, "refunds": 0.4}


MODES = [
    (),
    ("callback_host_changed", "order_service_drops_events"),
    ("webhook_v2_endpoint_gone", "callback_not_https"),
]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("modes", MODES)
def test_what_was_captured_less_what_went_back_is_what_was_ordered_and_what_was_paid_for_nothing(modes, seed):
    the_books_balance(modes, seed, merchants=15)


@pytest.mark.long
@pytest.mark.parametrize("modes", MODES)
def test_the_books_of_a_whole_platform_balance_too(modes):
    for seed in Random().sample(range(2**40), 5):
        the_books_balance(modes, seed, merchants=200)


def the_books_balance(modes: Sequence[str], seed: int, merchants: int) -> None:
    """Of every payment that is old enough for the last word on it to have arrived."""
    print("seed", seed)
    faults = [{"mode": mode, "onset": 60 + 30 * place} for place, mode in enumerate(modes)]
    told = lived(world(merchants=merchants, seed=seed, faults=faults, noise=NOISY), 0, 1440)
    signals = {signal.event_id: signal for signal in told}.values()
    old = {
        one.payment_id
        for one in signals
        if one.signal_type is SignalType.PAYMENT and one.status == "captured" and one.occurred_at < after(960)
    }
    orders = [signal for signal in signals if signal.signal_type is SignalType.ORDER and signal.payment_id in old]
    payments = [signal for signal in signals if signal.signal_type is SignalType.PAYMENT and signal.payment_id in old]
    ordered = {order.payment_id for order in orders}
    taken, owed = Counter(), Counter()
    for payment in payments:
        taken[payment.currency] += SIGN[payment.status] * payment.amount
        owed[payment.currency] += 0 if payment.payment_id in ordered else SIGN[payment.status] * payment.amount
    for order in orders:
        owed[order.currency] += SIGN[order.status] * order.amount
    assert taken == owed
    assert len(taken) > 2
    assert sum(payment.status == "refunded" for payment in payments) > 30
    assert bool(old - ordered) == bool(modes)


def test_an_order_is_paid_by_one_payment_of_its_amount_and_currency():
    signals = lived(world(merchants=12, noise=NOISY), 0, 1440)
    paid = {
        signal.payment_id: signal
        for signal in signals
        if signal.signal_type is SignalType.PAYMENT and signal.status == "captured"
    }
    orders = [signal for signal in signals if signal.signal_type is SignalType.ORDER and signal.status == "created"]
    assert len({order.order_id for order in orders}) == len({order.payment_id for order in orders}) > 300
    assert all(
        (paid[order.payment_id].amount, paid[order.payment_id].currency) == (order.amount, order.currency)
        for order in orders
    )


def test_what_a_fault_loses_is_what_the_same_world_without_it_sells():
    """Orders that happen only in the sound twin are the ones the truth counts, but for those who try again at another
    moment.
    """
    fault = [{"mode": "order_service_drops_events", "onset": 0}]
    sick, sound = world(merchants=15, journeys=90, faults=fault), world(merchants=15, journeys=90)
    created = [
        {
            one.order_id: one
            for one in lived(each, 0, 700)
            if one.signal_type is SignalType.ORDER and one.status == "created"
        }
        for each in (sick, sound)
    ]
    lost = [one for key, one in created[1].items() if key not in created[0]]
    told = sick.truth(after(700)).faults[0]
    assert set(created[0]) <= set(created[1])
    assert abs(told.lost_orders - len(lost)) <= 0.03 * len(lost) + 2
    for currency, amount in told.lost_revenue.items():
        assert amount == pytest.approx(sum(one.amount for one in lost if one.currency == currency), rel=0.1)
