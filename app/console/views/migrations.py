"""Migrations: who stands where, which wave may be cut over and which not, who would break next, and how those fare who
were cut over.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import streamlit as st

from app.console import charts, navigation, queries, safe_text
from app.console import format as fmt
from app.console.tables import draw_choice
from app.console.waves import draw_wave, draw_waves
from app.domain.base import Money, Stage
from app.domain.incidents import ASKED_FOR, FEEDABLE, Incident
from app.schemas.migrations import ErrorCourse, MigrationRow, WaveShown

SHORT: Final = 7
STAGE_TITLES: Final = {
    Stage.PRE: "Before the migration",
    Stage.IN_PROGRESS: "Mid-migration",
    Stage.POST: "After the migration",
}


@navigation.guarded("migrations")
def draw(tenant: str) -> None:
    """The board, the waves, the merchants, and the days since each cutover."""
    navigation.on_screen(None)
    rows = queries.list_migration_rows(tenant)
    if not rows:
        _draw_empty()
        return
    state, waves = queries.read_state(tenant), queries.list_wave_rows(tenant)
    every = queries.list_incident_rows(tenant, [one.value for one in sorted(FEEDABLE)])
    incidents = [one for one in every if one.type != ASKED_FOR]
    _draw_board(rows, waves, incidents)
    draw_waves(waves, state)
    draw_wave(tenant, waves, state)
    _draw_merchants(rows, incidents)
    _draw_courses(tenant)


def _draw_empty() -> None:
    with st.container(border=True):
        safe_text.heading("No merchants yet")
        safe_text.plain("Who is to be migrated, in which wave and when, comes from a file.")
        safe_text.block("python -m app merchants import merchants.csv")
        st.button("Open the demo", key="open-demo", on_click=navigation.choose_tenant, args=(navigation.DEMO,))


def _draw_board(rows: Sequence[MigrationRow], waves: Sequence[WaveShown], incidents: Sequence[Incident]) -> None:
    """How many stand where, how many waves are not ready, and what is being lost."""
    counted = Counter(row.merchant.stage for row in rows)
    left = [one for one in waves if one.waiting]
    stopped = [one for one in left if one.readiness == "no_go"]
    figures = [(STAGE_TITLES[stage], str(counted[stage]), f"of {fmt.stores(len(rows))}") for stage in Stage]
    figures.append(("Waves not ready", str(len(stopped)), f"of {len(left)} still to be cut over"))
    costs = fmt.amounts(_add_costs(incidents))
    orders = sum(float(one.metrics_snapshot.get("lost_orders", 0.0)) for one in incidents)
    figures.append(("Open incidents cost an hour", costs, f"{len(incidents)} open, {orders:,.0f} orders lost so far"))
    for column, figure in zip(st.columns(len(figures)), figures, strict=True):
        with column:
            safe_text.metric(*figure)


def _add_costs(incidents: Sequence[Incident]) -> list[Money]:
    """What an hour of all of them costs, in each currency."""
    total: dict[str, Money] = {}
    for money in (one for incident in incidents for one in incident.hourly_costs):
        total[money.currency] = total[money.currency] + money if money.currency in total else money
    return sorted(total.values(), key=lambda one: one.currency)


def _draw_merchants(rows: Sequence[MigrationRow], incidents: Sequence[Incident]) -> None:
    safe_text.strong("Merchants")
    known = {one.id: one for one in incidents}
    ordered = sorted(rows, key=_worst_first)
    chosen = draw_choice(
        [_merchant_row(row, known) for row in ordered],
        "merchant_table",
        height="content" if len(ordered) <= 15 else 560,
        columns={
            "health": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1, width="small"),
            "what is known": st.column_config.TextColumn(width="large"),
        },
    )
    for place in chosen:
        _open_row(ordered[place])
    safe_text.caption(
        "Select a row to open its incident, or its signals when it has none. What an incident costs is shown at each of"
        " its stores."
    )


def _worst_first(row: MigrationRow) -> tuple[int, int, bool, int]:
    """Where something is open, then who may not go, then by wave."""
    verdict = list(fmt.READINESS_MARKS).index(row.readiness)
    return -len(row.open_incidents), verdict, row.merchant.wave is None, row.merchant.wave or 0


def _merchant_row(row: MigrationRow, incidents: dict[str, Incident]) -> dict[str, str | int | float | None]:
    shop = row.merchant
    own = [incidents[name] for name in row.open_incidents if name in incidents]
    return {
        "store": shop.id,
        "name": shop.name or fmt.NOTHING,
        "wave": fmt.NOTHING if shop.wave is None else str(shop.wave),
        "stage": fmt.STAGES[shop.stage.value],
        "cutover": fmt.day(shop.cutover_date),
        "may it go?": fmt.READINESS_MARKS[row.readiness][0],
        "health": shop.health,
        "errors, 1 h": row.errors_last_hour,
        "open problems": ", ".join(row.open_incidents) or fmt.NOTHING,
        "cost an hour": fmt.amounts(_add_costs(own)),
        "what is known": "; ".join(row.reasons) or fmt.NOTHING,
    }


def _open_row(row: MigrationRow) -> None:
    if row.open_incidents:
        navigation.go("incidents", incident=row.open_incidents[0])
    navigation.go("signals", merchant=row.merchant.id)


@navigation.guarded("error-courses")
def _draw_courses(tenant: str) -> None:
    safe_text.strong("Failed calls and deliveries since each store's own cutover")
    courses = [one for one in queries.list_error_course_rows(tenant) if one.days]
    if not courses:
        safe_text.plain("Nothing was called at a store that was cut over on a known day.")
        return
    courses.sort(key=lambda one: (-one.departs, -(one.last or 0.0)))
    left, right = st.columns([0.6, 0.4], gap="medium")
    with left:
        charts.draw_error_courses(courses)
    with right:
        st.dataframe(
            [_course_row(one) for one in courses],
            hide_index=True,
            width="stretch",
            height="content" if len(courses) <= SHORT else 300,
        )
    safe_text.caption(
        "What departs most from its own days since the cutover comes first; the lines are of the first ones."
    )


def _course_row(row: ErrorCourse) -> dict[str, str | int]:
    return {
        "store": row.merchant_id,
        "since": fmt.days(row.days[-1].day),
        "last day": fmt.NOTHING if row.last is None else fmt.percent(row.last),
        "usually": fmt.NOTHING if row.usual is None else fmt.percent(row.usual),
        "departs": "first day" if row.usual is None else f"{row.departs:+.1f} σ",
    }
