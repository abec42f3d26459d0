"""What the standing functions find among what our own hands planted, beside what anybody would do by hand."""

import pytest

from tests.bench.standing import judge_leaves, judge_series

SEED = 20_261_129


@pytest.mark.long
@pytest.mark.parametrize("half", ["develop", "held_out"])
def test_planted_anomalies_are_found_better_than_by_plain_detectors(half: str) -> None:
    figures = judge_series(half, 14, SEED)
    ours = figures.pop("score_series")
    assert ours.f1_adjusted > max(one.f1_adjusted for one in figures.values())
    assert ours.auc_pr > max(one.auc_pr for one in figures.values())
    assert ours.false_per_1000 < 5


@pytest.mark.long
@pytest.mark.parametrize("half", ["develop", "sparse", "held_out"])
def test_planted_causes_are_named_better_than_by_drilling_down(half: str) -> None:
    table = judge_leaves(half, 2, SEED)
    ours, plain = zip(*table.values(), strict=True)
    assert sum(ours) / len(ours) > 0.8 and sum(ours) > 1.2 * sum(plain)
