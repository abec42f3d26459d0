"""The cheapest next check: what it asks, what each answer would change, and that the ranking keeps its word."""

import time
from functools import lru_cache

import pytest

from app.domain.checks import CheckAnswer, CheckWord, NamedCause
from app.domain.hypotheses import UNKNOWN, Dossier, NextCheck
from app.reason.assess import assess_incident
from app.reason.next_check import find_sign, is_close, list_next_checks, same_test, word_question
from app.reason.score import score_causes
from tests.builders import NOW, make_evidence, make_lesson
from tests.faults import Studied, errors, pack, roster, study
from tests.judging import observe

NAMES = ["MERCH-A", "MERCH-B"]


@lru_cache
def unclear() -> Studied:
    """A few refused calls at the checkout, without code or status, of merchants the directory knows little of."""
    signals = errors("callback_not_https", NAMES, 3, error_code=None, status=None)
    _, (found,) = observe(signals, roster())
    return study(found, signals, roster())


def checks_of(found: Studied) -> tuple[NextCheck, ...]:
    return list_next_checks(found.dossier, found.hypotheses, pack())


def answered(found: Studied, check: NextCheck, word: CheckWord) -> Studied:
    """The same incident, reasoned about anew with one sign answered by a person."""
    known = find_sign(pack(), check.sign)
    assert known is not None
    names = tuple(f"{one.cause}/{one.sign.id}" for one in same_test(pack(), known[1]))
    said = CheckAnswer(sign=check.sign, signs=names, ask=check.ask, answer=word, by="person:ada", at=NOW)
    dossier = found.dossier.changed(answers=(said,))
    row = make_evidence(1, dossier.incident_id, kind="answer", data={"signs": list(names)})
    ranked = score_causes(dossier, (*found.evidence, row), pack())
    return Studied(incident=found.incident, dossier=dossier, evidence=(*found.evidence, row), hypotheses=tuple(ranked))


def test_where_causes_are_close_it_names_a_look_into_the_directory_before_a_question_to_a_merchant() -> None:
    first = checks_of(unclear())[0]
    assert (first.sign, first.minutes) == ("callback_not_https.callback_scheme_http", 2)
    assert first.ask == "Does the callback address in the merchant's payment settings start with http, without s?"
    assert first.look_at.startswith("callback_scheme") and "http" in first.look_at
    assert "callback_not_https" in first.causes and first.change > 0


def test_what_changes_most_per_minute_comes_first() -> None:
    per_minute = [one.change / one.minutes for one in checks_of(unclear())]
    assert len(per_minute) > 1 and per_minute == sorted(per_minute, reverse=True)


@pytest.mark.parametrize("word", [CheckWord.YES, CheckWord.NO])
def test_an_answer_makes_of_the_ranking_what_was_said_it_would(word: CheckWord) -> None:
    for check in checks_of(unclear()):
        told = next(one for one in check.outcomes if one.answer is word)
        ranked = answered(unclear(), check, word).hypotheses
        assert (ranked[0].cause, round(ranked[0].confidence, 3)) == (told.cause, round(told.confidence, 3)), check.sign


def test_the_chances_of_both_answers_make_one() -> None:
    for check in checks_of(unclear()):
        assert sum(one.chance for one in check.outcomes) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("word", [CheckWord.YES, CheckWord.NO])
def test_the_ranking_says_that_a_person_said_so(word: CheckWord) -> None:
    check = checks_of(unclear())[0]
    cause, _, sign = check.sign.partition(".")
    ranked = next(one for one in answered(unclear(), check, word).hypotheses if one.cause == cause)
    (finding,) = [one for one in (*ranked.findings_for, *ranked.findings_against) if one.sign == sign]
    assert finding.statement.startswith("A person says that this is " + ("so" if word is CheckWord.YES else "not so"))


def test_an_answered_sign_is_a_recorded_number_with_evidence_that_is_there() -> None:
    check = checks_of(unclear())[0]
    found = answered(unclear(), check, CheckWord.YES)
    cause, _, sign = check.sign.partition(".")
    ranked = next(one for one in found.hypotheses if one.cause == cause)
    finding = next(one for one in ranked.findings_for if one.sign == sign)
    assert finding.weight > 0 and set(finding.evidence_ids) <= {row.id for row in found.evidence}


@pytest.mark.parametrize("word", list(CheckWord))
def test_what_was_answered_is_not_asked_again_whatever_the_answer(word: CheckWord) -> None:
    check = checks_of(unclear())[0]
    assert check.sign not in {one.sign for one in checks_of(answered(unclear(), check, word))}


def test_that_it_cannot_be_told_leaves_the_ranking_as_it_is() -> None:
    found = answered(unclear(), checks_of(unclear())[0], CheckWord.UNKNOWN)
    assert found.hypotheses == unclear().hypotheses


