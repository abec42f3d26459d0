"""Where what was found goes: into the incident that is open for it, into one that comes back, or into a new one."""

from datetime import datetime, timedelta
from typing import Any

from app.context import AppContext
from app.domain.base import Severity
from app.domain.incidents import FEEDABLE, Incident, IncidentStatus, incident_identity
from app.domain.patterns import PatternKind
from app.domain.signals import SignalType
from app.domain.tenants import Scope
from app.observe.incident_draft import Assignment
from app.ports.store import Session
from app.services.loop.anew import begin_again, renews_evidence, take_up_again, tells_otherwise, was_refused

DOUBLED = 2
CONVINCING = 40
"""What was judged on so many signals is not judged otherwise because there are twice as many."""
ENOUGH_TO_COUNT = 1_000
MOST_CLUSTERS = 50
"""So many clusters of tickets an incident goes on to show, the latest."""
SOON = timedelta(hours=24)
"""What comes back so soon after its end is the same incident."""
MECHANISM = ("signal_type", "error_code", "endpoint", "status", "topic")


def open_or_feed(ctx: AppContext, session: Session, scope: Scope, assignment: Assignment) -> tuple[Incident, bool]:
    """The incident that an assignment widens, open or coming back, or else a new one; and whether it is new."""
    now = ctx.clock(scope).now()
    named = session.incidents.get(assignment.incident_id) if assignment.incident_id else None
    known = named if named is not None and named.status in FEEDABLE else session.incidents.find_open(assignment.key)
    if known is not None:
        if was_refused(session, known.id) or not _deserves_another_look(ctx, session, known, assignment):
            return _feed_incident(session, known, assignment), False
        return _reopen_incident(session, known, assignment, now, "newer evidence"), False
    earlier = named or session.incidents.latest(assignment.key)
    heir = _find_heir(session, earlier)
    if heir is not None:
        return _feed_incident(session, heir, assignment), False
    if earlier is not None and _came_back_soon(earlier, now):
        return _reopen_incident(session, earlier, assignment, now, "it came back"), False
    fresh = _new_incident(ctx, session, scope, assignment, earlier)
    session.incidents.add(fresh)
    return fresh, True


def _came_back_soon(earlier: Incident, now: datetime) -> bool:
    """Whether a recurrence is another episode of it; a later one is an incident of its own."""
    return (
        earlier.status is IncidentStatus.RESOLVED
        and earlier.resolved_at is not None
        and now - earlier.resolved_at < SOON
    )


def _reopen_incident(session: Session, known: Incident, assignment: Assignment, now: datetime, reason: str) -> Incident:
    """Another episode of the same incident, which has these signals too; if it never ended, all signals tell of it."""
    if known.status is IncidentStatus.RESOLVED:
        begin_again(session, known, assignment.merchants, reason, now)
    else:
        take_up_again(session, known, reason, now)
    return _feed_incident(session, session.incidents.get(known.id), assignment)


def _find_heir(session: Session, earlier: Incident | None) -> Incident | None:
    """Who takes signals of a key without an open incident: the one it was merged into, or the failed one people must
    look at first.
    """
    while earlier is not None and earlier.status is IncidentStatus.MERGED and earlier.merged_into:
        earlier = session.incidents.get(earlier.merged_into)
    return earlier if earlier is not None and earlier.status in FEEDABLE | {IncidentStatus.FAILED} else None


def _deserves_another_look(ctx: AppContext, session: Session, known: Incident, assignment: Assignment) -> bool:
    """An incident that was handed to people is taken up again when it was judged on thin evidence, on few signals of
    which there are twice as many now, or reaches twice as far. What people write of what machines show is not more of
    it.
    """
    if known.status is not IncidentStatus.ESCALATED:
        return False
    judged = int(known.metrics_snapshot.get("signals", CONVINCING))
    enough = ctx.config.thresholds.group_min_count
    needed = enough if judged < enough else DOUBLED * judged
    if judged < CONVINCING and _count_shown(session, known, assignment) >= needed:
        return True
    return len(set(assignment.merchants) | set(known.merchants)) >= DOUBLED * max(len(known.merchants), 1)


def _count_shown(session: Session, known: Incident, assignment: Assignment) -> int:
    """How many signals tell of an incident by themselves."""
    kept = session.signals.of_incident(known.id, limit=ENOUGH_TO_COUNT)
    tickets = known.type == SignalType.TICKET.value
    shown = {one.id for one in kept if tickets or one.signal_type is not SignalType.TICKET}
    return len(shown.union(assignment.shown_ids)) + known.signals_gone


def _new_incident(
    ctx: AppContext, session: Session, scope: Scope, assignment: Assignment, earlier: Incident | None
) -> Incident:
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
        detected_at=ctx.clock(scope).now(),
        first_seen=assignment.first_seen,
        last_seen=assignment.last_seen,
        merchants=assignment.merchants,
        pattern_ids=tuple(pattern.id for pattern in assignment.patterns),
        pattern_keys=tuple(_mechanisms_of(assignment)),
        signal_count=len(assignment.signal_ids),
        previous_id=earlier.id if earlier else None,
    )


def _mechanisms_of(assignment: Assignment) -> list[dict[str, Any]]:
    """What identifies the machine-made patterns of an assignment: not their counts and words, which change with every
    sweep.
    """
    groups = [pattern.key for pattern in assignment.patterns if pattern.kind is PatternKind.ERROR_GROUP]
    return [{name: key[name] for name in MECHANISM if key.get(name) is not None} for key in groups]


def _feed_incident(session: Session, known: Incident, assignment: Assignment) -> Incident:
    """Widen an open incident; a new merchant or a new mechanism makes its evidence a newer one."""
    kept = session.incidents.patterns(known.pattern_ids)
    lasting = [pattern.id for pattern in kept if pattern.kind is PatternKind.ERROR_GROUP]
    spoken = sorted((pattern.last_seen, pattern.id) for pattern in kept if pattern.kind is PatternKind.TICKET_CLUSTER)
    lasting += [name for _, name in spoken[-MOST_CLUSTERS:]]
    newer = [key for key in _mechanisms_of(assignment) if key not in known.pattern_keys]
    reaches_further = tells_otherwise(session, known, newer) or renews_evidence(session, known, assignment.merchants)
    fed = known.changed(
        merchants=tuple(sorted({*known.merchants, *assignment.merchants})),
        severity=max(known.severity, assignment.severity, key=lambda item: Severity(item).rank),
        first_seen=min(known.first_seen, assignment.first_seen),
        last_seen=max(known.last_seen, assignment.last_seen),
        pattern_ids=tuple(dict.fromkeys((*lasting, *(pattern.id for pattern in assignment.patterns)))),
        pattern_keys=(*known.pattern_keys, *newer),
        evidence_version=known.evidence_version + int(reaches_further),
    )
    session.incidents.save(fed)
    return fed
