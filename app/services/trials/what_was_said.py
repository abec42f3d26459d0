"""Notes, taken while a trial runs, of what the agent says of each incident when it counts: as it opens it, half an hour
later, and when it first proposes something. What it says at the end knows more than anybody could act on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.context import EVERY_ONE, AppContext
from app.domain.errors import Conflict
from app.domain.hypotheses import Assessment
from app.domain.incidents import ASKED_FOR, Incident
from app.domain.signals import Signal
from app.domain.tenants import Scope as Acting
from app.expect.descriptions import Trait
from app.expect.faults import FAULTS_NOTE, Fault, fault_of
from app.ports.store import Session
from app.schemas.incidents import RiskReport
from app.services.incidents import cases
from simulations.scenario import Between, Matcher, Scope
from simulations.world.truth import Glimpse, Interval, Suspect

HALF_HOUR: Final = timedelta(minutes=30)


@dataclass
class IncidentNotes:
    """What was noted of one incident."""

    incident: Incident
    """As it was opened."""
    signals: Sequence[Signal]
    """On what it was opened."""
    half_hour: Glimpse | None = None
    proposal: Glimpse | None = None


def note_openings(ctx: AppContext, scope: Acting, notes: dict[str, IncidentNotes]) -> None:
    """Note each incident that nobody has noted yet, and what it stands on."""
    with ctx.store.read(scope) as session:
        known = session.incidents.page(limit=EVERY_ONE)
        fresh = [one for one in known if one.id not in notes and one.type != ASKED_FOR]
        for one in fresh:
            notes[one.id] = IncidentNotes(one, session.signals.of_incident(one.id))


def note_half_hours(ctx: AppContext, scope: Acting, notes: dict[str, IncidentNotes], now: datetime) -> None:
    """Note what is said of those incidents that are half an hour old now."""
    for incident_id, known in notes.items():
        if known.half_hour is None and known.incident.detected_at + HALF_HOUR <= now:
            known.half_hour = take_glimpse(ctx, scope, incident_id, now)


def note_proposal(
    ctx: AppContext, scope: Acting, notes: dict[str, IncidentNotes], incident_id: str, now: datetime
) -> None:
    """Note what is said of an incident when something is proposed for it for the first time. What a step of a plan asks
    is about no incident of its own.
    """
    if incident_id not in notes:
        note_openings(ctx, scope, notes)
    if incident_id in notes and notes[incident_id].proposal is None:
        notes[incident_id].proposal = take_glimpse(ctx, scope, incident_id, now)


def take_glimpse(ctx: AppContext, scope: Acting, incident_id: str, now: datetime) -> Glimpse:
    """What a person who asks now is told of an incident."""
    with ctx.store.read(scope) as session:
        incident = session.incidents.get(incident_id)
        suspects = read_suspects(session, incident, first=False)
        fault = fault_of(session.notes.get(FAULTS_NOTE), incident_id)
    report = read_report(ctx, scope, incident)
    merchants = tuple(report.merchants) if report else incident.merchants
    exposed = read_exposed(report, merchants, fault)
    return Glimpse(
        at=now,
        merchants=merchants,
        exposed=exposed,
        ahead=tuple(report.at_risk) if report else (),
        suspects=suspects,
        lost_revenue=read_losses(report),
    )


def read_suspects(session: Session, incident: Incident, *, first: bool) -> tuple[Suspect, ...]:
    """The causes of its first assessment, before anything was tried, or of its latest."""
    told = [step.output for step in session.incidents.steps(incident.id) if step.step == "reason"]
    ranked = Assessment.model_validate(told[0 if first else -1]).hypotheses if told else ()
    return tuple(Suspect(cause=one.cause, confidence=one.confidence) for one in ranked)


def read_report(ctx: AppContext, scope: Acting, incident: Incident) -> RiskReport | None:
    """What a person would be told about it now; None when the agent has never looked at it."""
    try:
        return cases.report_risk(ctx, scope, incident.id)
    except Conflict:
        return None


def read_exposed(report: RiskReport | None, merchants: Sequence[str], fault: Fault | None) -> tuple[str, ...]:
    """All who are named as hurt or at risk: whom the rule of its fault covers, where it has one."""
    if fault is not None and fault.rule:
        return tuple(sorted({*merchants, *fault.scope}))
    return tuple(sorted({*merchants, *(report.at_risk if report else ())}))


def read_rule(fault: Fault | None) -> Scope | None:
    """By which attributes it describes whom it reaches; none where it names merchants, or everybody."""
    if fault is None or not fault.rule:
        return None
    return {part[0].attribute: _read_matcher(part) for part in fault.rule}


def _read_matcher(part: Sequence[Trait]) -> Matcher:
    first = part[0]
    if first.operator == "above":
        return Between(above=first.value)
    if first.operator == "at_most":
        return Between(below=first.value)
    return tuple(one.value for one in part) if len(part) > 1 else first.value


def read_losses(report: RiskReport | None) -> dict[str, Interval]:
    """The bill, by currency."""
    return {
        item.currency: Interval(low=item.low, middle=item.middle, high=item.high)
        for item in (report.lost_revenue if report else ())
    }
