"""A world tells the same story however often, however finely cut and wherever it is told."""

import hashlib
import itertools
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.domain.signals import Signal, SignalType
from app.schemas.signals import IncomingSignal
from app.services.intake.ingest import foreign_fields
from app.services.intake.secrets import without_secrets
from simulations.world.world import World
from tests.worlds import MONDAY, after, bytes_of, lived, scenario, world

ROOT = Path(__file__).resolve().parents[2]
BUSY = {
    "faults": [
        {"mode": "webhook_v2_endpoint_gone", "onset": 40, "ramp": 60},
        {"mode": "callback_host_changed", "onset": 90, "lasts": 120},
        {"mode": "order_feed_mute", "onset": 30},
    ],
    "decoys": [{"kind": "marketing_spike", "onset": 60, "lasts": 90}, {"kind": "crawler", "onset": 20, "lasts": 200}],
    "noise": {"duplicates": 0.1, "late": 0.2, "hiccups_per_day": 30, "tickets_per_day": 3},
}
DIGEST = "6b9c4c941fa1fddf2b12f2dbb5ec6ad3861fb9dcf416e5dbb3a31d92ab9714ac"
"""Of what every other process, machine and year must say of this world. Whoever changes the world or its words on
purpose writes the new one here.
"""


def test_the_same_seed_says_the_same_and_another_seed_says_something_else():
    once, again, other = (bytes_of(lived(world(**BUSY, merchants=12, seed=seed), 0, 480)) for seed in (5, 5, 6))
    assert once == again
    assert once != other


def test_another_process_says_the_same_in_another_place_zone_and_language(tmp_path):
    script = "from tests.unit.test_world_arrivals import digest_here; print(digest_here())"
    strange = {
        "PYTHONHASHSEED": "77",
        "TZ": "Asia/Kathmandu",
        "LC_ALL": "tr_TR.UTF-8",
        "PYTHONPATH": str(ROOT),
        "PATH": os.environ["PATH"],
    }
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=strange, capture_output=True, text=True, check=True
    ).stdout.strip()
    assert told == digest_here() == DIGEST


def digest_here() -> str:
    """What this process makes of the world of the committed digest, a call of a tool and the truth included."""
    one = world(**BUSY)
    first = lived(one, 0, 200)
    ill = one.truth(after(200)).faults[0].ill
    one.apply(
        "resubscribe_webhook",
        {"merchant_ids": list(ill[:2]), "topic": "orders/created", "webhook_version": "v3"},
        key="k",
        at=after(200),
    )
    rest = lived(one, 200, 720)
    whole = bytes_of([*first, *rest]) + one.truth(after(720)).model_dump_json().encode()
    return hashlib.sha256(whole + b"".join(row.model_dump_json().encode() for row in one.merchants())).hexdigest()


@pytest.fixture(scope="module")
def few_and_busy() -> list[IncomingSignal]:
    """Everything that a few merchants say while much goes wrong: told once, and only read."""
    return lived(world(**BUSY, merchants=12))


@pytest.mark.parametrize("seed", range(2))
def test_how_the_time_is_cut_does_not_matter(few_and_busy, seed):
    print("seed", seed)
    chance = Random(seed)
    cuts = sorted({0.0, 720.0, *(chance.uniform(0, 720) for _ in range(40))})
    one = world(**BUSY, merchants=12)
    parts = [signal for since, until in itertools.pairwise(cuts) for signal in lived(one, since, until)]
    assert bytes_of(parts) == bytes_of(few_and_busy)


def test_what_was_told_long_ago_can_be_asked_again_and_a_leap_ahead_tells_the_same():
    one = world(**BUSY, merchants=12)
    early, late = bytes_of(lived(one, 0, 60)), None
    lived(one, 60, 1500)
    assert bytes_of(lived(one, 0, 60)) == early
    late = bytes_of(lived(one, 1400, 1460))
    assert bytes_of(lived(world(**BUSY, merchants=12), 1400, 1460)) == late


def test_every_signal_is_what_the_door_would_accept_and_nothing_in_it_looks_like_a_secret(few_and_busy):
    assert {signal.signal_type for signal in few_and_busy} == set(SignalType)
    for signal in few_and_busy:
        assert IncomingSignal.model_validate(dict(signal)) == signal
        assert IncomingSignal.model_validate_json(signal.model_dump_json()) == signal
        assert not foreign_fields(signal)
        assert without_secrets(signal) == (signal, ())
        assert signal.event_id is not None
        assert signal.occurred_at is not None
        fields = signal.model_dump(exclude={"event_id", "occurred_at"})
        assert Signal(id="x", occurred_at=signal.occurred_at, received_at=signal.occurred_at, **fields)


def test_signals_arrive_within_the_interval_and_only_late_ones_happened_before_it():
    one = world(**BUSY)
    before = {signal.event_id for signal in lived(one, 0, 300)}
    part = lived(one, 300, 420)
    assert all(signal.occurred_at < after(420) for signal in part)
    overdue = [signal for signal in part if signal.occurred_at < after(300)]
    again = [signal for signal in part if signal.event_id in before]
    assert overdue
    assert again
    assert {signal.signal_type for signal in overdue if signal.event_id not in before} <= {
        *LATE_KINDS,
        SignalType.KPI,
    } | {s.signal_type for s in again}


