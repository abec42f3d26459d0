"""The one chart of an incident: errors over time, and when something was done about them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.console import format as fmt
from app.domain.actions import Action

if TYPE_CHECKING:
    import altair as alt


def errors(series: Sequence[Mapping[str, Any]], actions: Sequence[Action]) -> None:
    """Errors per bucket as bars, with a rule and a word where an action was carried out."""
    counted: Counter[str] = Counter()
    for row in series:
        counted[str(row["at"])] += int(row["errors"])
    acted = sorted(row.executed_at for row in actions if row.executed_at)
    first, last = min(counted), max(counted)
    words = f"Errors over time from {first[:16]} to {last[:16]} UTC, {sum(counted.values())} in all"
    st.altair_chart(_drawn(counted, acted), width="stretch", alt=f"{words}; acted at {', '.join(map(fmt.moment, acted)) or 'no time yet'}")


def _drawn(counted: Mapping[str, int], acted: Sequence[datetime]) -> "alt.LayerChart | alt.FacetChart":
    import altair as alt
    import pandas

    width = _bucket_minutes(counted)
    bars = [{"start": at, "end": _later(at, width), "errors": count} for at, count in sorted(counted.items())]
    time_axis = alt.X("start:T", title=None, axis=alt.Axis(format="%d %b %H:%M", labelOverlap=True, tickCount=8, grid=False))
    count_axis = alt.Y("errors:Q", title=f"errors per {width:g} minutes", axis=alt.Axis(tickMinStep=1))
    tips = [alt.Tooltip("start:T", title="from", format="%d %b %H:%M"), alt.Tooltip("errors:Q", title="errors")]
    layers: list[Any] = [alt.Chart(pandas.DataFrame(bars)).mark_bar().encode(x=time_axis, x2="end:T", y=count_axis, tooltip=tips)]
    if acted:
        marks = pandas.DataFrame([{"at": at.isoformat(), "word": "acted"} for at in acted])
        layers += [
            alt.Chart(marks).mark_rule(strokeDash=[4, 3], strokeWidth=2, color="#D97706").encode(x="at:T"),
            alt.Chart(marks)
            .mark_text(align="left", dx=5, baseline="top", color="#D97706", fontWeight="bold")
            .encode(x="at:T", y=alt.value(2), text="word:N"),
        ]
    return alt.layer(*layers).properties(height=220)


def _bucket_minutes(counted: Mapping[str, int]) -> float:
    times = sorted(datetime.fromisoformat(at) for at in counted)
    gaps = [(later - earlier).total_seconds() / 60 for earlier, later in pairwise(times)]
    return min(gaps, default=5.0)


def _later(at: str, minutes: float) -> str:
    return (datetime.fromisoformat(at) + timedelta(minutes=minutes)).isoformat()
