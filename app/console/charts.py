"""The one chart of an incident: errors over time, and when something was done about them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.console import format as fmt
from app.domain.actions import Action
from app.domain.times import shifted
from app.schemas.incidents import ErrorCount

if TYPE_CHECKING:
    import altair as alt


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
        marks.mark_rule(strokeDash=[4, 3], strokeWidth=2, color="#D97706").encode(x=across),
        marks.mark_text(align="left", dx=5, baseline="top", color="#D97706", fontWeight="bold").encode(
            x=across, y=alt.value(2), text="word:N"
        ),
    ]


def _bucket_minutes(counted: Mapping[str, int]) -> float:
    times = sorted(datetime.fromisoformat(at) for at in counted)
    gaps = [(later - earlier).total_seconds() / 60 for earlier, later in pairwise(times)]
    return min(gaps, default=5.0)


def _shift_time(at: str, minutes: float) -> str:
    return shifted(datetime.fromisoformat(at), timedelta(minutes=minutes)).isoformat()
