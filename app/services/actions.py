"""The ledger of actions, as people read it."""

from collections.abc import Sequence

from app.domain.actions import Action, ActionStatus
from app.domain.tenants import Scope
from app.services.house import House


def listing(house: House, scope: Scope, *, statuses: Sequence[ActionStatus] | None, incident_id: str | None, limit: int, offset: int) -> list[Action]:
    """Newest proposed first."""
    with house.store.read(scope) as session:
        return session.actions.page(statuses=statuses, incident_id=incident_id, limit=limit, offset=offset)


def get(house: House, scope: Scope, action_id: str) -> Action:
    """One action row."""
    with house.store.read(scope) as session:
        return session.actions.get(action_id)


def waiting(house: House, scope: Scope, *, limit: int, offset: int) -> list[Action]:
    """The questions that wait for a person; those of muted incidents wait silently."""
    with house.store.read(scope) as session:
        rows = session.actions.page(statuses=[ActionStatus.PENDING], limit=limit, offset=offset)
        return [row for row in rows if not session.incidents.get(row.incident_id).muted]