def test_nothing_is_asked_where_the_first_cause_is_clear_of_the_others() -> None:
    signals = errors("callback_not_https", NAMES, 20)
    merchants = roster(*((name, "callback_not_https") for name in NAMES))
    _, (found,) = observe(signals, merchants)
    result = study(found, signals, merchants)
    assert not is_close(result.hypotheses) and checks_of(result) == ()


def test_nothing_is_asked_once_a_person_has_named_the_cause() -> None:
    named = NamedCause(cause=UNKNOWN, title="something else", by="person:ada", at=NOW)
    dossier = unclear().dossier.changed(named=named)
    assert list_next_checks(dossier, unclear().hypotheses, pack()) == ()


def test_the_same_incident_always_gets_the_same_checks_and_fast() -> None:
    first = checks_of(unclear())
    took = []
    for _ in range(5):
        began = time.process_time()
        assert checks_of(unclear()) == first
        took.append(time.process_time() - began)
    assert min(took) < 0.025


def test_the_assessment_holds_the_checks_and_says_the_first_in_words() -> None:
    assessment = assess_incident(unclear().dossier, unclear().hypotheses, (), pack())
    assert assessment.next_checks == checks_of(unclear())
    assert assessment.uncertainties[-1] == f"To check first: {assessment.next_checks[0].sentence}"


def test_a_dossier_and_an_assessment_of_before_read_back() -> None:
    dossier, assessment = unclear().dossier, assess_incident(unclear().dossier, unclear().hypotheses, ())
    older = {name: kept for name, kept in dossier.plain().items() if name not in {"answers", "named"}}
    assert Dossier.model_validate(older) == dossier
    kept = {name: one for name, one in assessment.plain().items() if name != "next_checks"}
    assert type(assessment).model_validate(kept) == assessment


def test_every_sign_of_every_pack_can_be_asked_for_by_name_and_in_words() -> None:
    for cause in pack().causes:
        for sign in (*cause.signs, *cause.contradictions):
            assert find_sign(pack(), f"{cause.id}.{sign.id}") == (cause, sign)
            assert word_question(sign).endswith("?")


def test_a_sign_that_only_one_cause_has_needs_no_cause_before_its_name() -> None:
    found = find_sign(pack(), "callback_scheme_http")
    assert found is not None and found[0].id == "callback_not_https"
    assert find_sign(pack(), "after_the_cutover") is None
    assert find_sign(pack(), "no_such_sign") is None


@pytest.mark.parametrize("cause", [*sorted(one.id for one in pack().causes), UNKNOWN])
def test_whatever_cause_a_person_names_leads_by_a_recorded_number(cause: str) -> None:
    named = NamedCause(cause=cause, title=cause, by="person:ada", at=NOW)
    row = make_evidence(1, kind="named")
    ranked = score_causes(unclear().dossier.changed(named=named), (*unclear().evidence, row), pack())
    assert ranked[0].cause == cause and 0.9 < ranked[0].confidence < 1
    assert ranked[0].findings_for[0].sign == "named:person:ada"
    assert ranked[0].findings_for[0].evidence_ids == (row.id,)
    assert sum(one.confidence for one in ranked) == pytest.approx(1)


def test_a_name_without_its_evidence_claims_nothing() -> None:
    named = NamedCause(cause=UNKNOWN, title="something else", by="person:ada", at=NOW)
    ranked = score_causes(unclear().dossier.changed(named=named), unclear().evidence, pack())
    assert ranked == list(unclear().hypotheses)


def test_what_was_named_on_other_incidents_moves_the_next_one_a_little_and_never_more() -> None:
    signals = errors("callback_not_https", NAMES, 3, error_code=None, status=None)
    _, (found,) = observe(signals, roster())
    lessons = [make_lesson(number, outcome="NAMED", tool=None) for number in range(1, 9)]
    moved = study(found, signals, roster(), lessons=lessons)
    ranked = next(one for one in moved.hypotheses if one.cause == "callback_not_https")
    learnt = [one.weight for one in ranked.findings_for if one.sign.startswith("lesson:")]
    assert learnt and sum(learnt) == pytest.approx(0.8)


def test_of_two_names_for_one_incident_only_the_later_teaches() -> None:
    signals = errors("callback_not_https", NAMES, 3, error_code=None, status=None)
    _, (found,) = observe(signals, roster())
    first = make_lesson(1, outcome="NAMED")
    later = make_lesson(2, outcome="NAMED", incident_id=first.incident_id, cause="dns_tls_cutover")
    moved = study(found, signals, roster(), lessons=[first, later])
    ranked = next(one for one in moved.hypotheses if one.cause == "callback_not_https")
    assert not [one for one in ranked.findings_for if one.sign.startswith("lesson:")]
