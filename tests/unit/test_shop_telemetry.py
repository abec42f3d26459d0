"""Telemetry: what the shop reports is a function of its state, and of nothing else."""

import os
import random
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from app.domain.base import canonical, digest_of
from app.domain.signals import Signal, SignalType
from simulations.shop import Change, ShopState, demo_state
from simulations.shop_telemetry import signals_between

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TENANT = "demo"


def hours(state: ShopState, count: int = 6, seed: int = 3) -> list[Signal]:
    return signals_between(state, TENANT, NOON, NOON + count * HOUR, seed)


@cache
def plain_hours() -> list[Signal]:
    """Half a day of the broken demo, reported once for all tests that only look at it."""
    return hours(demo_state(1), 12)


def alone(state: ShopState, merchant_id: str) -> list[Signal]:
    """The same half day of one merchant; the others would not change it."""
    return hours(state.changed(merchants={merchant_id: state.merchants[merchant_id]}), 12)


def codes(signals: list[Signal], merchant_id: str) -> Counter[str | None]:
    return Counter(signal.error_code for signal in signals if signal.merchant_id == merchant_id and signal.is_error and signal.error_code)


def mended(state: ShopState, merchant_id: str, at: datetime = NOON, **settings: str | int) -> ShopState:
    shop = state.merchants[merchant_id]
    before = {name: getattr(shop.settings, name) for name in settings}
    changes = (Change(setting=name, field=name, before=before[name], after=value, at=at, tool="test") for name, value in settings.items())
    return state.with_merchant(shop.after(tuple(changes)))


@pytest.mark.parametrize("seed", range(1_000, 1_004))
def test_an_interval_gives_the_same_signals_however_it_is_cut(seed):
    chance = random.Random(seed)
    state = demo_state(seed, NOON + timedelta(minutes=20))
    start = NOON + timedelta(seconds=chance.uniform(0, 90))
    end = start + timedelta(minutes=chance.uniform(30, 90))
    whole = signals_between(state, TENANT, start, end, seed)
    cuts = sorted(start + (end - start) * chance.random() for _ in range(chance.randrange(1, 20)))
    pieces = [signals_between(state, TENANT, left, right, seed) for left, right in pairwise([start, *cuts, end])]
    assert [signal for piece in pieces for signal in piece] == whole
    assert len({signal.id for signal in whole}) == len(whole)


def test_minute_by_minute_is_the_same_as_all_at_once():
    state = demo_state(2, NOON)
    minutes = [NOON + timedelta(minutes=n) for n in range(61)]
    pieces = [signals_between(state, TENANT, left, right, 2) for left, right in pairwise(minutes)]
    assert [signal for piece in pieces for signal in piece] == signals_between(state, TENANT, NOON, NOON + HOUR, 2)


def test_an_empty_interval_is_silent():
    assert signals_between(demo_state(1), TENANT, NOON, NOON, 1) == []


def test_signals_belong_to_the_interval_and_come_in_order():
    signals = hours(demo_state(4), 1)
    assert all(NOON <= signal.occurred_at < NOON + HOUR for signal in signals)
    assert signals == sorted(signals, key=lambda signal: (signal.occurred_at, signal.id))


def test_another_process_with_another_hash_seed_and_time_zone_reports_the_same():
    program = (
        "from datetime import *; from app.domain.base import digest_of; from simulations.shop import demo_state; "
        "from simulations.shop_telemetry import signals_between as between; noon = datetime(2026, 3, 2, 12, tzinfo=UTC); "
        "print(digest_of([s.plain() for s in between(demo_state(3, noon), 'demo', noon, noon + timedelta(minutes=40), 3)]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Kathmandu"}
    root = Path(__file__).resolve().parents[2]
    told = subprocess.run([sys.executable, "-c", program], env=environment, cwd=root, capture_output=True, text=True, check=True).stdout.strip()
    here = signals_between(demo_state(3, NOON), TENANT, NOON, NOON + timedelta(minutes=40), 3)
    assert told == digest_of([signal.plain() for signal in here])


def test_another_seed_and_another_tenant_report_something_else():
    state = demo_state(1)
    assert {s.id for s in hours(state, 1, seed=1)}.isdisjoint(s.id for s in hours(state, 1, seed=2))
    other = signals_between(state, "other", NOON, NOON + HOUR, 1)
    assert {s.id for s in hours(state, 1, seed=1)}.isdisjoint(s.id for s in other)


@pytest.mark.parametrize(
    ("merchant_id", "code", "kind", "endpoint", "status"),
    [
        ("MERCH-A1B2C3", "PAYMENT_CALLBACK_INVALID", SignalType.API_ERROR, "/api/v3/checkout/complete", 400),
        ("MERCH-B2C3D4", "PRICE_VERSION_STALE", SignalType.API_ERROR, "/api/v3/catalog/prices", 409),
        ("MERCH-C3D4E5", "WEBHOOK_ENDPOINT_NOT_FOUND", SignalType.WEBHOOK_FAILURE, "/webhooks/v2/orders/created", 404),
        ("MERCH-D4E5F6", "AUTH_TOKEN_VERSION_MISMATCH", SignalType.API_ERROR, "/api/v3/auth/token", 401),
        ("MERCH-E5F6A7", "RATE_LIMIT_EXCEEDED", SignalType.API_ERROR, "/api/v3/inventory/sync", 429),
    ],
)
def test_each_fault_shows_as_the_platform_would_report_it(merchant_id, code, kind, endpoint, status):
    shown = {(signal.signal_type, signal.error_code, signal.endpoint, signal.status) for signal in plain_hours() if signal.merchant_id == merchant_id}
    assert (kind, code, endpoint, status) in shown


