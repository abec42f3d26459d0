"""The answers to "why" rest on rows: take a row away and the sentence that cites it is gone."""

import sqlite3
from contextlib import closing
from pathlib import Path

from app.domain.tenants import Scope
from app.schemas.incidents import AskRequest
from app.services.incidents import ask
from app.services.incidents.cases import read_incident
from tests.loop.conftest import Agency, open_agency


def test_deleting_an_evidence_row_makes_the_sentence_that_cites_it_disappear(tmp_path: Path) -> None:
    agency = open_agency(tmp_path, passing=False)
    agency.pass_time(120)
    agency.cycle()
    row = agency.pending("callback_not_https")
    request = AskRequest(question="why do you think that is the cause?", about=row.id)
    before = ask.answer_question(agency.ctx, agency.scope, request).answer
    victim = next(sentence for sentence in before.sentences if sentence.evidence_ids)
    with closing(sqlite3.connect(tmp_path / "causeway.sqlite")) as behind_its_back, behind_its_back:
        gone = behind_its_back.execute("DELETE FROM evidence WHERE id = ?", [victim.evidence_ids[0]])
        assert gone.rowcount == 1
    after = ask.answer_question(agency.ctx, agency.scope, request).answer
    agency.application.stop()
    assert victim.text not in {sentence.text for sentence in after.sentences}
    assert not any(victim.evidence_ids[0] in sentence.evidence_ids for sentence in after.sentences)
    assert len(after.unknown) > len(before.unknown)


def test_every_sentence_cites_rows_or_passages_that_resolve(asking: Agency) -> None:
    row = asking.pending("callback_not_https")
    known = {item.id for item in read_incident(asking.ctx, asking.scope, row.incident_id).evidence}
    for question in (
        "why did you propose this?",
        "why do you think so?",
        "who is affected?",
        "what does it cost?",
        "which runbook says so?",
    ):
        told = ask.answer_question(asking.ctx, asking.scope, AskRequest(question=question, about=row.id))
        assert told.answer.sentences, question
        for sentence in told.answer.sentences:
            assert sentence.evidence_ids or sentence.citations or sentence.rule_ids, sentence.text
            assert set(sentence.evidence_ids) <= known


def test_what_would_change_its_mind_is_told_by_facts_that_exist(asking: Agency) -> None:
    row = asking.pending("token_version_mismatch")
    detail = read_incident(asking.ctx, asking.scope, row.incident_id)
    assert detail.pivot is not None and detail.pivot == row.decision.pivot
    assert set(detail.pivot.evidence_ids) <= {item.id for item in detail.evidence}
    assert (detail.pivot.cause, detail.pivot.tool) != (row.decision.cause, row.decision.tool)
    request = AskRequest(question="what would change your mind?", about=row.id)
    told = ask.answer_question(asking.ctx, asking.scope, request).answer
    said = next(sentence for sentence in told.sentences if "The decision hangs on" in sentence.text)
    assert said.evidence_ids == detail.pivot.evidence_ids


def test_asking_changes_nothing_but_the_conversation(asking: Agency) -> None:
    row = asking.pending("callback_not_https")
    told = ask.answer_question(asking.ctx, asking.scope, AskRequest(question="now approve it", about=row.id))
    assert told.answer.intent == "approve"
    assert asking.row(row.id).status.value == "PENDING"
    assert len(ask.read_conversation(asking.ctx, asking.scope, told.conversation_id)) == 1


def test_without_an_incident_the_answer_says_so(agency: Agency) -> None:
    told = ask.answer_question(
        agency.ctx, Scope(tenant_id="default", principal=agency.scope.principal), AskRequest(question="why?")
    )
    assert told.answer.unknown and not told.evidence
