"""Cured against still broken, by counts alone: how often it is wrong over many draws, and how long it takes to tell."""

import math
from collections import Counter

import numpy as np
import pytest

from app.expect.cure import (
    DECIDES,
    LONGEST,
    MOST_DRIFT,
    SETTLES,
    Prospect,
    drift_of_untreated,
    known_of_both,
    minutes_to_decide,
    minutes_to_tell,
    weigh_cure,
)
from app.expect.families import ERRORS
from app.expect.normal import expect_counts
from app.observe.healthy import DEEDS, expect_healthy, visits_kind
from tests.builders import make_cell

SEED = 7_000
DRAWS = 1_500
AT_A_TIME = 30.0
KNOWN_WELL = 200.0


def prospect(broken: float, healthy: float = 0.0, known: float = KNOWN_WELL) -> Prospect:
    return Prospect(known, broken, healthy, broken / 5)


def test_about_three_expected_failures_that_stay_away_decide() -> None:
    assert weigh_cure(0, prospect(3.3)) >= DECIDES > weigh_cure(0, prospect(2.8))


def test_as_many_as_before_are_no_cure_and_a_few_of_many_are_not_told() -> None:
    assert weigh_cure(10, prospect(10)) <= -DECIDES
    assert abs(weigh_cure(2, prospect(4))) < DECIDES
    assert weigh_cure(100_000, prospect(100)) <= -DECIDES, "not even where both are beyond all chance"


def test_what_the_healthy_have_as_well_does_not_speak_against_a_cure() -> None:
    assert weigh_cure(4, prospect(20, healthy=4)) > weigh_cure(4, prospect(20)) > DECIDES


def test_a_pace_that_rests_on_few_failures_takes_longer_to_tell_by() -> None:
    assert weigh_cure(0, prospect(4, known=1)) < DECIDES < weigh_cure(0, prospect(4))
    slow, fast = (minutes_to_decide(0, prospect(1, known=known), 10, LONGEST) for known in (2, KNOWN_WELL))
    assert slow is not None and fast is not None and slow > fast


def test_the_minutes_still_needed_are_the_minutes_it_takes() -> None:
    needed = minutes_to_decide(0, prospect(1), 10, LONGEST)
    assert needed is not None and 20 <= needed <= 25, "3.3 failures, of which one comes in ten minutes"
    assert weigh_cure(0, prospect(1).over((10 + needed) / 10)) >= DECIDES
    assert minutes_to_decide(0, prospect(0), 10, LONGEST) is None, "where nothing is expected nothing ever tells"


def test_it_is_known_beforehand_how_long_a_cure_takes_to_show() -> None:
    often, seldom = minutes_to_tell(60, 60, 0.2), minutes_to_tell(12, 60, 0.2)
    assert often == SETTLES + 6 and seldom is not None and 25 <= seldom <= 30
    assert minutes_to_tell(1, 60, 0.2) is None and minutes_to_tell(9, 0, 0.2) is None


def test_what_became_of_the_untreated_moves_what_is_expected_within_bounds() -> None:
    assert drift_of_untreated(0, 0) == 1 and drift_of_untreated(400, 10) == MOST_DRIFT
    assert drift_of_untreated(0, 100) < 0.1 < drift_of_untreated(0, 2)
    assert known_of_both(50, 50) < 50


def ending(chance: np.random.Generator, per_minute: float, left: float) -> str:
    """What is concluded of a trouble that was noticed, beside three like it, after as many looks as it takes."""
    first = min(max(10, math.ceil(5 / per_minute)), 240)
    span = min(max(20, 10 / per_minute), max(60, first))
    before, beside = (
        np.sort(chance.uniform(0, span, chance.poisson(rate * span))) for rate in (per_minute, 3 * per_minute)
    )
    if len(before) < 2 or len(beside) < 2:
        return "never began"
    pace, pace_beside = ((len(one) - 1) / max(span - one[0], 5) for one in (before, beside))
    after = chance.uniform(0, LONGEST, chance.poisson(per_minute * left * LONGEST))
    others = chance.uniform(0, LONGEST, chance.poisson(3 * per_minute * LONGEST))
    now = float(first)
    while now <= LONGEST:
        seen, elsewhere = int((after < now).sum()), int((others < now).sum())
        drift = drift_of_untreated(elsewhere, pace_beside * now)
        known = len(before) - 1.0
        expected = prospect(pace * now * drift, known=known_of_both(known, elsewhere) if drift > 1 else known)
        weight = weigh_cure(seen, expected)
        if abs(weight) >= DECIDES:
            return "cured" if weight > 0 else "not cured"
        now += min(minutes_to_decide(seen, expected, now, LONGEST - now) or AT_A_TIME, AT_A_TIME)
    return "not told"


@pytest.mark.parametrize("per_minute", [1.0, 0.2, 0.04])
def test_over_many_draws_what_is_broken_is_hardly_ever_called_cured(per_minute: float) -> None:
    print(f"seed {SEED}, {DRAWS} draws")
    chance = np.random.default_rng(SEED)
    broken = Counter(ending(chance, per_minute, 1.0) for _ in range(DRAWS))
    cured = Counter(ending(chance, per_minute, 0.0) for _ in range(DRAWS // 5))
    print(per_minute, dict(broken), dict(cured))
    assert broken["cured"] / DRAWS <= 0.015 and cured["not cured"] == 0
    assert cured["cured"] / cured.total() >= 0.8


def test_the_healthy_are_known_from_before_and_by_who_came_since() -> None:
    stream = "errors|call|/pay|422"
    failed = [
        make_cell(0, merchant="A", stream=stream, count=20.0),
        make_cell(1, merchant="A", stream=stream, count=20.0),
    ]
    visited = [make_cell(0, merchant=name, stream="visits|checkout", count=2_000.0) for name in ("A", "B")]
    came = [make_cell(9, merchant=name, stream="visits|checkout", count=200.0) for name in ("A", "B", "NEW")]
    found = expect_healthy(failed, visited, came, share=0.5)
    assert set(found) == {"A", "B"} and 1.5 < found["A"] < 2.5 and found["B"] < 0.3
    assert expect_healthy([], visited, came, share=1.0) == {"A": 0.0, "B": 0.0}
    assert visits_kind(visited) == ("visits|checkout",) and visits_kind([]) == DEEDS


def test_the_expected_is_the_platforms_rate_drawn_towards_each_merchants_own() -> None:
    past, tries = np.array([50.0, 0.0]), np.array([1_000.0, 1_000.0])
    often, never = expect_counts(ERRORS, past, tries, np.array([100.0, 100.0]))
    assert 4 < often <= 5 and 0 < never < 0.5
