"""What becomes of a thin incident once the fault that it told of is found: it is part of that fault's incident."""

from collections.abc import Collection
from datetime import datetime

from app.domain.action_states import ActionStatus
from app.domain.incidents import UNDER_TREATMENT, Incident
from app.domain.signals import SignalType
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
        merge_incident(session, other, session.incidents.get(incident.id), now)
        session.events.append("incident.merge", name, {"value": incident.id}, at=now)


def _is_decided(session: Session, other: Incident) -> bool:
    """Whether a person or the agent has begun to do something about it, or a person said something of it."""
    rows = session.actions.page(incident_id=other.id)
    said = other.named is not None or bool(other.answers) or other.closing is not None or bool(other.acknowledged_by)
    return said or other.status in UNDER_TREATMENT or any(row.status not in UNDECIDED for row in rows)
