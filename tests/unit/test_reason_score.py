"""The ranking of causes: recorded numbers, an honest unknown, and no blind trust in codes."""

import math
from collections.abc import Sequence
from random import Random

import pytest

from app.domain.base import Stage
from app.domain.decisions import Tried
from app.domain.hypotheses import UNKNOWN
from app.domain.merchants import Merchant
from app.domain.tenants import ToolMode
from app.playbooks.model import Proposal
from app.playbooks.plan import PlanFacts, propose_treatment
from app.reason.assess import assess_incident
from app.reason.score import score_causes
from app.validation.schema import problems_of_arguments
from app.wording.seen import word_query
from tests.builders import make_lesson
from tests.faults import (
    BROKEN,
    CAUSES,
    Studied,
    config,
    errors,
    merchant,
    pack,
    roster,
    shuffled,
    stripped,
    study,
    thresholds,
)
from tests.judging import observe
from tests.told_cases import CASES

NAMES = ["MERCH-A", "MERCH-B"]


def studied(cause: str, count: int = 20, *, codes: bool = True, **rest: object) -> Studied:
    """One planted fault, observed and ranked."""
    signals = errors(cause, NAMES, count)
    signals = signals if codes else stripped(signals)
    merchants = roster(*((name, cause) for name in NAMES))
    _, (found,) = observe(signals, merchants)
    return study(found, signals, merchants, **rest)


@pytest.mark.parametrize("cause", CAUSES)
def test_a_planted_cause_comes_first_with_and_without_its_codes(cause: str) -> None:
    for codes in (True, False):
        result = studied(cause, codes=codes)
        assert result.best.cause == cause, [one.cause for one in result.hypotheses]
        assert result.best.confidence > 0.7


@pytest.mark.parametrize("cause", CAUSES)
def test_a_lying_code_does_not_decide(cause: str) -> None:
    other = CAUSES[(CAUSES.index(cause) + 1) % len(CAUSES)]
    code = errors(other, NAMES, 1)[0].error_code
    signals = errors(cause, NAMES, 20, error_code=code)
    merchants = roster(*((name, cause) for name in NAMES))
    _, found = observe(signals, merchants)
    assert study(found[0], signals, merchants).best.cause in {cause, UNKNOWN}


def test_a_fault_nobody_catalogued_stays_unknown() -> None:
    signals = errors(
        "callback_not_https",
        NAMES,
        20,
        error_code="TAX_TABLE_EMPTY",
        endpoint="/api/v3/tax/quote",
        status=500,
        error_message="No rates",
    )
    _, (found,) = observe(signals, roster())
    assert study(found, signals, roster()).best.cause == UNKNOWN


@pytest.mark.parametrize("cause", CAUSES)
def test_a_single_signal_never_convinces(cause: str) -> None:
    signals = [one.changed(severity="critical") for one in errors(cause, NAMES, 1)]
    merchants = roster((NAMES[0], cause))
    _, (found,) = observe(signals, merchants)
    known = [one for one in study(found, signals, merchants).hypotheses if one.cause != UNKNOWN]
    assert max(one.confidence for one in known) < 0.6


@pytest.mark.parametrize("seed", [12])
def test_confidences_sum_to_one_and_every_score_is_the_sum_of_its_findings(seed: int) -> None:
    chance = Random(seed)
    for _ in range(8):
        result = studied(chance.choice(CAUSES), chance.randint(3, 40), codes=chance.random() < 0.5)
        assert math.isclose(sum(one.confidence for one in result.hypotheses), 1.0)
        known = {one.id for one in result.evidence}
        for one in result.hypotheses:
            prior = pack().unknown_prior if one.cause == UNKNOWN else pack().cause(one.cause).prior  # type: ignore[union-attr]
            assert one.score == pytest.approx(
                prior + sum(found.weight for found in (*one.findings_for, *one.findings_against)), abs=1e-4
            )
            assert math.isfinite(one.score)
            assert all(
                set(found.evidence_ids) <= known and found.evidence_ids
                for found in (*one.findings_for, *one.findings_against)
            )


@pytest.mark.parametrize("seed", [3])
def test_the_order_of_evidence_changes_nothing(seed: int) -> None:
    result = studied(CAUSES[0])
    again = score_causes(result.dossier, shuffled(result.evidence, seed), pack())
    assert [(one.cause, one.confidence) for one in again] == [(one.cause, one.confidence) for one in result.hypotheses]


def test_a_sign_whose_evidence_is_gone_claims_nothing() -> None:
    result = studied(CAUSES[0])
    finding = next(one for one in result.best.findings_for if one.sign == "callback_scheme_http")
    left = [one for one in result.evidence if one.id not in finding.evidence_ids]
    best = next(one for one in score_causes(result.dossier, left, pack()) if one.cause == CAUSES[0])
    assert finding.sign not in {one.sign for one in best.findings_for}
    assert "callback scheme http" in best.missing


