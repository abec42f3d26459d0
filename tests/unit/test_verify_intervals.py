"""How often receipts are right on worlds whose truth is known: every visit fails or does not, with a chance that an
action changes by so much, and the interval of what is left must hold the truth about as often as it says.
"""

import statistics
from collections import Counter
from functools import cache
from typing import Any

import pytest

from app.domain.receipts import ReceiptVerdict
from app.verify.grade import Observed
from tests.graded_worlds import Graded, grade_world

RECEIPTS, SEED = 300, 71_000


@cache
def grade_worlds(count: int, **given: Any) -> list[Graded]:
    print(f"seeds {SEED} to {SEED + count}")
    return [grade_world(seed, **given) for seed in range(SEED, SEED + count)]


how_many = pytest.mark.parametrize(
    "count", [20, pytest.param(300, marks=[pytest.mark.long, pytest.mark.ci])], ids=["few", "many"]
)


@how_many
def test_intervals_of_what_is_left_hold_the_truth_as_often_as_they_say(count: int) -> None:
    told = [(one.world.left, one.seen.left) for one in grade_worlds(count) if one.seen.left is not None]
    held = sum(left.low <= truth <= left.high for truth, left in told)
    width = statistics.median(left.high - left.low for _, left in told)
    print(f"{held} of {len(told)} held the truth: {held / len(told):.3f}; median width {width:.2f}")
    assert len(told) >= 0.9 * count
    least, most = (0.92, 0.98) if count >= 300 else (0.8, 1.0)
    assert least <= held / len(told) <= most


@how_many
def test_intervals_hold_the_truth_also_where_failures_come_in_clumps(count: int) -> None:
    told = [(one.world.left, one.seen.left) for one in grade_worlds(count, clumps=True) if one.seen.left is not None]
    held = sum(left.low <= truth <= left.high for truth, left in told)
    print(f"{held} of {len(told)} held the truth: {held / len(told):.3f}")
    assert held / len(told) >= (0.91 if count >= 300 else 0.75)


@how_many
def test_what_cured_nothing_is_hardly_ever_verified(count: int) -> None:
    graded = grade_worlds(count, left=1.0)
    wrong = [one.world for one in graded if one.seen.verdict is ReceiptVerdict.VERIFIED]
    print(f"VERIFIED without a cure: {len(wrong)} of {count}", wrong)
    assert len(wrong) <= max(0.01 * count, 1)


@how_many
def test_what_ends_by_itself_beside_untreated_is_hardly_ever_credited(count: int) -> None:
    graded = grade_worlds(count, left=1.0, by_itself=0.02, untreated=4)
    wrong = [one.world for one in graded if one.seen.verdict is ReceiptVerdict.VERIFIED]
    print(f"credited with what ended by itself: {len(wrong)} of {count}", Counter(one.seen.verdict for one in graded))
    assert len(wrong) <= 0.05 * count


def test_what_ends_by_itself_with_nobody_to_compare_with_says_so() -> None:
    graded = grade_worlds(40, left=0.02, untreated=0)
    verified = [one.seen for one in graded if one.seen.verdict is ReceiptVerdict.VERIFIED]
    assert verified and all(seen.uncontrolled for seen in verified), "it earns the agent no freedom to act"


@how_many
def test_what_harms_is_put_back_as_harm_or_as_of_no_help(count: int) -> None:
    graded = [one.seen for one in grade_worlds(count, left=1.8, by_itself=1.0)]
    put_back = [seen for seen in graded if is_put_back(seen)]
    print(f"{len(put_back)} of {count}", Counter(seen.verdict for seen in graded))
    assert len(put_back) >= 0.95 * count


@how_many
def test_what_halves_the_failures_is_hardly_ever_put_back_where_that_is_told(count: int) -> None:
    graded = [one.seen for one in grade_worlds(count, left=0.4, by_itself=1.0, fails=0.3, treated=6, untreated=8)]
    judged = [seen for seen in graded if seen.verdict is ReceiptVerdict.INEFFECTIVE]
    print(f"{sum(map(is_put_back, judged))} of {len(judged)} put back", Counter(seen.verdict for seen in graded))
    assert judged and sum(map(is_put_back, judged)) <= 0.1 * len(judged)


def is_put_back(seen: Observed) -> bool:
    """Whether what was judged so is undone for everybody."""
    unhelped = seen.verdict is ReceiptVerdict.INEFFECTIVE and not (seen.in_part or seen.unhelped)
    return unhelped or seen.verdict is ReceiptVerdict.HARMED
