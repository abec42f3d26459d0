"""When an order of a currency is known to be lost."""

import pytest

from app.observe.own_losses import OwnLosses, no_event


def losses(share: float, doubt: float) -> OwnLosses:
    """Failures of which that share costs an order."""
    return OwnLosses({}, doubt, True, 0.0, share=share)


def test_two_failures_that_may_have_been_harmless_do_not_prove_a_lost_order_and_many_do() -> None:
    known = losses(share=0.7, doubt=0.2)
    assert known.none_of(2 * 0.7) > 0.1 > known.none_of(4 * 0.7)
    assert known.none_of(0.0) == 1.0


def test_where_each_failure_costs_an_order_fewer_prove_one() -> None:
    assert losses(share=0.9, doubt=0.2).none_of(1.8) < losses(share=0.3, doubt=0.2).none_of(1.8)


def test_the_less_is_known_of_the_share_the_more_it_takes() -> None:
    assert losses(share=0.3, doubt=0.6).none_of(2.4) > 0.1 > losses(share=0.3, doubt=0.1).none_of(2.4)


def test_without_any_doubt_nothing_comes_as_often_as_chance_has_it() -> None:
    assert no_event(2.0, 0.0) == pytest.approx(no_event(2.0, 1e-4), rel=1e-3) == pytest.approx(0.1353, rel=1e-2)