LATE_KINDS = {SignalType.ORDER, SignalType.WEBHOOK_DELIVERY}


def test_duplicates_come_twice_with_the_same_id_and_content_and_no_noise_means_none(few_and_busy):
    signals = few_and_busy
    twice = [event for event, count in Counter(signal.event_id for signal in signals).items() if count > 1]
    assert 0.07 < len(twice) / len(signals) < 0.13
    by_id: dict[str | None, set[bytes]] = {}
    for signal in signals:
        by_id.setdefault(signal.event_id, set()).add(bytes_of([signal]))
    assert all(len(spelt) == 1 for spelt in by_id.values())
    quiet = lived(world(merchants=12, noise={"duplicates": 0, "late": 0}))
    assert len({signal.event_id for signal in quiet}) == len(quiet)


@pytest.mark.parametrize("merchants", [60, pytest.param(200, marks=pytest.mark.long)])
def test_a_platform_of_usual_size_says_as_much_as_a_real_one(merchants):
    """A real one has some 200 merchants; one with fewer says less in proportion."""
    one = World(scenario(merchants=merchants, journeys=24, hours=24))
    signals = one.arrivals(MONDAY, MONDAY + timedelta(days=1))
    kinds = Counter((signal.signal_type, signal.name) for signal in signals)
    assert 300 * merchants < len(signals) < 600 * merchants
    assert merchants * 288 * 0.98 < kinds[SignalType.KPI, "conversion"] < merchants * 288 * 1.03
    assert sum(person.journeys_per_day for person in one.people) / merchants == pytest.approx(24)
    paid = sum(signal.signal_type is SignalType.PAYMENT and signal.status != "refunded" for signal in signals)
    assert paid >= 20 * merchants * 0.9
    sizes = sorted(person.journeys_per_day for person in one.people)
    assert sizes[0] >= 1
    assert sizes[merchants // 2] < 0.8 * 24
    assert sizes[-1] > 100


def test_days_and_nights_differ_by_region():
    one = World(scenario(merchants=40, journeys=90, hours=24, seed=30))
    signals = one.arrivals(MONDAY, MONDAY + timedelta(hours=18))
    west = {person.id for person in one.people if person.hours_ahead == -8}
    paid = [
        signal.occurred_at
        for signal in signals
        if signal.signal_type is SignalType.PAYMENT and signal.merchant_id in west
    ]
    night = sum(moment < after(480) for moment in paid if moment >= after(120))
    evening = sum(moment >= after(720) for moment in paid)
    assert len(paid) > 200
    assert night < evening / 4


def test_nothing_is_told_before_the_beginning_and_a_moved_beginning_moves_everything():
    assert world().arrivals(MONDAY - timedelta(days=3), MONDAY) == []
    later = MONDAY + timedelta(days=100, seconds=7)
    moved = World(scenario(), began=later)
    assert all(
        signal.occurred_at >= later for signal in moved.arrivals(later - timedelta(hours=1), later + timedelta(hours=1))
    )
    assert {row.id for row in moved.merchants()} == {row.id for row in world().merchants()}


def test_a_world_that_was_written_down_comes_back_and_goes_on_the_same():
    one = world(**BUSY, merchants=15)
    lived(one, 0, 150)
    ill = list(one.truth(after(150)).faults[0].ill)
    one.apply(
        "resubscribe_webhook", {"merchant_ids": ill, "topic": "t", "webhook_version": "v3"}, key="a", at=after(150)
    )
    one.apply("query_logs", {"query": "*"}, key="b", at=after(160))
    twin = World.of_plain(one.plain())
    assert twin.plain() == one.plain()
    assert twin.look("b") == one.look("b")
    assert bytes_of(lived(twin, 150, 500)) == bytes_of(lived(one, 150, 500))
    assert twin.truth(after(500)) == one.truth(after(500))
    assert twin.blame_ids("t") == one.blame_ids("t")
    assert twin.merchants() == one.merchants()


def turned(told: Any) -> Any:
    """The same, with the names of every mapping in the opposite order."""
    if isinstance(told, dict):
        return {name: turned(told[name]) for name in reversed(told)}
    return [turned(one) for one in told] if isinstance(told, list) else told


@pytest.mark.parametrize("order", [turned, lambda told: json.loads(json.dumps(told, sort_keys=True))])
def test_in_what_order_a_scenario_names_things_does_not_matter(order):
    mix = {
        "theme": {"dawn": 1.0, "craft": 2.0},
        "callback_scheme": {"https": 7.0, "http": 1.0},
        "mascot": {"owl": 1.0, "cat": 3.0},
    }
    phrases = {"en": [["gone", "It is gone."]], "de": [["weg", "Es ist weg."]]}
    effects = {
        "kpi": {"conversion": 0.5, "checkout_success": 0.7},
        "tickets": {"rate": 0.5, "symptom": "cart_empty", "phrases": phrases},
    }
    scope = {"mascot": "owl", "callback_scheme": "http"}
    one = world(
        merchants=15,
        platform={"attributes": mix},
        faults=[{"mode": "owl_moult", "onset": 30, "scope": scope, "effects": effects}],
    )
    twin = World.of_plain(order(one.plain()))
    assert twin.merchants() == one.merchants()
    assert bytes_of(lived(twin)) == bytes_of(lived(one))
    assert twin.truth(after(720)) == one.truth(after(720))
