"""What people see of how the agent judges: each watched stream over the last day, hour by hour."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from app.context import AppContext
from app.domain.rollups import SLOT_SECONDS, SLOTS_A_DAY, SLOTS_AN_HOUR, Cell, slot_of
from app.domain.tenants import Scope
from app.expect.course import Told, course_of
from app.expect.families import MISSES, family_of
from app.expect.faults import FAULTS_NOTE, Fault, FaultState, read_faults
from app.observe.healthy import METRICS, visits_kind
from app.observe.measures import VISITS
from app.observe.shortfalls import name_stream
from app.observe.streams import DECLINED, DONE, TICKETS, UNANSWERED
from app.ports.store import Session
from app.schemas.signals import CourseHourShown, StreamCourse

MOST_STREAMS: Final = 12
HOURS: Final = 24
DAYS_BEFORE: Final = 2
"""What the day is held against."""
PULSE: Final = (f"{DONE}|order", f"{DONE}|payment", UNANSWERED, DECLINED)
"""Shown though nothing departs in them."""


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
