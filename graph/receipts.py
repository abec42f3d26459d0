"""What a receipt is made of: what was seen, and whether that tells anything yet."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from app.config.vocabulary import Vocabulary
from app.domain.action_states import ActionStatus
from app.domain.actions import NOT_DONE, Action, merchants_undone, undos_of
from app.domain.approvals import RowKind
from app.domain.dossier_facts import Selector
from app.domain.hypotheses import Dossier, name_cure
from app.domain.incidents import Incident
from app.domain.outcomes import Outcome
from app.domain.receipts import ReceiptVerdict
from app.domain.rollups import SLOT_SECONDS, slot_of
from app.domain.signals import Signal
from app.expect.cure import LONGEST, SETTLES
from app.observe.healthy import METRICS, PAST, expect_healthy, find_streams, sum_by_merchant, visits_kind
from app.ports.store import Session
from app.verify.before_after import TRAFFIC_BOUNDS, clamp_to, selector_matches
from app.verify.chance import DOUBT, at_most_again
from app.verify.grade import Observed, grade_forecast, recorded_only
from app.verify.treatment_trial import Background
from graph.context import NodeContext
from graph.harmed_time import HarmedTime, find_harmed_time
from graph.sending import FIRST_LOOK, cohort_request, live_request

MINUTE = timedelta(minutes=1)
SETTLING = timedelta(minutes=SETTLES)
SHORTEST_WAIT = timedelta(minutes=5)
PATIENCE = timedelta(hours=1)
AT_A_TIME = timedelta(minutes=30)
"""Nobody waits longer at once: harm shows at any time, and more may happen than was foreseen."""
WHILE_OTHERS_WAIT = timedelta(minutes=10)
"""The same after the last part of what is proven: as soon as others fail, they are what is next."""
LONGEST_WAIT = timedelta(minutes=LONGEST)
MOST_ROWS = 2_000
ENOUGH_KNOWN = 12
"""So many failures before an action tell how often the treated fail; with fewer it is looked further back."""


def observe_effect(
    ctx: NodeContext, row: Action, outcome: Outcome, due_at: datetime | None, *, proven: bool
) -> Observed:
    """What was seen until the receipt was due, however late somebody looks. Who was treated before, in another cohort
    or another attempt, is no control, and those it was taken back for meanwhile tell nothing of it.
    """
    forecast = row.decision.forecast
    assert forecast is not None
    if forecast.only_recorded:
        live = live_request(row.decision.mode, outcome.request)
        exists = ctx.tools.find(ctx.scope, outcome.reference, name=cohort_request(row)[0], live=live)
        left = timedelta(minutes=forecast.within_minutes) - (ctx.clock.now() - outcome.at)
        return recorded_only(forecast, exists=exists, reference=outcome.reference, minutes_left=left / MINUTE)
    until = measured_until(due_at, ctx.clock.now())
    window = timedelta(minutes=max(forecast.within_minutes, ctx.config.thresholds.window_minutes))
    since = counted_since = outcome.at - window
    words = ctx.pack.vocabulary
    with ctx.store.read(ctx.scope) as session:
        incident = session.incidents.get(row.incident_id)
        rows = session.actions.page(incident_id=row.incident_id, limit=MOST_ROWS)
        harmed = find_harmed_time(rows, outcome.at, SETTLING)
        told = harmed.cut_out(session.signals.window(since - harmed.longest, until))
        signals = [signal for signal in told if signal.occurred_at >= since]
        taken_back = merchants_undone(one for one in undos_of(row, rows) if one.aside)
        older = _read_older(session, incident, forecast.selector, outcome, since, signals, harmed)
        if older:
            counted_since = max(incident.first_seen + harmed.longest, outcome.at - LONGEST_WAIT)
        sick_since, settled_at = min(incident.first_seen, outcome.at), outcome.at + SETTLING
        background = Background(
            healthy=_read_healthy(session, forecast.selector, signals, sick_since, (settled_at, until), words),
            visits=_read_visits(session, settled_at, until),
            in_turn=_whose_turn_has_not_come(row),
            busier=_read_busier(session, outcome, counted_since, since),
            proven=proven,
        )
    treated = frozenset(outcome.merchants) - taken_back
    left_out = (_list_treated(rows, outcome.at) | taken_back) - treated
    return grade_forecast(
        forecast,
        [signal for signal in [*older, *signals] if signal.merchant_id not in left_out],
        treated=treated,
        acted_at=outcome.at,
        until=until,
        before=window,
        words=words,
        counted_since=counted_since,
        background=background,
        settling=SETTLING,
    )


def _list_treated(rows: Sequence[Action], before: datetime) -> frozenset[str]:
    """Whom anything was done for on this incident before."""
    sent = (one for one in rows if one.step is not RowKind.UNDO and one.executed_at and one.executed_at < before)
    return frozenset(
        name for one in sent if one.status not in NOT_DONE for name in one.decision.requests[one.cohort].merchants
    )


def _whose_turn_has_not_come(row: Action) -> frozenset[str]:
    """The merchants of the later cohorts: as broken as those that were treated, and not treated."""
    later = row.decision.rollout[row.cohort + 1 :] if row.step is not RowKind.UNDO else ()
    return frozenset(merchant for cohort in later for merchant in cohort)


def _read_older(
    session: Session,
    incident: Incident,
    selector: Selector,
    outcome: Outcome,
    first: datetime,
    window: Sequence[Signal],
    harmed: HarmedTime,
) -> list[Signal]:
    """The failures of the incident from before a window, where those in it are too few to tell how often the treated
    fail, and where they failed in it as before: what ended before the action was not cured by it.
    """
    since, began = outcome.at - LONGEST_WAIT, incident.first_seen + harmed.longest
    lately = _count_failures(window, selector, outcome)
    if lately >= ENOUGH_KNOWN or began >= first:
        return []
    known = {one.id for one in window}
    told = harmed.cut_out(one for one in session.signals.of_incident(incident.id) if one.id not in known)
    older = [one for one in told if since <= one.occurred_at < first]
    before = _count_failures(older, selector, outcome)
    lasted = (first - max(began, since)) / (outcome.at - first)
    ended = before and at_most_again(lately, before, before / lasted) < DOUBT
    return [] if ended else older


def _count_failures(signals: Sequence[Signal], selector: Selector, outcome: Outcome) -> int:
    """Failures of the treated before the action."""
    return sum(
        one.merchant_id in outcome.merchants and one.occurred_at < outcome.at and selector_matches(selector, one)
        for one in signals
    )


def _read_visits(session: Session, since: datetime, until: datetime) -> dict[str, float]:
    """Who came to whom, as far as it was added up."""
    slots = (slot_of(since), slot_of(until))
    kind = visits_kind(session.rollups.sums(*slots, METRICS))
    return sum_by_merchant(session.rollups.sums(*slots, kind))


def _read_busier(session: Session, outcome: Outcome, since: datetime, lately: datetime) -> float:
    """How many came to the treated shortly before the action, for one that came in all the time in which their failures
    were counted.
    """
    if since >= lately:
        return 1.0
    then, now = (_read_pace(session, outcome, first) for first in (since, lately))
    return clamp_to(now / then, TRAFFIC_BOUNDS) if then and now else 1.0


def _read_pace(session: Session, outcome: Outcome, since: datetime) -> float:
    """How many came to the treated, in each slot before the action."""
    visits = _read_visits(session, since, outcome.at)
    return sum(visits.get(name, 0.0) for name in outcome.merchants) / (slot_of(outcome.at) - slot_of(since) + 1)


def _read_healthy(
    session: Session,
    selector: Selector,
    signals: Sequence[Signal],
    sick_since: datetime,
    watched: tuple[datetime, datetime],
    words: Vocabulary,
) -> Mapping[str, float]:
    """How many failures a merchant has that is well, from what was added up before anything was wrong."""
    streams = find_streams((signal for signal in signals if selector_matches(selector, signal)), words)
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


def is_carried_on(row: Action, dossier: Dossier) -> bool:
    """Whether the same has cured others before: earlier parts of the rollout, or those whose cure it carries on."""
    cure = name_cure(row.decision.cause, str(row.decision.tool))
    return row.step is not RowKind.UNDO and (row.cohort > 0 or cure in dossier.proven)


def is_proven_elsewhere(observed: Observed, waited: timedelta, *, last: bool = False) -> bool:
    """Whether those treated later, from whom too little comes to tell, had no failure where earlier ones were cured:
    taken together with them it is told, and they keep nothing from going on. After the last of them only others are
    kept waiting: where these fail meanwhile, it need not take an hour.
    """
    untold = observed.verdict is ReceiptVerdict.INCONCLUSIVE and not observed.recovered
    patience = FIRST_LOOK if last and observed.control_after.count else PATIENCE
    return untold and not observed.treated_after.count and waited >= patience


TELLING = frozenset({ReceiptVerdict.VERIFIED, ReceiptVerdict.HARMED})
"""What is seen of something that was done, and of nothing that was not."""


def was_done(outcome: Outcome, row: Action, verdict: ReceiptVerdict) -> bool | None:
    """Of what was in doubt: whether it was done, by what was seen since or by somebody's word; None while nobody knows,
    and for what never was.
    """
    if outcome.status is not ActionStatus.IN_DOUBT:
        return None
    if row.status is ActionStatus.IN_DOUBT:
        return True if verdict in TELLING else None
    return row.status is not ActionStatus.FAILED


def without_credit(observed: Observed) -> Observed:
    """What was seen since, where somebody found that it was not done: it proves nothing of it. Where it looks as if it
    had been done, that is said, so that somebody looks once more.
    """
    looks_done = observed.verdict is ReceiptVerdict.VERIFIED
    said = "It looks as if it had been done, or somebody else mended it: look once more." if looks_done else ""
    return observed.changed(
        verdict=ReceiptVerdict.INCONCLUSIVE,
        statement=f"{observed.statement} {said}".rstrip(),
        minutes_needed=None,
    )


def is_left_to_people(observed: Observed, waited: timedelta) -> bool:
    """Whether a doubt is watched no longer: after an hour, unless what was seen speaks for its having been done."""
    return waited >= PATIENCE and (observed.weight is None or observed.weight <= 0)


def look_again_at(
    observed: Observed, acted_at: datetime, now: datetime, *, at_a_time: timedelta = AT_A_TIME
) -> datetime | None:
    """When enough will have happened to tell, while that is worth waiting for; none once there is a verdict."""
    waited = now - acted_at
    if observed.verdict is not ReceiptVerdict.INCONCLUSIVE or observed.recovered or waited >= LONGEST_WAIT:
        return None
    needed = LONGEST_WAIT if observed.minutes_needed is None else timedelta(minutes=observed.minutes_needed)
    ends = (one - waited for one in (PATIENCE, LONGEST_WAIT) if one > waited)
    return now + min(max(needed, SHORTEST_WAIT), at_a_time, *ends)


def with_last_word(observed: Observed, due_at: datetime | None, waited: timedelta) -> Observed:
    """What was seen; of what cannot be told and will not be looked at again, that it is not testable."""
    if observed.verdict is not ReceiptVerdict.INCONCLUSIVE or observed.recovered or due_at is not None:
        return observed
    statement = f"{observed.statement} It was watched for {waited / timedelta(minutes=1):.0f} minutes: not testable."
    return observed.changed(statement=statement, minutes_needed=None)
