"""Numbers that are fitted have no say over the causes they are judged by, and confidences are made as the product makes
them.
"""

import pytest

from app.domain.hypotheses import UNKNOWN
from app.reason.score import TEMPERATURE, score_causes
from tests.bench.calibration import FOLDS, Example, Setting, claims_of, examples_of, fit, judged_by
from tests.bench.labelled_incidents import our_own
from tests.bench.simulated_incidents import draw_incidents
from tests.faults import pack
from tests.told import looked_at, told_as

OURS = Setting(TEMPERATURE, pack().unknown_prior)


def test_confidences_are_those_of_the_product_with_its_own_numbers() -> None:
    incidents = our_own()[:6]
    examples = [one for one in examples_of(incidents, 1) if one.truth != UNKNOWN]
    for incident, example in zip(incidents, examples, strict=True):
        dossier = looked_at(told_as(incident.case))
        ranked = {one.cause: one.confidence for one in score_causes(dossier, dossier.evidence, pack())}
        assert example.shares(OURS) == pytest.approx(ranked)


def test_an_incident_counts_again_before_a_pack_that_never_heard_of_its_cause() -> None:
    examples = examples_of([one for one in our_own() if one.cause == "callback_not_https"], 1)
    assert [one.truth for one in examples] == ["callback_not_https", UNKNOWN] * 3
    assert all("callback_not_https" not in one.scores for one in examples if one.truth == UNKNOWN)
    assert len({one.fold for one in examples}) == 1


def test_a_cause_is_judged_in_one_fold_only_with_numbers_fitted_on_the_others() -> None:
    sure = [Example("a", {"a": 4.0, "b": 0.0}, fold=place % FOLDS) for place in range(20)]
    torn = [Example("b", {"a": 4.0, "b": 0.0}, fold=0) for _ in range(20)]
    with_torn, without = fit([*sure, *torn]), fit(sure)
    assert with_torn.temperature > without.temperature
    settings = {fold: without if fold == 0 else with_torn for fold in range(FOLDS)}
    found = judged_by([*sure, *torn], settings)
    assert found.n == 40 and sum(right for _, right in claims_of(sure, without)) == 20


def test_incidents_are_drawn_alike_from_a_seed_and_leave_a_trace() -> None:
    first, again = draw_incidents(30, 5), draw_incidents(30, 5)
    assert first == again != draw_incidents(30, 6)
    assert all(one.case.seen or one.case.said for one in first)
    assert 0 < sum(one.cause == UNKNOWN for one in first) < 30
    assert {one.cause for one in first} <= {*(cause.id for cause in pack().causes), UNKNOWN}
