"""The charts: errors of an incident and what was done about them, what was seen against what was expected, and how
stores fare after their own cutover.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from app.console import format as fmt
from app.domain.actions import Action
from app.domain.times import shifted
from app.schemas.incidents import ErrorCount
from app.schemas.migrations import ErrorCourse
from app.schemas.signals import DepartureShown, StreamCourse

if TYPE_CHECKING:
    import altair as alt

MOST_COURSES: Final = 6
"""So many lines can be told apart."""
MOST_BANDS: Final = 12
COURSE_HEIGHT: Final = 120
ROOM: Final = 1.2
"""How much further an axis goes than what stands on it."""
CHANCE: Final = 2.0
"""Standard deviations of a count that chance alone reaches now and then."""
MARK_COLOUR: Final = "#D97706"
STEPS: Final = tuple(step * 10**power for power in range(7) for step in (1, 2, 5))
"""Where an axis of counts is marked."""


def draw_errors(series: Sequence[ErrorCount], actions: Sequence[Action], until: datetime | None = None) -> None:
    """Errors per bucket as bars, with a rule and a word where an action was carried out; the axis runs on to `until`,
    to show the quiet after it.
    """
    counted: Counter[str] = Counter()
    for row in series:
        counted[row.at] += row.errors
    acted = sorted(row.executed_at for row in actions if row.executed_at)
    first, last = min(counted), max(counted)
    words = f"Errors over time from {first[:16]} to {last[:16]} UTC, {sum(counted.values())} in all"
    st.altair_chart(
        _build_chart(counted, acted, until),
        width="stretch",
        alt=f"{words}; acted at {', '.join(map(fmt.moment, acted)) or 'no time yet'}",
    )


def _build_chart(
    counted: Mapping[str, int], acted: Sequence[datetime], until: datetime | None
) -> "alt.LayerChart | alt.FacetChart":
    import altair as alt
    import pandas

    width = _bucket_minutes(counted)
    bars = [{"start": at, "end": _shift_time(at, width), "errors": count} for at, count in sorted(counted.items())]
    edges = [
        *counted,
        _shift_time(max(counted), width),
        *(at.isoformat() for at in (*acted, *([until] if until else []))),
    ]
    scale = alt.Scale(type="utc", domain=[min(edges), max(edges)])
    time_axis = alt.X(
        "start:T",
        title=None,
        scale=scale,
        axis=alt.Axis(format="%d %b %H:%M", labelOverlap=True, tickCount=8, grid=False),
    )
    count_axis = alt.Y("errors:Q", title=f"errors per {width:g} minutes", axis=alt.Axis(tickMinStep=1))
    tips = [alt.Tooltip("start:T", title="from", format="%d %b %H:%M"), alt.Tooltip("errors:Q", title="errors")]
    chart = (
        alt.Chart(pandas.DataFrame(bars))
        .mark_bar()
        .encode(x=time_axis, x2="end:T", y=count_axis, y2=alt.datum(0), tooltip=tips)
    )
    return alt.layer(chart, *_action_marks(acted, scale)).properties(height=220)


def _action_marks(acted: Sequence[datetime], scale: "alt.Scale") -> list[Any]:
    """A dashed rule and the word, so that the colour is not the only sign."""
    import altair as alt
    import pandas

    if not acted:
        return []
    marks = alt.Chart(pandas.DataFrame([{"at": at.isoformat(), "word": "acted"} for at in acted]))
    across = alt.X("at:T", scale=scale, title=None)
    return [
        marks.mark_rule(strokeDash=[4, 3], strokeWidth=2, color=MARK_COLOUR).encode(x=across),
        marks.mark_text(align="left", dx=5, baseline="top", color=MARK_COLOUR, fontWeight="bold").encode(
            x=across, y=alt.value(2), text="word:N"
        ),
    ]


def _bucket_minutes(counted: Mapping[str, int]) -> float:
    times = sorted(datetime.fromisoformat(at) for at in counted)
    gaps = [(later - earlier).total_seconds() / 60 for earlier, later in pairwise(times)]
    return min(gaps, default=5.0)


def _shift_time(at: str, minutes: float) -> str:
    return shifted(datetime.fromisoformat(at), timedelta(minutes=minutes)).isoformat()


def draw_error_courses(courses: Sequence[ErrorCourse]) -> None:
    """A line for each store over the days since its own cutover; of many, the first ones."""
    import altair as alt
    import pandas

    shown = courses[:MOST_COURSES]
    rows = [
        {"store": one.merchant_id, "day": day.day, "failed": day.ratio, "failures": day.failures, "tries": day.tries}
        for one in shown
        for day in one.days
    ]
    across = alt.X("day:Q", title="days since the cutover", axis=alt.Axis(tickMinStep=1, format="d", grid=False))
    up = alt.Y("failed:Q", title="failed of tried", axis=alt.Axis(format="%"), scale=alt.Scale(zero=True, nice=True))
    tips = ["store:N", "day:Q", alt.Tooltip("failed:Q", format=".1%"), "failures:Q", "tries:Q"]
    lines = (
        alt.Chart(pandas.DataFrame(rows))
        .mark_line(point=True)
        .encode(x=across, y=up, color=alt.Color("store:N", title=None), tooltip=tips)
    )
    mark = alt.Chart(pandas.DataFrame([{"day": 0, "word": "cutover"}]))
    rule = mark.mark_rule(strokeDash=[4, 3], strokeWidth=2, color=MARK_COLOUR).encode(x="day:Q")
    word = mark.mark_text(align="left", dx=5, baseline="top", color=MARK_COLOUR, fontWeight="bold").encode(
        x="day:Q", y=alt.value(2), text="word:N"
    )
    said = ", ".join(f"{one.merchant_id} {fmt.percent(one.days[-1].ratio)} on day {one.days[-1].day}" for one in shown)
    st.altair_chart(
        alt.layer(lines, rule, word).properties(height=240),
        width="stretch",
        alt=f"Failures of tries by day since each store's cutover; last: {said}",
    )


def draw_departures(rows: Sequence[DepartureShown]) -> None:
    """What was seen as a point, and what would have been normal as a band, on one line each."""
    import altair as alt
    import pandas

    shown = [_band_of(row) for row in rows[:MOST_BANDS]]
    frame = alt.Chart(pandas.DataFrame(shown))
    down = alt.Y("what:N", title=None, sort=None, axis=alt.Axis(labelLimit=420))
    most = max(max(row["seen"], row["high"]) for row in shown)
    scale = alt.Scale(type="symlog", constant=1, domain=[0, most * ROOM])
    marks = alt.Axis(values=[0, *(step for step in STEPS if step <= most)], format="d")
    across = alt.X("low:Q", title="events (seen: dot, expected: tick in a band)", scale=scale, axis=marks)
    tips = ["what:N", "seen:Q", "expected:Q"]
    band = frame.mark_bar(height=12, opacity=0.45).encode(x=across, x2="high:Q", y=down, tooltip=tips)
    middle = frame.mark_tick(thickness=2, size=16).encode(x=alt.X("expected:Q", scale=scale), y=down)
    seen = frame.mark_point(filled=True, size=90, color=MARK_COLOUR).encode(
        x=alt.X("seen:Q", scale=scale), y=down, tooltip=tips
    )
    st.altair_chart(
        alt.layer(band, middle, seen).properties(height=44 * len(shown) + 50),
        width="stretch",
        alt="; ".join(f"{row['what']}: {row['seen']:g} seen, {row['expected']:g} expected" for row in shown),
    )


def _band_of(row: DepartureShown) -> dict[str, Any]:
    """What chance alone would make of what was expected."""
    spread = CHANCE * math.sqrt(row.expected)
    return {
        "what": row.about[0],
        "seen": row.seen,
        "expected": row.expected,
        "low": max(row.expected - spread, 0.0),
        "high": row.expected + spread,
    }


def draw_course(course: StreamCourse) -> None:
    """One stream over the last day, hour by hour: bars for what was seen, a line for what would have been normal."""
    import altair as alt
    import pandas

    rows = [{"hour": one.at.isoformat(), "seen": one.seen, "expected": one.expected} for one in course.hours]
    frame = alt.Chart(pandas.DataFrame(rows))
    across = alt.X(
        "hour:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(format="%H:%M", tickCount=6, grid=False)
    )
    tips = [alt.Tooltip("hour:T", title="from", format="%d %b %H:%M"), "seen:Q", "expected:Q"]
    up = alt.Axis(tickCount=3, tickMinStep=1)
    bars = frame.mark_bar(opacity=0.55, width={"band": 0.8}).encode(
        x=across, y=alt.Y("seen:Q", title=None, axis=up), tooltip=tips
    )
    usual = frame.mark_line(color=MARK_COLOUR, strokeWidth=2, interpolate="monotone").encode(
        x=across, y=alt.Y("expected:Q", title=None), tooltip=tips
    )
    seen, expected = sum(one.seen for one in course.hours), sum(one.expected for one in course.hours)
    st.altair_chart(
        alt.layer(bars, usual).properties(height=COURSE_HEIGHT),
        width="stretch",
        alt=f"{course.about} over 24 hours: {seen:g} seen (bars), {expected:.1f} expected (line)",
    )
