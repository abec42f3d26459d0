"""One look over the new signals: find patterns, and let them open, feed or widen incidents.

The arithmetic runs outside any transaction; only its result is written, by one writer at a time.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from app.domain.base import Severity
from app.domain.errors import Temporary
from app.domain.incidents import FEEDABLE, Incident, IncidentStatus, incident_identity
from app.domain.merchants import Merchant
from app.domain.patterns import Pattern, PatternKind
from app.domain.signals import Signal, SignalType
from app.domain.tenants import Scope
from app.observe.correlate import Assignment, correlate
from app.observe.parts import Parts
from app.observe.patterns import needed_before, patterns_in
from app.ports import Session
from app.services.advance import leased
from app.services.house import EVERY_ONE, House
from app.services.signals import SWEPT_NOTE, worth_showing
from app.wire import ObserveAnswer

log = structlog.get_logger()
LONGEST_WINDOW = timedelta(days=7)
MOST_TICKETS = 1_000
SWEEP = "sweep"
LONGEST_SWEEP = 60.0
"""Seconds after which a sweep that fell silent is taken over; a late one writes nothing."""
ENDED = frozenset(IncidentStatus) - FEEDABLE
MECHANISM = ("signal_type", "error_code", "endpoint", "status", "topic")


@dataclass(frozen=True)
class View:
    """What one sweep looks at."""

    since: datetime
    until: datetime
    fresh: list[Signal]
    signals: Parts
    history: Parts
    then: tuple[datetime, datetime] | None
    merchants: list[Merchant]
    open_incidents: list[Incident]
    taken: dict[str, str]


def observe(house: House, scope: Scope, window_minutes: int | None = None) -> ObserveAnswer:
    """Sweep the window; signals that no sweep has seen yet widen it as far as they reach back."""
    minutes = window_minutes or house.config.thresholds.window_minutes
    with house.turn(scope, SWEEP), leased(house, scope, SWEEP, seconds=LONGEST_SWEEP) as own:
        if own is None:
            raise Temporary("another process is sweeping this tenant", delay=1.0)
        view = _view(house, own, timedelta(minutes=minutes))
        patterns = patterns_in(scope.tenant_id, view.signals, view.history, view.merchants, house.config.thresholds, then=view.then)
        assignments = correlate(patterns, view.open_incidents, house.config.thresholds, house.pack(scope)) if view.fresh else []
        opened, fed = _write(house, own, view, patterns, assignments)
    return ObserveAnswer(
        window_minutes=minutes,
        since=view.since,
        until=view.until,
        signals=view.signals.count,
        patterns=sorted(filter(worth_showing, patterns), key=lambda pattern: -pattern.impact_rank),
        opened=opened,
        fed=fed,
    )


def _view(house: House, scope: Scope, window: timedelta) -> View:
    now = house.clock(scope).now()
    baseline = timedelta(minutes=house.config.thresholds.baseline_minutes)
    with house.store.read(scope) as session:
        fresh = session.signals.unswept()
        oldest = min((signal.occurred_at for signal in fresh), default=now)
        since = max(min(now - window, oldest), now - LONGEST_WINDOW) if oldest > now - LONGEST_WINDOW else oldest
        settled = _settled(session, since)
        seen = _seen(session, since, settled)
        needed = needed_before(seen)
        history = {kind: session.signals.window(since - baseline, since, types=[kind], merchants=shops) for kind, shops in needed.items()}
        then = session.signals.span(since - baseline, since)
        merchants = session.merchants.all()
        open_incidents = session.incidents.page(statuses=FEEDABLE, limit=EVERY_ONE)
        taken = {signal.id: item.id for item in open_incidents for signal in session.signals.of_incident(item.id)}
    return View(
        since=since,
        until=now,
        fresh=fresh,
        signals=seen,
        history=Parts(history),
        then=then,
        merchants=merchants,
        open_incidents=open_incidents,
        taken=taken,
    )


def _seen(session: Session, since: datetime, settled: Collection[str]) -> Parts:
    """What the window holds, less what is settled, and no more tickets than can be compared with each other in a sweep; the newest count."""
    found = {kind: session.signals.window(since, types=[kind]) for kind in SignalType}
    if settled:
        found = {kind: [signal for signal in signals if signal.id not in settled] for kind, signals in found.items()}
    return Parts({**found, SignalType.TICKET: found[SignalType.TICKET][-MOST_TICKETS:]})


def nothing_new(house: House, scope: Scope) -> bool:
    """Whether a sweep by itself would find only what it found before."""
    with house.store.read(scope) as session:
        return session.signals.count(unswept=True) == 0


def nothing_left(house: House, scope: Scope) -> ObserveAnswer:
    """What a sweep says when others have swept everything: no signal, no pattern."""
    now, minutes = house.clock(scope).now(), house.config.thresholds.window_minutes
    return ObserveAnswer(window_minutes=minutes, since=now - timedelta(minutes=minutes), until=now, signals=0, patterns=[], opened=[], fed=[])


def _settled(session: Session, since: datetime) -> set[str]:
    """Signals whose incident has ended: they must not open it again."""
    ended = [item for item in session.incidents.page(statuses=ENDED, limit=EVERY_ONE) if item.last_seen >= since]
    return {signal.id for incident in ended for signal in session.signals.of_incident(incident.id)}


def _write(house: House, scope: Scope, view: View, patterns: Sequence[Pattern], assignments: Sequence[Assignment]) -> tuple[list[str], list[str]]:
    fresh = {signal.id for signal in view.fresh}
    joined: dict[str, str | None] = dict.fromkeys(fresh)
    opened: list[str] = []
    fed: list[str] = []
    with house.store.write(scope) as session:
        shown = [pattern for pattern in patterns if worth_showing(pattern)]
        joining = {pattern.id: pattern for assignment in assignments for pattern in assignment.patterns}
        session.incidents.put_patterns(list({**{pattern.id: pattern for pattern in shown}, **joining}.values()))
        for assignment in assignments:
            if not fresh.intersection(assignment.signal_ids):
                continue
            incident, is_new = _open_or_feed(house, session, scope, assignment)
            (opened if is_new else fed).append(incident.id)
            joined.update({name: incident.id for name in assignment.signal_ids if view.taken.get(name, incident.id) == incident.id})
        session.signals.mark_swept(joined)
        for incident_id in {*opened, *fed}:
            incident = session.incidents.get(incident_id)
            session.incidents.save(incident.changed(signal_count=session.signals.count_of_incident(incident_id)))
        session.notes.put(SWEPT_NOTE, {"at": view.until.isoformat(), "patterns": [pattern.id for pattern in shown]})
    if opened:
        log.info("sweep.opened", tenant=scope.tenant_id, incidents=opened, signals=len(fresh))
    return opened, fed


def _open_or_feed(house: House, session: Session, scope: Scope, assignment: Assignment) -> tuple[Incident, bool]:
    known = session.incidents.find_open(assignment.key) or (session.incidents.get(assignment.incident_id) if assignment.incident_id else None)
    if known is not None and known.status in FEEDABLE:
        if not _deserves_another_look(house, known, assignment):
            return _feed(session, known, assignment), False
        fresh = _new_incident(house, session, scope, assignment, known)
        session.incidents.save(known.changed(merged_into=fresh.id))
        now = house.clock(scope).now()
        session.incidents.move(known.id, IncidentStatus.MERGED, at=now, reason=f"newer evidence: continued as {fresh.id}")
        session.incidents.add(fresh)
        return fresh, True
    earlier = session.incidents.latest(assignment.key)
    heir = _heir(session, earlier)
    if heir is not None:
        return _feed(session, heir, assignment), False
    fresh = _new_incident(house, session, scope, assignment, earlier)
    session.incidents.add(fresh)
    return fresh, True


def _heir(session: Session, earlier: Incident | None) -> Incident | None:
    """Who takes signals of a key without an open incident: the one it was merged into, or the failed one people must look at first."""
    while earlier is not None and earlier.status is IncidentStatus.MERGED and earlier.merged_into:
        earlier = session.incidents.get(earlier.merged_into)
    return earlier if earlier is not None and earlier.status in FEEDABLE | {IncidentStatus.FAILED} else None


def _deserves_another_look(house: House, known: Incident, assignment: Assignment) -> bool:
    """An incident that was handed to people is taken up again when it was judged on thin evidence, or now reaches further."""
    if known.status is not IncidentStatus.ESCALATED:
        return False
    enough = house.config.thresholds.group_min_count
    was_thin = int(known.metrics_snapshot.get("signals", enough)) < enough
    return (was_thin and known.signal_count + len(assignment.signal_ids) >= enough) or _reaches_further(known, assignment)


def _new_incident(house: House, session: Session, scope: Scope, assignment: Assignment, earlier: Incident | None) -> Incident:
    digest, shown = incident_identity(scope.tenant_id, assignment.key, min(assignment.signal_ids))
    if earlier is not None and earlier.id == shown:
        digest, shown = incident_identity(scope.tenant_id, assignment.key, max(assignment.signal_ids))
    return Incident(
        id=shown,
        digest=digest,
        key=assignment.key,
        type=assignment.type,
        title=assignment.title,
        severity=assignment.severity,
        detected_at=house.clock(scope).now(),
        first_seen=assignment.first_seen,
        last_seen=assignment.last_seen,
        merchants=assignment.merchants,
        pattern_ids=tuple(pattern.id for pattern in assignment.patterns),
        pattern_keys=tuple(_mechanisms(assignment)),
        signal_count=len(assignment.signal_ids),
        previous_id=earlier.id if earlier else None,
    )


def _mechanisms(assignment: Assignment) -> list[dict[str, Any]]:
    """What identifies the machine-made patterns of an assignment: not their counts and words, which change with every sweep."""
    groups = [pattern.key for pattern in assignment.patterns if pattern.kind is PatternKind.ERROR_GROUP]
    return [{name: key[name] for name in MECHANISM if key.get(name) is not None} for key in groups]


def _reaches_further(known: Incident, assignment: Assignment) -> bool:
    """Whether a merchant or a mechanism joins that was not there when the incident was last looked at."""
    return not set(assignment.merchants) <= set(known.merchants) or any(key not in known.pattern_keys for key in _mechanisms(assignment))


def _feed(session: Session, known: Incident, assignment: Assignment) -> Incident:
    """Widen an open incident; a new merchant or a new mechanism makes its evidence a newer one."""
    lasting = [pattern.id for pattern in session.incidents.patterns(known.pattern_ids) if pattern.kind is PatternKind.ERROR_GROUP]
    newer = [key for key in _mechanisms(assignment) if key not in known.pattern_keys]
    fed = known.changed(
        merchants=tuple(sorted({*known.merchants, *assignment.merchants})),
        severity=max(known.severity, assignment.severity, key=lambda item: Severity(item).rank),
        first_seen=min(known.first_seen, assignment.first_seen),
        last_seen=max(known.last_seen, assignment.last_seen),
        pattern_ids=tuple(dict.fromkeys((*lasting, *(pattern.id for pattern in assignment.patterns)))),
        pattern_keys=(*known.pattern_keys, *newer),
        evidence_version=known.evidence_version + int(_reaches_further(known, assignment)),
    )
    session.incidents.save(fed)
    return fed
