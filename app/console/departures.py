"""What departs from what would have been normal: what became an incident, what ended, and what is only watched."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import streamlit as st

from app.console import charts, navigation, queries, safe_text
from app.console import format as fmt
from app.schemas.signals import DepartureShown

WATCHED: Final = "watched"
STATES: Final = {"open": "● Incident", "ended": "✓ Ended", WATCHED: "◔ Watched"}
MOST_STORES: Final = 4


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


def _draw_table(rows: Sequence[DepartureShown], now: datetime, key: str) -> None:
    chosen = st.dataframe(
        [_departure_row(row, now) for row in rows],
        hide_index=True,
        width="stretch",
        height="content",
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        column_config={"stream": st.column_config.TextColumn(width="large")},
    )
    for place in chosen["selection"]["rows"]:
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
