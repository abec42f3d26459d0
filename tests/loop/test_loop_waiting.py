"""What cannot be told yet is looked at again, also by whoever comes after a restart; what nobody can tell, and what
recovered on its own, is credited to no tool and held against none.
"""

from pathlib import Path

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.incidents import IncidentStatus
from app.domain.receipts import NextStep, Receipt, ReceiptVerdict
from app.schemas.actions import EditRequest
from app.schemas.incidents import AskRequest, CauseRequest
from app.services.actions.review import edit_action
from app.services.incidents import cases
from app.services.incidents.ask import answer_question
from app.services.incidents.said import name_cause
from graph.facts import look_at
from graph.receipts import LONGEST_WAIT
from tests.loop.conftest import Agency, open_agency
from tests.loop.stories import CALLBACK, callback_scheme, treatment

WELL = "MERCH-B2C3D4"
"""A merchant that has not failed for longer than a receipt looks back."""


def treated_though_well(agency: Agency) -> Action:
    """A treatment of a merchant that has nothing to be cured of, so that nothing shows whether it works."""
    faults = [
        fault.changed(scope={"callback_scheme": "http", "region": "eu-west"}) if fault.mode == CALLBACK else fault
        for fault in agency.world().scenario.faults
    ]
    agency.retell(faults=faults)
    agency.pass_time(90)
    agency.cycle()
    row = agency.pending(CALLBACK)
    arguments = {**row.decision.arguments, "merchant_ids": [WELL]}
    agency.approve(edit_action(agency.ctx, agency.scope, row.id, EditRequest(arguments=arguments, digest=row.digest)))
    agency.drain()
    return agency.row(row.id)


def looks_at(agency: Agency, row: Action) -> list[Receipt]:
    """Every look at what an action did, oldest first."""
    steps = cases.read_incident(agency.ctx, agency.scope, row.incident_id).steps
    return [Receipt.model_validate(one.output) for one in steps if one.step == "verify"]


def test_what_cannot_be_told_is_looked_at_again_after_a_restart_and_at_last_left_to_people(tmp_path: Path) -> None:
    first = open_agency(tmp_path, passing=False)
    first.pass_time(120)
    first.cycle()
    row = treated_though_well(first)
    assert row.result is not None
    first.pass_time(20)
    first.drain()
    (look,) = looks_at(first, row)
    assert (look.verdict, look.next, first.row(row.id).status) == ("INCONCLUSIVE", NextStep.WAIT, ActionStatus.EXECUTED)
    assert look.due_at is not None and look.due_at > first.ctx.clock(first.scope).now()
    first.application.stop()
    for bookmark in tmp_path.glob("checkpoints.sqlite*"):
        bookmark.unlink()

    second = open_agency(tmp_path, passing=False, fresh=False)
    for _ in range(2):
        second.drain()
    assert looks_at(second, row) == [look], "nobody looks before it is due"
    told = answer_question(second.ctx, second.scope, AskRequest(question="did it work?", about=row.id)).answer
    assert any("Too early to tell" in one.text for one in told.sentences)
    while looks_at(second, row)[-1].is_waiting:
        second.pass_time(30)
        second.drain()
    last = looks_at(second, row)[-1]
    assert last.at - row.result.at >= LONGEST_WAIT and last.in_words.startswith("Not testable")
    assert (second.row(row.id).status, second.row(row.id).receipt) == (ActionStatus.EXECUTED, None)
    assert second.incident(row.incident_id).status is IncidentStatus.ESCALATED
    with second.ctx.store.read(second.scope) as session:
        assert session.events.verify().ok
    second.application.stop()


def test_a_rollout_beside_untreated_that_recover_likewise_goes_no_further_and_is_nobodys_credit(
    beginning: Agency,
) -> None:
    row = treatment(beginning)
    beginning.retell(faults=[fault for fault in beginning.world().scenario.faults if fault.mode != CALLBACK])
    for _ in range(12):
        beginning.pass_time(5)
        beginning.drain()
    last = looks_at(beginning, row)[-1]
    assert (last.verdict, last.recovered, last.next) == (ReceiptVerdict.INCONCLUSIVE, True, NextStep.DONE)
    assert len(row.decision.rollout) > 1
    assert [callback_scheme(beginning, one) for cohort in row.decision.rollout[1:] for one in cohort].count(
        "https"
    ) == 0
    found = cases.read_incident(beginning.ctx, beginning.scope, row.incident_id)
    assert found.incident.status is IncidentStatus.RESOLVED
    assert [(one.outcome, one.mttr) for one in found.lessons] == [("RECOVERED", None)]
    facts = look_at(beginning.ctx.node_context(beginning.scope), row.incident_id).facts
    assert row.decision.tool not in {one.tool for one in facts.cooling}, "the tool is not held back for it"


def test_what_a_person_says_while_a_record_is_read_back_is_acted_on_after_it(asking: Agency) -> None:
    row = asking.pending(CALLBACK)

    def say(cause: str) -> list[Action]:
        name_cause(asking.ctx, asking.scope, row.incident_id, CauseRequest(cause=cause))
        return [one for one in asking.rows(ActionStatus.PENDING) if one.incident_id == row.incident_id]

    (call,) = say("callback_host_changed")
    assert call.decision.forecast is not None and call.decision.forecast.only_recorded
    asking.approve(call)
    asking.drain()
    assert asking.incident(row.incident_id).status is IncidentStatus.VERIFYING
    assert say(CALLBACK) == []
    asking.pass_time(5)
    asking.drain()
    assert asking.row(call.id).status is ActionStatus.VERIFIED
    (question,) = [one for one in asking.rows(ActionStatus.PENDING) if one.incident_id == row.incident_id]
    assert (question.decision.cause, question.decision.tool) == (CALLBACK, row.decision.tool)
    asking.drain()
    looks = [
        one for one in cases.read_incident(asking.ctx, asking.scope, row.incident_id).steps if one.step == "observe"
    ]
    asking.reject(question, "we do it ourselves")
    asking.drain()
    again = [
        one for one in cases.read_incident(asking.ctx, asking.scope, row.incident_id).steps if one.step == "observe"
    ]
    assert len(again) == len(looks), "it is heard once"
