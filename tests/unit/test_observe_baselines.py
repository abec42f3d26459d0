"""Anomaly scores, spikes, contrast, money: numbers that have to be right and finite."""

import math
from random import Random

import pytest

from app.domain.signals import SignalType
from app.observe.baselines import score_at
from app.observe.contrast import adjust_p_values, contrast, fisher_p_value, telling_factors
from app.observe.impact import estimate_impact, failed_attempts, garwood_interval
from app.observe.kpi import drop_chance, kpi_drops, ratios_of
from app.observe.rates import bucket_counts, spike_of
from app.observe.reconciliation import exact_money, unmatched_payments
from tests.builders import NOW, make_merchant, make_signal, minutes
from tests.faults import errors, pack


def test_a_jump_scores_high_and_calm_scores_low() -> None:
    values = [10, 11, 10, 55]
    assert score_at(values, 3) > 0.9 and max(score_at(values, place) for place in range(3)) < 0.2


@pytest.mark.parametrize("seed", range(5))
def test_the_score_of_a_point_does_not_know_what_comes_later(seed: int) -> None:
    rng = Random(seed)
    counts = [rng.choice((0, 0, 1, 2, 40)) for _ in range(700)]
    for place in [0, 1, *(rng.randrange(700) for _ in range(60))]:
        assert score_at(counts, place) == score_at(counts[: place + 1], place)


def test_a_group_that_was_never_seen_before_is_a_spike_and_a_steady_one_is_not() -> None:
    frame = {"start": minutes(-180), "window_start": minutes(0), "end": minutes(60), "minutes": 5}
    fresh = spike_of([minutes(number) for number in range(20)], [], **frame)
    steady = spike_of(
        [minutes(number * 5) for number in range(12)], [minutes(-180 + number * 5) for number in range(36)], **frame
    )
    assert fresh is not None and fresh.score > 0.8 and math.isfinite(fresh.ratio)
    assert steady is not None and steady.score < 0.3
    assert spike_of([minutes(1)], [], start=minutes(0), window_start=minutes(0), end=minutes(60), minutes=5) is None


def test_every_moment_falls_into_one_bucket() -> None:
    assert bucket_counts([minutes(0), minutes(4.9), minutes(5), minutes(10)], minutes(0), minutes(10), 5) == [2, 1, 1]


@pytest.mark.parametrize("seed", [99])
def test_the_exact_test_agrees_with_a_reference(seed: int) -> None:
    from scipy.stats import fisher_exact

    chance = Random(seed)
    for _ in range(40):
        a, b, c, d = (chance.randint(0, 12) for _ in range(4))
        assert fisher_p_value(a, b, c, d) == pytest.approx(
            fisher_exact([[a, b], [c, d]], alternative="greater").pvalue, abs=1e-9
        )


def test_the_interval_of_a_count_agrees_with_a_reference() -> None:
    from scipy.stats import chi2

    for count in (1, 5, 80):
        low, high = garwood_interval(count)
        assert low == pytest.approx(chi2.ppf(0.025, 2 * count) / 2) and high == pytest.approx(
            chi2.ppf(0.975, 2 * count + 2) / 2
        )
    assert garwood_interval(0)[0] == 0


def test_false_discoveries_are_held_down() -> None:
    assert adjust_p_values([0.01, 0.02, 0.03, 0.5]) == pytest.approx([0.04, 0.04, 0.04, 0.5])
    assert adjust_p_values([]) == []


def test_contrast_names_what_only_the_broken_have() -> None:
    cases = [{"scheme": "http", "region": "eu", "id": number} for number in range(8)]
    controls = [{"scheme": "https", "region": "eu", "id": number} for number in range(8, 20)]
    factors = contrast(cases, controls, ["scheme", "region", "missing"])
    assert (factors[0].dimension, factors[0].value, factors[0].cases_with, factors[0].controls_with) == (
        "scheme",
        "http",
        8,
        0,
    )
    assert [one.dimension for one in telling_factors(factors)] == ["scheme"]
    assert contrast(cases, controls, ["scheme", "region", "missing"]) == contrast(
        list(reversed(cases)), list(reversed(controls)), ["region", "scheme"]
    )


@pytest.mark.parametrize("seed", [31])
def test_contrast_finds_nothing_in_noise(seed: int) -> None:
    chance = Random(seed)
    rows = [{f"d{dimension}": chance.choice("abc") for dimension in range(8)} for _ in range(60)]
    assert not telling_factors(contrast(rows[:20], rows[20:], [f"d{dimension}" for dimension in range(8)]))
    assert contrast([], rows, ["d1"]) == []


