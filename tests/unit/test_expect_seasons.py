"""Hours of the day that differ, and hours that only seem to."""

import os

import numpy as np

from app.expect.seasons import HOURS, fit_seasons, season_of_windows

SEED = int(os.environ.get("CAUSEWAY_TEST_SEED", "20261129"))
VISITS, ORDERS = 0, 1
OWN = np.array([False, False])


def hours(days: int, at_night: float, seed: int = SEED) -> dict[int, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    """A thousand visits an hour, of which one in ten buys, at night fewer."""
    print(f"seed {seed}")
    draws = np.random.default_rng(seed)
    found = {}
    for hour in range(days * HOURS):
        share = 0.1 * (at_night if hour % HOURS < 6 else 1.0)
        found[hour] = np.array([[1000.0, 0.0], [float(draws.binomial(1000, share)), 0.0]])
    return found


def test_who_comes_at_night_and_buys_less_is_expected_to() -> None:
    seasons = fit_seasons(hours(7, at_night=0.5), [VISITS], 2, OWN)
    assert abs(seasons[:6, ORDERS].mean() / seasons[6:, ORDERS].mean() - 0.5) < 0.06
    assert np.allclose(seasons[:, VISITS], 1.0)


def test_before_two_days_were_seen_all_hours_are_alike() -> None:
    assert (fit_seasons(hours(1, at_night=0.5), [VISITS], 2, OWN) == 1.0).all()


def test_a_window_has_the_season_of_those_who_came_in_it() -> None:
    seasons = np.ones((HOURS, 1))
    seasons[0] = 0.5
    visits = np.concatenate([np.full(12, 100.0), np.full(12, 300.0)])
    last = 12 + 12 * HOURS
    found = season_of_windows(seasons, visits, last, [12, 24])
    assert found.tolist() == [[0.5, (0.5 * 1200 + 3600) / 4800]]
