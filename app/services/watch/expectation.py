"""What a tenant's streams are held against, from one sweep to the next: the panel, read from what was added up, and the
faults that were found.

The panel lives in this process and is read again when it is not there; the faults are kept with the tenant. What came
in at once, though it happened over hours or weeks, is looked at as if it had come slot by slot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from app.context import AppContext
from app.domain.incidents import FEEDABLE, Incident
from app.domain.merchants import Merchant
from app.domain.rollups import SLOT_SECONDS, Cell, slot_of
from app.domain.tenants import Scope
from app.expect.as_it_stood import DIRECTORY_NOTE, Directory, remember_changed
from app.expect.faults import FAULTS_NOTE, Fault, FaultState, read_faults
from app.expect.judge import judge_streams
from app.expect.panel import Panel
from app.expect.panels import TenantPanel
from app.expect.scan import describe_rule
from app.observe.shortfalls import name_stream
from app.observe.streams import ANSWERED_LATE, PAYMENT_ORDER, UNANSWERED
from app.ports.store import Session
from app.schemas.signals import DepartureShown
from app.services.watch.alarm_budget import read_bar
from app.services.watch.taking_in import is_open_to_merging

NOTHING_KNOWN: Final[Mapping[str, Any]] = {"until": 0, "version": 0, "faults": []}
EVERY_SLOT: Final = 24
"""So many slots back every one is looked at; a longer stretch is looked at in so many steps."""
MOST_LOOKS: Final = 200
HISTORY: Final = 12
"""So many old slots at once are a history, not what comes late."""


@dataclass(frozen=True)
class Judged:
    """What was found, and up to where."""

    faults: tuple[Fault, ...]
    until: int
    version: int
    """Of what was added up."""
    ever: Mapping[str, float]
    """How many events each stream of the faults' kinds has ever had; for what was never seen before."""
    directory: Directory | None = None
    """What the directory says, where the next look has to know of it and does not."""

    def plain(self) -> dict[str, Any]:
        """As it is kept."""
        return {"until": self.until, "version": self.version, "faults": [one.plain() for one in self.faults]}


def judge_tenant(
    ctx: AppContext,
    scope: Scope,
    merchants: Sequence[Merchant],
    incidents: Sequence[Incident],
    now: datetime,
    prior: Mapping[str, float],
) -> Judged:
    """Read what was added up since the last sweep, and look at it slot by slot. `prior` is what speaks for the harm of
    streams before any is seen.
    """
    held = ctx.panels.of(scope.tenant_id)
    tell_overdue(ctx, scope, now)
    with ctx.store.read(scope) as session:
        note = session.notes.get(FAULTS_NOTE) or NOTHING_KNOWN
        slots = session.rollups.counted(note.get("version", 0))
        _read_changes(session, held)
        bar = read_bar(session, ctx.config.thresholds)
        open_ones = {one.id: one for one in incidents if one.status in FEEDABLE}
        faults = tuple(_follow_incident(session, one, open_ones, now) for one in read_faults(note))
        known = (session.notes.get(DIRECTORY_NOTE) or {}) if any(map(_goes_on, faults)) else {}
    panel = held.panel
    panel.know(one.id for one in merchants)
    last = slot_of(now) + 1
    first = note["until"] or last
    if slots and (not note["until"] or sum(slot < first - EVERY_SLOT for slot in slots) > HISTORY):
        first = min(slots) + 1
    directory = {one.id: one.dimensions() for one in merchants}
    faults = tuple(remember_changed(one, known, directory) for one in faults)
    columns = held.describe(directory)
    for step in _steps(min(first, last), last):
        faults = judge_streams(
            panel,
            columns,
            faults,
            step,
            threshold=bar,
            prior=lambda name: prior.get(name, 0.0),
            may_merge=lambda name: is_open_to_merging(ctx, scope, name),
        )
    is_news = any(map(_goes_on, faults)) and known != directory
    return Judged(faults, last, held.version, panel.totals(), directory if is_news else None)


