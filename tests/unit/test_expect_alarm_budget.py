"""The bar for departures: it comes to lie where as many false alarms come as are allowed."""

import math
import os

import numpy as np
import pytest

from app.expect.alarm_budget import HIGHEST, LOWEST, SLOPE, refit_bar

SEED = int(os.environ.get("CAUSEWAY_TEST_SEED", "20261201"))
BUDGET, SHIPPED = 0.5, 10.3


@pytest.mark.parametrize("noisier", [0.3, 1.0, 4.0, 12.0])
def test_after_a_season_as_many_come_as_are_allowed(noisier: float) -> None:
    draws = np.random.default_rng(SEED)
    print(f"seed {SEED}")
    met = []
    for _tenant in range(40):
        bar = SHIPPED
        for week in range(40):
            rate = BUDGET * noisier * math.exp(-(bar - SHIPPED) / SLOPE)
            false = int(draws.poisson(rate))
            met += [rate] if week >= 15 else []
            bar = refit_bar(bar, SHIPPED, false=false, weeks=1.0, budget=BUDGET)
    assert 0.5 <= np.mean(met) / BUDGET <= 2


def test_it_stays_within_bounds_and_moves_little_for_one_alarm() -> None:
    assert refit_bar(SHIPPED, SHIPPED, false=10_000, weeks=1.0, budget=BUDGET) == SHIPPED + HIGHEST
    assert refit_bar(SHIPPED + LOWEST, SHIPPED, false=0, weeks=50.0, budget=BUDGET) == SHIPPED + LOWEST
    assert 0 < refit_bar(SHIPPED, SHIPPED, false=1, weeks=1.0, budget=BUDGET) - SHIPPED < 0.3