def test_payments_without_an_order_are_found_to_the_cent_and_refunds_are_not() -> None:
    def payment(number: int, status: str = "captured", currency: str = "EUR", name: str | None = None) -> object:
        fields = {"payment_id": name or f"P{number}", "amount": 1_999, "currency": currency, "status": status}
        return make_signal(number, signal_type=SignalType.PAYMENT, **fields)

    signals = [
        payment(1),
        payment(2),
        payment(3, currency="USD"),
        payment(4, "failed"),
        payment(5),
        payment(6, "refunded", name="P5"),
        payment(7, name="P1"),
        make_signal(
            8,
            signal_type=SignalType.ORDER,
            order_id="O1",
            payment_id="P2",
            amount=1_999,
            currency="EUR",
            status="created",
        ),
    ]
    found = unmatched_payments(signals, now=minutes(60), grace_minutes=10)
    assert [one.payment_id for one in found] == ["P1", "P3"]
    assert [str(one) for one in exact_money(found)] == ["19.99 EUR", "19.99 USD"]
    assert unmatched_payments(signals, now=minutes(8), grace_minutes=10) == []


def test_a_metric_falls_only_against_its_own_history() -> None:
    def sample(number: int, value: float, name: str) -> object:
        return make_signal(
            number,
            signal_type=SignalType.KPI,
            name="checkout_success",
            value=value,
            trials=40,
            window_s=300,
            merchant_id=name,
        )

    history = [sample(number, 0.95, "A") for number in range(10)] + [
        sample(20 + number, 0.4, "B") for number in range(10)
    ]
    now = [sample(50 + number, 0.45, "A") for number in range(3)] + [
        sample(60 + number, 0.41, "B") for number in range(3)
    ]
    assert [one.merchant_id for one in kpi_drops(ratios_of(now), ratios_of(history))] == ["A"]
    assert kpi_drops(ratios_of(now), {}) == []
    assert drop_chance(0, 0, 0, 0) == 1.0 and 0 <= drop_chance(10, 10, 0, 10) < 1e-4


def test_an_attempt_that_names_itself_counts_once_and_a_call_with_its_error_counts_as_one() -> None:
    retried = [one.changed(attributes={"attempt_id": "same"}) for one in errors("callback_not_https", ["A"], 5)]
    assert failed_attempts(retried, pack().vocabulary).total == 1
    nameless = errors("callback_not_https", ["A"], 5)
    calls = [
        make_signal(
            100 + number,
            signal_type=SignalType.API_CALL,
            endpoint="/api/v3/checkout/complete",
            status=400,
            merchant_id="A",
        )
        for number in range(5)
    ]
    assert failed_attempts([*nameless, *calls], pack().vocabulary).attempts == {"A": 5}
    assert failed_attempts(errors("inventory_sync_over_limit", ["A"], 5), pack().vocabulary).total == 0


@pytest.mark.parametrize("seed", [77])
def test_the_bill_never_mixes_currencies_and_is_always_finite(seed: int) -> None:
    chance = Random(seed)
    for _ in range(25):
        shops = {
            name: make_merchant(
                name, currency=chance.choice(["EUR", "USD"]), average_order_value=chance.choice([0, 1, 5_000, 2**53])
            )
            for name in "ABC"
        }
        signals = errors("callback_not_https", ["A", "B", "C", "stranger"], chance.randint(0, 40))
        bill = estimate_impact(
            signals,
            shops,
            words=pack().vocabulary,
            conversion=chance.random(),
            since=NOW,
            until=minutes(chance.randint(0, 90)),
        )
        assert len({one.middle.currency for one in bill.lost_revenue}) == len(bill.lost_revenue)
        assert all(
            math.isfinite(one)
            for one in (bill.lost_orders.low, bill.lost_orders.middle, bill.lost_orders.high, bill.hours)
        )
        assert bill.lost_orders.low <= bill.lost_orders.middle <= bill.lost_orders.high
        assert all(one.low.minor <= one.middle.minor <= one.high.minor for one in bill.lost_revenue)


def test_nothing_failed_costs_nothing() -> None:
    bill = estimate_impact([], {}, words=pack().vocabulary, conversion=0.7, since=NOW, until=NOW)
    assert bill.lost_orders.high == 0 and bill.lost_revenue == () and "no failed checkout" in bill.basis