CURES = [
    ("MERCH-A1B2C3", "PAYMENT_CALLBACK_INVALID", {"callback_scheme": "https"}),
    ("MERCH-B2C3D4", "PRICE_VERSION_STALE", {"cache_generation": "current"}),
    ("MERCH-C3D4E5", "WEBHOOK_ENDPOINT_NOT_FOUND", {"webhook_version": "v3"}),
    ("MERCH-D4E5F6", "AUTH_TOKEN_VERSION_MISMATCH", {"token_version": "v3"}),
    ("MERCH-E5F6A7", "RATE_LIMIT_EXCEEDED", {"sync_limit_per_minute": 200}),
]


@pytest.mark.parametrize(("merchant_id", "code", "cure"), CURES)
def test_the_right_setting_ends_the_errors_from_its_moment_on(merchant_id, code, cure):
    at = NOON + timedelta(hours=3, seconds=17)
    sick, cured = plain_hours(), alone(mended(demo_state(1), merchant_id, at, **cure), merchant_id)
    assert codes([s for s in sick if s.occurred_at >= at + timedelta(seconds=10)], merchant_id)[code] >= 5
    assert codes([s for s in cured if s.occurred_at >= at + timedelta(seconds=10)], merchant_id)[code] == 0
    assert codes([s for s in cured if s.occurred_at < at], merchant_id)[code] == codes([s for s in sick if s.occurred_at < at], merchant_id)[code]


@pytest.mark.parametrize(("merchant_id", "code", "cure"), CURES)
def test_strain_doubles_what_is_reported_at_least(merchant_id, code, cure):
    plain, strained = plain_hours(), alone(mended(demo_state(1), merchant_id, strain=2), merchant_id)
    assert codes(strained, merchant_id)[code] >= 2 * codes(plain, merchant_id)[code] > 0


def test_one_merchants_cure_changes_nothing_for_the_others():
    before, after = hours(demo_state(1), 1), hours(mended(demo_state(1), "MERCH-A1B2C3", callback_scheme="https"), 1)
    others = [[canonical(s.plain()) for s in signals if s.merchant_id != "MERCH-A1B2C3"] for signals in (before, after)]
    assert others[0] == others[1]


def test_a_lost_webhook_leaves_a_payment_without_an_order():
    signals = [signal for signal in plain_hours() if signal.merchant_id == "MERCH-C3D4E5"]
    paid = {s.payment_id for s in signals if s.signal_type is SignalType.PAYMENT and s.status == "captured"}
    ordered = {s.payment_id for s in signals if s.signal_type is SignalType.ORDER}
    assert ordered <= paid
    assert len(paid - ordered) > len(paid) / 2


def test_a_healthy_merchant_has_an_order_for_every_captured_payment_to_the_cent():
    signals = [signal for signal in plain_hours() if signal.merchant_id == "MERCH-F6A7B8"]
    paid = {s.payment_id: (s.amount, s.currency) for s in signals if s.signal_type is SignalType.PAYMENT and s.status == "captured"}
    ordered = {s.payment_id: (s.amount, s.currency) for s in signals if s.signal_type is SignalType.ORDER}
    assert paid == ordered
    assert not codes(signals, "MERCH-F6A7B8")


def test_checkout_success_falls_where_checkouts_fail_and_counts_its_trials():
    samples = [signal for signal in plain_hours() if signal.signal_type is SignalType.KPI]
    assert all(sample.occurred_at.minute % 5 == 0 and sample.trials and sample.window_s == 300 for sample in samples)

    def rate(merchant_id):
        mine = [sample for sample in samples if sample.merchant_id == merchant_id]
        return sum(sample.value * sample.trials for sample in mine) / sum(sample.trials for sample in mine)

    assert rate("MERCH-F6A7B8") > 0.9 > 0.4 > rate("MERCH-A1B2C3")


def test_people_write_about_what_hurts_and_some_victims_stay_silent():
    tickets = [signal for signal in plain_hours() if signal.signal_type is SignalType.TICKET]
    writers = Counter(ticket.merchant_id for ticket in tickets)
    assert writers["MERCH-A1B2C3"] > 5
    assert writers["MERCH-D4E5F6"] <= 8
    assert len({ticket.body for ticket in tickets if ticket.merchant_id == "MERCH-A1B2C3"}) >= 5
    assert not any("{" in ticket.text() for ticket in tickets)


def test_an_hour_is_quiet_before_the_first_fault():
    signals = signals_between(demo_state(1, NOON), TENANT, NOON - HOUR, NOON, 1)
    assert signals
    assert not any(signal.is_error and signal.error_code for signal in signals)


def test_the_volume_is_that_of_small_shops():
    checkouts = Counter(s.merchant_id for s in plain_hours() if s.signal_type is SignalType.API_CALL and "checkout" in (s.endpoint or ""))
    assert 0.15 < checkouts["MERCH-F6A7B8"] / 720 < 0.6
