"""Outcome in, receipt out: the forecast held against what the treated merchants and the others showed afterwards."""

from datetime import datetime, timedelta

from langgraph.runtime import Runtime

from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.evidence import evidence_id
from app.domain.outcomes import Outcome
from app.domain.receipts import NextStep, Receipt, ReceiptVerdict
from app.verify.grade import Observed, grade_forecast, recorded_only
from graph import state as read
from graph.context import NodeContext
from graph.state import LoopState


def verify(state: LoopState, runtime: Runtime[NodeContext]) -> LoopState:
    """Grade what was done, and say what comes next."""
    ctx, outcome = runtime.context, read.read_outcome(state)
    row = ctx.ledger.row(ctx.scope, outcome.row_id)
    observed = _observe_effect(ctx, row, outcome)
    step, cohort = _next_step(ctx, state, row, observed.verdict)
    now = ctx.clock.now()
    proof = evidence_id(ctx.scope.tenant_id, row.incident_id, "receipt", row.id)
    receipt = Receipt(
        action_id=outcome.action_id,
        row_id=row.id,
        next=step,
        next_cohort=cohort,
        at=now,
        evidence_ids=(proof,),
        **observed.model_dump(),
    )
    return {"receipt": receipt.plain()}


def _observe_effect(ctx: NodeContext, row: Action, outcome: Outcome) -> Observed:
    """What was seen until the receipt was due; merchants of earlier cohorts were cured before and are no control."""
    forecast = row.decision.forecast
    assert forecast is not None
    if forecast.metric == "reference_exists":
        return recorded_only(forecast, exists=ctx.tools.find(ctx.scope, outcome.reference), reference=outcome.reference)
    until = measured_until(outcome, ctx.clock.now())
    window = timedelta(minutes=max(forecast.within_minutes, ctx.config.thresholds.window_minutes))
    with ctx.store.read(ctx.scope) as session:
        signals = session.signals.window(outcome.at - window, until)
    earlier = {merchant for cohort in row.decision.rollout[: row.cohort] for merchant in cohort}
    signals = [signal for signal in signals if signal.merchant_id not in earlier]
    return grade_forecast(forecast, signals, treated=outcome.merchants, acted_at=outcome.at, until=until, before=window)


def measured_until(outcome: Outcome, now: datetime) -> datetime:
    """The end of what a receipt measures: when it was due, however late somebody looks."""
    return min(now, outcome.due_at or now)


def _next_step(ctx: NodeContext, state: LoopState, row: Action, verdict: ReceiptVerdict) -> tuple[NextStep, int]:
    decision = row.decision
    if row.step is RowKind.UNDO:
        return NextStep.DONE, row.cohort
    if verdict is ReceiptVerdict.HARMED and decision.undo is not None:
        return NextStep.UNDO, row.cohort
    if verdict is ReceiptVerdict.VERIFIED:
        following = row.cohort + 1
        return (NextStep.COHORT, following) if following < len(decision.requests) else (NextStep.DONE, row.cohort)
    attempts_left = read.read_decision(state).attempt < ctx.config.policies.max_attempts
    return (NextStep.RETRY if attempts_left else NextStep.DONE), row.cohort
