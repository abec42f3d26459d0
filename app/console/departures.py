"""What departs from what would have been normal: what became an incident, what ended, and what is only watched."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import streamlit as st

from app.console import charts, navigation, queries, safe_text
from app.console import format as fmt
from app.console.tables import draw_choice
from app.schemas.signals import DepartureShown, FalseAlarms, StreamCourse

WATCHED: Final = "watched"
STATES: Final = {"open": "● Incident", "ended": "✓ Ended", WATCHED: "◔ Watched"}
MOST_STORES: Final = 4
SIDE_BY_SIDE: Final = 3


@navigation.guarded("departures")
def draw_departures(tenant: str) -> None:
    """Seen against expected, and what is looked at though it opened nothing."""
    rows, now = queries.list_departure_rows(tenant), queries.read_state(tenant).now
    judged = [row for row in rows if row.state != WATCHED]
    watched = [row for row in rows if row.state == WATCHED]
    safe_text.plain(
        "Every stream of events is held against what it would have shown had it gone on as before. These departed from"
        " it by more than chance."
    )
    safe_text.strong("Incidents, open and lately ended")
    if judged:
        charts.draw_departures(judged)
        _draw_table(judged, now, "departure_table")
        safe_text.caption("Select a row to open its incident.")
    else:
        safe_text.plain("Nothing departs from what is normal so that somebody is hurt.")
    safe_text.strong("Watched")
    if watched:
        safe_text.plain("These depart, and nobody is hurt by them as far as is known: nothing was opened.")
        charts.draw_departures(watched)
        _draw_table(watched, now, "watched_table")
    else:
        safe_text.plain("Nothing is watched.")
    _draw_courses(queries.list_course_rows(tenant))
    _draw_false_alarms(queries.read_false_alarms(tenant))


def _draw_courses(courses: Sequence[StreamCourse]) -> None:
    """Small charts, side by side."""
    safe_text.strong("The last 24 hours")
    if not courses:
        safe_text.plain("No stream is watched yet.")
        return
    safe_text.plain("Bars: seen in each hour, at all stores together. Line: what would have been normal.")
    for start in range(0, len(courses), SIDE_BY_SIDE):
        row = courses[start : start + SIDE_BY_SIDE]
        for column, course in zip(st.columns(SIDE_BY_SIDE), row, strict=False):
            with column:
                safe_text.caption(f"{STATES.get(course.state, '○ As usual')}: {course.about}")
                charts.draw_course(course)
                if not course.known_before:
                    safe_text.caption("Nothing came before: the line is what is usual for streams of this kind.")


def _draw_false_alarms(alarms: FalseAlarms) -> None:
    safe_text.strong("False alarms")
    safe_text.plain(
        f"The budget is {alarms.budget_per_week:g} a week, for a platform of {alarms.at_merchants} stores"
        f" (false_alarms_per_week). Really met: {_say_met(alarms)}"
    )
    safe_text.caption(
        "An incident counts as false when somebody closed it as no fault, or when it ended by itself and cost nothing."
        f" Departures are looked into from a score of {alarms.surprise:g} on ({alarms.shipped_surprise:g} as shipped):"
        " once a week that is moved by what was really met."
    )


def _say_met(alarms: FalseAlarms) -> str:
    seen = (
        f"{len(alarms.false)} of {alarms.ended} ended incidents in {alarms.weeks:.1f} weeks with {alarms.merchants}"
        f" {'store' if alarms.merchants == 1 else 'stores'}"
    )
    if alarms.met_per_week is None:
        return f"not known yet ({seen})." if alarms.ended else "not known yet."
    return f"{alarms.met_per_week:g} a week ({seen})."


def _draw_table(rows: Sequence[DepartureShown], now: datetime, key: str) -> None:
    columns = {"stream": st.column_config.TextColumn(width="large")}
    for place in draw_choice([_departure_row(row, now) for row in rows], key, columns=columns):
        if incident := rows[place].incident_id:
            navigation.go("incidents", incident=incident)


def _departure_row(row: DepartureShown, now: datetime) -> dict[str, str | float]:
    return {
        "state": STATES.get(row.state, row.state),
        "stream": "; ".join(row.about),
        "seen": row.seen,
        "expected": row.expected,
        "whom it concerns": row.rule or ("everybody" if len(row.exposed) > len(row.hurt) else "those named"),
        "hurt": _name_stores(row.hurt),
        "covered": len(row.exposed),
        "harm shows in": ", ".join(map(fmt.words, row.outcomes)) or fmt.NOTHING,
        "since": fmt.since(row.since, now),
        "incident": row.incident_id or fmt.NOTHING,
    }


def _name_stores(merchants: Sequence[str]) -> str:
    more = len(merchants) - MOST_STORES
    return (", ".join(merchants[:MOST_STORES]) + (f" and {more} more" if more > 0 else "")) or fmt.NOTHING
