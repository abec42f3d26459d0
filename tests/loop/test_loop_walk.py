"""The loop on a real (small) platform: what is approved is done once, what is not is not done, and the receipt tells
the truth.
"""

import dataclasses
import threading
from pathlib import Path

import pytest

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.errors import BadInput, Conflict, Forbidden
from app.domain.incidents import ACTIVE, FEEDABLE, IncidentStatus
from app.domain.tenants import Scope
from app.schemas.actions import ApproveRequest, EditRequest
from app.services.actions.review import decide_action, edit_action, execute_action
from app.services.incidents import cases
from app.services.incidents.cases import manage_incident
from app.services.loop import advance
from app.services.watch import sweep
from simulations.world.tool_effects import SETTING_OF
from tests.loop.conftest import Agency, open_agency
from tests.loop.stories import CALLBACK, callback_scheme, treatment


def test_an_approved_fix_stops_the_errors_and_the_receipt_says_so(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    asking.approve(row)
    asking.drain()
    assert asking.row(row.id).status is ActionStatus.EXECUTED
    done = asking.until_receipt(row.id)
    assert done.status is ActionStatus.VERIFIED and done.receipt is not None
    assert done.receipt.treated_before.count > 0 and done.receipt.treated_after.count == 0
    assert asking.incident(row.incident_id).status is IncidentStatus.RESOLVED


def test_a_tool_that_answers_200_and_cures_nothing_is_ineffective(asking: Agency) -> None:
    asking.retell(tools=[{"tool": "update_callback_url", "does": "nothing"}])
    row = asking.pending(CALLBACK)
    asking.approve(row)
    asking.drain()
    done = asking.until_receipt(row.id)
    assert done.status is ActionStatus.INEFFECTIVE
    following = [
        other
        for other in asking.rows()
        if other.incident_id == row.incident_id and other.id != row.id and other.step is RowKind.FIRST
    ]
    assert all(
        (other.decision.cause, other.decision.tool) != (row.decision.cause, row.decision.tool) for other in following
    )


def test_the_right_tool_on_the_wrong_merchant_is_never_called_a_cure(asking: Agency) -> None:
    first = asking.pending(CALLBACK)
    faults = asking.world().scenario.faults
    asking.retell(
        faults=[
            fault.changed(scope={"callback_scheme": "http", "region": "eu-west"}) if fault.mode == CALLBACK else fault
            for fault in faults
        ]
    )
    asking.pass_time(90)
    asking.cycle()
    row = asking.pending(CALLBACK)
    assert row.incident_id == first.incident_id
    arguments = {**row.decision.arguments, "merchant_ids": ["MERCH-B2C3D4"]}
    edited = edit_action(asking.ctx, asking.scope, row.id, EditRequest(arguments=arguments, digest=row.digest))
    assert (edited.id, edited.version, edited.status) == (row.id, row.version + 1, ActionStatus.PENDING)
    assert edited.digest != row.digest
    asking.approve(edited)
    asking.drain()
    for _ in range(15):
        asking.pass_time(30)
        asking.drain()
    assert (asking.row(row.id).status, asking.row(row.id).receipt) == (ActionStatus.EXECUTED, None)
    with asking.ctx.store.read(asking.scope) as session:
        told = [one.output for one in session.incidents.steps(row.incident_id) if one.step == "verify"]
    assert [one["verdict"] for one in told] == ["INCONCLUSIVE"] * len(told) and told[-1]["next"] == "done"


def test_an_edit_stays_inside_the_incident(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    arguments = {**row.decision.arguments, "merchant_ids": ["MERCH-A1B2C3", "MERCH-NOSUCH"]}
    with pytest.raises(BadInput, match="outside this incident"):
        edit_action(asking.ctx, asking.scope, row.id, EditRequest(arguments=arguments, digest=row.digest))
    assert asking.row(row.id).digest == row.digest


def test_a_question_stays_answerable_while_nothing_new_joins(asking: Agency) -> None:
    """Tickets in other words and more of the same errors are no newer evidence."""
    asking.pass_time(30)
    asking.cycle()
    row = asking.pending(CALLBACK)
    for _ in range(12):
        asking.pass_time(5)
        asking.cycle()
    assert asking.row(row.id).status is ActionStatus.PENDING


def test_a_no_is_not_asked_again_while_the_fault_goes_on(asking: Agency) -> None:
    asking.pass_time(30)
    asking.cycle()
    row = asking.pending(CALLBACK)
    asking.reject(row, "the merchant is on the phone")
    for _ in range(12):
        asking.pass_time(5)
        asking.cycle()
    again = [
        other
        for other in asking.rows()
        if other.id != row.id and other.decision.tool == row.decision.tool and other.proposed_at > row.proposed_at
    ]
    assert not again


def test_the_kill_switch_holds_what_is_approved_and_lets_it_go_on_later(asking: Agency) -> None:
    store = asking.ctx.store
    row = asking.pending(CALLBACK)
    asking.approve(row)
    tenant = store.tenant(asking.scope.tenant_id)
    store.put_tenant(tenant.changed(kill_switch=True))
    for _ in range(5):
        asking.drain()
    assert asking.row(row.id).status is ActionStatus.APPROVED
    assert asking.incident(row.incident_id).status is not IncidentStatus.FAILED
    store.put_tenant(tenant)
    asking.drain()
    assert asking.row(row.id).status is ActionStatus.EXECUTED


def test_merging_takes_the_open_question_back_and_hands_signals_over(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    others = [incident for incident in asking.incidents() if incident.id != row.incident_id]
    target = next(incident for incident in others if incident.status in FEEDABLE)
    with pytest.raises(BadInput, match="itself"):
        manage_incident(asking.ctx, asking.scope, row.incident_id, "merge", row.incident_id)
    manage_incident(asking.ctx, asking.scope, row.incident_id, "merge", target.id)
    assert asking.row(row.id).status is ActionStatus.SUPERSEDED
    assert asking.incident(row.incident_id).merged_into == target.id
    assert set(asking.incident(target.id).merchants) >= set(row.decision.scope)
    with pytest.raises(Conflict):
        asking.approve(row)
    asking.pass_time(20)
    asking.cycle()
    assert not [
        incident
        for incident in asking.incidents()
        if incident.key == asking.incident(row.incident_id).key and incident.status in ACTIVE
    ]


def test_one_incident_that_cannot_be_advanced_does_not_keep_the_others_from_it(agency: Agency) -> None:
    loop = agency.ctx.loop

    class Poisoned:
        """The real loop, but for one incident."""

        def __init__(self) -> None:
            self.victim = ""

        def ready(self, scope: Scope, incident_id: str) -> bool:
            return bool(loop.ready(scope, incident_id))

        def step(self, scope: Scope, incident_id: str) -> str:
            self.victim = self.victim or incident_id
            if incident_id == self.victim:
                raise KeyError("a bug")
            stand: str = loop.step(scope, incident_id)
            return stand

    poisoned = Poisoned()
    ctx = dataclasses.replace(agency.ctx, loop=poisoned)
    sweep.sweep_tenant(ctx, agency.scope)
    for _ in range(4):
        advance.advance_all(ctx, agency.scope)
        agency.skip(1)
    stands = {incident.id: incident.status for incident in agency.incidents()}
    assert stands.pop(poisoned.victim) is IncidentStatus.FAILED
    assert stands and IncidentStatus.OPEN not in stands.values()


def test_a_lost_bookmark_repeats_nothing(tmp_path: Path) -> None:
    first = open_agency(tmp_path, passing=False)
    first.pass_time(120)
    first.cycle()
    before = {row.id: row.status for row in first.rows()}
    sent = len(first.calls())
    first.application.stop()
    for bookmark in tmp_path.glob("checkpoints.sqlite*"):
        bookmark.unlink()

    second = open_agency(tmp_path, passing=False, fresh=False)
    second.drain()
    assert {row.id: row.status for row in second.rows()} == before
    assert len(second.calls()) == sent
    row = second.pending(CALLBACK)
    second.approve(row)
    second.drain()
    assert second.until_receipt(row.id).status is ActionStatus.VERIFIED
    second.application.stop()


def test_a_fix_that_does_harm_is_undone_without_a_second_question(asking: Agency) -> None:
    asking.retell(tools=[{"tool": "update_callback_url", "does": "harms"}])
    row = asking.pending(CALLBACK)
    asking.approve(row)
    asking.drain()
    done = asking.until_receipt(row.id)
    assert done.receipt is not None and done.receipt.verdict == "HARMED"
    asking.drain()
    assert asking.row(row.id).status is ActionStatus.UNDONE
    undo = asking.row(f"{row.id}-U0")
    assert (undo.step, undo.parent_id) == (RowKind.UNDO, row.id)
    assert (undo.decided_by or "").startswith("approval:APR-")
    asking.until_receipt(undo.id)
    assert asking.incident(row.incident_id).status is IncidentStatus.ESCALATED


def test_a_rejected_decision_never_reaches_a_tool_and_is_not_proposed_again(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    before = asking.calls(row.decision.tool)
    asking.reject(row, "the merchant is on the phone")
    asking.drain()
    assert asking.calls(row.decision.tool) == before == []
    assert asking.row(row.id).status is ActionStatus.REJECTED
    others = [other for other in asking.rows() if other.incident_id == row.incident_id and other.id != row.id]
    assert all(other.decision.tool != row.decision.tool for other in others)


def lessons_of(agency: Agency, incident_id: str) -> list[tuple[str, str]]:
    found = cases.read_incident(agency.ctx, agency.scope, incident_id).lessons
    return [(one.outcome, one.cause) for one in found if one.incident_id == incident_id]


def turned_down(agency: Agency, row: Action, *, cause_is_wrong: bool) -> Action | None:
    """Refuse it, and everything that follows on its incident; the first that followed."""
    decide_action(
        agency.ctx,
        agency.scope,
        ApproveRequest(
            action_id=row.id, approved=False, feedback="no", digest=row.digest, cause_is_wrong=cause_is_wrong
        ),
    )
    agency.drain()
    following = [other for other in agency.rows(ActionStatus.PENDING) if other.incident_id == row.incident_id]
    while waiting := [other for other in agency.rows(ActionStatus.PENDING) if other.incident_id == row.incident_id]:
        agency.reject(waiting[0], "not this either")
        agency.drain()
    return following[0] if following else None


def test_a_refused_proposal_may_be_followed_by_another_one_for_the_same_cause(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    following = turned_down(asking, row, cause_is_wrong=False)
    assert (
        following is not None and following.decision.cause == CALLBACK and following.decision.tool != row.decision.tool
    )
    assert asking.incident(row.incident_id).metrics_snapshot["cause"] == CALLBACK
    assert ("REJECTED", CALLBACK) in lessons_of(asking, row.incident_id)


def test_a_cause_that_a_person_calls_wrong_is_excluded_and_learnt_from(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    following = turned_down(asking, row, cause_is_wrong=True)
    assert asking.row(row.id).cause_is_wrong
    assert following is None or following.decision.cause != CALLBACK
    assert asking.incident(row.incident_id).metrics_snapshot["cause"] != CALLBACK
    assert ("REFUTED", CALLBACK) in lessons_of(asking, row.incident_id)


def test_what_is_approved_cannot_be_called_wrong(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    with pytest.raises(BadInput, match="rejection"):
        decide_action(
            asking.ctx,
            asking.scope,
            ApproveRequest(action_id=row.id, approved=True, digest=row.digest, cause_is_wrong=True),
        )
    assert asking.row(row.id).status is ActionStatus.PENDING


def test_a_rejection_needs_its_reason(asking: Agency) -> None:
    with pytest.raises(BadInput, match="reason"):
        asking.reject(asking.pending(CALLBACK), " ")


def test_an_expired_question_is_handed_to_people_and_sends_nothing(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    before = asking.calls()
    asking.skip(asking.ctx.config.policies.expires_after_minutes + 10)
    asking.drain()
    assert asking.row(row.id).status is ActionStatus.EXPIRED
    assert asking.incident(row.incident_id).status is IncidentStatus.ESCALATED
    assert [call for call in asking.calls() if call["tool"] in SETTING_OF] == [
        call for call in before if call["tool"] in SETTING_OF
    ]


def test_a_decision_with_another_digest_is_refused_and_stays_pending(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    with pytest.raises(Conflict):
        asking.approve(row.changed(digest="0" * 64))
    asking.drain()
    assert asking.row(row.id).status is ActionStatus.PENDING
    assert callback_scheme(asking, "MERCH-A1B2C3") == "http"


def test_an_edit_that_was_not_seen_cannot_be_approved(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    edit_action(
        asking.ctx,
        asking.scope,
        row.id,
        EditRequest(arguments={**row.decision.arguments, "merchant_ids": ["MERCH-A1B2C3"]}, digest=row.digest),
    )
    with pytest.raises(Conflict):
        asking.approve(row)
    with pytest.raises(Conflict):
        edit_action(asking.ctx, asking.scope, row.id, EditRequest(arguments=row.decision.arguments, digest=row.digest))


def test_arguments_that_do_not_fit_the_tool_are_refused_with_every_problem(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    with pytest.raises(BadInput) as told:
        edit_action(
            asking.ctx,
            asking.scope,
            row.id,
            EditRequest(arguments={"merchant_ids": [], "callback_scheme": "gopher"}, digest=row.digest),
        )
    assert len(told.value.problems) >= 2


def test_a_new_merchant_supersedes_the_question_that_did_not_know_of_it(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    faults = asking.world().scenario.faults
    asking.retell(faults=[*faults, {"mode": CALLBACK, "onset": 0, "scope": {"region": "us-east"}}])
    asking.pass_time(20)
    asking.cycle()
    assert asking.row(row.id).status is ActionStatus.SUPERSEDED
    fresh = asking.pending(CALLBACK)
    assert fresh.incident_id == row.incident_id and "MERCH-C3D4E5" in fresh.decision.scope


def test_32_approvers_at_once_one_wins_and_the_tool_runs_once(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    barrier, won, lost = threading.Barrier(32), [], []

    def click(number: int) -> None:
        barrier.wait()
        try:
            won.append(asking.approve(row, label=f"person {number}").label)
        except Conflict as told:
            lost.append(told.facts)

    threads = [threading.Thread(target=click, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 31)
    assert all(
        (facts["decided_by"], facts["label"]) == ("local:admin", won[0]) and facts["decided_at"] for facts in lost
    )
    for _ in range(3):
        asking.drain()
    assert asking.row(row.id).status is ActionStatus.EXECUTED
    sent = [merchant for call in asking.calls("update_callback_url") for merchant in call["arguments"]["merchant_ids"]]
    assert len(sent) == len(row.decision.scope)


def test_a_restart_between_question_and_answer_loses_nothing(tmp_path: Path) -> None:
    first = open_agency(tmp_path, passing=False)
    first.pass_time(120)
    first.cycle()
    row = first.pending(CALLBACK)
    first.application.stop()

    second = open_agency(tmp_path, passing=False, fresh=False)
    assert second.row(row.id).digest == row.digest
    second.approve(row)
    second.application.stop()

    third = open_agency(tmp_path, passing=False, fresh=False)
    third.drain()
    assert third.row(row.id).status is ActionStatus.EXECUTED
    third.application.stop()

    fourth = open_agency(tmp_path, passing=False, fresh=False)
    assert fourth.until_receipt(row.id).status is ActionStatus.VERIFIED
    with fourth.ctx.store.read(fourth.scope) as session:
        assert session.events.verify().ok
        kinds = [event.kind for event in session.events.page(subject=row.id)]
    fourth.application.stop()
    assert kinds == [
        "action.proposed",
        "action.pending",
        "action.approved",
        "action.sending",
        "action.executed",
        "action.verified",
    ]


def test_a_low_risk_fix_for_one_merchant_is_granted_by_its_rule(asking: Agency) -> None:
    granted = [row for row in asking.rows() if (row.decided_by or "").startswith("policy:")]
    assert granted, [(row.decision.tool, row.decision.ruling.verdict) for row in asking.rows()]
    for row in granted:
        assert row.decision.ruling.verdict.value == "allow" and len(row.decision.scope) == 1
        assert row.decision.undo is not None and row.decided_by == f"policy:{row.decision.ruling.rule_ids[0]}"


def test_executing_again_answers_with_the_outcome_and_executing_the_undecided_is_refused(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    with pytest.raises(Conflict, match="PENDING"):
        execute_action(asking.ctx, asking.scope, row.id)
    asking.approve(row)
    once = execute_action(asking.ctx, asking.scope, row.id)
    again = execute_action(asking.ctx, asking.scope, row.id)
    assert once.status is ActionStatus.EXECUTED and again.result == once.result


def test_an_operator_approves_nothing(asking: Agency) -> None:
    from app.domain.tenants import Principal, Role

    row = asking.pending(CALLBACK)
    asking.scope = asking.scope.changed(principal=Principal(id="olga", role=Role.OPERATOR))
    with pytest.raises(Forbidden, match="approver"):
        asking.approve(row)


def test_a_wide_rollout_starts_with_one_merchant_and_asks_once(beginning: Agency) -> None:
    row = treatment(beginning)
    assert len(row.decision.rollout[0]) == 1 and len(row.decision.rollout) > 1
    treated = set(row.decision.rollout[0])
    assert {
        one.id for one in beginning.world().scenario.platform.residents if callback_scheme(beginning, one.id) == "https"
    } == treated
    assert beginning.until_receipt(row.id).status is ActionStatus.VERIFIED
    beginning.drain()
    for cohort in range(1, len(row.decision.rollout)):
        child = beginning.row(f"{row.id}-C{cohort}")
        assert (
            child.parent_id == row.id
            and child.digest == row.digest
            and (child.decided_by or "").startswith("approval:")
        )
        beginning.until_receipt(child.id)
        beginning.drain()
    assert all(callback_scheme(beginning, name) == "https" for name in row.decision.scope)


def test_the_second_episode_of_an_incident_differs_by_a_recorded_amount(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    asking.approve(row)
    asking.drain()
    asking.until_receipt(row.id)
    asking.pass_time(300, step=30)
    asking.cycle()
    asking.retell(without=["update_callback_url"])
    asking.pass_time(90)
    asking.cycle()
    second = asking.pending(CALLBACK)
    assert second.incident_id == row.incident_id and second.id != row.id
    from app.services.incidents.cases import read_incident

    best = read_incident(asking.ctx, asking.scope, second.incident_id).assessment
    assert best is not None
    lesson = [finding for finding in best.best.findings_for if "lesson" in finding.sign]
    assert lesson and lesson[0].weight > 0
