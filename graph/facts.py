"""What is known of one incident, for the loop and for who asks again: its signals and those around them, counted."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind
from app.domain.base import Stage, object_in
from app.domain.hypotheses import Dossier, name_cure
from app.domain.incidents import ASKED_FOR, FEEDABLE, Incident, RecordedStep, last_reopening
from app.domain.lessons import Lesson, list_standing
from app.domain.merchants import Merchant
from app.domain.patterns import Pattern
from app.domain.receipts import Receipt
from app.domain.signals import Signal, SignalType
from app.domain.times import FIRST, shifted
from app.expect.faults import FAULTS_NOTE, Fault, fault_of, read_faults
from app.observe import cooldown
from app.observe.bill import IncidentBill
from app.observe.dossier import build_dossier
from app.observe.groups import is_failure
from app.ports.store import Session
from app.reason.track_record import find_shift
from graph.bills import bill_incidents
from graph.context import NodeContext

MOST_RECENT = 500
"""How many of the newest rows are counted. Policy denies everything long before so many are sent within an hour."""

MOST_OPEN = 10_000


def look_at(ctx: NodeContext, incident: str, at: datetime | None = None, judged: Sequence[Merchant] = ()) -> Dossier:
    """The dossier of an incident as it is now, or billed up to a moment; the loop keeps what it saw, a report asks
    again. Merchants that it was judged with stand as they stood then.
    """
    now = at or ctx.clock.now()
    with ctx.store.read(ctx.scope) as session:
        view = _read_view(ctx, session, incident, judged, at)
    dossier, evidence = build_dossier(
        ctx.scope.tenant_id,
        view.incident,
        view.joined,
        view.patterns,
        view.merchants,
        view.lessons,
        ctx.config.thresholds,
        ctx.pack,
        now,
        orders=view.ledger,
        kpis=view.kpis,
        fault=view.fault,
        bill=view.bill,
        currencies=ctx.config.currencies,
        compared_by=ctx.compared_by,
    )
    if view.over:
        dossier = _without_cured(dossier, view.over)
    if dossier.blast.at_risk:
        with ctx.store.read(ctx.scope) as session:
            dossier = without_the_sick(
                dossier, merchants_in_trouble(session.incidents.page(statuses=FEEDABLE, limit=MOST_OPEN))
            )
    with ctx.store.read(ctx.scope) as session:
        dossier = with_recent_actions(ctx, session, dossier, now)
        found = find_shift(ctx.firsts.results(session))
    named = {*dossier.blast.concerned, *dossier.blast.at_risk}
    return dossier.changed(
        evidence=tuple(evidence),
        evidence_ids=tuple(row.id for row in evidence),
        directory=tuple(merchant for merchant in view.merchants if merchant.id in named),
        asked_for=view.incident.type == ASKED_FOR,
        pack=ctx.in_force.label,
        recalibration=found,
        wave_ahead=_first_wave_ahead(view.merchants),
        given_up=view.given_up,
        proven=view.proven,
    )


def _first_wave_ahead(merchants: Sequence[Merchant]) -> int | None:
    """The first wave of which somebody is still to be cut over."""
    return min((one.wave for one in merchants if one.wave is not None and one.stage is not Stage.POST), default=None)


def _without_cured(dossier: Dossier, over: Collection[str]) -> Dossier:
    """Nobody who was cured before is treated once more because a directory does not know of it yet."""
    carriers = {
        cause: tuple(one for one in names if one not in over) for cause, names in dossier.blast.carriers.items()
    }
    return dossier.changed(blast=dossier.blast.changed(carriers=carriers))


def with_recent_actions(ctx: NodeContext, session: Session, dossier: Dossier, now: datetime) -> Dossier:
    """The dossier with what was done lately, which policy counts."""
    sent = session.actions.page(statuses=cooldown.DONE | cooldown.UNFINISHED, limit=MOST_RECENT)
    taken_back = session.actions.page(statuses=cooldown.TAKEN_BACK, limit=MOST_RECENT)
    treatable = {*dossier.merchants, *dossier.blast.concerned, *dossier.blast.at_risk}
    known = {row.id: row for row in (*sent, *taken_back)}.values()
    within = timedelta(minutes=ctx.config.policies.cooldown_minutes)
    told = [row for row in known if not _was_untestable(session, row, now - within)]
    lately = cooldown.recent_treatments(told, treatable, now=now, cooldown=within)
    return dossier.changed(
        facts=dossier.facts.changed(
            actions_last_hour=_within_an_hour(sent, now), cooling=lately.cooling, undone=lately.undone
        )
    )


def _was_untestable(session: Session, row: Action, since: datetime) -> bool:
    """Whether nobody could tell what it did, and nobody waits to: it neither helped nor failed, so it damps nothing."""
    if row.status is not ActionStatus.EXECUTED or row.executed_at is None or row.executed_at <= since:
        return False
    looked = [one.output for one in session.incidents.steps(row.incident_id) if one.step == "verify"]
    last = next((one for one in reversed(looked) if one.get("row_id") == row.id), None)
    return last is not None and not Receipt.model_validate(last).is_waiting


def merchants_in_trouble(incidents: Sequence[Incident]) -> frozenset[str]:
    """Whom any of these is about."""
    return frozenset(merchant for incident in incidents for merchant in incident.merchants)


def without_the_sick(dossier: Dossier, sick: Collection[str]) -> Dossier:
    """Nobody who is hit, by this or by another open incident, is called healthy and alike."""
    left_out = {*sick, *dossier.merchants, *dossier.blast.merchants}
    healthy = tuple(merchant for merchant in dossier.blast.at_risk if merchant not in left_out)
    return dossier.changed(blast=dossier.blast.changed(at_risk=healthy))


def _within_an_hour(rows: Sequence[Action], now: datetime) -> int:
    """How many of them were sent in the last hour; a doubt counts, it may have been done."""
    return sum(1 for row in rows if row.executed_at and row.executed_at > now - timedelta(hours=1))


class _View(NamedTuple):
    """What is read for one dossier."""

    incident: Incident
    joined: list[Signal]
    patterns: list[Pattern]
    merchants: list[Merchant]
    lessons: list[Lesson]
    ledger: list[Signal]
    kpis: list[Signal]
    fault: Fault | None
    bill: IncidentBill | None
    given_up: tuple[str, ...]
    over: frozenset[str]
    """Who was cured before this episode."""
    proven: tuple[str, ...]


def _list_cured(signals: Sequence[Signal], again: RecordedStep | None) -> frozenset[str]:
    """Who was cured before this episode and did not fail again since that was proven."""
    told = object_in(again.output, "treated") if again else {}
    proven = {name: datetime.fromisoformat(str(at)) for name, at in told.items()}
    failed = (one for one in signals if one.merchant_id in proven and is_failure(one))
    return frozenset(proven) - {one.merchant_id for one in failed if one.occurred_at > proven[str(one.merchant_id)]}


def _of_this_episode(signals: list[Signal], again: RecordedStep | None) -> list[Signal]:
    """What tells of the latest episode of an incident; the earlier ones are over."""
    over = _list_cured(signals, again)
    signals = [one for one in signals if one.merchant_id not in over]
    since = again.output.get("since") if again else None
    if since is None:
        return signals
    return [one for one in signals if one.occurred_at > datetime.fromisoformat(str(since))] or signals


def _read_view(
    ctx: NodeContext, session: Session, incident_id: str, judged: Sequence[Merchant], at: datetime | None
) -> _View:
    thresholds = ctx.config.thresholds
    incident = session.incidents.get(incident_id)
    again = last_reopening(session.incidents.steps(incident.id))
    reopened = again.at if again else FIRST
    every = session.signals.of_incident(incident.id)
    joined, over = _of_this_episode(every, again), _list_cured(every, again)
    fault = fault_of(note, incident.id) if (note := session.notes.get(FAULTS_NOTE)) else None
    first = min([incident.first_seen, *(one.occurred_at for one in joined[:1])])
    then = {one.id: one for one in judged}
    quiet = shifted(incident.first_seen, -timedelta(minutes=thresholds.baseline_minutes))
    ledger_from = shifted(first, -timedelta(minutes=thresholds.order_grace_minutes))
    merchants = [then.get(one.id, one) for one in session.merchants.all()]
    shops = {one.id: one for one in merchants}
    bills = bill_incidents(
        session, [incident], read_faults(note), shops, ctx.pack.vocabulary, thresholds, ctx.clock.now(), at
    )
    return _View(
        incident=incident,
        joined=joined,
        patterns=session.incidents.patterns(incident.pattern_ids),
        merchants=merchants,
        lessons=[
            one for one in list_standing(session.lessons.page()) if one.incident_id != incident.id or one.at <= reopened
        ],
        ledger=session.signals.window(ledger_from, types=[SignalType.ORDER, SignalType.PAYMENT]),
        kpis=session.signals.window(quiet, types=[SignalType.KPI], merchants=incident.merchants),
        fault=replace(fault, hurt=fault.hurt - over) if fault else None,
        bill=bills.get(incident.id),
        given_up=tuple(
            sorted(
                one.plan.playbook
                for one in session.playbooks.of_incident(incident.id)
                if one.given_up and one.assigned_at >= reopened
            )
        ),
        over=over,
        proven=_list_proven(session, incident.id) if over else (),
    )


def _list_proven(session: Session, incident_id: str) -> tuple[str, ...]:
    """What cured on this incident, in every part of its rollout, and did no harm there."""
    found: dict[str, set[bool]] = {}
    for row in session.actions.page(incident_id=incident_id, limit=MOST_RECENT):
        if row.step is not RowKind.UNDO and row.executed_at is not None:
            name = name_cure(row.decision.cause, str(row.decision.tool))
            found.setdefault(name, set()).add(row.status is ActionStatus.VERIFIED)
    return tuple(sorted(name for name, verified in found.items() if all(verified)))
