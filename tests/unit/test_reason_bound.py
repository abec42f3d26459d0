"""What may be acted on where little of different kinds speaks for a cause, and what counts against one where little of
the trouble could show it.
"""

import pytest

from app.domain.checks import NAMED, NamedCause
from app.domain.dossier_facts import ROUTINE_WEIGHT, TextMatches
from app.domain.evidence import Evidence
from app.domain.hypotheses import Dossier, Hypothesis
from app.observe.groups import is_routine
from app.playbooks.plan import propose_treatment
from app.reason.assess import assess_incident
from app.reason.bound import ENOUGH, count_witnesses, lower_bound
from app.reason.score import score_causes
from app.signs.registry import KINDS
from tests.builders import make_signal, minutes
from tests.faults import pack, planned, thresholds
from tests.told import LOG, Case, failure, looked_at, told_as
from tests.told_cases import CASES

SPOKEN = "cache_not_invalidated"


def ranking(case: Case) -> tuple[Dossier, list[Hypothesis]]:
    dossier = looked_at(told_as(case))
    return dossier, score_causes(dossier, dossier.evidence, pack())


def of(cause: str, ranked: list[Hypothesis]) -> Hypothesis:
    return next(one for one in ranked if one.cause == cause)


def only_said(cause: str) -> Case:
    """What people and machines write of a cause, and nothing else of it."""
    case = CASES[cause][0]
    said = [one.get("error_message") or one.get("message") for one in case.seen]
    return Case(seen=[{**LOG, "message": text} for text in said if text], said=case.said)


@pytest.mark.parametrize("witnesses", range(ENOUGH))
def test_each_kind_of_evidence_that_is_missing_takes_from_what_may_be_acted_on(witnesses: int) -> None:
    assert lower_bound(0.9, witnesses) < lower_bound(0.9, witnesses + 1) <= lower_bound(0.9, ENOUGH) == 0.9
    assert (lower_bound(0.0, witnesses), lower_bound(1.0, witnesses)) == (0.0, 1.0)


@pytest.mark.parametrize("cause", sorted(CASES))
def test_a_cause_that_everything_speaks_for_is_acted_on_as_it_stands_and_one_that_is_only_spoken_of_is_not(
    cause: str,
) -> None:
    for case in (CASES[cause][0], only_said(cause)):
        _, ranked = ranking(case)
        told, known = of(cause, ranked), pack().cause(cause)
        assert known is not None
        witnesses = count_witnesses(known, told.findings_for)
        assert told.least == pytest.approx(lower_bound(told.confidence, witnesses))
        assert (told.lower is None) == (witnesses >= ENOUGH)
    assert witnesses < ENOUGH


def test_kinds_that_tell_the_same_twice_are_one_and_what_every_incident_has_is_none() -> None:
    assert KINDS["text"].own_witness == KINDS["meaning"].own_witness
    assert KINDS["endpoint"].own_witness == KINDS["topic"].own_witness != KINDS["status"].own_witness
    assert {name for name, kind in KINDS.items() if not kind.own_witness} == {"stage", "signal_type"}


def test_a_cause_that_leads_on_words_alone_is_passed_over_and_the_card_says_why() -> None:
    dossier, ranked = ranking(only_said(SPOKEN))
    floor = thresholds().escalate_confidence
    told = of(SPOKEN, ranked).changed(confidence=floor + 0.05, lower=floor - 0.1)
    others = [one.changed(confidence=0.01) for one in ranked if one.cause != SPOKEN]
    proposal = propose_treatment(planned(dossier, assess_incident(dossier, [told, *others], ())))
    assert proposal is not None and proposal.tool == pack().fallback.tool
    assert any("Too few kinds of evidence" in one.why_not for one in proposal.alternatives if one.cause == SPOKEN)


def test_the_word_of_a_person_stands_for_itself() -> None:
    dossier, _ = ranking(only_said(SPOKEN))
    named = NamedCause(cause=SPOKEN, title=SPOKEN, by="person:ada", at=minutes(61))
    row = Evidence(id="EV-NAMED", incident_id=dossier.incident_id, kind=NAMED, statement=named.sentence, count=1)
    dossier = dossier.changed(named=named, evidence=(*dossier.evidence, row))
    first = score_causes(dossier, dossier.evidence, pack())[0]
    assert first.cause == SPOKEN and first.lower is None


def test_a_stray_call_beside_many_lines_of_a_log_refutes_less_than_where_only_calls_fail() -> None:
    outage = [{**LOG, "message": f"payment provider does not answer, try {number}"} for number in range(3)]
    stray = failure("/search", 400, "empty query")
    among = of("third_party_outage", ranking(Case(seen=[*outage, stray]))[1])
    alone = of("third_party_outage", ranking(Case(seen=[stray]))[1])
    weights = [{one.sign: one.weight for one in found.findings_against} for found in (among, alone)]
    for sign in ("refused", "other_places"):
        assert weights[0][sign] == pytest.approx(weights[1][sign] / 4)


def test_a_line_that_its_writer_called_no_trouble_counts_half() -> None:
    found = TextMatches(total=4, hits={"a/b": 2}, routine=2, routine_hits={"a/b": 2})
    assert found.share_of("a/b") == pytest.approx(2 * ROUTINE_WEIGHT / (2 + 2 * ROUTINE_WEIGHT))
    assert TextMatches(total=2, hits={"a/b": 1}, routine=2, routine_hits={"a/b": 1}).share_of("a/b") == 0.5
    assert TextMatches().share_of("a/b") == 0.0
    levels = {"info": True, "DEBUG": True, "warn": False, "error": False, None: False}
    fields = {"error_code": None, "endpoint": None, "status": None, **LOG, "message": "hsts check is green"}
    assert {one: is_routine(make_signal(1, **{**fields, "level": one})) for one in levels} == levels


def test_text_signs_read_what_a_code_says_in_words() -> None:
    case = Case(seen=[failure("/x", 400, "see the manual", "REDIRECT_URI_OF_THE_FORMER_HOST")])
    dossier, _ = ranking(case)
    plain, _ = ranking(Case(seen=[failure("/x", 400, "see the manual")]))
    assert set(dossier.facts.texts.hits) > set(plain.facts.texts.hits)
