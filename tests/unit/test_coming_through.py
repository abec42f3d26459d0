"""What it says of harm that visitors who met a failure did not come through."""

from app.expect.coming_through import ComingThrough, draw_to_known


def test_what_is_known_of_other_failures_proves_no_harm_however_many_meet_this_one() -> None:
    few, many = ComingThrough(0.28, 10), ComingThrough(0.28, 1_000)
    assert few.weigh_harm(40, 0) < 4 < many.weigh_harm(40, 0)


def test_three_buyers_who_fail_at_the_till_are_proof_and_two_are_none() -> None:
    till = ComingThrough(0.9, 10)
    assert till.weigh_harm(2, 0) < 4 < till.weigh_harm(3, 0)


def test_who_came_through_speaks_against_harm() -> None:
    assert ComingThrough(0.9, 10).weigh_harm(20, 20) < -4


def test_what_became_of_those_who_met_it_before_counts_more_the_more_they_were() -> None:
    assert draw_to_known(0.9, 0, 0) == ComingThrough(0.9, 10)
    assert draw_to_known(0.9, 90, 0) == ComingThrough(0.09, 100)
