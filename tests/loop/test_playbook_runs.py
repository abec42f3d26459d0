"""A plan of several steps: nothing of it begins before its treatment is approved, its tools go the way of every action,
its people's steps are people's, and it ends as its steps do.
"""

from app.domain.action_states import ActionStatus as A
from app.schemas.playbooks import PlanShown
from app.services.playbooks import shown
from tests.loop.conftest import Agency

CALLBACK = "callback_not_https"


def plan_of(agency: Agency, incident_id: str) -> PlanShown:
    found = shown.read_plan(agency.ctx, agency.scope, incident_id)
    assert found is not None
    return found


def states(agency: Agency, incident_id: str) -> dict[str, str]:
    return {one.step.id: one.record.state.value for one in plan_of(agency, incident_id).steps}


def test_walk(asking: Agency) -> None:
    for row in asking.rows(A.PENDING):
        print(
            row.id,
            row.decision.cause,
            row.decision.tool,
            row.decision.plan and row.decision.plan.playbook,
            row.decision.rollout,
        )
    row = asking.pending(CALLBACK)
    plan = plan_of(asking, row.incident_id)
    print(plan.standing, plan.run.plan)
    asking.approve(row)
    asking.cycle()
    print(states(asking, row.incident_id))
    for one in plan_of(asking, row.incident_id).steps:
        print(one.step.id, one.now, one.asks, one.doer)
    for _ in range(30):
        asking.pass_time(5)
        asking.cycle()
    for one in plan_of(asking, row.incident_id).steps:
        print(one.step.id, one.now, one.asks, one.doer)
    print(plan_of(asking, row.incident_id).standing)
    assert 0
