"""Ends incidents whose trouble has ended by itself, and takes back what was asked about them: nobody has to treat what
is well again.

What is under treatment is left to its receipt, and a decision that came first wins: the question is taken back by the
same compare-and-set.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from app.context import EVERY_ONE, AppContext
from app.domain.action_states import ActionStatus
from app.domain.actions import Action, ActionChanges
from app.domain.base import digest_of, shown_id
from app.domain.decisions import AttemptEnd, Decision, Tried
from app.domain.errors import Conflict
from app.domain.hypotheses import UNKNOWN
from app.domain.incidents import FEEDABLE, UNDER_TREATMENT, Incident, IncidentStatus
from app.domain.lessons import Lesson
from app.domain.tenants import Scope
from app.observe.groups import is_failure
from app.ports.store import Session
from app.services.incidents.cases import ENDED_ITSELF, latest_step
from app.services.loop.journal import in_full
from app.verify.recovery import LONGEST_PAST, LONGEST_SILENCE, Recovery, recovery, worth_a_look

log = structlog.get_logger()
RECOVERABLE: Final = FEEDABLE - UNDER_TREATMENT
LOOKED_NOTE: Final = "recovery"
ON_ITS_OWN: Final = "recovered on its own"
"""The ending of a lesson that credits no tool."""
MOST_HEARD: Final = 5_000
"""So many of the newest signals tell which sources are still heard of."""
DECIDED: Final = (ActionStatus.PENDING, ActionStatus.APPROVED, ActionStatus.SENDING)


def recover(ctx: AppContext, scope: Scope) -> list[str]:
    """End what recovered by itself; the ids. To be called when everything that came in has been looked at."""
    now = ctx.clock(scope).now()
    with ctx.store.read(scope) as session:
        quiet = _quiet(session, now)
    if not quiet:
        return []
    with ctx.store.write(scope) as session:
        session.notes.put(LOOKED_NOTE, {"at": now.isoformat()})
    with ctx.store.read(scope) as session:
        found = [(one, ended) for one in quiet if (ended := _ended(ctx, session, one, now)) is not None]
    recovered = [incident.id for incident, ended in found if _end(ctx, scope, incident, ended, now)]
    for incident_id in recovered:
        ctx.loop.forget(scope, incident_id)
    if recovered:
        log.info("incident.recovered", tenant=scope.tenant_id, incidents=recovered)
    return recovered


def _quiet(session: Session, now: datetime) -> list[Incident]:
    """The incidents whose silence is worth a look, and of whose merchants no failure waits to be looked at first."""
    note = session.notes.get(LOOKED_NOTE)
    looked = datetime.fromisoformat(note["at"]) if note else None
    quiet = [
        one
        for one in session.incidents.page(statuses=RECOVERABLE, limit=EVERY_ONE)
        if one.merchants and worth_a_look(one.last_seen, looked if looked and one.detected_at <= looked else None, now)
    ]
    waiting = {one.merchant_id for one in session.signals.unswept() if is_failure(one)} if quiet else set()
    return [one for one in quiet if waiting.isdisjoint(one.merchants)]


def _ended(ctx: AppContext, session: Session, incident: Incident, now: datetime) -> Recovery | None:
    thresholds = ctx.config.thresholds
    joined = session.signals.of_incident(incident.id)
    start = max(incident.first_seen, incident.last_seen - LONGEST_PAST) - timedelta(minutes=thresholds.baseline_minutes)
    until = incident.last_seen + LONGEST_SILENCE
    around = session.signals.window(start, until, merchants=incident.merchants)
    heard: dict[str, datetime] = {}
    for one in [*joined, *around, *session.signals.window(incident.last_seen, until, newest=MOST_HEARD)]:
        heard[one.source] = max(heard.get(one.source, one.occurred_at), one.occurred_at)
    return recovery(joined, around, heard=heard, now=now, grace_minutes=thresholds.order_grace_minutes)


def _end(ctx: AppContext, scope: Scope, incident: Incident, ended: Recovery, now: datetime) -> bool:
    """Whether it was ended: not when it was fed, decided upon or ended by somebody meanwhile."""
    try:
        with ctx.store.write(scope) as session:
            now_known = session.incidents.get(incident.id)
            rows = session.actions.page(incident_id=incident.id, statuses=DECIDED)
            overtaken = now_known.status not in RECOVERABLE or now_known.last_seen != incident.last_seen
            if overtaken or any(row.status is not ActionStatus.PENDING for row in rows):
                return False
            _take_back(session, rows, now)
            said = _said(ended)
            session.incidents.save(
                now_known.changed(
                    resolution=said, metrics_snapshot={**now_known.metrics_snapshot, "per_hour": [], ENDED_ITSELF: True}
                )
            )
            if not session.incidents.move(
                incident.id, IncidentStatus.RESOLVED, at=now, reason=ON_ITS_OWN, allowed_from=[now_known.status]
            ):
                raise Conflict(f"{incident.id} moved on meanwhile")
            session.setbacks.clear(incident.id)
            for lesson in in_full(_lesson(session, scope, now_known, said, now)):
                session.lessons.add(lesson)
            session.events.append("incident.recovered", incident.id, {**ended.plain(), "said": said}, at=now)
            return True
    except Conflict as first:
        log.info("recovery.overtaken", tenant=scope.tenant_id, incident=incident.id, why=first.detail)
        return False


def _take_back(session: Session, rows: Sequence[Action], now: datetime) -> None:
    """What was asked is asked no more; Conflict when somebody has just answered it."""
    answer: ActionChanges = {"decided_by": "system:worker", "decided_at": now, "feedback": ON_ITS_OWN}
    for row in rows:
        session.actions.move(
            row.id,
            from_=ActionStatus.PENDING,
            to=ActionStatus.SUPERSEDED,
            version=row.version,
            digest=row.digest,
            at=now,
            changes=answer,
        )


def _said(ended: Recovery) -> str:
    minutes = int(ended.quiet.total_seconds() // 60)
    return (
        f"It recovered on its own: the trouble was last seen at {ended.last_seen:%Y-%m-%d %H:%M} UTC, "
        f"and its merchants have lived on for {minutes} minutes since without it."
    )


def _lesson(session: Session, scope: Scope, incident: Incident, said: str, now: datetime) -> Lesson:
    """What is learnt: that it ended, to nobody's credit. What was refused or tried in vain before is told with it,
    unless it was told already.
    """
    cause = str(incident.metrics_snapshot.get("cause", UNKNOWN))
    told = incident.status is IncidentStatus.ESCALATED
    return Lesson(
        id=shown_id("LES", digest_of([scope.tenant_id, incident.id, AttemptEnd.RECOVERED])),
        incident_id=incident.id,
        type=incident.type,
        cause=cause,
        outcome=AttemptEnd.RECOVERED,
        summary=f"{incident.title}: taken for {cause}. {said} No tool is credited with it.",
        at=now,
        earlier=() if told else _tried(session, incident.id),
    )


def _tried(session: Session, incident_id: str) -> tuple[Tried, ...]:
    decided = latest_step(session.incidents.steps(incident_id), "decide")
    return Decision.model_validate(decided).tried if decided else ()