def test_an_ineffective_treatment_lowers_its_cause_by_a_recorded_amount() -> None:
    result = studied(CAUSES[0])
    tried = Tried(
        action_id="ACT-00000001", cause=CAUSES[0], tool="update_callback_url", ended="INEFFECTIVE", evidence_version=1
    )
    again = next(
        one for one in score_causes(result.dossier, result.evidence, pack(), [tried]) if one.cause == CAUSES[0]
    )
    assert again.score == pytest.approx(result.best.score - 2.0) and again.confidence < result.best.confidence
    assert any(one.sign == "tried:ACT-00000001" and one.weight == -2.0 for one in again.findings_against)


@pytest.mark.parametrize(
    ("outcome", "rises"), [("VERIFIED", True), ("INEFFECTIVE", False), ("REFUTED", False), ("HARMED", False)]
)
def test_the_second_equal_incident_differs_by_a_recorded_amount(outcome: str, rises: bool) -> None:
    lesson = make_lesson(1, incident_id="INC-BEFORE", type="api_error", cause=CAUSES[0], outcome=outcome)
    first, second = studied(CAUSES[0], 6), studied(CAUSES[0], 6, lessons=[lesson])
    findings = [
        one for one in (*second.best.findings_for, *second.best.findings_against) if one.sign.startswith("lesson:")
    ]
    assert len(findings) == 1 and findings[0].evidence_ids
    assert second.best.score - first.best.score == pytest.approx(findings[0].weight, abs=1e-5)
    assert (second.best.confidence > first.best.confidence) is rises


@pytest.mark.parametrize("outcome", ["REJECTED", "RECOVERED", "ESCALATED"])
def test_how_a_proposal_fared_among_people_says_nothing_about_its_cause(outcome: str) -> None:
    """A refused proposal and a trouble that ended by itself prove no cause wrong."""
    lesson = make_lesson(1, incident_id="INC-BEFORE", type="api_error", cause=CAUSES[0], outcome=outcome)
    assert studied(CAUSES[0], 6, lessons=[lesson]).best.score == studied(CAUSES[0], 6).best.score


def test_a_cause_that_a_person_called_wrong_is_weighed_down_on_its_incident() -> None:
    result = studied(CAUSES[0])
    refused = Tried(
        action_id="ACT-00000001",
        cause=CAUSES[0],
        tool="update_callback_url",
        ended="REJECTED",
        evidence_version=1,
        reason="it is the bank",
    )
    plain = next(
        one for one in score_causes(result.dossier, result.evidence, pack(), [refused]) if one.cause == CAUSES[0]
    )
    assert plain.score == result.best.score
    wrong = next(
        one
        for one in score_causes(result.dossier, result.evidence, pack(), [refused.changed(cause_is_wrong=True)])
        if one.cause == CAUSES[0]
    )
    assert wrong.score < result.best.score - 2
    assert any("it is the bank" in one.statement for one in wrong.findings_against)


def test_many_lessons_are_bounded() -> None:
    lessons = [
        make_lesson(number, incident_id=f"INC-{number}", type="api_error", cause=CAUSES[0], outcome="VERIFIED")
        for number in range(12)
    ]
    moved = studied(CAUSES[0], lessons=lessons).best.score - studied(CAUSES[0]).best.score
    assert moved == pytest.approx(0.8, abs=1e-4)


@pytest.mark.parametrize("cause", CAUSES)
def test_unknown_merchants_are_recognised_by_what_the_machines_say(cause: str) -> None:
    signals = errors(cause, ["MERCH-NOBODY"], 20)
    _, (found,) = observe(signals, [])
    assert study(found, signals, []).best.cause == cause


def test_an_assessment_says_what_is_assumed_and_what_is_not_known() -> None:
    result = studied(CAUSES[0], 3)
    told = assess_incident(result.dossier, result.hypotheses, [], pack())
    assert told == assess_incident(result.dossier, result.hypotheses, [], pack())
    assert result.dossier.title in told.summary and told.best == result.best
    assert "No runbook covers this." in told.uncertainties and any(
        one.startswith("To check:") for one in told.uncertainties
    )
    assert any("estimate" in one for one in told.assumptions)


def test_every_cause_has_several_kinds_of_signs_and_a_treatment() -> None:
    assert {one.id for one in pack().causes} == {*BROKEN, *CASES}
    for cause in pack().causes:
        kinds = {next(iter(sign.test)) for sign in cause.signs}
        assert len(kinds) >= 5 and cause.treatments and cause.questions and cause.contradictions
        counted = max(sign.weight for sign in cause.signs if "meaning" not in sign.test)
        assert cause.prior + counted < pack().unknown_prior + 1, "nothing that is counted decides alone"


