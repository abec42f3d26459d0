"""What becomes of an incident once the fault that it told of is found elsewhere: it is part of that fault's incident,
as long as nobody has decided anything about it.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from app.context import AppContext
from app.domain.action_states import ActionStatus
from app.domain.incidents import FEEDABLE, UNDER_TREATMENT, Incident
from app.domain.signals import SignalType
from app.domain.tenants import Scope
from app.expect.faults import Fault
from app.ports.store import Session
from app.services.loop.merging import merge_incident

UNDECIDED = frozenset({ActionStatus.PENDING, ActionStatus.EXPIRED, ActionStatus.SUPERSEDED})


def take_in_thin(
    session: Session, incident: Incident, others: Collection[str], signal_ids: Collection[str], now: datetime
) -> None:
    """Merge into the incident of a fault each of the others that tells of nothing else, as long as nobody has decided
    anything about it.
    """
    about = set(signal_ids)
    for name in sorted(others):
        other = session.incidents.get(name)
        shown = [one for one in session.signals.of_incident(name) if one.signal_type is not SignalType.TICKET]
        if not shown or not about.issuperset(one.id for one in shown) or _is_decided(session, other):
            continue
        _take_in(session, other, incident.id, now)


def is_open_to_merging(ctx: AppContext, scope: Scope, incident_id: str) -> bool:
    """Whether an incident that is known may still become part of another."""
    with ctx.store.read(scope) as session:
        incident = session.incidents.get(incident_id)
        return incident.status in FEEDABLE and not _is_decided(session, incident)


def take_in_doubles(session: Session, fault: Fault, now: datetime) -> Fault:
    """Merge into the incident of a fault those that turned out to tell of it too. What somebody has decided about
    meanwhile is left until that is over.
    """
    left: list[str] = []
    for name in fault.took:
        other = session.incidents.get(name)
        if other.status not in FEEDABLE or name == fault.id:
            continue
        if _is_decided(session, other) or session.incidents.get(fault.id).status not in FEEDABLE:
            left.append(name)
            continue
        _take_in(session, other, fault.id, now)
    return replace(fault, took=tuple(left))


def _take_in(session: Session, other: Incident, into: str, now: datetime) -> None:
    merge_incident(session, other, session.incidents.get(into), now)
    session.events.append("incident.merge", other.id, {"value": into}, at=now)


def _is_decided(session: Session, other: Incident) -> bool:
    """Whether a person or the agent has begun to do something about it, or a person said something of it."""
    rows = session.actions.page(incident_id=other.id)
    said = other.named is not None or bool(other.answers) or other.closing is not None or bool(other.acknowledged_by)
    return said or other.status in UNDER_TREATMENT or any(row.status not in UNDECIDED for row in rows)
