"""How one incident becomes part of another: by somebody's word, or because a fault was found that both tell of."""

from datetime import datetime

from app.domain.action_states import ActionStatus
from app.domain.approvals import RowKind
from app.domain.errors import BadInput, Conflict
from app.domain.incidents import FEEDABLE, INCIDENT_MOVES, UNDER_TREATMENT, Incident, IncidentStatus
from app.ports.store import Session
from app.services.loop.closing import take_back_open


def merge_incident(session: Session, incident: Incident, into: Incident, now: datetime) -> None:
    """The target takes over signals and merchants; it must be another incident, and open. Nothing is written where it
    must not be.
    """
    if into.id == incident.id:
        raise BadInput(f"{incident.id} cannot be merged into itself")
    if into.status not in FEEDABLE:
        raise Conflict(f"{into.standing}; merge into one that is open", **into.facts())
    _refuse_under_treatment(session, incident)
    session.incidents.save(incident.changed(merged_into=into.id))
    if not session.incidents.move(
        incident.id, IncidentStatus.MERGED, at=now, reason=f"merged into {into.id}", allowed_from=[incident.status]
    ):
        raise Conflict(f"{incident.id} moved on meanwhile; look again")
    take_back_open(session, incident.id, now)
    session.signals.mark_swept({signal.id: into.id for signal in session.signals.of_incident(incident.id)})
    session.incidents.save(
        into.changed(
            merchants=tuple(sorted({*into.merchants, *incident.merchants})),
            pattern_ids=tuple(dict.fromkeys((*into.pattern_ids, *incident.pattern_ids))),
            first_seen=min(into.first_seen, incident.first_seen),
            last_seen=max(into.last_seen, incident.last_seen),
            signal_count=session.signals.count_of_incident(into.id) + into.signals_gone,
            evidence_version=into.evidence_version + int(_tells_more(into, incident)),
            named=into.named or incident.named,
        )
    )


def _tells_more(into: Incident, incident: Incident) -> bool:
    """Whether the target is reasoned about anew with what it takes over: further merchants, or a named cause."""
    named = incident.named is not None and into.named is None
    return named or not set(incident.merchants) <= set(into.merchants)


def _refuse_under_treatment(session: Session, incident: Incident) -> None:
    """Conflict for an incident that cannot be merged from where it stands."""
    if incident.status in UNDER_TREATMENT:
        raise Conflict(
            f"{incident.id} is {incident.status.value}: something was done to it, and its receipt must be written first"
        )
    started = session.actions.page(incident_id=incident.id, statuses=[ActionStatus.SENDING, ActionStatus.APPROVED])
    unfinished = [row.id for row in started if row.status is ActionStatus.SENDING or row.step is RowKind.UNDO]
    if unfinished:
        raise Conflict(
            f"{unfinished[0]} of {incident.id} is on its way, or takes something back; retry the incident first",
            action_id=unfinished[0],
        )
    if IncidentStatus.MERGED not in INCIDENT_MOVES[incident.status]:
        raise Conflict(f"{incident.standing}; it cannot become MERGED from there", **incident.facts())
