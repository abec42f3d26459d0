"""Has an incident reasoned about anew because a person said something of it. What waits for a decision is withdrawn as
newer evidence withdraws it; what people were called to begins another episode, which remembers what was tried.
"""

from datetime import datetime

from app.domain.base import JsonObject
from app.domain.incidents import REOPENED, IncidentStatus, latest_episode
from app.ports.store import Session
from graph.state import KEY_OF, LoopState, list_tried, tried_before


def reason_anew(session: Session, incident_id: str, reason: str, at: datetime) -> None:
    """Make the evidence a newer one, within the transaction that notes what was said."""
    incident = session.incidents.get(incident_id)
    session.incidents.save(incident.changed(evidence_version=incident.evidence_version + 1))
    if incident.status is not IncidentStatus.ESCALATED:
        return
    recorded = session.incidents.steps(incident_id)
    begun = next((one.output for one in reversed(recorded) if one.step == REOPENED), {})
    seed: JsonObject = {"tried": tried_before(recorded)}
    outputs = {KEY_OF[one.step]: one.output for one in latest_episode(recorded)}
    tried = list_tried(LoopState(incident=seed, **outputs))  # type: ignore[typeddict-item]
    output: JsonObject = {"reason": reason, "since": begun.get("since"), "tried": [one.plain() for one in tried]}
    session.incidents.put_step(incident_id, REOPENED, output, at=at, seq=session.incidents.last_step(incident_id) + 1)
    session.incidents.save(session.incidents.get(incident_id).changed(resolution=None))
    session.incidents.move(incident_id, IncidentStatus.OPEN, at=at, reason=reason)
