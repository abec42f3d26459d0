"""What a receipt is made of: what was seen, whether that tells anything yet, and what follows."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.dossier_facts import Selector
from app.domain.outcomes import Outcome
from app.domain.receipts import NextStep, ReceiptVerdict
from app.domain.rollups import SLOT_SECONDS, slot_of
from app.domain.signals import Signal
from app.expect.cure import LONGEST
from app.observe.healthy import METRICS, PAST, expect_healthy, find_streams, visits_kind
from app.ports.store import Session
from app.verify.before_after import selector_matches
from app.verify.grade import Observed, grade_forecast, recorded_only
from graph import state as read
from graph.context import NodeContext
from graph.sending import cohort_request, live_request
from graph.state import LoopState

SHORTEST_WAIT = timedelta(minutes=5)
PATIENCE = timedelta(hours=1)
AT_A_TIME = timedelta(minutes=30)
"""Nobody waits longer at once: harm shows at any time, and more may happen than was foreseen."""
LONGEST_WAIT = timedelta(minutes=LONGEST)


def observe_effect(ctx: NodeContext, row: Action, outcome: Outcome, due_at: datetime | None) -> Observed:
    """What was seen until the receipt was due, however late somebody looks; merchants of earlier cohorts were cured
    before and are no control.
    """
    forecast = row.decision.forecast
    assert forecast is not None
    if forecast.metric == "reference_exists":
        live = live_request(row.decision.mode, outcome.request)
        exists = ctx.tools.find(ctx.scope, outcome.reference, name=cohort_request(row)[0], live=live)
        return recorded_only(forecast, exists=exists, reference=outcome.reference)
    until = measured_until(due_at, ctx.clock.now())
    window = timedelta(minutes=max(forecast.within_minutes, ctx.config.thresholds.window_minutes))
    with ctx.store.read(ctx.scope) as session:
        signals = session.signals.window(outcome.at - window, until)
        sick_since = min(session.incidents.get(row.incident_id).first_seen, outcome.at)
        healthy = _read_healthy(session, forecast.selector, signals, sick_since, (outcome.at, until))
    earlier = {merchant for cohort in row.decision.rollout[: row.cohort] for merchant in cohort}
    signals = [signal for signal in signals if signal.merchant_id not in earlier]
    return grade_forecast(
        forecast,
        signals,
        treated=outcome.merchants,
        acted_at=outcome.at,
        until=until,
        before=window,
        healthy=healthy,
    )


def _read_healthy(
    session: Session,
    selector: Selector,
    signals: Sequence[Signal],
    sick_since: datetime,
    watched: tuple[datetime, datetime],
) -> Mapping[str, float]:
    """How many failures a merchant has that is well, from what was added up before anything was wrong."""
    streams = find_streams(signal for signal in signals if selector_matches(selector, signal))
    past = (slot_of(sick_since) - PAST, slot_of(sick_since) - 1)
    since = (slot_of(watched[0]), slot_of(watched[1]))
    visits = visits_kind(session.rollups.sums(*past, METRICS))
    return expect_healthy(
        session.rollups.sums(*past, streams),
        session.rollups.sums(*past, visits),
        session.rollups.sums(*since, visits),
        share=(watched[1] - watched[0]) / timedelta(seconds=SLOT_SECONDS) / (since[1] - since[0] + 1),
    )


def measured_until(due_at: datetime | None, now: datetime) -> datetime:
    """The end of what a receipt measures: when it was due, however late somebody looks."""
    return min(now, due_at or now)


def is_proven_elsewhere(row: Action, observed: Observed, waited: timedelta) -> bool:
    """Whether the last of those treated, from whom too little comes to tell, had no failure where earlier ones were
    cured: they keep nothing from going on.
    """
    is_last = 0 < row.cohort == len(row.decision.rollout) - 1
    quiet = observed.verdict is ReceiptVerdict.INCONCLUSIVE and not observed.treated_after.count
    return is_last and row.step is not RowKind.UNDO and quiet and waited >= PATIENCE


def look_again_at(observed: Observed, acted_at: datetime, now: datetime) -> datetime | None:
    """When enough will have happened to tell, while that is worth waiting for; none once there is a verdict."""
    waited = now - acted_at
    if observed.verdict is not ReceiptVerdict.INCONCLUSIVE or observed.recovered or waited >= LONGEST_WAIT:
        return None
    needed = LONGEST_WAIT if observed.minutes_needed is None else timedelta(minutes=observed.minutes_needed)
    return now + min(max(needed, SHORTEST_WAIT), LONGEST_WAIT - waited, AT_A_TIME)


def with_last_word(observed: Observed, due_at: datetime | None, waited: timedelta) -> Observed:
    """What was seen; of what cannot be told and will not be looked at again, that it is not testable."""
    if observed.verdict is not ReceiptVerdict.INCONCLUSIVE or observed.recovered or due_at is not None:
        return observed
    statement = f"{observed.statement} It was watched for {waited / timedelta(minutes=1):.0f} minutes: not testable."
    return observed.changed(statement=statement, minutes_needed=None)


def choose_next_step(ctx: NodeContext, state: LoopState, row: Action, verdict: ReceiptVerdict) -> tuple[NextStep, int]:
    """What follows from a verdict, and for which cohort."""
    decision = row.decision
    if row.step is RowKind.UNDO:
        return NextStep.DONE, row.cohort
    if verdict is ReceiptVerdict.HARMED and decision.undo is not None:
        return NextStep.UNDO, row.cohort
    if verdict is ReceiptVerdict.VERIFIED:
        following = row.cohort + 1
        return (NextStep.COHORT, following) if following < len(decision.requests) else (NextStep.DONE, row.cohort)
    if verdict is ReceiptVerdict.INCONCLUSIVE:
        return NextStep.DONE, row.cohort
    attempts_left = read.read_decision(state).attempt < ctx.config.policies.max_attempts
    return (NextStep.RETRY if attempts_left else NextStep.DONE), row.cohort
