"""The only change to the world: claim the ledger row, send exactly what was approved, settle it with what happened."""

from datetime import datetime, timedelta

from langgraph.runtime import Runtime

from app.domain.actions import Action, ActionStatus, Outcome
from app.domain.approvals import Step
from app.domain.base import digest_of
from app.domain.decisions import Request
from app.domain.errors import Conflict
from app.domain.tenants import Scope
from app.ports import ToolResult
from graph import state as read
from graph.deps import Deps
from graph.state import LoopState


def act(state: LoopState, runtime: Runtime[Deps]) -> LoopState:
    """Send one cohort's request once; a row that was sent before is reported, never sent again."""
    deps, approval = runtime.context, read.approval(state)
    row = deps.ledger.row(deps.scope, approval.row_id)
    in_flight = row.status is ActionStatus.SENDING
    if row.status is ActionStatus.APPROVED:
        row = deps.ledger.claim(deps.scope, row.id, digest=approval.digest, version=approval.version, key=send_key(deps.scope, row))
    if row.status is not ActionStatus.SENDING:
        return {"outcome": _as_recorded(row).plain()}
    outcome = _carry_out(deps, row, in_flight=in_flight)
    deps.ledger.settle(deps.scope, row, outcome)
    return {"outcome": outcome.plain()}


def send_key(scope: Scope, row: Action) -> str:
    """The idempotency key of a row: the same attempt at the same row always sends the same key."""
    return digest_of([scope.tenant_id, row.incident_id, row.parent_id or row.id, row.version, row.step, row.cohort])


def cohort_request(row: Action) -> tuple[str, Request]:
    """The tool and the request of this row: the forward request of its cohort, or the undo."""
    decision = row.decision
    if row.step is not Step.UNDO:
        assert decision.tool is not None
        return decision.tool, decision.requests[row.cohort]
    assert decision.undo is not None
    return decision.undo.tool, decision.undo_requests[row.cohort]


def _carry_out(deps: Deps, row: Action, *, in_flight: bool) -> Outcome:
    tool, request = cohort_request(row)
    if in_flight and deps.tools.specs()[tool].repeat == "neither":
        result = ToolResult(status=ActionStatus.IN_DOUBT, error="interrupted while it was being sent; it may or may not have been done")
    else:
        result = deps.tools.send(
            deps.scope, tool, request, mode=row.decision.mode, idempotency_key=row.idempotency_key, expected_digest=row.request_digest
        )
    return _outcome(row, request, result, deps.clock.now())


def _outcome(row: Action, request: Request, result: ToolResult, now: datetime) -> Outcome:
    forecast = row.decision.forecast
    wait = timedelta(minutes=forecast.within_minutes if forecast else 0)
    return Outcome(
        action_id=row.parent_id or row.id,
        row_id=row.id,
        step=row.step,
        cohort=row.cohort,
        status=result.status,
        merchants=request.merchants,
        at=now,
        due_at=now + wait if result.status is ActionStatus.EXECUTED else None,
        reference=result.reference,
        request=request.plain(),
        response=result.response,
        error=result.error,
    )


def _as_recorded(row: Action) -> Outcome:
    """What an earlier run of this node already recorded for the row."""
    if row.result is None:
        raise Conflict(f"{row.id} is {row.status.value}: nothing was granted that could be sent", action_id=row.id)
    return Outcome.model_validate(row.result)
