"""How an incident is ended by somebody's word, and what was asked or granted about it with it.

What is being sent, and the undo of what did harm or did not help, are finished first: the word is kept on the
incident, and the step that finishes them ends it in its own transaction.
"""

from datetime import datetime

import structlog

from app.domain.action_states import ActionStatus
from app.domain.actions import Action, ActionChanges
from app.domain.approvals import RowKind
from app.domain.errors import Conflict
from app.domain.incidents import ACTIVE, GONE, Closing, Incident, IncidentStatus
from app.domain.validity import Withdrawal
from app.ports.connectors import ToolResult
from app.ports.store import Session
from graph.sending import cohort_request, outcome_of

log = structlog.get_logger()
WORKER = "system:worker"
UNSENT = (ActionStatus.PENDING, ActionStatus.APPROVED)
MOST_ROWS = 500


def take_back(session: Session, row: Action, rule: Withdrawal, reason: str, now: datetime, *, by: str = WORKER) -> None:
    """The row keeps why it was taken back; what a person had said about a grant stays beside it."""
    to = ActionStatus.EXPIRED if rule is Withdrawal.EXPIRED else ActionStatus.SUPERSEDED
    changes: ActionChanges = {"decided_by": by, "decided_at": now} if row.status is ActionStatus.PENDING else {}
    changes["feedback"] = f"{reason}; it was granted with: {row.feedback}" if row.feedback else reason
    try:
        session.actions.move(
            row.id, from_=row.status, to=to, version=row.version, digest=row.digest, at=now, changes=changes
        )
    except Conflict:
        log.info("action.moved_meanwhile", tenant=session.scope.tenant_id, incident=row.incident_id, action=row.id)


def take_back_open(session: Session, incident_id: str, now: datetime) -> None:
    """What waits or is approved on an incident that has ended must not be carried out any more; the undo of a harm
    stays.
    """
    reason = f"{session.incidents.get(incident_id).standing} ({Withdrawal.ENDED.value})"
    for row in session.actions.page(incident_id=incident_id, statuses=UNSENT):
        if row.step is not RowKind.UNDO:
            take_back(session, row, Withdrawal.ENDED, reason, now)


def close_incident(session: Session, incident: Incident, closing: Closing) -> None:
    """End it at once, or keep the word until what is being done to it is finished; nothing new is sent either way."""
    if incident.status in GONE:
        raise Conflict(f"{incident.standing}; it has ended already", **incident.facts())
    session.incidents.save(incident.changed(closing=closing))
    finish_closing(session, incident.id, closing.at)


def finish_closing(session: Session, incident_id: str, now: datetime) -> None:
    """End an incident that somebody closed, unless something is still being done to it."""
    incident = session.incidents.get(incident_id)
    closing = incident.closing
    if closing is None or incident.status in GONE:
        return
    rows = session.actions.page(incident_id=incident_id, limit=MOST_ROWS)
    running = {row.id for row in rows if _must_finish(row, rows)} if incident.status in ACTIVE else set()
    reason = f"{incident_id} was {closing.sentence} ({Withdrawal.ENDED.value})"
    for row in rows:
        if row.id not in running and row.status in UNSENT:
            take_back(session, row, Withdrawal.ENDED, reason, now, by=closing.by)
        elif row.id not in running and row.status is ActionStatus.SENDING:
            _leave_in_doubt(session, row, reason, now)
    if running:
        return
    said = f"{closing.sentence[:1].upper()}{closing.sentence[1:]}"
    session.incidents.save(incident.changed(resolution=" ".join(filter(None, (incident.resolution, said)))))
    session.incidents.move(
        incident_id, IncidentStatus.CLOSED, at=now, reason=closing.sentence, allowed_from=[incident.status]
    )
    session.setbacks.clear(incident_id)


def _must_finish(row: Action, rows: list[Action]) -> bool:
    """What is in flight, and what is taken back by itself, also where that is about to be granted."""
    if row.step is RowKind.UNDO:
        return row.status in {*UNSENT, ActionStatus.SENDING}
    harmed = row.status is ActionStatus.HARMED and row.decision.undo is not None
    unhelped = row.status is ActionStatus.INEFFECTIVE and row.receipt is not None and row.receipt.takes_back_no_help
    to_be_undone = (harmed or unhelped) and not any(_is_own_undo(other, row) for other in rows)
    return row.status is ActionStatus.SENDING or to_be_undone


def _is_own_undo(undo: Action, row: Action) -> bool:
    return undo.step is RowKind.UNDO and undo.cohort == row.cohort and not undo.aside


def _leave_in_doubt(session: Session, row: Action, reason: str, now: datetime) -> None:
    """What was being sent when its incident was set aside: nobody will ask what became of it but a person."""
    _, request = cohort_request(row)
    error = f"{reason}, while it was being sent: it may or may not have been done."
    outcome = outcome_of(row, request, ToolResult(status=ActionStatus.IN_DOUBT, error=error), now, awaited=False)
    session.actions.move(
        row.id,
        from_=ActionStatus.SENDING,
        to=ActionStatus.IN_DOUBT,
        version=row.version,
        digest=row.digest,
        at=now,
        changes={"executed_at": now, "result": outcome},
    )
    session.outbox.end(row.idempotency_key, ending=ActionStatus.IN_DOUBT.value, error=error, at=now)
