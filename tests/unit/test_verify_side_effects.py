"""A treatment that breaks something else: told by failures elsewhere that only those treated have since it was done."""

import os
import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.domain.decisions import Forecast
from app.domain.dossier_facts import Selector
from app.domain.receipts import ReceiptVerdict
from app.domain.signals import Signal, SignalType
from app.verify.grade import Observed, grade_forecast
from tests.builders import NOW
from tests.faults import pack

SEED = int(os.environ.get("CAUSEWAY_TEST_SEED", "20261201"))
FORECAST = Forecast(
    metric="error_rate", selector=Selector(signal_types=("api_error",), endpoints=("/pay",)), merchants=("M0",)
)
HOUR = 60.0
Pace = tuple[str, str, float, float, float]
"""Endpoint, code, failures an hour before, and after at the treated and at the others."""


def graded(*paces: Pace, minutes: float = 60.0, seed: int = SEED) -> Observed:
    chance = random.Random(seed)
    signals = [*lived(chance, minutes), *(one for pace in paces for one in failing(chance, pace, minutes))]
    return grade_forecast(
        FORECAST,
        sorted(signals, key=lambda one: one.occurred_at),
        treated=["M0"],
        acted_at=NOW,
        until=NOW + timedelta(minutes=minutes),
        before=timedelta(minutes=HOUR),
        words=pack().vocabulary,
    )


def failing(chance: random.Random, pace: Pace, minutes: float) -> Iterator[Signal]:
    endpoint, code, before, after, elsewhere = pace
    for number in range(4):
        then = after if number == 0 else elsewhere
        for start, end, an_hour in ((-HOUR, 0.0, before), (0.0, minutes, then)):
            at = start
            while an_hour and (at := at + chance.expovariate(an_hour / HOUR)) < end:
                yield told(SignalType.API_ERROR, number, at, endpoint=endpoint, error_code=code, status=500)


def lived(chance: random.Random, minutes: float) -> Iterator[Signal]:
    for number in range(4):
        for at in range(-60, int(minutes), 2):
            yield told(SignalType.API_CALL, number, at + chance.random(), endpoint="/catalog", status=200)


def told(kind: SignalType, number: int, at: float, **fields: object) -> Signal:
    moment = NOW + timedelta(minutes=at)
    name = f"{kind}-{number}-{at}-{fields.get('endpoint')}"
    return Signal.model_validate(
        {"id": name, "signal_type": kind, "source": "t", "merchant_id": f"M{number}", "occurred_at": moment,
         "received_at": moment, **fields}
    )  # fmt: skip


SICK: Pace = ("/pay", "REFUSED", 30.0, 30.0, 30.0)
CURED: Pace = ("/pay", "REFUSED", 30.0, 0.0, 30.0)


@pytest.mark.parametrize("sick", [SICK, CURED])
def test_what_begins_to_fail_elsewhere_at_those_treated_alone_is_harm(sick: Pace) -> None:
    print(f"seed {SEED}")
    seen = graded(sick, ("/checkout", "BROKEN_BY_IT", 0.0, 20.0, 0.0))
    assert seen.verdict is ReceiptVerdict.HARMED
    assert "BROKEN_BY_IT" in seen.statement and "none had come before" in seen.statement


@pytest.mark.parametrize(
    "beside",
    [
        pytest.param(("/checkout", "TROUBLE_OF_ALL", 0.0, 20.0, 20.0), id="everybody has it"),
        pytest.param(("/checkout", "AS_BEFORE", 20.0, 20.0, 0.0), id="it was there before"),
        pytest.param(("/checkout", "STRAY", 0.0, 2.0, 0.0), id="a stray or two"),
        pytest.param(("/pay", "SAID_OTHERWISE", 0.0, 20.0, 0.0), id="the same failure under another name"),
    ],
)
def test_other_failures_are_no_harm_of_it(beside: Pace) -> None:
    assert "of another kind" not in graded(CURED, beside).statement


def test_healthy_strays_are_hardly_ever_taken_for_harm() -> None:
    strays = [(f"/route/{n}", f"STRAY_{n}", 0.7, 0.7, 0.7) for n in range(9)]
    found = [graded(CURED, *strays, seed=seed).verdict for seed in range(SEED, SEED + 60)]
    assert found.count(ReceiptVerdict.HARMED) == 0, f"from seed {SEED}"
