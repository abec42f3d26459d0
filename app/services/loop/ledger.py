"""The action table as the loop uses it: claim before sending, settle after, each in a transaction of its own.

Together with the outbox this is what makes an action happen once: the row's move, its event and the intent share one
transaction, and every attempt is counted before it is made.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from app.config.model import HourlyCaps
from app.domain.action_states import ActionStatus
from app.domain.actions import Action, send_key
from app.domain.errors import Conflict, NotFound
from app.domain.outcomes import Outcome
from app.domain.tenants import Scope
from app.domain.work import RESTORED, Intent, Restoration
from app.ports.store import Session, Store
from app.ports.system import Clock
from app.services.loop.held_back import read_cap_hold, read_quiet
from app.services.loop.plans import refuse_before_turn
from app.services.loop.undoing import settle_undo
from graph.sending import cohort_request

log = structlog.get_logger()


@dataclass(frozen=True)
class StoreLedger:
    """Implements the Ledger port over the store."""

    store: Store
    clock: Clock
    lease_seconds: float = 30.0
    caps: HourlyCaps = field(default_factory=HourlyCaps)

    def row(self, scope: Scope, row_id: str) -> Action:
        """The row as it stands."""
        with self.store.read(scope) as session:
            return session.actions.get(row_id)

    def claim(self, scope: Scope, row_id: str, *, digest: str, version: int) -> tuple[Action, Intent]:
        """Commit the intent to send before anything is sent."""
        now = self.clock.now()
        with self.store.write(scope) as session:
            row = session.actions.get(row_id)
            _refuse_in_window(session, row, now)
            refuse_before_turn(session, row)
            intent = _perhaps_sent_before(session, row, _intent_of(scope, row, now))
            claimed = session.actions.move(
                row_id,
                from_=ActionStatus.APPROVED,
                to=ActionStatus.SENDING,
                version=version,
                digest=digest,
                at=now,
                changes={"idempotency_key": intent.key, "request_digest": intent.request.digest},
            )
            hold = read_cap_hold(session, claimed, self.caps.most_in(scope.tenant_id), now)
            if hold is not None:
                raise Conflict(f"{row_id} is {hold.sentence}", action_id=row_id, held=True)
            session.outbox.put(intent)
            self._keep_lease(session)
            return claimed, intent if intent.attempts else session.outbox.attempt(intent.key, at=now)

    def intent(self, scope: Scope, row: Action) -> Intent:
        """The intent of a row found in SENDING."""
        with self.store.read(scope) as session:
            return _known_intent(session, row)

    def again(self, scope: Scope, row: Action) -> Intent:
        """One more attempt, committed before it is made."""
        with self.store.write(scope) as session:
            _known_intent(session, row)
            if session.controls.kill_switch().on:
                raise Conflict(f"the kill switch holds {row.id}", action_id=row.id, held=True)
            self._keep_lease(session)
            intent = session.outbox.attempt(row.idempotency_key, at=self.clock.now())
        ids = {"incident": row.incident_id, "action": row.id}
        log.info("action.sent_again", tenant=scope.tenant_id, **ids, tool=intent.tool, attempts=intent.attempts)
        return intent

    def _keep_lease(self, session: Session) -> None:
        """What is sent now has the whole length of the lease for its answer."""
        if session.scope.fence is not None:
            session.leases.renew(session.scope.fence, seconds=self.lease_seconds)

    def settle(self, scope: Scope, row: Action, outcome: Outcome) -> None:
        """Record how the call ended."""
        with self.store.write(scope) as session:
            settled = session.actions.move(
                row.id,
                from_=ActionStatus.SENDING,
                to=outcome.status,
                version=row.version,
                digest=row.digest,
                at=outcome.at,
                changes={"executed_at": outcome.at, "result": outcome},
            )
            session.outbox.end(row.idempotency_key, ending=outcome.status.value, error=outcome.error, at=outcome.at)
            settle_undo(session, settled, outcome.at)


def _refuse_in_window(session: Session, row: Action, now: datetime) -> None:
    """Conflict while a maintenance window keeps it from being sent by itself; it stays granted, and waits."""
    hold = read_quiet(session, now).find_send_hold(row, session.incidents.get(row.incident_id))
    if hold is not None:
        raise Conflict(f"{row.id} is {hold.sentence}", action_id=row.id, held=True, window=hold.rule_id)


def _intent_of(scope: Scope, row: Action, now: datetime) -> Intent:
    tool, request = cohort_request(row)
    key = send_key(scope.tenant_id, row)
    return Intent(key=key, action_id=row.id, tool=tool, mode=row.decision.mode.value, request=request, created_at=now)


def _perhaps_sent_before(session: Session, row: Action, intent: Intent) -> Intent:
    """An intent with an attempt already, when the store was restored and what it is about began before that.

    The store that was lost may have proposed, approved and sent the very same, under the same key: before this intent,
    by whatever clock.
    """
    kept = session.notes.get(RESTORED)
    if kept is None:
        return intent
    restored = Restoration.model_validate(kept)
    incident = session.incidents.get(row.incident_id)
    began = min(incident.first_seen, incident.detected_at, row.proposed_at)
    if began > restored.at:
        return intent
    before = intent.created_at - timedelta(microseconds=1)
    return intent.changed(attempts=1, tried_at=min(restored.backup_at, before))


def _known_intent(session: Session, row: Action) -> Intent:
    intent = session.outbox.get(row.idempotency_key)
    if intent is None:
        raise NotFound(f"{row.id} is being sent, and no intent was recorded for it")
    return intent
