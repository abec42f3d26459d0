"""Amounts in the currency a tenant counts in: each by the rate of its day, and what has no rate told apart."""

import os
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from app.config.currencies import Currencies, ExchangeRate, find_currency_problems
from app.domain.base import Money
from app.domain.signals import Signal, SignalType
from app.observe.base_currency import Span, add_intervals, convert_interval, convert_payments, total_in_base
from app.observe.impact import estimate_impact
from app.observe.reconciliation import exact_money, unmatched_payments
from tests.builders import NOW, make_merchant, make_signal, minutes
from tests.faults import errors, pack

SEED = int(os.environ.get("CAUSEWAY_TEST_SEED", "20261129"))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def rate(currency: str, since: date, value: float, base: str = "EUR") -> ExchangeRate:
    return ExchangeRate(currency=currency, base=base, since=since, rate=value)


RATES = Currencies(
    tenants={"overseas": "USD"},
    rates=(
        rate("USD", date(2026, 3, 2), 0.8),
        rate("USD", date(2026, 2, 1), 0.9),
        rate("EUR", date(2026, 1, 1), 1.2, "USD"),
    ),
)


def paid(number: int, at: datetime, amount: int, currency: str, **changes: object) -> Signal:
    own = {"payment_id": f"P{number}", "status": "captured", "merchant_id": f"M{number % 3}"}
    kept = {"amount": amount, "currency": currency, "occurred_at": at}
    return make_signal(100 + number, signal_type=SignalType.PAYMENT, **{**own, **kept, **changes})


def test_each_payment_is_converted_by_the_rate_in_force_on_its_own_day() -> None:
    payments = [paid(1, NOON, 1_000, "USD"), paid(2, NOON + timedelta(days=1), 1_000, "USD"), paid(3, NOON, 50, "EUR")]
    assert convert_payments(payments, RATES, "EUR") == (Money(minor=900 + 800 + 50, currency="EUR"), ())


def test_a_currency_without_a_rate_is_told_apart_and_never_summed_as_if_it_were_of_the_base() -> None:
    payments = [
        paid(1, NOON, 7_000, "SEK"),
        paid(2, NOON, 100, "EUR"),
        paid(3, datetime(2026, 1, 1, tzinfo=UTC), 5, "USD"),
    ]
    assert convert_payments(payments, RATES, "EUR") == (Money(minor=100, currency="EUR"), ("SEK", "USD"))


def test_a_loss_over_two_days_is_converted_by_both_of_their_rates() -> None:
    span = NOON, NOON + timedelta(days=1)
    assert RATES.mean_rate("USD", "EUR", *span) == pytest.approx(0.85)
    assert RATES.mean_rate("USD", "EUR", datetime(2026, 1, 31, tzinfo=UTC), NOON) is None
    assert RATES.mean_rate("EUR", "EUR", *span) == 1.0


def test_a_tenant_may_count_in_a_base_of_its_own() -> None:
    assert (RATES.base_of("overseas"), RATES.base_of("demo")) == ("USD", "EUR")
    assert RATES.convert(Money(minor=100, currency="EUR"), "USD", NOON.date()) == Money(minor=120, currency="USD")


def test_a_bill_is_added_up_in_the_base_and_says_what_is_not_in_it() -> None:
    shops = {
        name: make_merchant(name, currency=currency, average_order_value=1_000)
        for name, currency in (("A", "EUR"), ("B", "USD"), ("C", "SEK"))
    }
    impact = estimate_impact(
        errors("callback_not_https", list(shops), 30), shops, words=pack().vocabulary, conversion=1.0, since=NOW,
        until=minutes(60),
    )  # fmt: skip
    span = Span(NOW, minutes(60))
    base = total_in_base(impact, [], RATES, "EUR", span)
    euros = [found for one in impact.lost_revenue if (found := convert_interval(one, RATES, "EUR", span))]
    assert len(impact.lost_revenue) == 3 and len(euros) == 2
    assert base.lost == add_intervals(euros, "EUR") and base.lost.middle.minor > 0
    assert base.unconverted == ("SEK",)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (Currencies(rates=(rate("EUR", date(2026, 1, 1), 1.0),)), "a rate of EUR in itself is always 1; remove it"),
        (Currencies(rates=(rate("USD", date(2026, 1, 1), 1.0, "GBP"),)), "nobody counts in GBP; write one of EUR"),
        (
            Currencies(rates=(rate("USD", date(2026, 1, 1), 0.9), rate("USD", date(2026, 1, 1), 0.8))),
            "USD has two rates in EUR from 2026-01-01 on; keep one",
        ),
    ],
)
def test_what_is_wrong_with_rates_is_said(found: Currencies, says: str) -> None:
    assert [what for _, what in find_currency_problems(found)] == [says]


def test_payments_without_orders_are_reconciled_to_the_cent() -> None:
    """Several currencies; payments and orders told twice; orders late and early, some that name no payment; refunds;
    payments that never took money: what is owed is what a plain ledger says.
    """
    for turn in range(40):
        chance = Random(SEED + turn)
        told, owed = [], Counter[str]()
        for number in range(60):
            at, currency = minutes(chance.randint(0, 300)), chance.choice(["EUR", "USD", "GBP"])
            amount = 1_000 * number + chance.randint(1, 999)
            payment = paid(number, at, amount, currency)
            ends = chance.choice(["owed", "ordered", "late", "nameless", "refunded", "failed"])
            told += [payment.changed(status="failed" if ends == "failed" else "captured")] * chance.randint(1, 2)
            if ends in {"ordered", "late", "nameless"}:
                later = at + timedelta(minutes=chance.randint(30, 200) if ends == "late" else 1)
                order = make_signal(
                    1_000 + number, signal_type=SignalType.ORDER, order_id=f"O{number}", status="created",
                    merchant_id=payment.merchant_id, amount=amount, currency=currency, occurred_at=later,
                    payment_id=None if ends == "nameless" else payment.payment_id,
                )  # fmt: skip
                told += [order] * (1 if ends == "nameless" else chance.randint(1, 2))
            if ends == "refunded":
                told.append(
                    paid(number, at + timedelta(minutes=20), amount, currency, status="refunded", id=f"R{number}")
                )
            owed[currency] += amount if ends == "owed" else 0
        chance.shuffle(told)
        found = unmatched_payments(told, now=minutes(1_000), grace_minutes=10)
        expected = {currency: minor for currency, minor in owed.items() if minor}
        assert {one.currency: one.minor for one in exact_money(found)} == expected, f"seed {SEED + turn}"
        assert len({one.payment_id for one in found}) == len(found)
