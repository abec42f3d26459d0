"""One incident from every side: what is known, what it costs, what happened, and what a person may do with it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from app.access import UseCase, require
from app.context import EVERY_ONE, AppContext
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.base import JsonObject
from app.domain.decisions import Decision, Pivot
from app.domain.errors import BadInput, Conflict
from app.domain.events import Event
from app.domain.hypotheses import UNKNOWN, Assessment, Dossier, NextCheck
from app.domain.impact import MoneyInterval
from app.domain.incidents import ACTIVE, FEEDABLE, UNDER_TREATMENT, Closing, Incident, IncidentStatus, RecordedStep
from app.domain.knowledge import Passage
from app.domain.lessons import Lesson, list_standing
from app.domain.receipts import Receipt
from app.domain.signals import Signal
from app.domain.tenants import Scope
from app.ports.store import Session
from app.privacy.redact import redact
from app.schemas.incidents import ErrorCount, IncidentDetail, MoneyRange, RiskReport
from app.services.loop.closing import close_incident
from app.services.loop.held_back import read_cap_hold, read_quiet
from app.services.loop.merging import merge_incident
from graph.facts import look_at, merchants_in_trouble, without_the_sick

Verb = Literal["assign", "acknowledge", "note", "merge", "close", "mute"]
ENDED_ITSELF: Final = "ended_itself"
"""Noted on an incident whose trouble ended by itself: nothing was recorded then, so its bill is drawn up to when it was
last seen.
"""
CHART_BUCKET = timedelta(minutes=5)
MOST_ALIKE = 10


def latest_step(steps: Sequence[RecordedStep], name: str) -> JsonObject | None:
    """What a node returned the last time it ran."""
    return next((step.output for step in reversed(steps) if step.step == name), None)


def list_incidents(
    ctx: AppContext, scope: Scope, *, statuses: Sequence[IncidentStatus] | None, limit: int, offset: int
) -> list[Incident]:
    """Newest detected first."""
    with ctx.store.read(scope) as session:
        return session.incidents.page(statuses=statuses, limit=limit, offset=offset)


def read_incident(ctx: AppContext, scope: Scope, incident_id: str) -> IncidentDetail:
    """Everything about one incident."""
    with ctx.store.read(scope) as session:
        incident = session.incidents.get(incident_id)
        steps = session.incidents.steps(incident_id)
        actions = session.actions.page(incident_id=incident_id)
        evidence = session.incidents.evidence(incident_id)
        patterns = session.incidents.patterns(incident.pattern_ids)
        assessment, dossier = _latest_assessment(steps), _latest_dossier(steps)
        passages = _still_there(session, assessment.passages) if assessment else []
        lessons = session.lessons.page()
        now, most = ctx.clock(scope).now(), ctx.config.policies.merchants_per_hour.most_in(scope.tenant_id)
        held = read_quiet(session, now).find_holds(incident) if incident.status in FEEDABLE else []
        granted = next((row for row in actions if row.status is ActionStatus.APPROVED), None)
        capped = read_cap_hold(session, granted, most, now) if granted else None
        sick = merchants_in_trouble(session.incidents.page(statuses=FEEDABLE, limit=EVERY_ONE))
    return IncidentDetail(
        incident=incident,
        patterns=patterns,
        dossier=dossier and without_the_sick(dossier, sick),
        assessment=assessment and assessment.changed(next_checks=_open_checks(incident, assessment)),
        actions=actions,
        receipts=latest_receipts(actions, steps),
        evidence=list(evidence.values()),
        rag_context=passages,
        lessons=[one for one in lessons if one.incident_id == incident_id],
        lessons_of_others=[one for one in list_standing(lessons) if _is_alike(one, incident_id, assessment)][
            :MOST_ALIKE
        ],
        steps=steps,
        pivot=_latest_pivot(steps),
        held_back=held,
        held_by_cap=capped,
    )


def latest_receipts(actions: Sequence[Action], steps: Sequence[RecordedStep]) -> list[Receipt]:
    """The receipt of each action; of one that cannot be told yet, or never, what was seen when it was looked at last.

    Only a verdict stands on the row, so what is not one is read from the recorded steps.
    """
    looked = {str(step.output.get("row_id")): step.output for step in steps if step.step == "verify"}
    found = (row.receipt or looked.get(row.id) for row in actions)
    return [one if isinstance(one, Receipt) else Receipt.model_validate(one) for one in found if one]


def _latest_dossier(steps: Sequence[RecordedStep]) -> Dossier | None:
    output = latest_step(steps, "observe")
    return Dossier.model_validate(output) if output else None


def _latest_assessment(steps: Sequence[RecordedStep]) -> Assessment | None:
    output = latest_step(steps, "reason")
    return Assessment.model_validate(output) if output else None


def _latest_pivot(steps: Sequence[RecordedStep]) -> Pivot | None:
    output = latest_step(steps, "decide")
    return Decision.model_validate(output).pivot if output else None


def _open_checks(incident: Incident, assessment: Assessment) -> tuple[NextCheck, ...]:
    """What is still worth asking: nothing while something is done about it, nor what somebody answered since."""
    if incident.named is not None or incident.status not in FEEDABLE - UNDER_TREATMENT:
        return ()
    answered = {name for one in incident.answers for name in one.signs}
    return tuple(one for one in assessment.next_checks if one.sign.replace(".", "/", 1) not in answered)


def _is_alike(lesson: Lesson, incident_id: str, assessment: Assessment | None) -> bool:
    """Whether it was learnt from another incident, of the cause that this one is taken for."""
    if assessment is None or lesson.incident_id == incident_id:
        return False
    return lesson.cause == assessment.best.cause != UNKNOWN


def _still_there(session: Session, passages: Sequence[Passage]) -> list[Passage]:
    """Passages whose chunk exists and is trusted now."""
    known = {chunk.id for _, chunk in session.knowledge.chunks([passage.chunk_id for passage in passages])}
    return [passage for passage in passages if passage.chunk_id in known]


def list_timeline(ctx: AppContext, scope: Scope, incident_id: str) -> list[Event]:
    """Every event about the incident and its actions, oldest first."""
    with ctx.store.read(scope) as session:
        session.incidents.get(incident_id)
        subjects = [incident_id, *(row.id for row in session.actions.page(incident_id=incident_id))]
        events = [event for subject in subjects for event in session.events.page(subject=subject, limit=500)]
    return sorted(events, key=lambda event: event.seq)


def report_risk(ctx: AppContext, scope: Scope, incident_id: str) -> RiskReport:
    """The bill in numbers and in sentences: as of now while the incident is open, as it was when it ended."""
    with ctx.store.read(scope) as session:
        incident = session.incidents.get(incident_id)
        judged = _latest_dossier(session.incidents.steps(incident_id))
        signals = session.signals.of_incident(incident_id)
        sick = merchants_in_trouble(session.incidents.page(statuses=FEEDABLE, limit=EVERY_ONE))
    if judged is None:
        raise Conflict(f"{incident_id} has not been looked at yet; run a cycle first")
    dossier = without_the_sick(_billed(ctx, scope, incident, judged), sick)
    impact = dossier.impact
    if incident.status is IncidentStatus.RESOLVED:
        impact = impact.changed(
            per_hour=tuple(map(_nothing, impact.per_hour)),
            per_day=tuple(map(_nothing, impact.per_day)),
            base=impact.base and impact.base.changed(per_hour=_nothing(impact.base.per_hour)),
        )
    return RiskReport(
        incident_id=incident_id,
        severity=incident.severity,
        headline=(
            f"{incident.title}: {len(dossier.blast.merchants)} merchant(s), about"
            f" {_orders_in_words(impact.lost_orders.middle)} lost so far"
        ),
        sentences=_risk_sentences(dossier, over=incident.status is IncidentStatus.RESOLVED),
        lost_orders=impact.lost_orders.plain(),
        lost_revenue=[_range_of(item) for item in impact.lost_revenue],
        per_hour=[_range_of(item) for item in impact.per_hour],
        per_day=[_range_of(item) for item in impact.per_day],
        paid_without_order=list(impact.paid_without_order),
        paid_without_order_count=impact.paid_without_order_count,
        base=impact.base,
        merchants=list(dossier.blast.merchants),
        at_risk=list(dossier.blast.at_risk),
        stages=dossier.blast.stages,
        series=_error_series(signals),
    )


def _billed(ctx: AppContext, scope: Scope, incident: Incident, judged: Dossier) -> Dossier:
    """What was decided upon, with the bill of now (or of its end): who is alike is judged by the attributes of then."""
    ended_itself = bool(incident.metrics_snapshot.get(ENDED_ITSELF))
    over = incident.status is IncidentStatus.RESOLVED
    if incident.status not in FEEDABLE and not over:
        return judged
    at = incident.last_seen if ended_itself else incident.resolved_at if over else None
    fresh = look_at(ctx.node_context(scope), incident.id, at=at, judged=judged.directory)
    return fresh.changed(blast=fresh.blast.changed(at_risk=judged.blast.at_risk))


def _nothing(once: MoneyInterval) -> MoneyInterval:
    """What something costs that is over."""
    return MoneyInterval(low=once.low.times(0), middle=once.middle.times(0), high=once.high.times(0))


def _orders_in_words(number: float) -> str:
    return "1 order" if round(number) == 1 else f"{number:.0f} orders"


def _range_of(item: MoneyInterval) -> MoneyRange:
    return MoneyRange(currency=item.middle.currency, low=item.low.minor, middle=item.middle.minor, high=item.high.minor)


def _risk_sentences(dossier: Dossier, *, over: bool) -> list[str]:
    impact = dossier.impact
    lost = impact.lost_orders
    said = ["No lost order was seen so far."]
    if round(lost.high):
        said = [
            f"About {_orders_in_words(lost.middle)} lost (between {lost.low:.0f} and {lost.high:.0f}) in"
            f" {impact.hours:.1f} hours."
        ]
    said += [
        f"That is about {item.middle} so far (between {item.low} and {item.high})." for item in impact.lost_revenue
    ]
    said += (
        ["It is over, so waiting costs nothing."]
        if over
        else [f"While it lasts it costs about {item.middle} an hour." for item in impact.per_hour]
    )
    base = impact.base
    if base is not None and len(impact.lost_revenue) > 1 and base.lost.middle.minor:
        said.append(
            f"In {base.currency} that is about {base.lost.middle} (between {base.lost.low} and {base.lost.high})."
        )
    if base is not None and base.unconverted:
        said.append(f"Amounts in {', '.join(base.unconverted)} have no rate and are in no sum in {base.currency}.")
    count = impact.paid_without_order_count
    if count:
        sums = " and ".join(str(money) for money in impact.paid_without_order)
        said.append(f"{impact.paid_without_order_count} payment(s) have no order: {sums}, to the cent.")
    if dossier.blast.at_risk:
        said.append(
            f"{len(dossier.blast.at_risk)} healthy merchant(s) share what the broken ones have:"
            f" {', '.join(dossier.blast.at_risk)}."
        )
    return [*said, f"Counted from: {impact.basis.rstrip('.')}."] if impact.basis else said


def _error_series(signals: Sequence[Signal]) -> list[ErrorCount]:
    """Errors per five minutes and merchant, for a chart."""
    counts: Counter[tuple[datetime, str]] = Counter()
    for signal in signals:
        if signal.is_error:
            start = signal.occurred_at - timedelta(
                seconds=signal.occurred_at.timestamp() % CHART_BUCKET.total_seconds()
            )
            counts[start, signal.merchant_id or "unknown"] += 1
    return [
        ErrorCount(at=at.isoformat(), merchant_id=merchant, errors=count)
        for (at, merchant), count in sorted(counts.items())
    ]


def manage_incident(ctx: AppContext, scope: Scope, incident_id: str, verb: Verb, value: str) -> Incident:
    """What a person may do with an incident; each leaves an event."""
    if verb == "close":
        require(scope, UseCase.CLOSE_INCIDENT)
    now = ctx.clock(scope).now()
    with ctx.store.write(scope) as session:
        incident = session.incidents.get(incident_id)
        if verb == "assign":
            session.incidents.save(incident.changed(assignee=value or scope.principal.id))
        elif verb == "acknowledge":
            session.incidents.save(incident.changed(acknowledged_by=scope.principal.id))
        elif verb == "mute":
            session.incidents.save(incident.changed(muted=value.lower() not in {"off", "false", "no"}))
        elif verb == "note" and not value.strip():
            raise BadInput("a note needs its text in `value`")
        elif verb == "merge":
            merge_incident(session, incident, session.incidents.get(value), now)
        elif verb == "close":
            close_incident(session, incident, _closing_of(scope, incident, value, now))
        session.events.append(f"incident.{verb}", incident_id, {"value": redact(value[:2_000]).text}, at=now)
        managed = session.incidents.get(incident_id)
    ctx.wake()
    return managed


def _closing_of(scope: Scope, incident: Incident, value: str, now: datetime) -> Closing:
    """Whose word it is, and why: what still has something to do is not ended without a reason."""
    why = redact(value.strip()).text
    if not why and incident.status in ACTIVE:
        raise BadInput(f"{incident.id} is {incident.status.value}: say in `value` why it is to be closed")
    return Closing(by=scope.principal.id, reason=why or "by hand", at=now)
