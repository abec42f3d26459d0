"""What people see of how the agent judges: each watched stream over the last day, and how many of its alarms were
false, beside how many may be.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from app.config.vocabulary import Vocabulary
from app.context import EVERY_ONE, AppContext
from app.domain.incidents import Incident, IncidentStatus
from app.domain.rollups import SLOT_SECONDS, SLOTS_A_DAY, SLOTS_AN_HOUR, Cell, slot_of
from app.domain.tenants import Scope
from app.expect.course import Told, course_of
from app.expect.families import MISSES, family_of
from app.expect.faults import FAULTS_NOTE, Fault, FaultState, read_faults
from app.observe.healthy import METRICS, visits_kind
from app.observe.shortfalls import name_stream
from app.observe.streams import DECLINED, DONE, TICKETS, UNANSWERED, VISITS
from app.observe.words import says_any, split_tokens
from app.ports.store import Session
from app.schemas.signals import CourseHourShown, FalseAlarms, StreamCourse
from app.services.incidents.cases import ENDED_ITSELF

MOST_STREAMS: Final = 12
HOURS: Final = 24
DAYS_BEFORE: Final = 2
"""What the day is held against."""
PULSE: Final = (f"{DONE}|order", f"{DONE}|payment", UNANSWERED, DECLINED)
"""Shown though nothing departs in them."""
PLATFORM: Final = 200
"""So many merchants the budget of false alarms is for."""
WEEK: Final = timedelta(days=7)
WEEKS_BACK: Final = 4
ENDED: Final = (IncidentStatus.RESOLVED, IncidentStatus.CLOSED)


def list_courses(ctx: AppContext, scope: Scope) -> list[StreamCourse]:
    """Each watched stream hour by hour over the last day: those that depart first."""
    now = slot_of(ctx.clock(scope).now())
    end = now - now % SLOTS_AN_HOUR + SLOTS_AN_HOUR
    first = end - HOURS * SLOTS_AN_HOUR
    with ctx.store.read(scope) as session:
        faults = [one for one in read_faults(session.notes.get(FAULTS_NOTE)) if one.state is not FaultState.ENDED]
        states = _states_of(faults)
        told = _read_hours(session, [*states, *PULSE], first - DAYS_BEFORE * SLOTS_A_DAY, now)
    begun, hours = _begun(faults), range(first, end, SLOTS_AN_HOUR)
    wanted = [*states, *(one for one in PULSE if one in told and one not in states)][:MOST_STREAMS]
    return [_course(one, states.get(one, "usual"), told.get(one, {}), begun.get(one, end), hours) for one in wanted]


def _states_of(faults: Iterable[Fault]) -> dict[str, str]:
    """The streams of what departs, incidents first, the strongest first."""
    ordered = sorted(faults, key=lambda one: (one.state is not FaultState.OPEN, -one.score))
    found: dict[str, str] = {}
    for fault in ordered:
        for stream in (*fault.streams, *fault.outcomes):
            found.setdefault(stream, fault.state.value)
    return found


def _begun(faults: Iterable[Fault]) -> dict[str, int]:
    found: dict[str, int] = {}
    for fault in faults:
        for stream in (*fault.streams, *fault.outcomes):
            found[stream] = min(found.get(stream, fault.since), fault.since)
    return found


def _read_hours(session: Session, streams: Sequence[str], first: int, last: int) -> dict[str, dict[int, Told]]:
    """By stream and hour, with how many came in that hour."""
    cells = session.rollups.by_hour(first, last, [*dict.fromkeys(streams), *METRICS])
    counted = [one for one in cells if one.stream.startswith(f"{VISITS}|")]
    kind = visits_kind(counted)
    visitors = [one for one in counted if one.stream in kind] or session.rollups.by_hour(first, last, kind)
    visits: dict[int, float] = {}
    for one in visitors:
        visits[one.slot] = visits.get(one.slot, 0.0) + one.count
    held: dict[str, dict[int, Cell]] = {}
    for one in cells:
        held.setdefault(one.stream, {})[one.slot] = one
    return {stream: _with_visits(known, visits) for stream, known in held.items()}


def _with_visits(known: Mapping[int, Cell], visits: Mapping[int, float]) -> dict[int, Told]:
    return {
        hour: Told(
            known[hour].count if hour in known else 0.0,
            known[hour].exposure if hour in known else 0.0,
            visits.get(hour, 0.0),
        )
        for hour in {*known, *visits}
    }


def _course(stream: str, state: str, told: Mapping[int, Told], since: int, span: range) -> StreamCourse:
    """`since` is when it began to depart: what came from then on is no part of what is usual."""
    family = family_of(stream)
    assert family is not None
    past = {hour: one for hour, one in told.items() if hour + SLOTS_AN_HOUR <= since}
    shown = {hour: one for hour, one in told.items() if hour >= span.start}
    read_as, hours = course_of(family, past, shown, span)
    return StreamCourse(
        about=_name_of(stream, missed=read_as is MISSES),
        state=state,
        known_before=bool(past),
        hours=[
            CourseHourShown(
                at=datetime.fromtimestamp(hour * SLOT_SECONDS, UTC),
                seen=round(one.seen, 1),
                expected=round(one.expected, 2),
            )
            for hour, one in zip(span, hours, strict=True)
        ],
    )


def _name_of(stream: str, *, missed: bool) -> str:
    name = name_stream(stream)
    if stream.startswith(f"{TICKETS}|"):
        return f"tickets about {name.replace('_', ' ')}"
    return f"{name}: tries that failed" if missed else name


def count_false_alarms(ctx: AppContext, scope: Scope) -> FalseAlarms:
    """How many incidents of the last weeks were none, beside how many may be."""
    now = ctx.clock(scope).now()
    with ctx.store.read(scope) as session:
        span = session.rollups.span()
        began = datetime.fromtimestamp(span[0] * SLOT_SECONDS, UTC) if span else now
        since = max(began, now - WEEKS_BACK * WEEK)
        ended = [
            one
            for one in session.incidents.page(statuses=ENDED, limit=EVERY_ONE)
            if one.detected_at >= since and one.merged_into is None
        ]
        merchants = len(session.merchants.all())
    words = ctx.pack(scope).vocabulary
    false = [one.id for one in ended if was_false(one, words)]
    weeks = max((now - since) / WEEK, 0.0)
    is_known = weeks >= 1 and bool(ended) and merchants > 0
    return FalseAlarms(
        budget_per_week=ctx.config.thresholds.false_alarms_per_week,
        at_merchants=PLATFORM,
        met_per_week=round(len(false) / weeks * PLATFORM / merchants, 2) if is_known else None,
        false=false,
        ended=len(ended),
        weeks=round(weeks, 2),
        merchants=merchants,
    )


def was_false(incident: Incident, words: Vocabulary) -> bool:
    """Whether an incident was none: a person closed it as that, or it ended by itself and nothing was lost."""
    if incident.closing is not None:
        return says_any(words.no_fault, split_tokens(incident.closing.reason))
    harmless = not incident.metrics_snapshot.get("lost_orders", 0.0)
    return incident.status is IncidentStatus.RESOLVED and bool(incident.metrics_snapshot.get(ENDED_ITSELF)) and harmless
