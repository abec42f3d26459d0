"""Who gets the same while others are cured is treated under the same incident: one question about all of them, not one
for each.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.incidents import REOPENED, IncidentStatus
from app.services.incidents import cases
from simulations.scenario import ToolBehaviour
from tests.loop.conftest import Agency, Past, Pasts, lent
from tests.loop.stories import CALLBACK, break_shops, sound_shops, treatment


def asked(agency: Agency, incident_id: str) -> list[Action]:
    return [row for row in agency.rows(ActionStatus.PENDING) if row.incident_id == incident_id]


def break_two(agency: Agency, *late: str) -> None:
    """What was sent is proven, and two others break before it is."""
    row = treatment(agency)
    break_shops(agency, late)
    agency.pass_time(40)
    agency.cycle()
    assert agency.row(row.id).status is ActionStatus.VERIFIED


@pytest.fixture(scope="module")
def sound(first_cycle: Past, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Who had the right address while the first two were treated."""
    (found,) = [sound_shops(agency) for agency in lent(tmp_path_factory.mktemp("sound"), first_cycle)]
    return found


@pytest.fixture
def joined(tmp_path: Path, pasts: Pasts, fix_sent: Past, sound: list[str]) -> Iterator[Agency]:
    """The first two are treated and cured, and the first two of the others broke before that was proven."""
    yield from lent(tmp_path, pasts.after(fix_sent, break_two, *sound[:2]))


def test_those_who_joined_while_others_were_cured_are_asked_about_at_once_and_alone(
    joined: Agency, sound: list[str]
) -> None:
    row = treatment(joined)
    (question,) = asked(joined, row.incident_id)
    assert set(question.decision.scope) == set(sound[:2]), "who is cured is not treated again"
    assert question.decision.tool == row.decision.tool and question.id != row.id
    told = cases.list_timeline(joined.ctx, joined.scope, row.incident_id)
    moves = [event.payload for event in told if event.kind == "incident.moved"]
    reopened = next(one for one in moves if one["to"] == IncidentStatus.OPEN.value)
    assert reopened["from"] == IncidentStatus.VERIFYING.value
    assert reopened["reason"] == "it worked, and 2 more stores have the same since it was proposed"
    assert IncidentStatus.RESOLVED.value not in {one["to"] for one in moves}, "it is not over while others have it"
    joined.approve(question)
    joined.drain()
    assert joined.until_receipt(question.id).status is ActionStatus.VERIFIED
    joined.drain()
    assert joined.incident(row.incident_id).status is IncidentStatus.RESOLVED
    lessons = cases.read_incident(joined.ctx, joined.scope, row.incident_id).lessons
    assert [one.outcome for one in lessons] == ["VERIFIED", "VERIFIED"]


def test_a_question_that_carries_a_cure_on_is_not_asked_anew_for_each_who_joins(
    joined: Agency, sound: list[str]
) -> None:
    row = treatment(joined)
    (question,) = asked(joined, row.incident_id)
    break_shops(joined, [sound[2]])
    for _ in range(6):
        joined.pass_time(5)
        joined.cycle()
    assert sound[2] in joined.incident(row.incident_id).merchants
    assert asked(joined, row.incident_id) == [question], "one more is not twice as many"
    joined.approve(question)
    for _ in range(40):
        joined.pass_time(5)
        joined.cycle()
        if joined.row(question.id).status is ActionStatus.VERIFIED:
            break
    last = max((one for one in joined.rows() if one.incident_id == row.incident_id), key=lambda one: one.proposed_at)
    assert last.decision.scope == (sound[2],), "who joined meanwhile is next"


def test_what_is_refused_is_not_carried_on(joined: Agency) -> None:
    row = treatment(joined)
    (question,) = asked(joined, row.incident_id)
    joined.reject(question, "we tell them ourselves")
    for _ in range(4):
        joined.pass_time(10)
        joined.cycle()
    tools = [one.decision.tool for one in joined.rows() if one.incident_id == row.incident_id]
    assert tools.count(str(row.decision.tool)) == 2, "the one that cured, and the one that was refused"


def test_what_was_over_is_carried_on_to_others_who_get_it_later(cured: Agency, sound: list[str]) -> None:
    late, row = sound[:2], treatment(cured)
    assert cured.row(row.id).status is ActionStatus.VERIFIED
    assert cured.incident(row.incident_id).status is IncidentStatus.RESOLVED
    break_shops(cured, late)
    cured.pass_time(40)
    cured.cycle()
    (question,) = asked(cured, row.incident_id)
    assert (question.decision.tool, set(question.decision.scope)) == (row.decision.tool, set(late))
    told = cases.list_timeline(cured.ctx, cured.scope, row.incident_id)
    assert "it came back" in {event.payload.get("reason") for event in told if event.kind == "incident.moved"}


def test_what_did_not_help_is_not_tried_again_because_twice_as_many_have_it(asking: Agency) -> None:
    late = sound_shops(asking)
    asking.retell(tools=[ToolBehaviour(tool="update_callback_url", does="nothing")])
    row = asking.approve(asking.pending(CALLBACK))
    asking.drain()
    for _ in range(30):
        asking.pass_time(10)
        asking.drain()
        for question in asked(asking, row.incident_id):
            asking.approve(question)
            asking.drain()
        if asking.incident(row.incident_id).status is IncidentStatus.ESCALATED:
            break
    assert asking.row(row.id).status is ActionStatus.INEFFECTIVE
    break_shops(asking, late)
    asking.pass_time(60)
    asking.cycle()
    steps = cases.read_incident(asking.ctx, asking.scope, row.incident_id).steps
    assert "newer evidence" in {one.output.get("reason") for one in steps if one.step == REOPENED}
    forward = [one for one in asking.rows() if one.incident_id == row.incident_id and one.step is RowKind.FIRST]
    tools = [one.decision.tool for one in forward]
    assert tools.count("update_callback_url") == 1
