"""Answers: each sentence has evidence that exists, what has none is not said, and nothing is invented."""

from datetime import timedelta

import pytest

from app.domain.action_states import ActionStatus
from app.domain.approvals import RowKind
from app.domain.decisions import Pivot
from app.domain.knowledge import Passage
from app.domain.receipts import NextStep, ReceiptVerdict
from app.explain.answers import answer_intent, answer_part
from app.explain.case import Case
from app.explain.inquiry import Inquiry, TenantFacts
from app.explain.questions import Understood, understand_question
from app.reason.assess import assess_incident
from tests.builders import make_action, make_decision, make_receipt, minutes
from tests.faults import errors, pack, roster, study
from tests.judging import observe

NAMES = ["MERCH-A", "MERCH-B"]
PASSAGE = Passage(
    chunk_id="CH-1",
    document_id="callback",
    title="Callback not HTTPS",
    section="Fix",
    location="lines 10-20",
    text="Set the scheme.",
    score=0.8,
)
INTENT_NAMES = [
    "why_action",
    "why_cause",
    "who_affected",
    "cost",
    "runbook",
    "since_when",
    "what_now",
    "verified",
    "next_check",
    "why_not:rotate_token",
    "approve",
    "unknown",
]


@pytest.fixture(scope="module")
def case() -> Case:
    signals = errors("callback_not_https", NAMES, 20)
    merchants = roster(*((name, "callback_not_https") for name in NAMES))
    found = observe(signals, merchants)[1][0]
    result = study(found, signals, merchants)
    decision = make_decision(
        1,
        cause=result.best.cause,
        evidence={one.id: one.content_hash() for one in result.evidence},
        citations=("CH-1",),
    )
    dossier = result.dossier.changed(evidence=result.evidence)
    assessment = assess_incident(dossier, result.hypotheses, [PASSAGE], pack())
    evidence = {one.id: one for one in result.evidence}
    return Case(
        incident=result.incident,
        dossier=dossier,
        assessment=assessment,
        decision=decision,
        evidence=evidence,
        passages=(PASSAGE,),
    )


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("Why did you propose this?", "why_action"),
        ("Warum wurde diese Massnahme vorgeschlagen?", "why_action"),
        ("¿Por qué propones esta acción?", "why_action"),
        ("what makes you believe this cause?", "why_cause"),
        ("Was ist die Ursache?", "why_cause"),
        ("who is affected", "who_affected"),
        ("Wer ist betroffen?", "who_affected"),
        ("which stage is hit?", "who_affected"),
        ("what migration stages are affected", "who_affected"),
        ("Welche Phase ist betroffen?", "who_affected"),
        ("how much does it cost us", "cost"),
        ("Was kostet das?", "cost"),
        ("combien ça coûte ?", "cost"),
        ("which runbook says so?", "runbook"),
        ("Since when?", "since_when"),
        ("seit wann?", "since_when"),
        ("what now?", "what_now"),
        ("cheapest next check?", "next_check"),
        ("What would change your mind?", "next_check"),
        ("what should we check?", "next_check"),
        ("Was sollen wir prüfen?", "next_check"),
        ("did it work?", "verified"),
        ("why not rotate_token?", "why_not:rotate_token"),
        ("Why not just purge the cache?", "why_not:purge_cache"),
        ("approve it", "approve"),
        ("Please approve ACT-123", "approve"),
        ("can you execute it now", "approve"),
        ("tell me a joke", "unknown"),
        ("", "unknown"),
    ],
)
def test_questions_are_understood(question: str, intent: str) -> None:
    assert understand_question(question) == intent


@pytest.mark.parametrize("intent", INTENT_NAMES)
def test_every_sentence_rests_on_something_that_exists(case: Case, intent: str) -> None:
    told = answer_intent(intent, case)
    chunks = {one.chunk_id for one in case.passages}
    for sentence in told.sentences:
        assert sentence.evidence_ids or sentence.citations or sentence.rule_ids
        assert set(sentence.evidence_ids) <= set(case.evidence) and set(sentence.citations) <= chunks
    assert told.sentences or told.unknown
    assert told == answer_intent(intent, case)


@pytest.mark.parametrize("intent", INTENT_NAMES)
def test_without_evidence_nothing_is_claimed(case: Case, intent: str) -> None:
    told = answer_intent(
        intent, case.changed(evidence={}, passages=(), assessment=case.assessment.changed(passages=()))
    )  # type: ignore[union-attr]
    assert told.unknown and all(one.rule_ids and not one.evidence_ids for one in told.sentences)


def test_what_is_wrong_is_told_first_in_the_words_of_a_shop(case: Case) -> None:
    assert case.assessment and case.assessment.headline
    first = answer_intent("why_cause", case).sentences[0]
    assert first.text == "Checkout refuses payments at 2 stores."
    assert first.evidence_ids == case.assessment.headline.evidence_ids


@pytest.mark.parametrize(("later", "told"), [(timedelta(minutes=30), False), (timedelta(hours=20), True)])
def test_a_cost_that_was_counted_long_ago_says_until_when(case: Case, later: timedelta, told: bool) -> None:
    assert case.dossier
    until = case.incident.first_seen + timedelta(hours=case.dossier.impact.hours)
    part = Understood("cost", Inquiry(text="what does it cost?"))
    answer = answer_part(part, case, TenantFacts(now=until + later))
    words = f"counted until {until:%Y-%m-%d %H:%M} UTC; {case.incident.id} goes on"
    assert any(words in one.text and one.records == (case.incident.id,) for one in answer.sentences) is told


