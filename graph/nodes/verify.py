"""Outcome in, receipt out: the forecast held against what the treated merchants and the others showed afterwards."""

from datetime import datetime, timedelta

from langgraph.runtime import Runtime

from app.domain.actions import Action, Outcome
from app.domain.approvals import Step
from app.domain.evidence import evidence_id
from app.domain.receipts import NextStep, Receipt, ReceiptVerdict
from app.observe.effect import Observed, grade, recorded_only
from graph import state as read
from graph.deps import Deps
from graph.state import LoopState


def verify(state: LoopState, runtime: Runtime[Deps]) -> LoopState:
    """Grade what was done, and say what comes next."""
    deps, outcome = runtime.context, read.outcome(state)
    row = deps.ledger.row(deps.scope, outcome.row_id)
    observed = _observed(deps, row, outcome)
    step, cohort = _next(deps, state, row, observed.verdict)
    now = deps.clock.now()
    proof = evidence_id(deps.scope.tenant_id, row.incident_id, "receipt", row.id)
    receipt = Receipt(
        action_id=outcome.action_id, row_id=row.id, next=step, next_cohort=cohort, at=now, evidence_ids=(proof,), **observed.model_dump()
    )
    return {"receipt": receipt.plain()}


def _observed(deps: Deps, row: Action, outcome: Outcome) -> Observed:
    """What was seen until the receipt was due; merchants of earlier cohorts were cured before and are no control."""
    forecast = row.decision.forecast
    assert forecast is not None
    if forecast.metric == "reference_exists":
        return recorded_only(forecast, exists=deps.tools.find(deps.scope, outcome.reference), reference=outcome.reference)
    until = measured_until(outcome, deps.clock.now())
    window = timedelta(minutes=max(forecast.within_minutes, deps.config.thresholds.window_minutes))
    with deps.store.read(deps.scope) as session:
        signals = session.signals.window(outcome.at - window, until)
    earlier = {merchant for cohort in row.decision.rollout[: row.cohort] for merchant in cohort}
    signals = [signal for signal in signals if signal.merchant_id not in earlier]
    return grade(forecast, signals, treated=outcome.merchants, acted_at=outcome.at, until=until, before=window)


def measured_until(outcome: Outcome, now: datetime) -> datetime:
    """The end of what a receipt measures: when it was due, however late somebody looks."""
    return min(now, outcome.due_at or now)


def _next(deps: Deps, state: LoopState, row: Action, verdict: ReceiptVerdict) -> tuple[NextStep, int]:
    decision = row.decision
    if row.step is Step.UNDO:
        return NextStep.DONE, row.cohort
    if verdict is ReceiptVerdict.HARMED and decision.undo is not None:
        return NextStep.UNDO, row.cohort
    if verdict is ReceiptVerdict.VERIFIED:
        following = row.cohort + 1
        return (NextStep.COHORT, following) if following < len(decision.requests) else (NextStep.DONE, row.cohort)
    attempts_left = read.decision(state).attempt < deps.config.policies.max_attempts
    return (NextStep.RETRY if attempts_left else NextStep.DONE), row.cohort
