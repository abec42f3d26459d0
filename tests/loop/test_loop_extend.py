"""Who gets the same while others are cured is treated under the same incident: one question about all of them, not one
for each.
"""

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.incidents import REOPENED, IncidentStatus
from app.services.incidents import cases
from simulations.scenario import ToolBehaviour
from tests.loop.conftest import Agency
from tests.loop.test_loop_walk import callback_scheme

CALLBACK = "callback_not_https"


def break_shops(agency: Agency, *names: str) -> None:
    """These shops, too, have moved and have the wrong address from now on."""
    platform = agency.world().scenario.platform
    moved = {"stage": "post_migration", "cutover_in_days": -1, "journeys_per_day": 960}
    residents = [
        one.changed(attributes={**one.attributes, "callback_scheme": "http"}, **moved) if one.id in names else one
        for one in platform.residents
    ]
    agency.retell(platform=platform.changed(residents=residents))


def sound_shops(agency: Agency) -> list[str]:
    residents = agency.world().scenario.platform.residents
    return [one.id for one in residents if callback_scheme(agency, one.id) != "http"]


def asked(agency: Agency, incident_id: str) -> list[Action]:
    return [row for row in agency.rows(ActionStatus.PENDING) if row.incident_id == incident_id]


def cured(agency: Agency) -> Action:
    """The first two are treated and cured, and two others break before that is proven."""
    late = sound_shops(agency)[:2]
    agency.cycle()
    row = agency.approve(agency.pending(CALLBACK))
    agency.drain()
    assert agency.row(row.id).status is ActionStatus.EXECUTED
    break_shops(agency, *late)
    agency.pass_time(40)
    agency.cycle()
    assert agency.row(row.id).status is ActionStatus.VERIFIED
    return row


def test_those_who_joined_while_others_were_cured_are_asked_about_at_once_and_alone(agency: Agency) -> None:
    healthy = sound_shops(agency)
    row = cured(agency)
    (question,) = asked(agency, row.incident_id)
    assert set(question.decision.scope) == set(healthy[:2]), "who is cured is not treated again"
    assert question.decision.tool == row.decision.tool and question.id != row.id
    told = cases.list_timeline(agency.ctx, agency.scope, row.incident_id)
    moves = [event.payload for event in told if event.kind == "incident.moved"]
    reopened = next(one for one in moves if one["to"] == IncidentStatus.OPEN.value)
    assert reopened["from"] == IncidentStatus.VERIFYING.value
    assert reopened["reason"] == "it worked, and 2 more stores have the same since it was proposed"
    assert IncidentStatus.RESOLVED.value not in {one["to"] for one in moves}, "it is not over while others have it"
    agency.approve(question)
    agency.drain()
    assert agency.until_receipt(question.id).status is ActionStatus.VERIFIED
    agency.drain()
    assert agency.incident(row.incident_id).status is IncidentStatus.RESOLVED
    lessons = cases.read_incident(agency.ctx, agency.scope, row.incident_id).lessons
    assert [one.outcome for one in lessons] == ["VERIFIED", "VERIFIED"]


def test_a_question_that_carries_a_cure_on_is_not_asked_anew_for_each_who_joins(agency: Agency) -> None:
    healthy = sound_shops(agency)
    row = cured(agency)
    (question,) = asked(agency, row.incident_id)
    break_shops(agency, healthy[2])
    for _ in range(6):
        agency.pass_time(5)
        agency.cycle()
    assert healthy[2] in agency.incident(row.incident_id).merchants
    assert asked(agency, row.incident_id) == [question], "one more is not twice as many"
    agency.approve(question)
    for _ in range(40):
        agency.pass_time(5)
        agency.cycle()
        if agency.row(question.id).status is ActionStatus.VERIFIED:
            break
    last = max((one for one in agency.rows() if one.incident_id == row.incident_id), key=lambda one: one.proposed_at)
    assert last.decision.scope == (healthy[2],), "who joined meanwhile is next"


def test_what_is_refused_is_not_carried_on(agency: Agency) -> None:
    row = cured(agency)
    (question,) = asked(agency, row.incident_id)
    agency.reject(question, "we tell them ourselves")
    for _ in range(4):
        agency.pass_time(10)
        agency.cycle()
    tools = [one.decision.tool for one in agency.rows() if one.incident_id == row.incident_id]
    assert tools.count(str(row.decision.tool)) == 2, "the one that cured, and the one that was refused"


def test_what_was_over_is_carried_on_to_others_who_get_it_later(agency: Agency) -> None:
    late = sound_shops(agency)[:2]
    agency.cycle()
    row = agency.approve(agency.pending(CALLBACK))
    agency.drain()
    assert agency.until_receipt(row.id).status is ActionStatus.VERIFIED
    agency.drain()
    assert agency.incident(row.incident_id).status is IncidentStatus.RESOLVED
    break_shops(agency, *late)
    agency.pass_time(40)
    agency.cycle()
    (question,) = asked(agency, row.incident_id)
    assert (question.decision.tool, set(question.decision.scope)) == (row.decision.tool, set(late))
    told = cases.list_timeline(agency.ctx, agency.scope, row.incident_id)
    assert "it came back" in {event.payload.get("reason") for event in told if event.kind == "incident.moved"}


def test_what_did_not_help_is_not_tried_again_because_twice_as_many_have_it(agency: Agency) -> None:
    late = sound_shops(agency)
    agency.retell(tools=[ToolBehaviour(tool="update_callback_url", does="nothing")])
    agency.cycle()
    row = agency.approve(agency.pending(CALLBACK))
    agency.drain()
    for _ in range(30):
        agency.pass_time(10)
        agency.drain()
        for question in asked(agency, row.incident_id):
            agency.approve(question)
            agency.drain()
        if agency.incident(row.incident_id).status is IncidentStatus.ESCALATED:
            break
    assert agency.row(row.id).status is ActionStatus.INEFFECTIVE
    break_shops(agency, *late)
    agency.pass_time(60)
    agency.cycle()
    steps = cases.read_incident(agency.ctx, agency.scope, row.incident_id).steps
    assert "newer evidence" in {one.output.get("reason") for one in steps if one.step == REOPENED}
    forward = [one for one in agency.rows() if one.incident_id == row.incident_id and one.step is RowKind.FIRST]
    tools = [one.decision.tool for one in forward]
    assert tools.count("update_callback_url") == 1
