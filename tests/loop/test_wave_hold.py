"""A wave is held through the loop, like everything else: asked for by a person, ruled on, approved, sent, read back."""

import pytest

from app.domain.action_states import ActionStatus
from app.domain.base import Stage
from app.domain.decisions import Verdict
from app.domain.errors import BadInput, Conflict, Forbidden, NotFound
from app.domain.incidents import ASKED_FOR, IncidentStatus
from app.domain.tenants import Role
from app.schemas.migrations import HoldRequest, WaveShown
from app.services.migrations.hold import propose_hold
from app.services.migrations.readiness import list_waves
from tests.builders import make_scope
from tests.loop.conftest import Agency

WAVE = 3
OVER = 1
NO_REASON = HoldRequest()


def wave_of(agency: Agency, wave: int = WAVE) -> WaveShown:
    return next(one for one in list_waves(agency.ctx, agency.scope) if one.wave == wave)


def test_a_wave_is_no_go_for_what_its_merchants_carry_and_one_that_is_over_is_done(asking: Agency) -> None:
    shown = wave_of(asking)
    assert shown.readiness == "no_go" and wave_of(asking, OVER).readiness == "done"
    token = next(risk for risk in shown.risks if risk.cause == "token_version_mismatch" and risk.kind == "setting")
    assert token.blocks and token.shared == "token_version is v2" and token.merchants == ["MERCH-D4E5F6"]
    assert any("token_version is v2" in reason for reason in shown.reasons)


def test_an_approved_hold_is_sent_once_and_read_back(asking: Agency) -> None:
    row = propose_hold(asking.ctx, asking.scope, WAVE, NO_REASON)
    assert row.status is ActionStatus.PENDING and row.decision.ruling.verdict is Verdict.ASK
    assert asking.calls("hold_cutover_wave") == []
    assert set(row.decision.scope) == set(wave_of(asking).waiting) and row.decision.undo is not None
    asking.drain()
    assert asking.row(row.id).status is ActionStatus.PENDING and asking.calls("hold_cutover_wave") == []
    asking.approve(row)
    asking.drain()
    done = asking.until_receipt(row.id)
    assert done.status is ActionStatus.VERIFIED and done.receipt is not None
    assert [call["arguments"]["wave"] for call in asking.calls("hold_cutover_wave")] == [WAVE]
    shown = wave_of(asking).hold
    assert shown is not None and (shown.held_by, shown.asked) == (row.id, None)
    with pytest.raises(Conflict, match="is held already"):
        propose_hold(asking.ctx, asking.scope, WAVE, NO_REASON)


def test_a_held_wave_is_let_go_by_a_second_question_and_stays_held_until_then(asking: Agency) -> None:
    with pytest.raises(Conflict, match="is not held"):
        propose_hold(asking.ctx, asking.scope, WAVE, HoldRequest(reason="never mind"), release=True)
    row = propose_hold(asking.ctx, asking.scope, WAVE, NO_REASON)
    asking.approve(row)
    asking.drain()
    asking.until_receipt(row.id)
    with pytest.raises(BadInput, match="say in `reason`"):
        propose_hold(asking.ctx, asking.scope, WAVE, NO_REASON, release=True)
    release = propose_hold(asking.ctx, asking.scope, WAVE, HoldRequest(reason="the tokens were rotated"), release=True)
    shown = wave_of(asking).hold
    assert shown is not None and (shown.held_by, shown.asked, shown.asked_by) == (row.id, "release", release.id)
    asking.approve(release)
    asking.drain()
    assert asking.until_receipt(release.id).status is ActionStatus.VERIFIED
    assert wave_of(asking).hold is None
    assert [call["tool"] for call in asking.calls("hold_cutover_wave", "release_cutover_wave")] == [
        "hold_cutover_wave",
        "release_cutover_wave",
    ]


def test_a_hold_takes_no_other_question_back(asking: Agency) -> None:
    before = {row.id for row in asking.rows(ActionStatus.PENDING)}
    row = propose_hold(asking.ctx, asking.scope, WAVE, NO_REASON)
    asking.cycle()
    assert before <= {one.id for one in asking.rows(ActionStatus.PENDING)}
    assert asking.incident(row.incident_id).type == ASKED_FOR


def test_what_was_refused_is_not_asked_again_with_the_same_evidence_and_nothing_else_in_its_place(
    asking: Agency,
) -> None:
    row = propose_hold(asking.ctx, asking.scope, WAVE, NO_REASON)
    asking.reject(row, "the wave is small")
    asking.drain()
    assert [one.id for one in asking.rows() if one.incident_id == row.incident_id] == [row.id]
    assert asking.incident(row.incident_id).status is IncidentStatus.ESCALATED
    with pytest.raises(Forbidden, match="the wave is small"):
        propose_hold(asking.ctx, asking.scope, WAVE, NO_REASON)
    again = propose_hold(asking.ctx, asking.scope, WAVE, HoldRequest(reason="their bank is closed that day"))
    assert again.decision.arguments["reason"] == "their bank is closed that day"


def test_a_second_person_is_told_that_the_question_waits(asking: Agency) -> None:
    row = propose_hold(asking.ctx, asking.scope, WAVE, NO_REASON)
    with pytest.raises(Conflict, match=row.id):
        propose_hold(asking.ctx, asking.scope, WAVE, HoldRequest(reason="me too"))


def test_a_viewer_may_look_and_not_propose(asking: Agency) -> None:
    viewer = make_scope("shop", "person:vi", Role.VIEWER)
    assert list_waves(asking.ctx, viewer)
    with pytest.raises(Forbidden, match="operator"):
        propose_hold(asking.ctx, viewer, WAVE, NO_REASON)
    row = propose_hold(asking.ctx, make_scope("shop", "person:op", Role.OPERATOR), WAVE, NO_REASON)
    assert row.status is ActionStatus.PENDING


def test_nobody_holds_a_wave_that_is_over_or_does_not_exist(asking: Agency) -> None:
    with pytest.raises(Conflict, match="nobody of wave 1"):
        propose_hold(asking.ctx, asking.scope, OVER, NO_REASON)
    with pytest.raises(NotFound):
        propose_hold(asking.ctx, asking.scope, 99, NO_REASON)


def test_against_a_wave_of_which_nothing_is_known_somebody_must_say_why(asking: Agency) -> None:
    with asking.ctx.store.write(asking.scope) as session:
        one = session.merchants.all()[0]
        session.merchants.put(
            [one.changed(id="MERCH-NEW", wave=9, stage=Stage.PRE, health=None, webhook_version="v3", attributes={})]
        )
    assert wave_of(asking, 9).readiness == "go"
    with pytest.raises(BadInput, match="say in `reason`"):
        propose_hold(asking.ctx, asking.scope, 9, NO_REASON)
    assert propose_hold(asking.ctx, asking.scope, 9, HoldRequest(reason="no staff")).decision.cause == "unknown"
