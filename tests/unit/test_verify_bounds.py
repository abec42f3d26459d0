"""The bounds of a receipt are numbers that can be kept, however little is known."""

import math

import pytest

from app.verify.share_left import MOST_TOLD, _quantile_of_ratio


@pytest.mark.parametrize("count", [0.01, 0.5, 40.0])
@pytest.mark.parametrize("counted", [1e-9, 0.001, 0.05, 1.0, 300.0])
@pytest.mark.parametrize("share", [0.025, 0.975])
def test_a_bound_is_finite_however_little_was_counted(count: float, counted: float, share: float) -> None:
    bound = _quantile_of_ratio(count, counted, share)
    assert math.isfinite(bound)
    assert 0 <= bound <= MOST_TOLD
