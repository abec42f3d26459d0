"""Chance: named, repeatable, and fair enough."""

import statistics

from simulations.world.seeded_random import Draws


def test_the_same_name_draws_the_same_numbers_and_another_name_others():
    first, again, other = Draws(1, "a", 2), Draws(1, "a", 2), Draws(1, "a", 3)
    assert [first.uniform() for _ in range(30)] == [again.uniform() for _ in range(30)]
    assert Draws(1, "a", 2).uniform() != other.uniform()


def test_a_draw_has_one_value_on_every_machine():
    assert Draws(7, "MERCH-A1B2C3", 29_000_000, "arrivals").uniform() == 0.9159095532375917


def test_arrivals_have_the_mean_and_the_spread_of_a_poisson_process():
    for mean in (0.3, 4.0, 120.0):
        counts = [Draws(3, "arrivals", str(mean), n).poisson(mean) for n in range(2_000)]
        assert abs(statistics.fmean(counts) - mean) < 5 * (mean / 2_000) ** 0.5
        assert 0.85 < statistics.variance(counts) / mean < 1.15


def test_uniform_numbers_fill_the_interval_evenly():
    draws = Draws(11, "even")
    values = [draws.uniform() for _ in range(4_000)]
    assert min(values) >= 0 and max(values) < 1
    assert all(340 < sum(low / 10 <= value < (low + 1) / 10 for value in values) < 460 for low in range(10))
