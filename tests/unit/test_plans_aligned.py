"""The plan of an incident follows what is decided about it, within the transaction that records the decision."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.action_states import ActionStatus as A
from app.domain.decisions import Decision
from app.domain.incidents import IncidentStatus
from app.domain.playbooks import PartOfPlan, Plan, PlaybookRun, RunStatus, StepState
from app.ports.store import Session
from app.services.loop.plans import align_plan, stop_run
from app.store.sql.passing import open_passing_store
from tests.builders import make_action, make_decision, make_incident, make_plan, make_scope, make_tenant, minutes

INCIDENT = "INC-00000001"
DONE = {"state": StepState.DONE, "ended_at": minutes(2), "by": "person:ada"}


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    store = open_passing_store(tmp_path)
    store.put_tenant(make_tenant("demo"))
    with store.write(make_scope("demo")) as found:
        found.incidents.add(make_incident(1))
        yield found
    store.close()


def decided(session: Session, number: int, plan: Plan | None, **changes: Any) -> Decision:
    """The n-th decision on the incident, recorded as the loop does."""
    made = make_decision(number, incident_id=INCIDENT, plan=plan, round=number, **changes)
    decision = made.sealed("demo", f"ACT-{number:08d}")
    session.actions.add(make_action(number, decision=decision))
    align_plan(session, decision, minutes(number))
    return decision


def runs(session: Session) -> list[PlaybookRun]:
    return session.playbooks.of_incident(INCIDENT)


def told(session: Session) -> list[str]:
    kinds = (one.kind for one in session.events.page(subject=INCIDENT))
    return [one.removeprefix("playbook.") for one in kinds if one.startswith("playbook.")]


def another() -> Plan:
    """The same but for what a person is asked to do."""
    steps = make_plan().steps
    return make_plan(steps=(*steps[:2], steps[2].changed(says="something else")))


def test_what_is_recorded_twice_is_one_plan(session: Session) -> None:
    decision = decided(session, 1, make_plan())
    align_plan(session, decision, minutes(1))
    assert [(one.number, one.action_id) for one in runs(session)] == [(1, "ACT-00000001")]
    assert told(session) == ["assigned"]


def test_without_a_playbook_there_is_no_plan_and_one_that_was_there_ends(session: Session) -> None:
    decided(session, 1, None)
    assert runs(session) == []
    decided(session, 2, make_plan())
    decided(session, 3, None)
    assert runs(session)[0].status is RunStatus.STOPPED and told(session) == ["assigned", "stopped"]


def test_another_plan_takes_the_place_of_one_of_which_nothing_was_done(session: Session) -> None:
    decided(session, 1, make_plan())
    decided(session, 2, another())
    (run,) = runs(session)
    assert (run.plan, run.action_id, run.version) == (another(), "ACT-00000002", 2)
    assert told(session) == ["assigned", "recalculated"]


def test_of_another_plan_nothing_is_done_twice_that_is_done_in_the_same_way(session: Session) -> None:
    plan = make_plan()
    first = plan.steps[2].changed(id="first", after=())
    early = make_plan(steps=(first, plan.steps[0].changed(after=("first",)), *plan.steps[1:]))
    decided(session, 1, early)
    session.playbooks.save(runs(session)[0].recorded("first", **DONE))
    decided(session, 2, early.changed(steps=(*early.steps[:3], early.steps[3].changed(says="other"))))
    old, new = reversed(runs(session))
    assert (old.status, new.status, new.number) == (RunStatus.STOPPED, RunStatus.ASSIGNED, 2)
    assert [(one.id, one.by) for one in new.done_steps] == [("first", "person:ada")]
    decided(session, 3, early.changed(steps=(first.changed(says="a new wording"), *early.steps[1:])))
    assert runs(session)[0].done_steps == (), "it is to be done in another way now"


def test_what_is_decided_after_a_treatment_was_sent_begins_a_plan_anew(session: Session) -> None:
    decided(session, 1, make_plan())
    session.playbooks.save(runs(session)[0].recorded("fix", **DONE).recorded("proof", **DONE))
    decided(session, 2, make_plan())
    old, new = reversed(runs(session))
    assert old.status is RunStatus.STOPPED and "after the one that was sent" in old.ended_because
    assert (new.action_id, new.done_steps) == ("ACT-00000002", ())


def test_what_its_steps_have_asked_is_closed_when_it_is_given_up_and_what_was_not_sent_is_withdrawn(
    session: Session,
) -> None:
    decided(session, 1, make_plan())
    run = runs(session)[0]
    part = PartOfPlan(run_id=run.id, step_id="proof", incident_id=INCIDENT, plan_digest=run.plan.digest)
    session.incidents.add(make_incident(2))
    asked = make_decision(2, part_of=part).sealed("demo", "ACT-00000009")
    session.actions.add(make_action(2, decision=asked))
    run = session.playbooks.save(run.recorded("proof", state=StepState.OPEN, reference="ACT-00000009"))
    stop_run(session, run, "nobody wants it", minutes(5), given_up=True)
    assert session.actions.get("ACT-00000009").status is A.SUPERSEDED
    assert session.incidents.get("INC-00000002").status is IncidentStatus.CLOSED
    withdrawn = session.actions.get("ACT-00000001")
    assert withdrawn.status is A.SUPERSEDED and "nobody wants it" in withdrawn.withdrawn_because
    assert session.incidents.get(INCIDENT).status is IncidentStatus.OPEN
