"""The pack for services on Kubernetes tells causes apart by what clusters emit, and says nothing of what it does not
know. Half of the incidents were put aside while it was weighed.
"""

from functools import lru_cache

import pytest

from app.config.load import load_config
from app.config.model import DomainPack
from app.domain.hypotheses import UNKNOWN
from app.observe.reading import read_symptoms
from app.observe.symptoms import spoken_symptoms
from app.settings import PROJECT
from tests.clusters.incidents import amid_noise, pack, ranked, read_incidents
from tests.faults import pack as commerce

AMONG_CALLERS = 24
HALVES = {"tuned_on": 1.0, "kept_aside": 0.92}
"""At least this share of each half leads where it should."""
half = pytest.mark.parametrize("name", list(HALVES))


@lru_cache(maxsize=1)
def known() -> DomainPack:
    return pack()


def share_right(name: str, *, amid: bool) -> float:
    told = read_incidents(name)
    found = [ranked(amid_noise(one), known(), AMONG_CALLERS) if amid else ranked(one, known()) for one in told]
    wrong = [(one.cause, best[0].cause, one.lines) for one, best in zip(told, found, strict=True)]
    missed = [entry for entry in wrong if entry[0] != entry[1]]
    print(f"{name}, {'amid what callers tell' if amid else 'alone'}: {len(told) - len(missed)} of {len(told)}")
    return 1 - len(missed) / len(told)


def test_every_cause_is_told_in_both_halves_twice() -> None:
    causes = {one.id for one in known().causes}
    for name in HALVES:
        told = [one.cause for one in read_incidents(name)]
        assert set(told) == causes and all(told.count(cause) >= 2 for cause in causes)


@half
@pytest.mark.parametrize("amid", [False, True], ids=["alone", "amid what callers tell"])
def test_the_cause_leads(name: str, amid: bool) -> None:
    assert share_right(name, amid=amid) >= HALVES[name]


@pytest.mark.parametrize("told", read_incidents("unknown"), ids=lambda told: told.lines[0][:40])
def test_what_the_pack_does_not_know_stays_unknown(told) -> None:
    assert ranked(told, known())[0].cause == UNKNOWN
    assert ranked(amid_noise(told), known(), AMONG_CALLERS)[0].cause == UNKNOWN


def test_no_sign_decides_alone_and_each_cause_says_what_to_do_and_to_check() -> None:
    for cause in known().causes:
        kinds = {next(iter(sign.test)) for sign in cause.signs}
        assert len(kinds) >= 4 and cause.contradictions and len(cause.questions) >= 3, cause.id
        assert cause.prior + max(sign.weight for sign in cause.signs) < known().unknown_prior + 1, cause.id
        assert cause.treatments[0].tool == "escalate" and cause.explanation


def test_a_share_of_its_own_lets_a_sign_hold_among_much_else() -> None:
    (told,) = [one for one in read_incidents("tuned_on") if one.cause == "quota_exceeded"][:1]
    whole = known()
    plain = [
        one.changed(signs=tuple(sign.changed(full_at=None) for sign in one.signs)) if one.id == told.cause else one
        for one in whole.causes
    ]
    with_it = next(one for one in ranked(amid_noise(told), whole, AMONG_CALLERS) if one.cause == told.cause)
    without = ranked(amid_noise(told), whole.changed(causes=tuple(plain)), AMONG_CALLERS)
    assert with_it.score > next(one for one in without if one.cause == told.cause).score


def test_symptoms_of_clusters_are_words_of_their_pack_and_of_no_other() -> None:
    said = "Back-off restarting failed container cart"
    assert "pods_restarting" in spoken_symptoms(said, known().vocabulary)
    assert spoken_symptoms(said, commerce().vocabulary) == frozenset()
    assert "names_not_found" in read_symptoms("lookup users: no such host", known().vocabulary).symptoms


def test_a_metric_that_falls_shows_what_the_pack_says_of_it() -> None:
    words = load_config(PROJECT / "config").packs["kubernetes"].vocabulary
    assert words.symptoms_of_metric("coredns_success_ratio") == {"names_not_found"}
    assert not words.loses_orders("coredns_success_ratio")
