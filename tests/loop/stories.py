"""What several tests begin with: what happened at the platform before the behaviour they are about."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.incidents import IncidentStatus

if TYPE_CHECKING:
    from tests.loop.conftest import Agency

CALLBACK = "callback_not_https"


def callback_scheme(agency: "Agency", merchant: str) -> object:
    return agency.world().listed(merchant).attributes["callback_scheme"]


def sound_shops(agency: "Agency") -> list[str]:
    """Those whose callbacks are as they should be."""
    residents = agency.world().scenario.platform.residents
    return [one.id for one in residents if callback_scheme(agency, one.id) != "http"]


def break_shops(agency: "Agency", names: Sequence[str]) -> None:
    """These shops, too, have moved and have the wrong address from now on."""
    platform = agency.world().scenario.platform
    moved = {"stage": "post_migration", "cutover_in_days": -1, "journeys_per_day": 960}
    residents = [
        one.changed(attributes={**one.attributes, "callback_scheme": "http"}, **moved) if one.id in names else one
        for one in platform.residents
    ]
    agency.retell(platform=platform.changed(residents=residents))


def treatment(agency: "Agency") -> Action:
    """What a person approved first against the callbacks."""
    mine = [one for one in agency.rows() if one.decided_by == agency.scope.principal.id]
    forward = [one for one in mine if one.step is RowKind.FIRST and one.decision.cause == CALLBACK]
    return min(forward, key=lambda one: one.proposed_at)


def send_fix(agency: "Agency") -> Action:
    """What mends the callbacks is approved and sent; its receipt is not due yet."""
    row = agency.approve(agency.pending(CALLBACK))
    agency.drain()
    assert agency.row(row.id).status is ActionStatus.EXECUTED
    return agency.row(row.id)


def prove_fix(agency: "Agency") -> None:
    """What was sent is proven, and its incident is over."""
    row = treatment(agency)
    assert agency.until_receipt(row.id).status is ActionStatus.VERIFIED
    agency.drain()
    assert agency.incident(row.incident_id).status is IncidentStatus.RESOLVED


def send_in_vain(agency: "Agency") -> None:
    """The fix that everything speaks for, approved and sent, in a world in which it cures nothing."""
    faults = agency.world().scenario.faults
    agency.retell(faults=[one.changed(cured_by=()) if one.mode == CALLBACK else one for one in faults])
    row = send_fix(agency)
    assert {callback_scheme(agency, name) for name in row.decision.scope} == {"https"}


def widest_rollout(agency: "Agency") -> Action:
    """Every merchant has the broken setting; what is proposed for the most of them."""
    break_shops(agency, [one.id for one in agency.world().scenario.platform.residents])
    agency.pass_time(40)
    agency.cycle()
    return max(
        (row for row in agency.rows(ActionStatus.PENDING) if row.decision.cause == CALLBACK),
        key=lambda row: len(row.decision.scope),
    )


def begin_rollout(agency: "Agency") -> None:
    """Its first part is approved and sent."""
    row = agency.approve(widest_rollout(agency))
    agency.drain()
    assert len(row.decision.rollout[0]) == 1 and len(row.decision.rollout) > 1


def roll_out(agency: "Agency") -> None:
    """The first part is proven, the second was sent and waits for its receipt."""
    row = treatment(agency)
    assert agency.until_receipt(row.id).status is ActionStatus.VERIFIED
    agency.drain()
    second = second_part(agency, row)
    assert second.status is ActionStatus.EXECUTED and len(second.decision.rollout[1]) > 1


def second_part(agency: "Agency", row: Action) -> Action:
    return agency.row(f"{row.id}-C1")
