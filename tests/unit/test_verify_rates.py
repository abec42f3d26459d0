"""How often a receipt is right when errors come by chance: cures, tools that do nothing, and tools that do harm."""

import random
from collections import Counter
from datetime import timedelta

import pytest

from app.domain.decisions import Forecast
from app.domain.dossier_facts import Selector
from app.domain.signals import Signal, SignalType
from app.verify.grade import grade_forecast
from tests.builders import NOW

RUNS = 150
SEED = 31_000
AFTER = 20
FORECAST = Forecast(
    metric="error_rate", selector=Selector(signal_types=("api_error",)), merchants=("M",), within_minutes=AFTER
)


def arrivals(chance: random.Random, start: float, end: float, per_minute: float) -> list[float]:
    moments, at = [], start
    while per_minute > 0:
        at += chance.expovariate(per_minute)
        if at >= end:
            break
        moments.append(at)
    return moments


def verdict(seed: int, age: float, effect: float) -> str:
    """A merchant with an error and a payment a minute; after the action the errors change by the effect."""
    chance = random.Random(seed)
    errors = [*arrivals(chance, -age, 0, 1.0), *arrivals(chance, 0, AFTER, effect)]
    common = {"source": "test", "merchant_id": "M", "received_at": NOW}
    signals = [
        Signal(
            id=f"E{n}",
            signal_type=SignalType.API_ERROR,
            occurred_at=NOW + timedelta(minutes=at),
            endpoint="/x",
            status=400,
            **common,
        )
        for n, at in enumerate(errors)
    ]
    signals += [
        Signal(
            id=f"P{n}",
            signal_type=SignalType.PAYMENT,
            occurred_at=NOW + timedelta(minutes=at),
            payment_id=f"P{n}",
            status="captured",
            **common,
        )
        for n, at in enumerate(arrivals(chance, -60, AFTER, 1.0))
    ]
    until = NOW + timedelta(minutes=AFTER)
    return grade_forecast(
        FORECAST, signals, treated=["M"], acted_at=NOW, until=until, before=timedelta(hours=1)
    ).verdict.value


@pytest.mark.parametrize(
    ("age", "effect", "expected", "at_least"),
    [
        (60, 0.0, "VERIFIED", 0.97),
        (10, 0.0, "VERIFIED", 0.95),
        (60, 1.0, "INEFFECTIVE", 0.95),
        (10, 1.0, "INEFFECTIVE", 0.93),
        (60, 3.0, "HARMED", 0.95),
    ],
)
def test_receipts_are_right_nearly_always(age: float, effect: float, expected: str, at_least: float) -> None:
    print(f"seeds {SEED} to {SEED + RUNS}")
    counts = Counter(verdict(seed, age, effect) for seed in range(SEED, SEED + RUNS))
    assert counts[expected] / RUNS >= at_least, counts
