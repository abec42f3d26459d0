"""Every cause of the commerce pack leads where it holds: in a usual wording with its code, in that of another platform,
with other routes, other words, no code, and a directory that says nothing of the setting, and in a third one, as the
operators of shops here and there would tell it.
"""

from functools import lru_cache

import pytest

from app.domain.hypotheses import UNKNOWN, Hypothesis
from tests.faults import config, pack
from tests.told import Case, failure, ranked
from tests.told_cases import CASES, STRANGE, THIRD

INSEPARABLE: tuple[tuple[str, str], ...] = ()
"""Pairs that these signs cannot tell apart; either may lead where the other holds."""


@lru_cache(maxsize=1)
def rankings() -> dict[tuple[str, int], list[Hypothesis]]:
    return {
        (cause, place): ranked(case)
        for cause, both in CASES.items()
        for place, case in enumerate((*both, THIRD[cause]))
    }


def test_every_cause_of_the_pack_has_a_case() -> None:
    known = {one.id for one in pack().causes}
    assert set(CASES) == known, "tell each cause twice in CASES of tests/told_cases.py"
    assert set(THIRD) == known, "tell each cause once more in THIRD of tests/told_cases.py"
    assert len(INSEPARABLE) <= 3


@pytest.mark.parametrize("place", [0, 1, 2], ids=["usual", "otherwise", "third"])
@pytest.mark.parametrize("cause", list(CASES))
def test_the_cause_leads_in_every_wording(cause: str, place: int) -> None:
    found = rankings()[cause, place]
    may_lead = {cause, *(other for pair in INSEPARABLE if cause in pair for other in pair)}
    told = [(one.cause, round(one.confidence, 2)) for one in found[:3]]
    assert found[0].cause in may_lead, told
    assert place > 0 or found[0].confidence >= config().thresholds.escalate_confidence, told


@pytest.mark.parametrize("cause", list(CASES))
def test_the_usual_wording_without_its_code_still_leads(cause: str) -> None:
    case = CASES[cause][0]
    bare = case._replace(seen=[{**one, "error_code": None} if "error_code" in one else one for one in case.seen])
    assert ranked(bare)[0].cause == cause


@pytest.mark.parametrize("place", [0, 1, 2], ids=["usual", "otherwise", "third"])
@pytest.mark.parametrize("cause", list(CASES))
def test_what_is_done_first_is_meant_for_the_cause(cause: str, place: int) -> None:
    """No other cause is likely enough to be treated in its place."""
    others = [one for one in rankings()[cause, place] if one.cause not in {cause, UNKNOWN}]
    assert max(one.confidence for one in others) < config().thresholds.escalate_confidence


def test_a_failure_that_fits_no_cause_is_left_unknown() -> None:
    strange = Case([failure("/api/v3/loyalty/points", 418, "points are counted twice", "LOYALTY_DOUBLE")])
    assert ranked(strange)[0].cause == UNKNOWN


@pytest.mark.parametrize("what", list(STRANGE))
def test_a_bare_status_reaches_no_cause(what: str) -> None:
    found = ranked(STRANGE[what])
    assert found[0].cause == UNKNOWN, [(one.cause, round(one.score, 2)) for one in found[:3]]