@pytest.mark.parametrize("tool", ["rotate_token", None])
def test_what_would_change_the_mind_names_the_facts_and_what_would_be_done_without_them(
    case: Case, tool: str | None
) -> None:
    assert case.decision
    ids = tuple(sorted(case.evidence))[:2]
    pivot = Pivot(evidence_ids=ids, cause="token_version_mismatch", tool=tool, confidence=0.41, smallest=True)
    deciding = case.changed(decision=case.decision.changed(pivot=pivot))
    first = answer_intent("next_check", deciding).sentences[0]
    assert first.evidence_ids == ids and all(case.evidence[one].statement.rstrip(".") in first.text for one in ids)
    assert "hangs on 2 facts" in first.text and "41%" in first.text
    assert ("rotate token would be proposed" in first.text) is (tool is not None)
    gone = deciding.changed(evidence={name: row for name, row in case.evidence.items() if name != ids[0]})
    assert not any("hangs on" in one.text for one in answer_intent("next_check", gone).sentences)


@pytest.mark.parametrize("tool", ["set_callback_scheme", None])
def test_what_policy_said_rests_on_its_rules_and_the_decision_and_on_nothing_else(case: Case, tool: str | None) -> None:
    assert case.decision
    decision = case.decision.changed(tool=tool).sealed("default")
    told = answer_intent("why_action", case.changed(decision=decision))
    (ruled,) = (one for one in told.sentences if "Policy says" in one.text)
    assert decision.ruling.rule_ids and decision.ruling.reasons[0].rstrip(".") in ruled.text
    assert (ruled.decision, ruled.rule_ids) == (decision.digest, decision.ruling.rule_ids)
    assert ruled.evidence_ids == ruled.citations == ()
    assert not any(one.rule_ids for one in told.sentences if one is not ruled)


def test_deleting_an_evidence_row_removes_the_sentences_that_cite_it(case: Case) -> None:
    told = answer_intent("why_cause", case)
    citing = next(one for one in told.sentences if len(one.evidence_ids) == 1)
    left = {key: row for key, row in case.evidence.items() if key != citing.evidence_ids[0]}
    again = answer_intent("why_cause", case.changed(evidence=left))
    assert citing.text not in {one.text for one in again.sentences}
    assert any("evidence" in one for one in again.unknown)


def test_why_names_the_cause_its_reasons_and_the_runbook(case: Case) -> None:
    told = answer_intent("why_action", case)
    text = " ".join(one.text for one in told.sentences)
    assert "HTTPS" in text and "Callback not HTTPS" in text and "Policy says" in text


def test_the_cost_is_told_with_its_interval(case: Case) -> None:
    told = answer_intent("cost", case)
    assert "14.0 orders" in told.sentences[0].text and "EUR" in told.sentences[1].text


def test_chat_approves_nothing(case: Case) -> None:
    told = answer_intent(understand_question("approve it"), case)
    assert told.sentences == () and "card" in told.unknown[0]


def test_what_is_not_understood_is_said_with_what_can_be_asked(case: Case) -> None:
    told = answer_intent("unknown", case)
    assert told.sentences == () and "cost" in told.unknown[0]


def test_a_case_that_nobody_looked_at_says_so(case: Case) -> None:
    bare = Case(incident=case.incident)
    for intent in INTENT_NAMES:
        told = answer_intent(intent, bare)
        assert told.sentences == () and told.unknown


def test_who_is_affected_is_told_with_the_stages(case: Case) -> None:
    text = " ".join(one.text for one in answer_intent(understand_question("which stage is hit?"), case).sentences)
    assert "by migration stage: 2 in post_migration" in text


def test_a_single_signal_names_the_likeliest_known_cause() -> None:
    signals = [one.changed(severity="critical") for one in errors("callback_not_https", NAMES, 1)]
    merchants = roster((NAMES[0], "callback_not_https"))
    result = study(observe(signals, merchants)[1][0], signals, merchants)
    assessment = assess_incident(result.dossier, result.hypotheses, [], pack())
    told = answer_intent(
        "why_cause",
        Case(
            incident=result.incident,
            dossier=result.dossier.changed(evidence=result.evidence),
            assessment=assessment,
            evidence={one.id: one for one in result.evidence},
        ),
    )
    assert any(one.text.startswith("The likeliest known cause is callback_not_https with ") for one in told.sentences)


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_what_did_not_help_and_was_taken_back_is_told_with_its_hour(case: Case, language: str) -> None:
    seen = make_receipt(1, verdict=ReceiptVerdict.INEFFECTIVE, next=NextStep.UNDO, then=NextStep.RETRY, evidence_ids=())
    row = make_action(1, status=ActionStatus.UNDONE, executed_at=minutes(5), receipt=seen)
    undo = make_action(
        1,
        id=f"{row.id}-U0",
        parent_id=row.id,
        step=RowKind.UNDO,
        status=ActionStatus.EXECUTED,
        executed_at=minutes(70),
        decided_by="approval:APR-1",
    )
    done = case.changed(action=row, actions=(row, undo), receipt=seen)
    said = {"en": "it did not help", "de": "nicht geholfen", "fr": "pas aidé", "es": "no ayudó"}[language]
    for kind in ("verified", "tried"):
        told = answer_part(Understood(kind, Inquiry(text=kind, language=language)), done, None)
        (one,) = [
            one.text for one in told.sentences if said in one.text and f"{minutes(70):%Y-%m-%d %H:%M}" in one.text
        ]
        assert row.id in one
    failed = undo.changed(status=ActionStatus.FAILED, executed_at=None)
    told = answer_part(
        Understood("tried", Inquiry(text="", language=language)), done.changed(actions=(row, failed)), None
    )
    assert any(said in one.text and "FAILED" in one.text for one in told.sentences)