@pytest.mark.parametrize("cause", CAUSES)
def test_no_cause_ever_looks_certain(cause: str) -> None:
    result = studied(cause, 400)
    assert result.best.cause == cause and 0.7 < result.best.confidence <= 0.97
    assert next(one for one in result.hypotheses if one.cause == UNKNOWN).confidence >= 0.03
    assert math.isclose(sum(one.confidence for one in result.hypotheses), 1.0)
    known = [one for one in result.hypotheses if one.cause != UNKNOWN]
    assert [one.score for one in known] == sorted((one.score for one in known), reverse=True)


def test_many_signals_are_not_called_thin_and_few_are() -> None:
    assert "thin_evidence" not in {one.sign for one in studied(CAUSES[0], 484).best.findings_against}
    assert "thin_evidence" in {one.sign for one in studied(CAUSES[0], 5).best.findings_against}


def test_where_nothing_known_fits_the_likeliest_known_cause_is_named() -> None:
    signals = errors(
        "callback_not_https",
        NAMES,
        20,
        error_code="TAX_TABLE_EMPTY",
        endpoint="/api/v3/tax/quote",
        status=500,
        error_message="No rates",
    )
    _, (found,) = observe(signals, roster())
    result = study(found, signals, roster())
    known = next(one for one in result.hypotheses if one.cause != UNKNOWN)
    told = assess_incident(result.dossier, result.hypotheses, [], pack())
    assert f"The likeliest known cause is {known.cause} with" in told.summary
    assert "with TAX_TABLE_EMPTY" in told.summary.partition("The likeliest known cause")[0]
    asked = [one for one in told.uncertainties if one.startswith("To check:")]
    assert any("TAX_TABLE_EMPTY" in one and "/api/v3/tax/quote" in one for one in asked)
    wrong = {question for cause in pack().causes for question in cause.questions}
    assert not [one for one in asked if one.removeprefix("To check: ") in wrong]
    assert {"tax", "table", "empty"} <= set(word_query(result.dossier).split())


def after(cause: str, earlier: Sequence[str], merchants: Sequence[Merchant]) -> Proposal | None:
    """What is proposed for a planted cause once people refused these tools with the evidence of now."""
    signals = errors(cause, NAMES, 40)
    _, (found,) = observe(signals, merchants)
    result = study(found, signals, merchants)
    refused = [
        Tried(action_id=f"ACT-{place}", cause=cause, tool=tool, ended="REJECTED", evidence_version=1)
        for place, tool in enumerate(earlier)
    ]
    return propose_treatment(
        PlanFacts(
            dossier=result.dossier,
            assessment=assess_incident(result.dossier, result.hypotheses, [], pack()),
            pack=pack(),
            thresholds=thresholds(),
            specs={one.name: one for one in config().tools},
            merchants={one.id: one for one in merchants},
            tried=refused,
            evidence_version=1,
            mode=ToolMode.SIMULATED,
        )
    )


@pytest.mark.parametrize("cause", CAUSES)
def test_every_treatment_of_every_cause_is_proposed_once_the_earlier_ones_were_refused(cause: str) -> None:
    spec = pack().cause(cause)
    assert spec is not None and len(spec.treatments) >= 2
    tools = [one.tool for one in spec.treatments]
    merchants = [*roster(*((name, cause) for name in NAMES)), merchant("MERCH-AHEAD", cause, stage=Stage.PRE, wave=4)]
    for place, tool in enumerate(tools):
        found = after(cause, tools[:place], merchants)
        assert found is not None and (found.cause, found.tool, found.fallback) == (cause, tool, False)
        assert (
            problems_of_arguments(next(one for one in config().tools if one.name == tool).arguments, found.arguments)
            == []
        )
    last = after(cause, tools, merchants)
    assert last is not None and last.tool == pack().fallback.tool


def test_a_wave_that_is_not_known_is_not_held() -> None:
    ahead = merchant("MERCH-AHEAD", CAUSES[0], stage=Stage.PRE)
    merchants = [one.changed(wave=None) for one in (*roster(*((name, CAUSES[0]) for name in NAMES)), ahead)]
    found = after(CAUSES[0], ["update_callback_url"], merchants)
    assert found is not None and found.tool == pack().fallback.tool


def test_records_and_holds_can_be_reached_from_some_cause() -> None:
    reached = {one.tool for cause in pack().causes for one in cause.treatments}
    assert {"create_ticket", "query_logs", "propose_doc_update", "hold_cutover_wave"} <= reached
