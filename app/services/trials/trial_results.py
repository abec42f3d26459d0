"""Writes down what the agent made of a trial, read from its store alone, beside what was really so."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from app.context import EVERY_ONE, AppContext
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.decisions import Decision, Verdict
from app.domain.incidents import ASKED_FOR, Incident
from app.domain.merchants import Merchant, Plain
from app.domain.receipts import Receipt
from app.domain.signals import Signal, SignalType
from app.domain.tenants import Scope
from app.expect.descriptions import put_back
from app.expect.faults import FAULTS_NOTE, Fault, FaultState, fault_of, read_faults
from app.ports.store import Session
from app.schemas.incidents import RiskReport
from app.services.trials.what_was_said import (
    IncidentNotes,
    read_exposed,
    read_losses,
    read_report,
    read_rule,
    read_suspects,
)
from simulations.world.truth import (
    NOBODY,
    ActionSeen,
    CohortSeen,
    Glimpse,
    IncidentSeen,
    Interval,
    Suspect,
    Worth,
)
from simulations.world.world import World

_A: Final = ActionStatus
NOT_GRANTED: Final = frozenset({_A.PROPOSED, _A.PENDING, _A.REJECTED, _A.EXPIRED, _A.SUPERSEDED})
SCARCE: Final = frozenset({SignalType.API_ERROR, SignalType.WEBHOOK_FAILURE, SignalType.LOG, SignalType.TICKET})
"""What a sound platform says little of."""
LEAST_TOUCHED: Final = 0.1
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
    watch_rows: int


def give_account(
    ctx: AppContext, scope: Scope, world: World, sights: Mapping[str, Sight], notes: Mapping[str, IncidentNotes]
) -> Account:
    """Every incident and every action of a tenant, and what each was about in truth."""
    with ctx.store.read(scope) as session:
        every = session.incidents.page(limit=EVERY_ONE)
        known = [one for one in every if one.type != ASKED_FOR]
        rows = session.actions.page(limit=EVERY_ONE)
        note = session.notes.get(FAULTS_NOTE)
        faults = {one.id: fault_of(note, one.id) for one in known}
        watched = read_faults(note)
        merchants = session.merchants.all()
        suspects = {one.id: [read_suspects(session, one, first=first) for first in (True, False)] for one in known}
        passed_over = {one.id: _read_passed_over(session, one) for one in known}
        receipts = {name: receipt for one in every for name, receipt in _read_receipts(session, one).items()}
    oldest_first = sorted(known, key=lambda one: (one.detected_at, one.id))
    proposals = sorted((row for row in rows if row.step is RowKind.FIRST), key=lambda row: (row.proposed_at, row.id))
    blame = world.blame_ids(scope.tenant_id)
    return Account(
        incidents=tuple(
            _incident_seen(
                one, read_report(ctx, scope, one), suspects[one.id], notes[one.id], faults[one.id], world, blame
            ).changed(passed_over=passed_over[one.id], covered=list_described(faults[one.id], merchants))
            for one in oldest_first
        ),
        actions=tuple(
            _action_seen(row, [part for part in rows if part.parent_id == row.id], sights[row.id], receipts)
            for row in proposals
        ),
        questions=sum(1 for row in proposals if row.decision.ruling.verdict is Verdict.ASK),
        watch_rows=sum(one.state is FaultState.WATCHED for one in watched),
    )


def list_described(fault: Fault | None, merchants: Sequence[Merchant]) -> tuple[str, ...]:
    """Of whom the rule of a fault is true by the directory as it stood: who shares in it all the same is named beside
    the rule, and is no part of what it says.
    """
    if fault is None:
        return ()
    stood = {one.id: put_back(one.dimensions(), fault.stood.get(one.id, {})) for one in merchants}
    return tuple(sorted(name for name, said in stood.items() if fault.describes(said)))


def weigh_evidence(notes: IncidentNotes, world: World, blame: Mapping[str, int]) -> dict[int, int]:
    """How much of what an incident was opened on belongs to which planted fault, decoy, or nobody.

    Of errors and tickets it is the excess that counts: as many as its merchants have anyhow are nobody's, and are left
    out. What everybody does all the time (calls, samples, orders) shows a fault by what is missing: that is nobody's
    only where hardly any of it was touched. An incident that stands on absences alone has no signals; then those count
    that were missing among its merchants.
    """
    since, until, merchants = notes.incident.first_seen, notes.incident.detected_at, set(notes.incident.merchants)
    if not notes.signals:
        return dict(sorted(world.count_touched(merchants, since, until).items()))
    scarce = [signal for signal in notes.signals if signal.signal_type in SCARCE]
    counted = Counter(blame.get(signal.id, NOBODY) for signal in scarce)
    usual = world.usual_strays(merchants, since, until, len({_stream_of(signal) for signal in scarce}))
    counted[NOBODY] = max(0, counted[NOBODY] - int(usual)) if counted.total() > counted[NOBODY] else counted[NOBODY]
    plenty = Counter(blame.get(signal.id, NOBODY) for signal in notes.signals if signal.signal_type not in SCARCE)
    if plenty.total() - plenty[NOBODY] >= LEAST_TOUCHED * plenty.total():
        del plenty[NOBODY]
    return {number: count for number, count in sorted((counted + plenty).items()) if count}


def _stream_of(signal: Signal) -> tuple[str, str | None, str | int | None]:
    return signal.signal_type.value, signal.error_code or signal.endpoint, signal.status


def _incident_seen(
    incident: Incident,
    report: RiskReport | None,
    suspects: Sequence[tuple[Suspect, ...]],
    notes: IncidentNotes,
    fault: Fault | None,
    world: World,
    blame: Mapping[str, int],
) -> IncidentSeen:
    merchants = tuple(report.merchants) if report else incident.merchants
    return IncidentSeen(
        id=incident.id,
        detected_at=incident.detected_at,
        first_seen=incident.first_seen,
        merchants=merchants,
        exposed=read_exposed(report, merchants, fault),
        rule=read_rule(fault),
        thin=fault is None and len(notes.signals) == 1,
        suspects=suspects[0],
        last_suspects=suspects[-1],
        status=incident.status.value,
        resolved_at=incident.resolved_at,
        lost_orders=Interval.model_validate(report.lost_orders) if report else None,
        lost_revenue=read_losses(report),
        signals=weigh_evidence(notes, world, blame),
        half_hour=_with_true_losses(notes.half_hour, world),
        proposal=_with_true_losses(notes.proposal, world),
    )


def _with_true_losses(glimpse: Glimpse | None, world: World) -> Glimpse | None:
    """What was said, beside what each fault had cost by then."""
    if glimpse is None:
        return None
    numbers = range(len(world.scenario.faults))
    return glimpse.changed(true_losses={number: world.lost_until(number, glimpse.at) for number in numbers})


def _read_passed_over(session: Session, incident: Incident) -> dict[str, str]:
    """Why it did not treat a cause when it decided last; the first reason of each."""
    decided = [step.output for step in session.incidents.steps(incident.id) if step.step == "decide"]
    found = Decision.model_validate(decided[-1]).alternatives if decided else ()
    return {one.cause: one.why_not for one in reversed(found)}


def _read_receipts(session: Session, incident: Incident) -> dict[str, Receipt]:
    """What was said last of each row, whether or not that was a verdict."""
    told = (step.output for step in session.incidents.steps(incident.id) if step.step == "verify")
    return {one.row_id: one for one in map(Receipt.model_validate, told)}


def _action_seen(row: Action, parts: list[Action], sight: Sight, receipts: Mapping[str, Receipt]) -> ActionSeen:
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
        granted_at=None if row.status in NOT_GRANTED else row.decided_at,
        cohorts=_cohorts_seen(row, cohorts, receipts),
    )


def _cohorts_seen(row: Action, sent: Sequence[Action], receipts: Mapping[str, Receipt]) -> tuple[CohortSeen, ...]:
    """Every part of a rollout, those too whose turn has not come."""
    found = {part.cohort: part for part in sent}
    return tuple(
        _cohort_seen(merchants, found.get(place), receipts) for place, merchants in enumerate(row.decision.rollout)
    )


def _cohort_seen(merchants: tuple[str, ...], part: Action | None, receipts: Mapping[str, Receipt]) -> CohortSeen:
    if part is None:
        return CohortSeen(merchants=merchants)
    said = receipts.get(part.id)
    return CohortSeen(
        merchants=merchants,
        sent_at=part.executed_at,
        judged_at=_receipt_at(part),
        status=part.status.value,
        why=(said.statement if said else part.feedback or "")[-300:],
    )


def _whole_status(cohorts: list[Action]) -> ActionStatus:
    """How the whole of it stands."""
    found = {part.status for part in cohorts}
    return next((status for status in WORST_FIRST if status in found), cohorts[0].status)


def _receipt_at(row: Action) -> datetime | None:
    return row.receipt.at if row.receipt else None


def _is_plain_value(value: object) -> bool:
    return isinstance(value, Plain) or (isinstance(value, list) and all(isinstance(item, Plain) for item in value))
