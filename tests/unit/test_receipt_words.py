"""A receipt in plain words, wherever it is shown; and what was kept before its words grew is written as it was."""

from datetime import timedelta

import pytest

from app.api.report import build_report
from app.api.report_markdown import render_report
from app.console.steps import VERDICTS, outcome_words
from app.domain.action_states import ActionStatus
from app.domain.approvals import RowKind
from app.domain.base import canonical_json
from app.domain.decisions import AttemptEnd, Decision
from app.domain.hypotheses import Finding, Hypothesis
from app.domain.incidents import RecordedStep
from app.domain.outcomes import Outcome
from app.domain.receipts import NextStep, Receipt, ReceiptVerdict
from app.explain.answers import answer_intent
from app.explain.case import Case
from app.reason.score import TEMPERATURE, confidence_alone
from app.schemas.incidents import IncidentDetail
from app.services.incidents.cases import latest_receipts
from graph.lessons import sent_ending
from graph.receipts import look_again_at, with_last_word
from tests.builders import make_action, make_evidence, make_incident, make_outcome, make_receipt, minutes
from tests.unit.test_verify_grade import BEFORE, judged, living, spread

OPEN = ReceiptVerdict.INCONCLUSIVE
WAITING = make_receipt(
    verdict=OPEN, minutes_needed=25.0, due_at=minutes(40), weight=1.2, statement="Too little.", evidence_ids=("EV-1",)
)
LATER = [{"minutes_needed"}, {"weight"}, {"recovered"}, {"uncontrolled"}, {"due_at"}, {"left"}]


def test_what_was_kept_before_reads_and_is_written_as_it_was() -> None:
    kept = make_receipt().plain()
    assert not set().union(*LATER) & set(kept)
    assert canonical_json(Receipt.model_validate(kept).plain()) == canonical_json(kept)


@pytest.mark.parametrize("verdict", ReceiptVerdict)
def test_every_verdict_has_words_and_a_kind(verdict: ReceiptVerdict) -> None:
    assert make_receipt(verdict=verdict).in_words and VERDICTS[verdict]


def test_while_it_is_too_early_the_minutes_still_needed_are_told_everywhere() -> None:
    words = "Too early to tell: about 25 more minutes are needed"
    assert WAITING.in_words == words
    row = make_action(1, status=ActionStatus.EXECUTED)
    step = RecordedStep(seq=9, step="verify", output=WAITING.plain(), at=WAITING.at)
    assert latest_receipts([row], [step]) == [WAITING], "no row carries it, so the step tells"
    assert words in outcome_words("verify", WAITING.plain())
    assert outcome_words("learn", {"outcome": "INCONCLUSIVE"}) == "remembered as INCONCLUSIVE"
    incident = make_incident()
    case = Case(
        incident=incident, action=row, receipt=WAITING, evidence={"EV-1": make_evidence(1, incident.id, id="EV-1")}
    )
    assert any(words in one.text for one in answer_intent("verified", case).sentences)
    detail = IncidentDetail(
        incident=incident, patterns=[], dossier=None, assessment=None, actions=[row], receipts=[WAITING], evidence=[],
        rag_context=[], lessons=[],
    )  # fmt: skip
    assert words in render_report(build_report(detail, None, []))


def test_what_nobody_can_tell_and_what_recovered_by_itself_are_told_apart() -> None:
    never, itself = (WAITING.changed(due_at=None, **more) for more in ({}, {"recovered": True}))
    assert never.in_words.startswith("Not testable") and itself.in_words.startswith("It recovered on its own")


def test_a_look_after_the_longest_wait_says_that_it_is_not_testable() -> None:
    seen = judged(living() + spread(9, BEFORE))
    again = look_again_at(seen, minutes(0), minutes(10))
    assert with_last_word(seen, again, timedelta(minutes=10)) == seen
    last = with_last_word(seen, None, timedelta(hours=6))
    assert last.statement.endswith("It was watched for 360 minutes: not testable.") and last.minutes_needed is None


@pytest.mark.parametrize(
    ("changes", "ended"),
    [
        ({"verdict": OPEN, "recovered": True}, AttemptEnd.RECOVERED),
        ({"verdict": OPEN}, AttemptEnd.INCONCLUSIVE),
        ({"uncontrolled": True}, AttemptEnd.VERIFIED),
    ],
)
def test_an_attempt_ends_as_its_receipt_says(changes: dict[str, object], ended: AttemptEnd) -> None:
    row = make_action(1)
    outcome: Outcome = make_outcome(status=ActionStatus.EXECUTED)
    decision: Decision = row.decision
    assert sent_ending(decision, outcome, make_receipt(**changes)) is ended


def test_a_cure_beside_nobody_untreated_adds_to_a_cause_and_not_to_what_the_agent_may_do_alone() -> None:
    def supposed(*, uncontrolled: bool) -> Hypothesis:
        finding = Finding(sign="lesson:1", statement="s", weight=TEMPERATURE, uncontrolled=uncontrolled)
        return Hypothesis(cause="c", category="c", title="c", confidence=0.75, score=1.0, findings_for=(finding,))

    assert confidence_alone(supposed(uncontrolled=False)) == 0.75
    assert confidence_alone(supposed(uncontrolled=True)) == pytest.approx(0.5246, abs=1e-3)


def test_the_report_says_when_what_did_not_help_was_taken_back() -> None:
    seen = make_receipt(1, verdict=ReceiptVerdict.INEFFECTIVE, next=NextStep.UNDO, then=NextStep.DONE)
    row = make_action(1, status=ActionStatus.UNDONE, executed_at=minutes(5), receipt=seen)
    undo = make_action(
        1, id=f"{row.id}-U0", parent_id=row.id, step=RowKind.UNDO, status=ActionStatus.EXECUTED, executed_at=minutes(70)
    )
    detail = IncidentDetail(
        incident=make_incident(1), patterns=[], dossier=None, assessment=None, actions=[row, undo], receipts=[seen],
        evidence=[], rag_context=[], lessons=[],
    )  # fmt: skip
    told = render_report(build_report(detail, None, []))
    assert "it did not help, so it is taken back" in told
    assert told.count("since it did not help") == 1 and f"{minutes(70):%H:%M}" in told
