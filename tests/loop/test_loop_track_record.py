"""What became of earlier claims moves what policy reads, stands in the decision, and is told with its doubts."""

import shutil
from pathlib import Path

import pytest

from app.domain.decisions import AttemptEnd, Verdict
from app.domain.incidents import IncidentStatus
from app.reason.track_record import apply_shift
from app.services.knowledge.pack_calibration import read_calibration
from tests.builders import make_decision, make_incident, make_lesson, minutes
from tests.loop.conftest import Agency, Past, open_agency

CONFIG = Path(__file__).resolve().parents[2] / "config"
ALONE = "inventory_sync_over_limit"


def put_history(agency: Agency, wrong: int, right: int) -> None:
    """Closed incidents that were first taken for something, and what a person said that it was."""
    with agency.ctx.store.write(agency.scope) as session:
        for number in range(1, wrong + right + 1):
            incident = make_incident(number, key=f"old|{number}", detected_at=minutes(-9_000))
            session.incidents.add(incident)
            claimed = make_decision(incident_id=incident.id, cause="cors_origin_missing", confidence=0.9)
            session.incidents.put_step(incident.id, "decide", claimed.plain(), at=minutes(-8_900), seq=1)
            session.incidents.move(incident.id, IncidentStatus.CLOSED, at=minutes(-8_000), reason="long over")
            session.lessons.add(
                make_lesson(
                    number,
                    incident_id=incident.id,
                    outcome=AttemptEnd.NAMED,
                    tool=None,
                    at=minutes(-8_500),
                    cause="cors_origin_missing" if number > wrong else "dns_tls_cutover",
                )
            )


def verdicts(tmp_path: Path, past: Past, *, wrong: int, right: int) -> Agency:
    """A cycle of an agent that acts alone from 0.95 on."""
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    file = config / "thresholds.yaml"
    text = file.read_text("utf-8")
    assert "auto_confidence: 0.85" in text
    file.write_text(text.replace("auto_confidence: 0.85", "auto_confidence: 0.95"))
    agency = open_agency(tmp_path / "data", past=past, config=config)
    put_history(agency, wrong, right)
    agency.cycle()
    return agency


def test_an_agent_that_was_often_wrong_asks_where_it_would_have_acted_alone(tmp_path: Path, two_hours: Past) -> None:
    agency = verdicts(tmp_path, two_hours, wrong=15, right=5)
    decision = next(row.decision for row in agency.rows() if row.decision.cause == ALONE)
    told = read_calibration(agency.ctx, agency.scope)
    agency.application.stop()
    moved = decision.recalibrated
    assert moved is not None and moved.n == 20 and moved.prior_weight == 0.5 and moved.shift < -0.5
    assert moved.before == decision.confidence > 0.95 > moved.after
    assert moved.after == pytest.approx(apply_shift(decision.confidence, moved), abs=1e-6)
    assert decision.ruling.verdict is Verdict.ASK and "ask.low_confidence" in decision.ruling.rule_ids
    assert (told.n, told.right, told.by_person, told.shift) == (20, 5, 20, moved.shift)
    assert told.brier is not None and told.brier.low < told.brier.value < told.brier.high
    assert "5 of 20" in told.sentence and "tell little" in told.sentence and told.prior == "simulated prior"


def test_without_a_history_policy_reads_what_the_pack_says(tmp_path: Path, two_hours: Past) -> None:
    agency = verdicts(tmp_path, two_hours, wrong=0, right=0)
    decision = next(row.decision for row in agency.rows() if row.decision.cause == ALONE)
    told = read_calibration(agency.ctx, agency.scope)
    agency.application.stop()
    assert decision.recalibrated is None and "recalibrated" not in decision.plain()
    assert decision.ruling.verdict is Verdict.ALLOW
    assert (told.n, told.brier, told.shift, told.prior_weight) == (0, None, 0.0, 1.0)


def test_what_a_person_had_named_before_the_first_decision_is_no_claim(asking: Agency) -> None:
    with asking.ctx.store.write(asking.scope) as session:
        incident = make_incident(77, key="old|77")
        session.incidents.add(incident)
        session.incidents.move(incident.id, IncidentStatus.CLOSED, at=minutes(5), reason="over")
        session.lessons.add(make_lesson(77, incident_id=incident.id, outcome=AttemptEnd.NAMED, at=minutes(1)))
        decided = make_decision(incident_id=incident.id, cause="callback_not_https")
        session.incidents.put_step(incident.id, "decide", decided.plain(), at=minutes(2), seq=1)
    assert read_calibration(asking.ctx, asking.scope).n == 0
