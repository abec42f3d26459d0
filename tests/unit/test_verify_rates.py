"""How often a receipt is right when errors come by chance, looked at as long as the loop looks: cures, tools that do
nothing, tools that do harm, and troubles that end by themselves.
"""

import math
import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import pytest

from app.domain.signals import Signal, SignalType
from app.verify.grade import Observed, grade_forecast
from graph.decisions import LONGEST_MINUTES
from graph.receipts import LONGEST_WAIT, look_again_at
from tests.builders import NOW
from tests.faults import pack
from tests.graded_worlds import FORECAST, signal_of

how_often = pytest.mark.parametrize("runs", [18, pytest.param(60, marks=pytest.mark.long)], ids=["few", "many"])
"""So many draws of each rate; the same shares are asked of the few and of the many."""
SEED = 31_000
OFTEN, SELDOM, RARELY = 1.0, 0.2, 0.04
"""Errors a minute of all treated together: told in minutes, in half an hour, in hours."""
NOTICED = 10
"""Errors without which nobody would have treated anything."""


class Trouble(NamedTuple):
    """What is true of a treatment: how many errors of before are left, for the treated and for the untreated."""

    left: float
    left_elsewhere: float = 1.0
    age: float = 60.0
    treated: int = 1
    untreated: int = 3

    def began(self, rate: float) -> float:
        """So many minutes before the action: long enough to be noticed."""
        return max(self.age, NOTICED / rate)


def arrivals(chance: random.Random, start: float, end: float, per_minute: float) -> list[float]:
    moments, at = [], start
    while per_minute > 0:
        at += chance.expovariate(per_minute)
        if at >= end:
            break
        moments.append(at)
    return moments


def test_what_is_built_here_is_what_the_model_would_make_of_it() -> None:
    for one in signals_of(random.Random(SEED), Trouble(1.0), SELDOM, 60, 60):
        assert Signal.model_validate(one.model_dump(exclude_unset=True)) == one


def signals_of(chance: random.Random, trouble: Trouble, rate: float, before: float, until: float) -> Iterator[Signal]:
    """Errors of each merchant, and twice as many payments (but some in any case)."""
    for number in range(trouble.treated + trouble.untreated):
        ours = number < trouble.treated
        each = rate / trouble.treated if ours else rate
        after = each * (trouble.left if ours else trouble.left_elsewhere)
        common = {"source": "test", "merchant_id": f"M{number}", "received_at": NOW}
        errors = [*arrivals(chance, -trouble.began(rate), 0, each), *arrivals(chance, 0, until, after)]
        for place, at in enumerate(errors):
            moment = NOW + timedelta(minutes=at)
            failed = {"signal_type": SignalType.API_ERROR, "endpoint": "/x", "status": 400}
            yield signal_of(f"E{number}-{place}", moment, {**failed, **common})
        for place, at in enumerate(arrivals(chance, -before, until, max(2 * each, 0.1))):
            name, moment = f"P{number}-{place}", NOW + timedelta(minutes=at)
            paid = {"signal_type": SignalType.PAYMENT, "payment_id": name, "status": "captured"}
            yield signal_of(name, moment, {**paid, **common})


def followed(seed: int, trouble: Trouble, rate: float) -> Observed:
    """What is concluded in the end, after as many looks as the loop takes: the first when five errors were to come."""
    chance = random.Random(seed)
    first = min(max(10, math.ceil(5 / rate)), LONGEST_MINUTES)
    before, longest = max(60, first), min(LONGEST_WAIT.total_seconds() / 60, 60 / rate)
    signals = list(signals_of(chance, trouble, rate, before, longest))
    now = NOW + timedelta(minutes=first)
    while True:
        seen = grade_forecast(
            FORECAST,
            signals,
            treated=[f"M{number}" for number in range(trouble.treated)],
            acted_at=NOW,
            until=now,
            before=timedelta(minutes=before),
            words=pack().vocabulary,
        )
        again = look_again_at(seen, NOW, now)
        if again is None:
            return seen
        now = again


def concluded(runs: int, trouble: Trouble, rates: tuple[float, ...] = (OFTEN, SELDOM, RARELY)) -> Counter[str]:
    """How often each ending came, over seeded draws."""
    print(f"seeds {SEED} to {SEED + runs}")
    found: Counter[str] = Counter()
    for seed in range(SEED, SEED + runs):
        for rate in rates:
            seen = followed(seed, trouble, rate)
            found["RECOVERED" if seen.recovered else seen.verdict.value] += 1
    shares = {name: round(count / found.total(), 4) for name, count in found.items()}
    print(trouble, shares)
    return found


def share(found: Counter[str], *endings: str) -> float:
    return sum(found[name] for name in endings) / found.total()


@pytest.mark.parametrize(
    ("trouble", "expected", "at_least"),
    [
        (Trouble(0.0), "VERIFIED", 0.97),
        (Trouble(0.0, age=10), "VERIFIED", 0.95),
        (Trouble(1.0), "INEFFECTIVE", 0.95),
        (Trouble(1.0, age=10), "INEFFECTIVE", 0.93),
        (Trouble(3.0), "HARMED", 0.95),
    ],
)
@how_often
def test_where_much_happens_receipts_are_right_nearly_always(
    runs: int, trouble: Trouble, expected: str, at_least: float
) -> None:
    found = concluded(runs, trouble, (OFTEN,))
    assert share(found, expected) >= at_least, found


@how_often
def test_a_tool_that_does_nothing_is_hardly_ever_verified(runs: int) -> None:
    found = sum(
        (concluded(runs, Trouble(1.0, age=age, treated=treated)) for age in (60.0, 20.0) for treated in (1, 5)),
        Counter(),
    )
    assert share(found, "VERIFIED") <= 0.015 and share(found, "HARMED") <= 0.02, found


@how_often
def test_a_cure_is_verified_or_left_open_and_never_called_harm(runs: int) -> None:
    found = concluded(runs, Trouble(0.0))
    assert share(found, "VERIFIED") >= 0.6 and share(found, "INEFFECTIVE", "HARMED") <= 0.01, found


@how_often
def test_harm_is_seen_and_never_called_a_cure(runs: int) -> None:
    found = concluded(runs, Trouble(3.0), (OFTEN, SELDOM))
    assert share(found, "HARMED") >= 0.8 and share(found, "VERIFIED") == 0, found


@how_often
def test_what_ends_by_itself_beside_untreated_is_credited_to_nobody(runs: int) -> None:
    found = concluded(runs, Trouble(0.0, left_elsewhere=0.0))
    assert share(found, "VERIFIED") <= 0.02 and share(found, "RECOVERED") >= 0.6, found


@how_often
def test_a_cure_beside_untreated_that_are_still_broken_is_never_said_to_have_ended_by_itself(runs: int) -> None:
    assert share(concluded(runs, Trouble(0.0, left_elsewhere=1.0)), "RECOVERED") <= 0.01
