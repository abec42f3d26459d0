"""A plan of several steps: nothing of it begins before its treatment is approved, its tools go the way of every action,
its people's steps are people's, and it ends as its steps do.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from app.domain.action_states import ActionStatus as A
from app.domain.actions import Action
from app.domain.base import Stage
from app.domain.errors import BadInput, Conflict, Forbidden, NotFound
from app.domain.incidents import ASKED_FOR, IncidentStatus
from app.domain.playbooks import PlaybookRun, RunStatus
from app.domain.tenants import Role, Scope
from app.ports.store import Session, Store
from app.schemas.playbooks import PlanRequest, PlanShown, StepRequest, StopRequest
from app.schemas.tools import ToolSettingRequest
from app.services.actions.review import execute_action
from app.services.actions.taking_back import undo_action
from app.services.incidents.cases import list_timeline, manage_incident
from app.services.loop.anew import reason_anew
from app.services.operations import controls
from app.services.operations.tools import set_tool
from app.services.playbooks import people, shown
from app.services.playbooks.carry_on import carry_on_all
from app.services.playbooks.watching import PlanWatch
from tests.builders import make_scope
from tests.loop.conftest import Agency, Past, open_agency

PROJECT = Path(__file__).resolve().parents[2]
CALLBACK = "callback_not_https"
DONE = StepRequest(note="seen to")
HEAD = f"""
id: trial
title: A plan on trial
domain: commerce
when: cause == '{CALLBACK}' && tool == 'update_callback_url'
steps:
"""
PREPARED = """
  - {id: owner, title: The payments team has it, assign_owner: {owner: payments}}
  - {id: noted, title: Note it, add_comment: {says: "{cause_title} at {stores}"}}
  - {id: ready, title: Look at the certificates, add_comment: {asks: "Are the certificates valid at {stores}?"}}
  - {id: fix, title: Mend the callbacks, call_tool: {tool: update_callback_url}}
  - {id: proof, title: Wait for the proof, wait_for: {what: receipt}}
  - {id: rest, title: Let it rest, wait_for: {what: minutes, minutes: 30}}
  - {id: shut, title: Close it, set_status: {status: closed}}
"""
CALLED = """
  - id: call
    title: Call the payments team
    call_tool:
      tool: escalate
      arguments:
        {team: payments, title: "{cause_title}", summary: x, severity: "{severity}", incident_id: "{incident_id}"}
  - {id: fix, title: Mend the callbacks, call_tool: {tool: update_callback_url}}
  - {id: proof, title: Wait for the proof, wait_for: {what: receipt}}
"""
HELD = """
  - {id: fix, title: Mend the callbacks, call_tool: {}}
  - {id: hold, title: Hold the next wave, after: [], hold_wave: {}}
  - {id: proof, title: Wait for the proof, after: [fix], wait_for: {what: receipt}}
  - {id: release, title: Let it go, after: [hold, proof], hold_wave: {releases: hold}}
