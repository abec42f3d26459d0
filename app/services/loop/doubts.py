"""How it is settled whether something was done of which nobody knew: by a person's word, by what its tool has on
record, or by what was seen to happen since. What was known stays in the result, beside who said so and why.
"""

from datetime import datetime

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.incidents import ACTIVE, Incident
from app.domain.outcomes import SETTLED, Outcome, Resolution
from app.ports.connectors import ToolResult
from app.ports.store import Session
from app.services.loop.undoing import settle_undo
from graph.sending import wait_for_receipt


def settle_doubt(
    session: Session, row: Action, result: ToolResult, *, by: str, source: str, reason: str, now: datetime
) -> Action:
    """IN_DOUBT -> EXECUTED or FAILED by the one statement, with the outbox row closed and the word recorded; all or
    nothing.
    """
    word = Resolution(
        by=by,
        source=source,
        happened=result.status is ActionStatus.EXECUTED,
        reason=reason,
        at=now,
        doubt=row.result.error if row.result else "",
    )
    outcome = _conclude_outcome(row, session.incidents.get(row.incident_id), result, word)
    settled = session.actions.move(
        row.id,
        from_=ActionStatus.IN_DOUBT,
        to=result.status,
        version=row.version,
        digest=row.digest,
        at=now,
        by=by,
        changes={"result": outcome},
    )
    settle_undo(session, settled, now)
    if session.outbox.get(row.idempotency_key):
        session.outbox.end(row.idempotency_key, ending=result.status.value, error=outcome.error, at=now)
    told = word.model_dump(include={"by", "source", "happened", "reason"})
    session.events.append("action.settled", row.id, {"incident_id": row.incident_id, **told}, at=now)
    return settled


def _conclude_outcome(row: Action, incident: Incident, result: ToolResult, word: Resolution) -> Outcome:
    """What was known, completed: a loop that still runs on gets a due date for its receipt."""
    assert row.result is not None
    known = row.result
    forecast = row.decision.forecast
    verified = result.status is ActionStatus.EXECUTED and incident.status in ACTIVE and forecast is not None
    return known.changed(
        status=result.status,
        reference=result.reference or known.reference,
        response={**known.response, **result.response, SETTLED: word.plain() | {"at": word.at.isoformat()}},
        error=result.error,
        due_at=max(known.at + wait_for_receipt(row.decision), word.at) if verified else None,
    )
