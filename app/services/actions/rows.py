"""The ledger of actions, as people read it."""

from collections.abc import Sequence
from datetime import datetime

from app.context import EVERY_ONE, AppContext
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.incidents import ACTIVE, Incident
from app.domain.tenants import Scope
from app.ports.store import Session
from app.services.loop.held_back import read_quiet


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


def list_questions(ctx: AppContext, scope: Scope, *, limit: int, offset: int, snoozed: bool = False) -> list[Action]:
    """The questions that wait for a person, the dearest to leave waiting first; those of muted incidents wait silently.
    Or those that were put off, the next to be asked again first.
    """
    now = ctx.clock(scope).now()
    with ctx.store.read(scope) as session:
        found = list_snoozed(session, now) if snoozed else dearest_first(session, now)
        return found[offset : offset + limit]


def dearest_first(session: Session, now: datetime) -> list[Action]:
    """Every question that waits, can still be answered and was not put off, by what an hour of its incident costs; of
    equals the one that waits longest.
    """
    quiet = read_quiet(session, now)
    return [
        row for row, incident in _list_answerable(session) if not row.is_snoozed(now) and not quiet.find_holds(incident)
    ]


def list_snoozed(session: Session, now: datetime) -> list[Action]:
    """Every question that was put off, or is held back by a window or a mute; the next to be asked again first."""
    quiet, found = read_quiet(session, now), []
    for row, incident in _list_answerable(session):
        ends = [one.until for one in quiet.find_holds(incident)]
        ends += [row.snoozed.until] if row.snoozed and row.is_snoozed(now) else []
        found += [(max(ends), row.id, row)] if ends else []
    return [row for _, _, row in sorted(found, key=lambda one: one[:2])]


def _list_answerable(session: Session) -> list[tuple[Action, Incident]]:
    incidents = {
        incident.id: incident
        for incident in session.incidents.page(statuses=ACTIVE, limit=EVERY_ONE)
        if not incident.muted
    }
    rows = session.actions.page(statuses=[ActionStatus.PENDING], limit=EVERY_ONE)
    asked = [(row, incidents[row.incident_id]) for row in rows if row.incident_id in incidents]
    return sorted(asked, key=lambda one: (-one[1].cost_of_waiting, one[0].proposed_at, one[0].id))