"""


def config_with(folder: Path, steps: str) -> Path:
    """The shipped configuration, whose only playbook this is."""
    config = folder / "config"
    shutil.copytree(PROJECT / "config", config, ignore=shutil.ignore_patterns("playbooks"))
    (config / "playbooks").mkdir()
    (config / "playbooks" / "trial.yaml").write_text(HEAD + steps, "utf-8")
    return config


class Trials:
    """Agents whose only playbook is on trial: each after its first cycle, which all of them share."""

    def __init__(self, folder: Path, two_hours: Past) -> None:
        self.folder, self.two_hours = folder, two_hours
        self.known: dict[str, tuple[Path, Past]] = {}

    def past_of(self, steps: str) -> tuple[Path, Past]:
        """The configuration with these steps, and what an agent knows after its first cycle with it."""
        if steps not in self.known:
            folder = self.folder / str(len(self.known))
            config = config_with(folder, steps)
            agency = open_agency(folder / "data", past=self.two_hours, config=config)
            agency.cycle()
            self.known[steps] = (config, Past.of(agency))
            agency.application.stop()
        return self.known[steps]


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory, two_hours: Past) -> Trials:
    return Trials(tmp_path_factory.mktemp("trials"), two_hours)


@contextmanager
def before_its_first_cycle(folder: Path, past: Past, steps: str) -> Iterator[Agency]:
    """An agent whose only playbook this is, and who has looked at nothing yet."""
    agency = open_agency(folder / "data", past=past, config=config_with(folder, steps))
    yield agency
    agency.application.stop()


@contextmanager
def on_trial(trials: Trials, folder: Path, steps: str) -> Iterator[Agency]:
    config, past = trials.past_of(steps)
    agency = open_agency(folder, past=past, config=config)
    yield agency
    agency.application.stop()


@pytest.fixture
def prepared(tmp_path: Path, trials: Trials) -> Iterator[Agency]:
    """Steps of the agent and of a person stand before the treatment."""
    with on_trial(trials, tmp_path, PREPARED) as agency:
        yield agency


@pytest.fixture
def called(tmp_path: Path, trials: Trials) -> Iterator[Agency]:
    """Another tool stands before the treatment."""
    with on_trial(trials, tmp_path, CALLED) as agency:
        yield agency


def plan_of(agency: Agency, incident_id: str) -> PlanShown:
    found = shown.read_plan(agency.ctx, agency.scope, incident_id)
    assert found is not None
    return found


def run_of(agency: Agency, row: Action) -> PlaybookRun:
    return plan_of(agency, row.incident_id).run


def states(agency: Agency, row: Action) -> dict[str, str]:
    return {one.step.id: one.record.state.value for one in plan_of(agency, row.incident_id).steps}


def told(agency: Agency, row: Action) -> list[str]:
    """What happened to the plan, in order."""
    events = list_timeline(agency.ctx, agency.scope, row.incident_id)
    return [one.kind.removeprefix("playbook.") for one in events if one.kind.startswith("playbook.")]


def complete(agency: Agency, row: Action, step: str, answer: StepRequest = DONE) -> PlanShown:
    return people.complete_step(agency.ctx, agency.scope, row.incident_id, step, answer)


def go_on(agency: Agency) -> None:
    """What the worker does after a sweep."""
    while agency.drain() or carry_on_all(agency.ctx, agency.scope):
        pass


def approve(agency: Agency, row: Action) -> None:
    agency.approve(agency.row(row.id))
    go_on(agency)


def until_proven(agency: Agency, row: Action) -> None:
    agency.until_receipt(row.id)
    go_on(agency)


# --- a plan from its first step to its last -------------------------------------------------------------------------


def test_a_shipped_plan_is_assigned_approved_carried_out_and_completed_by_people(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    plan = plan_of(asking, row.incident_id)
    assert plan.run.status is RunStatus.ASSIGNED and plan.run.plan.playbook == CALLBACK
    assert row.decision.plan == plan.run.plan and all(one.step.forecast and one.step.undo for one in plan.steps)
    assert not carry_on_all(asking.ctx, asking.scope) and set(states(asking, row).values()) == {"WAITING"}
    approve(asking, row)
    assert asking.row(row.id).status is A.EXECUTED
    assert states(asking, row) == {
        "fix": "DONE",
        "hold": "DONE",
        "proof": "OPEN",
        "tell": "WAITING",
        "release": "WAITING",
    }
    assert "Nobody of wave 3 is known to carry" in run_of(asking, row).record_of("hold").note
    until_proven(asking, row)
    standing = plan_of(asking, row.incident_id).standing
    assert standing.for_people == ["tell"] and states(asking, row)["release"] == "DONE"
    assert asking.calls("hold_cutover_wave", "release_cutover_wave") == []
    ended = complete(asking, row, "tell", StepRequest(note="written to both", plan_digest=plan.plan_digest))
    assert ended.run.status is RunStatus.COMPLETED and ended.run.record_of("tell").by == "local:admin"
    assert [one for one in told(asking, row) if one not in {"begun", "told"}] == [
        "assigned",
        *["step_completed"] * 5,
        "completed",
    ]
    figures = shown.read_playbook(asking.ctx, asking.scope, CALLBACK).figures
    assert (figures.assigned, figures.completed, figures.steps_done) == (1, 1, 5) and figures.median_minutes
    assert not carry_on_all(asking.ctx, asking.scope) and run_of(asking, row) == ended.run


@pytest.mark.long
def test_a_wave_that_the_same_cause_would_break_is_held_asked_about_and_let_go(tmp_path: Path, two_hours: Past) -> None:
    with before_its_first_cycle(tmp_path, two_hours, HELD) as agency:
        with agency.ctx.store.write(agency.scope) as session:
            sick = next(one for one in session.merchants.all() if one.id == "MERCH-A1B2C3")
            session.merchants.put([sick.changed(id="MERCH-NEXT", wave=2, stage=Stage.PRE)])
        agency.cycle()
        row = agency.pending(CALLBACK)
        assert row.decision.plan is not None and row.decision.plan.step("hold").wave == 2
        approve(agency, row)
        (hold,) = [one for one in agency.rows(A.PENDING) if one.decision.tool == "hold_cutover_wave"]
        part = hold.decision.part_of
        assert part is not None and (part.step_id, part.plan_digest) == ("hold", row.decision.plan.digest)
        assert agency.calls("hold_cutover_wave") == [] and agency.row(row.id).status is A.EXECUTED
        approve(agency, hold)
        until_proven(agency, row)
        (release,) = [one for one in agency.rows(A.PENDING) if one.decision.tool == "release_cutover_wave"]
        assert states(agency, row) == {"fix": "DONE", "hold": "DONE", "proof": "DONE", "release": "OPEN"}
        approve(agency, release)
        assert run_of(agency, row).status is RunStatus.COMPLETED
        assert [one["tool"] for one in agency.calls("hold_cutover_wave", "release_cutover_wave")] == [
            "hold_cutover_wave",
            "release_cutover_wave",
        ]


def test_a_treatment_waits_for_the_steps_before_it_and_the_incident_is_closed_by_the_last(prepared: Agency) -> None:
    row = prepared.pending(CALLBACK)
    assert prepared.incident(row.incident_id).assignee is None
    approve(prepared, row)
    assert states(prepared, row) == {
        **{"owner": "DONE", "noted": "DONE", "ready": "OPEN"},
        **{"fix": "WAITING", "proof": "WAITING", "rest": "WAITING", "shut": "WAITING"},
    }
    assert prepared.incident(row.incident_id).assignee == "payments"
    notes = [one for one in list_timeline(prepared.ctx, prepared.scope, row.incident_id) if one.kind == "incident.note"]
    assert [one.payload["value"] for one in notes] == ["the payment callback address does not use HTTPS at 2 stores"]
    assert prepared.row(row.id).status is A.APPROVED and prepared.calls("update_callback_url") == []
    assert prepared.drain() == [], "what waits for its turn is not tried again and again"
    with pytest.raises(Conflict, match="waits for the steps before it in its plan: Look at the certificates"):
        execute_action(prepared.ctx, prepared.scope, row.id)
    complete(prepared, row, "ready")
    go_on(prepared)
    assert len(prepared.calls("update_callback_url")) == 1
    until_proven(prepared, row)
    assert states(prepared, row)["rest"] == "OPEN"
    prepared.skip(31)
    go_on(prepared)
    assert run_of(prepared, row).status is RunStatus.COMPLETED
    assert prepared.incident(row.incident_id).status is IncidentStatus.CLOSED


def test_another_tool_of_a_plan_is_a_question_of_its_own_before_it_is_sent(called: Agency) -> None:
    row = called.pending(CALLBACK)
    approve(called, row)
    (call,) = [one for one in called.rows(A.PENDING) if one.decision.part_of is not None]
    assert call.decision.tool == "escalate" and called.incident(call.incident_id).type == ASKED_FOR
    assert called.calls("escalate", "update_callback_url") == []
    approve(called, call)
    assert [one["tool"] for one in called.calls("escalate", "update_callback_url")] == [
        "escalate",
        "update_callback_url",
    ]
    until_proven(called, row)
    assert run_of(called, row).status is RunStatus.COMPLETED


# --- people ----------------------------------------------------------------------------------------------------------


def test_of_two_people_who_complete_a_step_at_once_one_is_told_who_was_first(prepared: Agency) -> None:
    row = prepared.pending(CALLBACK)
    approve(prepared, row)
    begin, came = Barrier(2), dict[str, PlanShown | Conflict]()

    def say(name: str) -> None:
        scope = make_scope("shop", name, Role.OPERATOR)
        begin.wait()
        try:
            came[name] = people.complete_step(prepared.ctx, scope, row.incident_id, "ready", DONE)
        except Conflict as late:
            came[name] = late

    threads = [Thread(target=say, args=(name,)) for name in ("person:ada", "person:bo")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (first,) = [name for name, answer in came.items() if isinstance(answer, PlanShown)]
    (late,) = [answer for answer in came.values() if isinstance(answer, Conflict)]
    assert late.detail == f"Look at the certificates: done already by {first}"
    assert run_of(prepared, row).record_of("ready").by == first
    go_on(prepared)
    assert len(prepared.calls("update_callback_url")) == 1


def test_what_is_no_step_of_theirs_nobody_completes(prepared: Agency) -> None:
    row = prepared.pending(CALLBACK)
    with pytest.raises(Conflict, match="waits for Note it"):
        complete(prepared, row, "ready")
    approve(prepared, row)
    with pytest.raises(Conflict, match="done already by system:worker"):
        complete(prepared, row, "owner")
    with pytest.raises(Conflict, match="not its turn: it waits for Look at the certificates"):
        complete(prepared, row, "fix")
    with pytest.raises(NotFound, match="no step nothing"):
        complete(prepared, row, "nothing")
    with pytest.raises(Conflict, match="another one by now"):
        complete(prepared, row, "ready", StepRequest(plan_digest="0" * 64))
    with pytest.raises(BadInput, match="needs its `note`"):
        complete(prepared, row, "ready", StepRequest(done=False))
    viewer = make_scope("shop", "person:vi", Role.VIEWER)
    with pytest.raises(Forbidden, match="operator"):
        people.complete_step(prepared.ctx, viewer, row.incident_id, "ready", DONE)
    assert states(prepared, row)["ready"] == "OPEN"
    complete(prepared, row, "ready")
    with pytest.raises(Conflict, match="the agent does it, nobody else"):
        complete(prepared, row, "fix")


def test_a_step_that_cannot_be_done_stops_the_plan_withdraws_the_treatment_and_is_not_planned_again(
    prepared: Agency,
) -> None:
    row = prepared.pending(CALLBACK)
    approve(prepared, row)
    complete(prepared, row, "ready", StepRequest(done=False, note="one certificate is expired"))
    withdrawn = prepared.row(row.id)
    assert withdrawn.status is A.SUPERSEDED and "withdraw.plan_stopped" in withdrawn.withdrawn_because
    plan = plan_of(prepared, row.incident_id)
    assert plan.run.status is RunStatus.STOPPED and "one certificate is expired" in plan.standing.sentence
    assert [line.split(":")[0] for line in plan.to_take_back] == ["Note it", "The payments team has it"]
    go_on(prepared)
    fresh = prepared.pending(CALLBACK)
    assert fresh.incident_id == row.incident_id and fresh.decision.plan is None
    assert prepared.calls("update_callback_url") == []
    approve(prepared, fresh)
    assert len(prepared.calls("update_callback_url")) == 1 and run_of(prepared, row).status is RunStatus.STOPPED


# --- what happens meanwhile ------------------------------------------------------------------------------------------


def newer_evidence(agency: Agency, row: Action) -> None:
    """The incident is reasoned about anew."""
    with agency.ctx.store.write(agency.scope) as session:
        reason_anew(session, row.incident_id, "something new is known", agency.ctx.clock(agency.scope).now())
    go_on(agency)


def test_newer_evidence_makes_the_plan_anew_while_nothing_was_done(prepared: Agency) -> None:
    row = prepared.pending(CALLBACK)
    newer_evidence(prepared, row)
    fresh = prepared.pending(CALLBACK)
    assert fresh.id != row.id and prepared.row(row.id).status is A.SUPERSEDED
    run = run_of(prepared, row)
    assert (run.action_id, run.number, run.status) == (fresh.id, 1, RunStatus.ASSIGNED)
    assert told(prepared, row) == ["assigned", "recalculated"]
    with pytest.raises(Conflict):
        prepared.approve(row)
    approve(prepared, fresh)
    assert run_of(prepared, row).status is RunStatus.RUNNING


def test_what_was_done_stays_done_when_evidence_makes_the_same_plan_of_it(prepared: Agency) -> None:
    row = prepared.pending(CALLBACK)
    approve(prepared, row)
    newer_evidence(prepared, row)
    fresh = prepared.pending(CALLBACK)
    assert prepared.row(row.id).status is A.SUPERSEDED and prepared.calls("update_callback_url") == []
    run = run_of(prepared, row)
    assert (run.action_id, run.status) == (fresh.id, RunStatus.ASSIGNED)
    assert [one.id for one in run.done_steps] == ["owner", "noted"]
    approve(prepared, fresh)
    complete(prepared, row, "ready")
    go_on(prepared)
    assert len(prepared.calls("update_callback_url")) == 1
    assert told(prepared, row).count("step_completed") == 4


def test_where_it_makes_another_plan_the_old_one_ends_and_nobody_does_a_step_twice(called: Agency) -> None:
    row = called.pending(CALLBACK)
    approve(called, row)
    (call,) = [one for one in called.rows(A.PENDING) if one.decision.part_of is not None]
    before = run_of(called, row)
    set_tool(called.ctx, called.scope, "escalate", ToolSettingRequest(on=False, reason="their desk moves"))
    newer_evidence(called, row)
    run = run_of(called, row)
    assert run.plan.digest != before.plan.digest and [one.id for one in run.plan.steps] == ["fix", "proof"]
    assert called.row(call.id).status is A.SUPERSEDED
    assert called.incident(call.incident_id).status is IncidentStatus.CLOSED
    approve(called, called.pending(CALLBACK))
    assert called.calls("escalate") == [] and len(called.calls("update_callback_url")) == 1


STOP = StopRequest(reason="the vendor mends it")


def stop(agency: Agency, row: Action) -> PlanShown:
    return people.stop_plan(agency.ctx, agency.scope, row.incident_id, STOP)


def test_a_person_stops_a_plan_before_its_treatment_is_sent_and_it_is_asked_for_without_it(prepared: Agency) -> None:
    row = prepared.pending(CALLBACK)
    approve(prepared, row)
    with pytest.raises(Forbidden, match="operator"):
        people.stop_plan(prepared.ctx, make_scope("shop", "person:vi", Role.VIEWER), row.incident_id, STOP)
    assert run_of(prepared, row).status is RunStatus.RUNNING
    plan = stop(prepared, row)
    assert plan.run.status is RunStatus.STOPPED and plan.run.ended_because.endswith(f"has stopped it: {STOP.reason}")
    assert [one.split(":")[0] for one in plan.to_take_back] == ["Note it", "The payments team has it"]
    withdrawn = prepared.row(row.id)
    assert withdrawn.status is A.SUPERSEDED and "withdraw.plan_stopped" in (withdrawn.withdrawn_because or "")
    go_on(prepared)
    fresh = prepared.pending(CALLBACK)
    assert fresh.decision.plan is None and prepared.calls("update_callback_url") == []
    assert stop(prepared, row) == plan and told(prepared, row).count("stopped") == 1
    approve(prepared, fresh)
    assert len(prepared.calls("update_callback_url")) == 1


def test_a_plan_is_stopped_before_anybody_approved_it(prepared: Agency) -> None:
    row = prepared.pending(CALLBACK)
    plan = stop(prepared, row)
    assert plan.to_take_back == [] and prepared.row(row.id).status is A.SUPERSEDED
    go_on(prepared)
    fresh = prepared.pending(CALLBACK)
    assert fresh.id != row.id and fresh.decision.plan is None
    assert fresh.decision.arguments == row.decision.arguments


def test_a_plan_stopped_after_its_treatment_was_sent_leaves_that_and_its_proof_alone(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    approve(asking, row)
    plan = stop(asking, row)
    assert any(row.id in one and "Put the callback address back" in one for one in plan.to_take_back)
    assert asking.row(row.id).status is A.EXECUTED
    until_proven(asking, row)
    assert asking.row(row.id).status is A.VERIFIED and run_of(asking, row) == plan.run
    assert [one for one in told(asking, row) if one == "told"] == [], "nobody is asked to do a step of it"


def test_what_a_step_has_asked_goes_with_the_plan_and_what_it_has_sent_is_told(called: Agency) -> None:
    row = called.pending(CALLBACK)
    approve(called, row)
    (call,) = [one for one in called.rows(A.PENDING) if one.decision.part_of is not None]
    stop(called, row)
    go_on(called)
    assert called.row(call.id).status is A.SUPERSEDED and called.calls("escalate", "update_callback_url") == []


def test_what_a_step_had_sent_when_its_plan_was_stopped_is_told(called: Agency) -> None:
    row = called.pending(CALLBACK)
    approve(called, row)
    (call,) = [one for one in called.rows(A.PENDING) if one.decision.part_of is not None]
    called.approve(call)
    called.drain()
    plan = stop(called, row)
    assert called.row(call.id).status is A.EXECUTED and plan.run.done_steps == ()
    assert any(call.id in one for one in plan.to_take_back)
    (shown_step,) = [one for one in plan.steps if one.step.id == "call"]
    assert shown_step.now == f"{call.id} is EXECUTED: it was sent before the plan ended."


def test_a_person_has_a_plan_made_anew_while_nothing_of_it_was_done(prepared: Agency) -> None:
    row = prepared.pending(CALLBACK)
    people.recalculate_plan(prepared.ctx, prepared.scope, row.incident_id, PlanRequest(reason="a playbook changed"))
    go_on(prepared)
    fresh = prepared.pending(CALLBACK)
    assert fresh.id != row.id and told(prepared, row) == ["assigned", "recalculation_asked", "recalculated"]
    approve(prepared, fresh)
    with pytest.raises(Conflict, match="while nothing of it was done"):
        people.recalculate_plan(prepared.ctx, prepared.scope, row.incident_id, PlanRequest())


def test_a_refused_treatment_stops_its_plan_and_the_next_one_has_its_own(prepared: Agency) -> None:
    row = prepared.pending(CALLBACK)
    prepared.reject(row, "not on a Monday")
    go_on(prepared)
    plan = plan_of(prepared, row.incident_id)
    assert plan.run.status is RunStatus.STOPPED and not plan.run.given_up
    other = prepared.pending(CALLBACK)
    assert other.decision.tool != "update_callback_url" and other.decision.plan is None


def test_a_refused_tool_of_a_plan_stops_it_and_withdraws_the_treatment(called: Agency) -> None:
    row = called.pending(CALLBACK)
    approve(called, row)
    (call,) = [one for one in called.rows(A.PENDING) if one.decision.part_of is not None]
    called.reject(call, "they know already")
    go_on(called)
    run = run_of(called, row)
    assert run.status is RunStatus.STOPPED and run.given_up and "they know already" in run.ended_because
    assert called.row(row.id).status is A.SUPERSEDED
    fresh = called.pending(CALLBACK)
    assert fresh.incident_id == row.incident_id and fresh.decision.plan is None
    assert called.calls("escalate", "update_callback_url") == []


def test_a_treatment_that_is_taken_back_stops_the_plan_and_says_what_is_left(asking: Agency) -> None:
    row = asking.pending(CALLBACK)
    approve(asking, row)
    undo_action(asking.ctx, asking.scope, row.id, "the wrong address")
    go_on(asking)
    go_on(asking)
    plan = plan_of(asking, row.incident_id)
    assert asking.row(row.id).status is A.UNDONE and plan.run.status is RunStatus.STOPPED
    assert any(row.id in line and "Put the callback address back" in line for line in plan.to_take_back)
    with pytest.raises(Conflict, match="the plan is STOPPED"):
        complete(asking, row, "tell")


def test_while_the_kill_switch_is_on_no_step_is_done_and_then_it_goes_on(prepared: Agency) -> None:
    row = prepared.pending(CALLBACK)
    stop = controls.turn_kill_switch
    prepared.approve(row)
    stop(prepared.ctx, prepared.scope, True, "a drill")
    go_on(prepared)
    assert set(states(prepared, row).values()) == {"WAITING"} and run_of(prepared, row).status is RunStatus.ASSIGNED
    stop(prepared.ctx, prepared.scope, False, "")
    go_on(prepared)
    assert states(prepared, row)["ready"] == "OPEN"


def test_an_incident_that_somebody_closes_ends_its_plan(prepared: Agency) -> None:
    row = prepared.pending(CALLBACK)
    approve(prepared, row)
    manage_incident(prepared.ctx, prepared.scope, row.incident_id, "close", "a false alarm")
    go_on(prepared)
    assert run_of(prepared, row).status is RunStatus.STOPPED and prepared.calls("update_callback_url") == []


class CountingStore:
    """A store that counts how often it is read."""

    def __init__(self, store: Store) -> None:
        self.store, self.reads = store, 0

    def __getattr__(self, name: str) -> Any:
        self.reads += name == "read"
        return getattr(self.store, name)


def test_the_worker_looks_at_a_plan_when_something_happened_to_it_or_its_time_has_come(prepared: Agency) -> None:
    row = prepared.pending(CALLBACK)
    store = CountingStore(prepared.ctx.store)
    watch = PlanWatch(replace(prepared.ctx, store=store))

    def look() -> int:
        """How often the store was read for it."""
        before = store.reads
        watch.carry_on_changed(prepared.scope, lambda: False)
        return store.reads - before

    look()
    assert look() == 1, "nothing has happened, so one read tells that"
    prepared.approve(row)
    assert look() > 1 and states(prepared, row)["ready"] == "OPEN"
    look()
    assert look() == 1
    controls.turn_kill_switch(prepared.ctx, prepared.scope, True, "a drill")
    complete(prepared, row, "ready")
    assert look() == 1, "nothing moves while the switch is on"
    controls.turn_kill_switch(prepared.ctx, prepared.scope, False, "")
    prepared.drain()
    assert look() > 1 and states(prepared, row)["fix"] == "DONE"
    prepared.until_receipt(row.id)
    prepared.drain()
    assert look() > 1 and states(prepared, row)["rest"] == "OPEN"
    prepared.skip(31)
    assert look() > 1 and run_of(prepared, row).status is RunStatus.COMPLETED


class Crash(Exception):
    """The process ends here."""


class CrashingStore:
    """A store whose process ends at its n-th write: before that is committed, or just after."""

    def __init__(self, store: Store, nth: int, *, committed: bool) -> None:
        self.store, self.left, self.committed = store, nth, committed

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    @contextmanager
    def write(self, scope: Scope) -> Iterator[Session]:
        self.left -= 1
        with self.store.write(scope) as session:
            yield session
            if not self.left and not self.committed:
                raise Crash
        if not self.left:
            raise Crash


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_crash_at_any_write_of_a_plan_loses_and_repeats_nothing(called: Agency, nth: int, committed: bool) -> None:
    row = called.pending(CALLBACK)
    called.approve(row)
    dying = replace(called.ctx, store=CrashingStore(called.ctx.store, nth, committed=committed))
    with pytest.raises(Crash):
        carry_on_all(dying, called.scope)
    go_on(called)
    (call,) = [one for one in called.rows() if one.decision.part_of is not None]
    assert run_of(called, row).record_of("call").reference == call.id and call.status is A.PENDING
    approve(called, call)
    assert [one["tool"] for one in called.calls("escalate", "update_callback_url")] == [
        "escalate",
        "update_callback_url",
    ]
    assert told(called, row) == ["assigned", "begun", "step_completed", "step_completed"]
