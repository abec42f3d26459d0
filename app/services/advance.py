"""Finds every incident whose next step can run, and runs it. Level-triggered: it looks at what is, not at what happened."""

from datetime import datetime

import structlog

from app.domain.actions import Action, ActionStatus
from app.domain.errors import CausewayError, Conflict, Temporary
from app.domain.incidents import ACTIVE, Incident, IncidentStatus
from app.domain.tenants import Scope
from app.ports import Session
from app.services.house import House

log = structlog.get_logger()
MOST_FAILURES = 3
MOST_STEPS = 40
EVERY_ONE = 100_000


def drain(house: House, scope: Scope) -> list[str]:
    """Advance every active incident as far as it can go now, the oldest first; the ids of those that moved."""
    with house.store.read(scope) as session:
        waiting = reversed(session.incidents.page(statuses=ACTIVE, limit=EVERY_ONE))
    return [incident.id for incident in waiting if advance(house, scope, incident)]


def advance(house: House, scope: Scope, incident: Incident) -> bool:
    """Run one incident until it waits; whether it moved at all."""
    moved = False
    for _ in range(MOST_STEPS):
        settle_question(house, scope, incident.id)
        try:
            stand = house.loop.step(scope, incident.id)
        except Temporary as busy:
            log.info("incident.later", incident=incident.id, why=busy.detail)
            return moved
        except Exception as error:  # noqa: BLE001 - one incident that cannot be advanced must not keep the others from it
            if not _held(error):
                _count_failure(house, scope, incident.id, error)
            return moved
        if stand != "moved":
            break
        moved = True
    if moved:
        _forget_failures(house, scope, incident.id)
    return moved


def _held(error: Exception) -> bool:
    """Whether the kill switch holds an approved action: it waits, and that is no failure."""
    return isinstance(error, Conflict) and bool(error.facts.get("held"))


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


def take_back_open(session: Session, incident_id: str, now: datetime) -> None:
    """What waits or is approved on an incident that has ended must not be carried out any more."""
    for row in session.actions.page(incident_id=incident_id, statuses=[ActionStatus.PENDING, ActionStatus.APPROVED]):
        session.actions.move(row.id, from_=row.status, to=ActionStatus.SUPERSEDED, version=row.version, digest=row.digest, at=now)


def _count_failure(house: House, scope: Scope, incident_id: str, error: Exception) -> None:
    """After a few failures in a row the incident is set aside for people, with the reason."""
    reason = error.detail if isinstance(error, CausewayError) else f"{type(error).__name__}: {error}"
    log.warning("incident.step_failed", incident=incident_id, error=reason, exc_info=not isinstance(error, CausewayError))
    with house.store.write(scope) as session:
        count = int((session.notes.get(_failures(incident_id)) or {}).get("count", 0)) + 1
        session.notes.put(_failures(incident_id), {"count": count, "error": reason[:2_000]})
        if count >= MOST_FAILURES:
            now = house.clock(scope).now()
            session.incidents.move(incident_id, IncidentStatus.FAILED, at=now, reason=reason[:2_000])
            take_back_open(session, incident_id, now)


def _forget_failures(house: House, scope: Scope, incident_id: str) -> None:
    with house.store.read(scope) as session:
        failed = session.notes.get(_failures(incident_id))
    if failed and failed["count"]:
        with house.store.write(scope) as session:
            session.notes.put(_failures(incident_id), {"count": 0})


def _failures(incident_id: str) -> str:
    return f"failures:{incident_id}"
