"""Has an incident reasoned about anew: because newer evidence came, because it came back, or because a person said
something of it. What waits for a decision is withdrawn as newer evidence withdraws it; what people were called to
begins another episode, which remembers what was tried.
"""

from datetime import datetime

from app.domain.base import JsonObject
from app.domain.incidents import REOPENED, Incident, IncidentStatus, last_reopening, latest_episode
from app.ports.store import Session
from graph.state import KEY_OF, LoopState, list_tried, tried_before


def reason_anew(session: Session, incident_id: str, reason: str, at: datetime) -> None:
    """Make the evidence a newer one, within the transaction that notes what was said."""
    incident = session.incidents.get(incident_id)
    if incident.status is not IncidentStatus.ESCALATED:
        session.incidents.save(incident.changed(evidence_version=incident.evidence_version + 1))
        return
    recorded = session.incidents.steps(incident_id)
    begun = last_reopening(recorded)
    since = begun.output.get("since") if begun else None
    seed: JsonObject = {"tried": tried_before(recorded)}
    outputs = {KEY_OF[one.step]: one.output for one in latest_episode(recorded)}
    tried = list_tried(LoopState(incident=seed, **outputs))  # type: ignore[typeddict-item]
    reopen_incident(session, incident, {"reason": reason, "since": since, "tried": [one.plain() for one in tried]}, at)


def reopen_incident(session: Session, known: Incident, output: JsonObject, at: datetime) -> None:
    """Another episode of the same incident, which is reasoned about from the start; `output` says why, and from when on
    signals tell of it. Whoever acknowledged one that was over has not heard of this.
    """
    session.incidents.put_step(known.id, REOPENED, output, at=at, seq=session.incidents.last_step(known.id) + 1)
    taken_by = None if known.status is IncidentStatus.RESOLVED else known.acknowledged_by
    version = known.evidence_version + 1
    session.incidents.save(known.changed(resolution=None, evidence_version=version, acknowledged_by=taken_by))
    session.incidents.move(known.id, IncidentStatus.OPEN, at=at, reason=str(output["reason"]))
