"""The dossier: small counted facts, each with evidence that says where it comes from."""

import json

import pytest

from app.domain.merchants import Merchant
from app.observe.dossier import build
from tests.builders import make_lesson, minutes
from tests.faults import Studied, errors, observe, opened, pack, roster, shuffled, study, thresholds, tickets

NAMES = ["MERCH-A", "MERCH-B"]


def case(count: int = 20) -> tuple[Studied, list[Merchant]]:
    signals = [*errors("callback_not_https", NAMES, count), *tickets(["Payment callback url rejected, customers cannot pay"], NAMES)]
    merchants = [*roster(*((name, "callback_not_https") for name in NAMES)), *roster(("MERCH-NEXT", "callback_not_https"), healthy=0)]
    found = observe(signals, merchants)[1][0]
    return study(found, signals, merchants), merchants


def test_facts_hold_counts_and_never_whole_texts() -> None:
    result, _ = case()
    facts = result.dossier.facts
    assert facts["codes"] == {"PAYMENT_CALLBACK_INVALID": 20} and facts["errors"] == 20
    assert facts["selector"] == {
        "signal_types": ["api_error"], "error_codes": ["PAYMENT_CALLBACK_INVALID"], "endpoints": ["/api/v3/checkout/complete"], "statuses": [400],
    }  # fmt: skip
    assert "cannot pay" not in json.dumps(facts)
    assert len(json.dumps(facts)) < 20_000


def test_evidence_has_stable_ids_counted_statements_and_a_sample_of_signals() -> None:
    result, _ = case()
    bigger, _ = case(40)
    ids = {(one.kind, one.id) for one in result.evidence if one.kind in {"error_group", "impact", "stage", "contrast"}}
    assert ids <= {(one.kind, one.id) for one in bigger.evidence}
    assert all(len(one.signal_ids) <= 20 and any(mark.isdigit() for mark in one.statement) for one in bigger.evidence)
    assert {"error_group", "stage", "contrast", "symptom", "impact", "baseline"} <= {one.kind for one in result.evidence}
    assert set(result.dossier.evidence_ids) == {one.id for one in result.evidence}


def test_healthy_merchants_that_share_the_factor_are_at_risk() -> None:
    result, _ = case()
    assert result.dossier.blast.at_risk == ("MERCH-NEXT",)


@pytest.mark.parametrize("seed", [8])
def test_the_order_of_signals_and_merchants_changes_nothing(seed: int) -> None:
    signals = errors("callback_not_https", NAMES, 15)
    merchants = roster(*((name, "callback_not_https") for name in NAMES))
    found = observe(signals, merchants)[1][0]
    incident = opened(found)

    def built(turn: int) -> object:
        given = (shuffled(signals, turn), shuffled(found.patterns, turn), shuffled(merchants, turn))
        return build("demo", incident, *given, [], thresholds(), pack(), minutes(60))

    assert built(seed) == built(seed + 1) == built(seed + 2)


def test_only_lessons_of_the_same_type_are_remembered() -> None:
    signals = errors("callback_not_https", NAMES, 5)
    found = observe(signals, roster())[1][0]
    lessons = [make_lesson(1, type="api_error", incident_id="INC-1"), make_lesson(2, type="webhook_failure", incident_id="INC-2")]
    result = study(found, signals, roster(), lessons=lessons)
    assert result.dossier.lesson_ids == (lessons[0].id,)


def test_an_incident_without_signals_still_has_a_dossier() -> None:
    signals = errors("callback_not_https", NAMES, 5)
    incident = opened(observe(signals, roster())[1][0])
    dossier, evidence = build("demo", incident, [], [], [], [], thresholds(), pack(), minutes(60))
    assert dossier.signal_count == 0 and dossier.merchants == incident.merchants and evidence
