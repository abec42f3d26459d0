"""Which calls are slow, against what their route was before."""

import os

import numpy as np
import pytest

from app.domain.rollups import SLOTS_A_DAY, SLOTS_AN_HOUR
from app.observe.speeds import RouteSpeeds

SEED = int(os.environ.get("CAUSEWAY_TEST_SEED", "20261201"))


class Route:
    """A route with so many calls a slot, of 100 ms more or less."""

    def __init__(self, calls: float) -> None:
        print(f"seed {SEED}")
        self.draws, self.calls = np.random.default_rng(SEED), calls
        self.speeds, self.slot = RouteSpeeds(), 0

    def live(self, slots: int, *, slow: float = 0.0) -> tuple[int, int, int]:
        """Slow ones found, really slow ones, and calls."""
        found = really = calls = 0
        for _ in range(slots):
            self.slot += 1
            for _ in range(int(self.draws.poisson(self.calls))):
                is_slow = self.draws.uniform() < slow
                ms = float(self.draws.lognormal(np.log(100), 0.4)) * (12 if is_slow else 1)
                found += self.speeds.is_slow("/products", ms, self.slot)
                really, calls = really + is_slow, calls + 1
        return found, really, calls


@pytest.mark.parametrize("calls", [0.5, 5.0, 60.0])
def test_on_a_healthy_route_few_calls_are_slow(calls: float) -> None:
    route = Route(calls)
    route.live(12 * SLOTS_AN_HOUR)
    found, _, every = route.live(24 * SLOTS_AN_HOUR)
    assert found <= 0.05 * every + 3


@pytest.mark.parametrize("calls", [0.5, 5.0, 60.0])
def test_what_grows_slow_stays_slow_for_hours_on_a_quiet_route_and_on_a_busy_one(calls: float) -> None:
    route = Route(calls)
    route.live(12 * SLOTS_AN_HOUR)
    found, really, _ = route.live(10 * SLOTS_AN_HOUR, slow=0.25)
    assert really and found >= 0.9 * really


def test_a_route_that_has_been_slow_for_a_day_is_so_by_now() -> None:
    route = Route(5.0)
    route.live(12 * SLOTS_AN_HOUR)
    found, _, calls = route.live(SLOTS_A_DAY - SLOTS_AN_HOUR, slow=1.0)
    assert found >= 0.95 * calls
    route.live(2 * SLOTS_AN_HOUR, slow=1.0)
    found, _, calls = route.live(SLOTS_A_DAY, slow=1.0)
    assert found <= 0.05 * calls


def test_nothing_is_slow_before_there_is_something_to_hold_it_against() -> None:
    speeds = RouteSpeeds()
    assert not any(speeds.is_slow("/new", ms, 1) for ms in (10.0, 90_000.0, 30.0))
