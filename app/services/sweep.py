"""One look over the new signals: find patterns, and let them open, feed or widen incidents.

The arithmetic runs outside any transaction; only its result is written, by one writer at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.base import Severity, digest_of
from app.domain.incidents import FEEDABLE, Incident, incident_identity
from app.domain.merchants import Merchant
from app.domain.patterns import Pattern
from app.domain.signals import Signal
from app.domain.tenants import Scope
from app.observe.correlate import Assignment, correlate, patterns_of
from app.ports import Session
from app.services.house import House
from app.services.signals import worth_showing
from app.wire import ObserveAnswer

LONGEST_WINDOW = timedelta(days=7)
SWEPT_NOTE = "sweep"


@dataclass(frozen=True)
class View:
    """What one sweep looks at."""

    since: datetime
    until: datetime
    fresh: list[Signal]
    signals: list[Signal]
    history: list[Signal]
    merchants: list[Merchant]
    open_incidents: list[Incident]
    taken: dict[str, str]


def observe(house: House, scope: Scope, window_minutes: int | None = None) -> ObserveAnswer:
    """Sweep the window; signals that no sweep has seen yet widen it as far as they reach back."""
    minutes = window_minutes or house.config.thresholds.window_minutes
    with house.sweeping(scope):
        view = _view(house, scope, timedelta(minutes=minutes))
        patterns = patterns_of(scope.tenant_id, view.signals, view.merchants, house.config.thresholds, history=view.history)
        assignments = correlate(patterns, view.open_incidents, house.config.thresholds, house.pack(scope)) if view.fresh else []
        opened, fed = _write(house, scope, view, patterns, assignments)
    return ObserveAnswer(
        window_minutes=minutes,
        since=view.since,
        until=view.until,
        signals=len(view.signals),
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
        seen = session.signals.window(since - baseline, None)
        merchants = session.merchants.all()
        open_incidents = session.incidents.page(statuses=FEEDABLE)
        taken = {signal.id: item.id for item in open_incidents for signal in session.signals.of_incident(item.id)}
    return View(
        since=since,
        until=now,
        fresh=fresh,
        signals=[signal for signal in seen if signal.occurred_at >= since and signal.id not in settled],
        history=[signal for signal in seen if signal.occurred_at < since],
        merchants=merchants,
        open_incidents=open_incidents,
        taken=taken,
    )


def _settled(session: Session, since: datetime) -> set[str]:
    """Signals whose incident has ended: they must not open it again."""
    ended = [item for item in session.incidents.page() if item.status not in FEEDABLE and item.last_seen >= since]
    return {signal.id for incident in ended for signal in session.signals.of_incident(incident.id)}


def _write(house: House, scope: Scope, view: View, patterns: Sequence[Pattern], assignments: Sequence[Assignment]) -> tuple[list[str], list[str]]:
    fresh = {signal.id for signal in view.fresh}
    joined: dict[str, str | None] = dict.fromkeys(fresh)
    opened: list[str] = []
    fed: list[str] = []
    with house.store.write(scope) as session:
        session.incidents.put_patterns(patterns)
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
        session.notes.put(SWEPT_NOTE, {"at": view.until.isoformat()})
    return opened, fed


def _open_or_feed(house: House, session: Session, scope: Scope, assignment: Assignment) -> tuple[Incident, bool]:
    known = session.incidents.find_open(assignment.key) or (session.incidents.get(assignment.incident_id) if assignment.incident_id else None)
    if known is not None and known.status in FEEDABLE:
        return _feed(session, known, assignment), False
    earlier = session.incidents.latest(assignment.key)
    first = min(assignment.signal_ids)
    digest, shown = incident_identity(scope.tenant_id, assignment.key, first)
    incident = Incident(
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
        pattern_keys=tuple(pattern.key for pattern in assignment.patterns),
        signal_count=len(assignment.signal_ids),
        previous_id=earlier.id if earlier else None,
    )
    session.incidents.add(incident)
    return incident, True


def _feed(session: Session, known: Incident, assignment: Assignment) -> Incident:
    """Widen an open incident; a new merchant or a new kind of error makes its evidence a newer one."""
    merchants = tuple(sorted({*known.merchants, *assignment.merchants}))
    codes = {digest_of(key) for key in known.pattern_keys}
    newer = [pattern for pattern in assignment.patterns if digest_of(pattern.key) not in codes]
    grown = merchants != known.merchants or any(pattern.key.get("signal_type") for pattern in newer)
    fed = known.changed(
        merchants=merchants,
        severity=max(known.severity, assignment.severity, key=lambda item: Severity(item).rank),
        first_seen=min(known.first_seen, assignment.first_seen),
        last_seen=max(known.last_seen, assignment.last_seen),
        pattern_ids=tuple(dict.fromkeys((*known.pattern_ids, *(pattern.id for pattern in assignment.patterns)))),
        pattern_keys=(*known.pattern_keys, *(pattern.key for pattern in newer)),
        evidence_version=known.evidence_version + int(grown),
    )
    session.incidents.save(fed)
    return fed
