"""Finds every incident whose next step can run, and runs it. Level-triggered: it looks at what is, not at what happened."""

from datetime import datetime

import structlog

from app.domain.actions import Action, ActionStatus
from app.domain.errors import CausewayError, Conflict
from app.domain.incidents import ACTIVE, Incident, IncidentStatus
from app.domain.tenants import Scope
from app.ports import Session
from app.services.house import House

log = structlog.get_logger()
MOST_FAILURES = 3
MOST_STEPS = 40


def drain(house: House, scope: Scope) -> list[str]:
    """Advance every active incident as far as it can go now; the ids of those that moved."""
    with house.store.read(scope) as session:
        waiting = session.incidents.page(statuses=ACTIVE, limit=500)
    return [incident.id for incident in waiting if advance(house, scope, incident)]


def advance(house: House, scope: Scope, incident: Incident) -> bool:
    """Run one incident until it waits; whether it moved at all."""
    settle_question(house, scope, incident.id)
    moved = False
    for _ in range(MOST_STEPS):
        try:
            stand = house.loop.step(scope, incident.id)
        except CausewayError as error:
            _count_failure(house, scope, incident.id, error)
            return moved
        if stand != "moved":
            return moved
        moved = True
        settle_question(house, scope, incident.id)
    return moved


def settle_question(house: House, scope: Scope, incident_id: str) -> None:
    """Take back a pending question that is too old, or that newer evidence has overtaken."""
    now = house.clock(scope).now()
    with house.store.read(scope) as session:
        pending = session.actions.page(statuses=[ActionStatus.PENDING], incident_id=incident_id)
        incident = session.incidents.get(incident_id)
    for row in pending:
        to = _overtaken(row, incident, now)
        if to is None:
            continue
        with house.store.write(scope) as session:
            _take_back(session, row, to, now)


def _overtaken(row: Action, incident: Incident, now: datetime) -> ActionStatus | None:
    if row.decision.expires_at and row.decision.expires_at <= now:
        return ActionStatus.EXPIRED
    if row.decision.evidence_version < incident.evidence_version:
        return ActionStatus.SUPERSEDED
    return None


def _take_back(session: Session, row: Action, to: ActionStatus, now: datetime) -> None:
    try:
        session.actions.move(
            row.id,
            from_=ActionStatus.PENDING,
            to=to,
            version=row.version,
            digest=row.digest,
            at=now,
            changes={"decided_by": "system:worker", "decided_at": now},
        )
    except Conflict:
        log.info("question.decided_meanwhile", action=row.id)


def _count_failure(house: House, scope: Scope, incident_id: str, error: CausewayError) -> None:
    """After a few failures in a row the incident is set aside for people, with the reason."""
    key = f"failures:{incident_id}"
    now = house.clock(scope).now()
    log.warning("incident.step_failed", incident=incident_id, error=error.detail)
    with house.store.write(scope) as session:
        count = int((session.notes.get(key) or {}).get("count", 0)) + 1
        session.notes.put(key, {"count": count, "error": error.detail})
        if count >= MOST_FAILURES:
            session.incidents.move(incident_id, IncidentStatus.FAILED, at=now, reason=error.detail)
