"""Writes down what the agent made of a trial, read from its store alone, beside what was really so."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from app.context import EVERY_ONE, AppContext
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.decisions import Verdict
from app.domain.errors import Conflict
from app.domain.hypotheses import Assessment
from app.domain.incidents import Incident
from app.domain.merchants import Plain
from app.domain.tenants import Scope
from app.ports.store import Session
from app.schemas.incidents import MoneyRange, RiskReport
from app.services.incidents import cases
from simulations.world.truth import NOBODY, ActionSeen, IncidentSeen, Interval, Suspect, Worth

_A: Final = ActionStatus
NOT_GRANTED: Final = frozenset({_A.PROPOSED, _A.PENDING, _A.REJECTED, _A.EXPIRED, _A.SUPERSEDED})
WORST_FIRST: Final = (_A.HARMED, _A.UNDONE, _A.INEFFECTIVE, _A.FAILED, _A.IN_DOUBT, _A.EXECUTED, _A.VERIFIED)
"""How an action that went out in parts stands: as the worst of its parts."""


class Sight(NamedTuple):
    """What carrying out a proposal would really have done when it was made, and the planted faults it would
    have cured.
    """

    worth: Worth
    faults: tuple[int, ...]


class Account(NamedTuple):
    """The agent's side of a trial."""

    incidents: tuple[IncidentSeen, ...]
    actions: tuple[ActionSeen, ...]
    questions: int


def give_account(ctx: AppContext, scope: Scope, blame: Mapping[str, int], sights: Mapping[str, Sight]) -> Account:
    """Every incident and every action of a tenant, and what each was about in truth."""
    with ctx.store.read(scope) as session:
        known = session.incidents.page(limit=EVERY_ONE)
        rows = session.actions.page(limit=EVERY_ONE)
        about = {incident.id: _count_faults_in(session, incident, blame) for incident in known}
        suspects = {incident.id: _first_suspects(session, incident) for incident in known}
    oldest_first = sorted(known, key=lambda one: (one.detected_at, one.id))
    proposals = sorted((row for row in rows if row.step is RowKind.FIRST), key=lambda row: (row.proposed_at, row.id))
    return Account(
        incidents=tuple(
            _incident_seen(one, _latest_report(ctx, scope, one), suspects[one.id], about[one.id])
            for one in oldest_first
        ),
        actions=tuple(
            _action_seen(row, [part for part in rows if part.parent_id == row.id], sights[row.id]) for row in proposals
        ),
        questions=sum(1 for row in proposals if row.decision.ruling.verdict is Verdict.ASK),
    )


def _count_faults_in(session: Session, incident: Incident, blame: Mapping[str, int]) -> dict[int, int]:
    """How many of its signals belong to which planted fault."""
    counted = Counter(blame.get(signal.id, NOBODY) for signal in session.signals.of_incident(incident.id))
    return dict(sorted(counted.items()))


def _first_suspects(session: Session, incident: Incident) -> tuple[Suspect, ...]:
    """The causes of its first assessment, before anything was tried."""
    first = next((step.output for step in session.incidents.steps(incident.id) if step.step == "reason"), None)
    ranked = Assessment.model_validate(first).hypotheses if first else ()
    return tuple(Suspect(cause=one.cause, confidence=one.confidence) for one in ranked)


def _latest_report(ctx: AppContext, scope: Scope, incident: Incident) -> RiskReport | None:
    """What a person would be told about it now; None when the agent has never looked at it."""
    try:
        return cases.report_risk(ctx, scope, incident.id)
    except Conflict:
        return None


def _incident_seen(
    incident: Incident, report: RiskReport | None, suspects: tuple[Suspect, ...], about: dict[int, int]
) -> IncidentSeen:
    return IncidentSeen(
        id=incident.id,
        detected_at=incident.detected_at,
        first_seen=incident.first_seen,
        merchants=tuple(report.merchants) if report else incident.merchants,
        suspects=suspects,
        status=incident.status.value,
        resolved_at=incident.resolved_at,
        lost_orders=Interval.model_validate(report.lost_orders) if report else None,
        lost_revenue={item.currency: _interval_of(item) for item in report.lost_revenue} if report else {},
        signals=about,
    )


def _interval_of(money: MoneyRange) -> Interval:
    return Interval(low=money.low, middle=money.middle, high=money.high)


def _action_seen(row: Action, parts: list[Action], sight: Sight) -> ActionSeen:
    """A proposal with what became of it; its later cohorts and its undo are parts of it."""
    cohorts = [row, *(part for part in parts if part.step is RowKind.COHORT)]
    return ActionSeen(
        id=row.id,
        incident_id=row.incident_id,
        tool=row.decision.tool or "",
        arguments={name: value for name, value in row.decision.arguments.items() if _is_plain_value(value)},
        merchants=row.decision.scope,
        confidence=row.decision.confidence,
        proposed_at=row.proposed_at,
        granted_by="" if row.status in NOT_GRANTED else row.decided_by or "",
        sent_at=row.executed_at,
        status=_whole_status(cohorts).value,
        settled_at=max(filter(None, map(_receipt_at, cohorts)), default=None),
        worth=sight.worth,
        faults=sight.faults,
        undone=any(part.status is _A.UNDONE for part in cohorts),
    )


def _whole_status(cohorts: list[Action]) -> ActionStatus:
    """How the whole of it stands."""
    found = {part.status for part in cohorts}
    return next((status for status in WORST_FIRST if status in found), cohorts[0].status)


def _receipt_at(row: Action) -> datetime | None:
    return row.receipt.at if row.receipt else None


def _is_plain_value(value: object) -> bool:
    return isinstance(value, Plain) or (isinstance(value, list) and all(isinstance(item, Plain) for item in value))