def _goes_on(fault: Fault) -> bool:
    return fault.state is not FaultState.ENDED


def note_looked_at(ctx: AppContext, scope: Scope, now: datetime) -> None:
    """Take everything that was counted by now for looked at, and for sound."""
    with ctx.store.write(scope) as session:
        _, version = session.rollups.changed(0)
        session.notes.put(FAULTS_NOTE, {**NOTHING_KNOWN, "until": slot_of(now) + 1, "version": version})


def list_departures(ctx: AppContext, scope: Scope) -> list[DepartureShown]:
    """What is watched, open and lately ended, what hurts first."""
    with ctx.store.read(scope) as session:
        found = read_faults(session.notes.get(FAULTS_NOTE))
    order = [FaultState.OPEN, FaultState.WATCHED, FaultState.ENDED]
    return [_shown(one) for one in sorted(found, key=lambda one: (order.index(one.state), -one.score))]


def _shown(fault: Fault) -> DepartureShown:
    return DepartureShown(
        state=fault.state.value,
        incident_id=fault.id or None,
        about=[name_stream(one) for one in fault.streams],
        outcomes=[name_stream(one) for one in fault.outcomes],
        rule=describe_rule(fault.rule),
        hurt=sorted(fault.hurt),
        exposed=sorted(fault.scope),
        since=datetime.fromtimestamp(fault.since * SLOT_SECONDS, UTC),
        seen=round(fault.seen, 1),
        expected=round(fault.expected, 2),
        score=round(fault.score, 1),
    )


def _steps(first: int, last: int) -> list[int]:
    """Ends of the looks from one slot to another, the last one among them."""
    stride = 1 if last - first <= EVERY_SLOT else max(1, (last - first) // MOST_LOOKS)
    return [*range(first, last, stride), last]


def _follow_incident(session: Session, fault: Fault, open_ones: Mapping[str, Incident], now: datetime) -> Fault:
    """A fault ends with its incident, and goes where that went."""
    if fault.state is not FaultState.OPEN or not fault.id or fault.id in open_ones:
        return fault
    incident = session.incidents.get(fault.id)
    if incident.merged_into is not None and incident.merged_into in open_ones:
        return replace(fault, id=incident.merged_into)
    return replace(fault, state=FaultState.ENDED, until=slot_of(incident.resolved_at or now) + 1)


def _read_changes(session: Session, held: TenantPanel) -> None:
    """Bring a panel up to what was added up."""
    slots, version = session.rollups.changed(held.version)
    if version < held.version:
        held.panel, held.version = Panel(), 0
        slots, version = session.rollups.changed(0)
    found: dict[int, list[Cell]] = {slot: [] for slot in slots}
    for cell in session.rollups.of_slots(slots):
        found[cell.slot].append(cell)
    for slot in sorted(found):
        held.panel.put(slot, found[slot])
    held.version = version


def tell_overdue(ctx: AppContext, scope: Scope, now: datetime) -> None:
    """Payments that should have had their order by now are counted as missing one, and no longer when it comes."""
    before = now - timedelta(minutes=ctx.config.thresholds.order_grace_minutes)
    with ctx.store.read(scope) as session:
        if not session.awaits.has_news(PAYMENT_ORDER, before):
            return
    with ctx.store.write(scope) as session:
        missing = session.awaits.overdue(PAYMENT_ORDER, before)
        found = session.awaits.taken_back(PAYMENT_ORDER)
        session.rollups.add(
            [
                *(
                    Cell(slot_of(one.at), one.merchant, UNANSWERED, sign, 0.0, sign * float(one.amount or 0))
                    for rows, sign in ((missing, 1.0), (found, -1.0))
                    for one in rows
                ),
                *(Cell(slot_of(one.at), one.merchant, ANSWERED_LATE, 1.0, 0.0, 0.0) for one in found),
            ]
        )
