"""The action table as the loop uses it: claim before sending, settle after, each in a transaction of its own."""

from dataclasses import dataclass

from app.domain.actions import Action, ActionStatus, Outcome
from app.domain.approvals import Step
from app.domain.tenants import Scope
from app.ports import Clock, Store


@dataclass(frozen=True)
class StoreLedger:
    """Implements the Ledger port over the store."""

    store: Store
    clock: Clock

    def row(self, scope: Scope, row_id: str) -> Action:
        """The row as it stands."""
        with self.store.read(scope) as session:
            return session.actions.get(row_id)

    def claim(self, scope: Scope, row_id: str, *, digest: str, version: int, key: str) -> Action:
        """Commit the intent to send before anything is sent."""
        with self.store.write(scope) as session:
            row = session.actions.get(row_id)
            requests = row.decision.undo_requests if row.step is Step.UNDO else row.decision.requests
            return session.actions.move(
                row_id,
                from_=ActionStatus.APPROVED,
                to=ActionStatus.SENDING,
                version=version,
                digest=digest,
                at=self.clock.now(),
                changes={"idempotency_key": key, "request_digest": requests[row.cohort].digest},
            )

    def settle(self, scope: Scope, row: Action, outcome: Outcome) -> None:
        """Record how the call ended."""
        with self.store.write(scope) as session:
            session.actions.move(
                row.id,
                from_=ActionStatus.SENDING,
                to=outcome.status,
                version=row.version,
                digest=row.digest,
                at=outcome.at,
                changes={"executed_at": outcome.at, "result": outcome.plain()},
            )
