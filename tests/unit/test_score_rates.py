"""The kinds of figures: each against numbers worked out elsewhere."""

import math

import pytest

from simulations.scoring.statistics import amount_of, calibration_of, rate_of, share_of, spread_of
from simulations.world.seeded_random import Draws


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.277533),
        (10, 10, 0.722467, 1.0),
        (5, 10, 0.236593, 0.763407),
        (1, 1, 0.206549, 1.0),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_wilson_bounds_are_those_of_the_textbook(hits, n, low, high):
    """81 of 263 is the example of Newcombe (1998): 0.2553 to 0.3662."""
    told = rate_of(hits, n)
    assert (told.low, told.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_without_cases_there_is_no_share_and_everything_is_possible():
    told = share_of([])
    assert (told.value, told.n, told.low, told.high) == (None, 0, 0.0, 1.0)
    assert told.cells() == ("-", "0", "")


def test_more_hits_than_cases_is_no_share():
    with pytest.raises(ValueError, match="3 of 2 is no share"):
        rate_of(3, 2)


def test_bounds_hold_the_share_and_stay_inside_it_for_any_count():
    for n in range(1, 200, 7):
        for hits in range(n + 1):
            told = rate_of(hits, n)
            assert 0 <= told.low <= told.value <= told.high <= 1


def test_a_rate_for_people_is_never_a_bare_percentage():
    assert rate_of(5, 10).cells() == ("50.0%", "5/10", "23.7% to 76.3%")


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (5, 1.6235, 11.668), (20, 12.217, 30.888), (100, 81.364, 121.627)],
)
def test_counts_have_the_bounds_of_a_poisson_count(count, low, high):
    """Byar's bounds lie within a few hundredths of the exact ones, which are these."""
    told = amount_of(count, 1.0, "day")
    assert told.low == pytest.approx(low, abs=0.03) and told.high == pytest.approx(high, rel=0.015)
    half = amount_of(count, 2.0, "day")
    assert (half.value, half.high) == (count / 2, pytest.approx(told.high / 2, abs=1e-6))


def test_where_there_was_no_time_there_is_no_amount():
    assert amount_of(0, 0.0, "day").value is None
    assert amount_of(0, 0.0, "day").cells() == ("-", "0 days", "")


def test_a_spread_counts_what_never_ended_as_the_longest():
    assert spread_of([1.0, 2.0, 3.0]).median == 2.0
    assert spread_of([1.0, None, 3.0]).median == 3.0
    assert spread_of([1.0, None, None]).median is None
    told = spread_of([float(n) for n in range(1, 11)])
    assert (told.median, told.p90, told.n, told.known) == (5.0, 9.0, 10, 10)
    assert spread_of([5.0, math.nan, math.inf]).known == 1
    assert spread_of([1.0, None, None]).cells() == ("median never, p75 never, p90 never", "1 of 3 known", "")


def test_brier_and_calibration_error_by_hand():
    """(0.9, right) (0.9, wrong) (0.6, right) (0.2, wrong): squares 0.01 0.81 0.16 0.04; gaps 0.8 + 0.4 +
    0.2 over four.
    """
    told = calibration_of([(0.9, True), (0.9, False), (0.6, True), (0.2, False)])
    assert told.brier == pytest.approx(1.02 / 4)
    assert told.ece == pytest.approx((0.8 + 0.4 + 0.2) / 4)
    assert [(one.up_to, one.claimed, one.right.hits, one.right.n) for one in told.bins if one.right.n] == [
        (0.2, 0.2, 0, 1),
        (0.6, 0.6, 1, 1),
        (0.9, 0.9, 1, 2),
    ]


def test_a_perfectly_calibrated_liar_is_impossible_and_nonsense_is_certainty():
    assert calibration_of([(7.0, False)]).brier == 1.0
    assert calibration_of([(math.nan, False)]).brier == 1.0
    assert calibration_of([(-3.0, True)]).brier == 1.0
    assert calibration_of([]).brier is None


def test_a_fair_prophet_has_hardly_any_calibration_error():
    draws = Draws(5, "prophet")
    claims = [(confidence, draws.happens(confidence)) for confidence in (draws.uniform() for _ in range(4_000))]
    told = calibration_of(claims)
    assert told.ece < 0.03 and 0.14 < told.brier < 0.19
