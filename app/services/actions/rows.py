"""The ledger of actions, as people read it."""

from collections.abc import Sequence

from app.context import EVERY_ONE, AppContext
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.incidents import ACTIVE
from app.domain.tenants import Scope
from app.ports.store import Session


def list_actions(
    ctx: AppContext,
    scope: Scope,
    *,
    statuses: Sequence[ActionStatus] | None,
    incident_id: str | None,
    limit: int,
    offset: int,
) -> list[Action]:
    """Newest proposed first."""
    with ctx.store.read(scope) as session:
        return session.actions.page(statuses=statuses, incident_id=incident_id, limit=limit, offset=offset)


def read_action(ctx: AppContext, scope: Scope, action_id: str) -> Action:
    """One action row."""
    with ctx.store.read(scope) as session:
        return session.actions.get(action_id)


def list_questions(ctx: AppContext, scope: Scope, *, limit: int, offset: int) -> list[Action]:
    """The questions that wait for a person, the dearest to leave waiting first; those of muted incidents
    wait silently.
    """
    with ctx.store.read(scope) as session:
        return dearest_first(session)[offset : offset + limit]


def dearest_first(session: Session) -> list[Action]:
    """Every question that waits and can still be answered, by what an hour of its incident costs; of equals the one
    that waits longest.
    """
    incidents = {
        incident.id: incident
        for incident in session.incidents.page(statuses=ACTIVE, limit=EVERY_ONE)
        if not incident.muted
    }
    rows = session.actions.page(statuses=[ActionStatus.PENDING], limit=EVERY_ONE)
    asked = [(row, incidents[row.incident_id]) for row in rows if row.incident_id in incidents]
    return [row for row, _ in sorted(asked, key=lambda one: (-one[1].cost_of_waiting, one[0].proposed_at, one[0].id))]
