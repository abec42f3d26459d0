"""Confidences are moved towards what became of earlier ones: the right way, by a bounded amount, and by nothing as long
as nothing is known.
"""

import math
import random

import pytest

from app.domain.decisions import AttemptEnd
from app.domain.hypotheses import UNKNOWN
from app.domain.known_causes import BY_PERSON, BY_TREATMENT, list_known_causes
from app.domain.shares import share_bounds
from app.reason.track_record import (
    FEW,
    HIGHEST,
    LOWEST,
    ClaimResult,
    apply_shift,
    bins_of,
    brier_of,
    ece_of,
    find_shift,
    interval_of,
    word_record,
)
from tests.builders import make_lesson, minutes

SEED = 20261130


def claims(confidence: float, right: int, n: int) -> list[ClaimResult]:
    return [ClaimResult(confidence, place < right) for place in range(n)]


def test_where_nothing_is_known_nothing_is_moved() -> None:
    assert find_shift([]) is None
    assert apply_shift(0.87, None) == 0.87
    assert "simulated prior alone" in word_record([], 0, None)
    assert interval_of(brier_of, []) is None


@pytest.mark.parametrize("n", [1, 5, 20, 100])
def test_who_claimed_too_much_is_lowered_and_who_claimed_too_little_is_raised(n: int) -> None:
    sure, modest = find_shift(claims(0.95, n // 2, n)), find_shift(claims(0.6, n, n))
    assert sure is not None and modest is not None
    assert apply_shift(0.9, sure) < 0.9 < apply_shift(0.9, modest)
    assert sure.n == n and sure.prior_weight == pytest.approx(20 / (n + 20), abs=1e-3)


def test_the_more_is_known_the_further_it_is_moved_and_never_beyond_the_bounds() -> None:
    lowered = [find_shift(claims(0.97, n // 2, n)) for n in (2, 10, 50, 1_000)]
    shifts = [one.shift for one in lowered if one is not None]
    assert shifts == sorted(shifts, reverse=True) and shifts[-1] == LOWEST
    assert find_shift(claims(0.3, 500, 500)).shift == HIGHEST  # type: ignore[union-attr]
    draw = random.Random(SEED)
    for _ in range(300):
        some = [ClaimResult(draw.random(), draw.random() < 0.5) for _ in range(draw.randint(1, 60))]
        found = find_shift(some)
        assert found is not None and LOWEST <= found.shift <= HIGHEST, (SEED, some)
        low, high = sorted((draw.random(), draw.random()))
        assert apply_shift(low, found) <= apply_shift(high, found), "the order of causes stays"
        assert 0 <= apply_shift(high, found) <= 1


def test_a_few_claims_move_it_by_little() -> None:
    found = find_shift(claims(0.97, 0, 1))
    assert found is not None and -0.2 < found.shift < 0
    assert apply_shift(1.0, found) == 1.0 and apply_shift(0.0, found) == 0.0


def test_the_figures_are_those_of_the_definitions() -> None:
    some = [*claims(0.9, 9, 10), *claims(0.5, 1, 4), ClaimResult(1.0, True)]
    assert brier_of(some) == pytest.approx((9 * 0.01 + 0.81 + 4 * 0.25) / 15)
    assert [(one.n, one.right) for one in bins_of(some)] == [(4, 1), (11, 10)]
    assert ece_of(some) == pytest.approx((abs(1 - 2.0) + abs(10 - 10.0)) / 15)
    found = interval_of(brier_of, some)
    assert found is not None and found.low <= found.value <= found.high and found == interval_of(brier_of, some)
    low, high = share_bounds(5, 10)
    assert (round(low, 3), round(high, 3)) == (0.237, 0.763)
    assert share_bounds(0, 5)[0] == 0.0 and math.isclose(share_bounds(5, 5)[1], 1.0)


def test_few_claims_are_called_few() -> None:
    for n in (3, FEW):
        some = claims(0.8, n, n)
        assert ("tell little" in word_record(some, 1, find_shift(some))) is (n < FEW)


def test_what_is_known_is_a_persons_last_word_then_a_cure_that_stands() -> None:
    def lesson(number: int, incident: str, cause: str, outcome: AttemptEnd, **more: object):  # type: ignore[no-untyped-def]
        return make_lesson(number, incident_id=incident, cause=cause, outcome=outcome, at=minutes(number), **more)

    known = list_known_causes(
        [
            lesson(1, "INC-1", "a", AttemptEnd.VERIFIED),
            lesson(2, "INC-1", "b", AttemptEnd.NAMED),
            lesson(3, "INC-1", "c", AttemptEnd.NAMED),
            lesson(4, "INC-2", "a", AttemptEnd.VERIFIED),
            lesson(5, "INC-3", "a", AttemptEnd.VERIFIED, uncontrolled=True),
            lesson(6, "INC-4", "a", AttemptEnd.INEFFECTIVE),
            lesson(7, "INC-5", "a", AttemptEnd.VERIFIED),
            lesson(8, "INC-5", "a", AttemptEnd.TAKEN_BACK),
            lesson(9, "INC-6", UNKNOWN, AttemptEnd.VERIFIED),
        ]
    )
    assert {name: (one.cause, one.by) for name, one in known.items()} == {
        "INC-1": ("c", BY_PERSON),
        "INC-2": ("a", BY_TREATMENT),
    }
