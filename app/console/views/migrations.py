"""Migrations: who stands where, which wave may be cut over and which not, who would break next, and how those fare who
were cut over.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import streamlit as st

from app.access import UseCase
from app.console import charts, navigation, queries, safe_text
from app.console import format as fmt
from app.domain.base import Money, Stage
from app.domain.incidents import ASKED_FOR, FEEDABLE, Incident
from app.schemas.migrations import ErrorCourse, MigrationRow, WaveShown
from app.schemas.operations import AgentState

MOST_IDS: Final = 3
"""So many merchants are named in a cell; of the others it says how many they are."""
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
    _draw_waves(waves, state)
    _draw_wave(tenant, waves, state)
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


# --- waves --------------------------------------------------------------------------------------------------------


def _draw_waves(waves: Sequence[WaveShown], state: AgentState) -> None:
    safe_text.strong("Waves")
    st.dataframe(
        [_wave_row(wave, state) for wave in waves],
        hide_index=True,
        width="stretch",
        height="content",
        key="wave_table",
        on_select=_choose_selected,
        selection_mode="single-row",
        column_config={
            "hold": st.column_config.TextColumn(width="medium"),
            "why": st.column_config.TextColumn(width="large"),
        },
    )
    st.session_state["wave_rows"] = [_name_wave(wave) for wave in waves]


def _name_wave(wave: WaveShown) -> str:
    return "none" if wave.wave is None else str(wave.wave)


def _wave_row(wave: WaveShown, state: AgentState) -> dict[str, str]:
    blocking = [risk for risk in wave.risks if risk.blocks]
    why = "; ".join(f"{risk.shared} ({fmt.stores(len(risk.merchants))})" for risk in blocking)
    return {
        "wave": _name_wave(wave),
        "may it go?": fmt.READINESS_MARKS[wave.readiness][0],
        "to be cut over": f"{len(wave.waiting)} of {fmt.stores(wave.merchants)}",
        "when": _say_dates(wave, state),
        "hold": _say_hold(wave),
        "why": why or ("nothing is known against it" if wave.waiting else fmt.NOTHING),
    }


def _say_dates(wave: WaveShown, state: AgentState) -> str:
    """The dates as far as they are known, how far away, and for how many none is."""
    if not wave.waiting:
        return fmt.NOTHING
    if wave.first_cutover is None or wave.last_cutover is None:
        return "no date is known"
    ahead = (wave.first_cutover - state.now.date()).days
    away = (
        "today" if ahead == 0 else f"in {ahead} day{'' if ahead == 1 else 's'}" if ahead > 0 else "the day has passed"
    )
    until = f" to {fmt.day(wave.last_cutover)}" if wave.last_cutover != wave.first_cutover else ""
    missing = f"; no date for {wave.without_date}" if wave.without_date else ""
    return f"{fmt.day(wave.first_cutover)}{until} · {away}{missing}"


def _say_hold(wave: WaveShown) -> str:
    """Whether it is held, and what is asked."""
    hold = wave.hold
    held = f"■ Held ({hold.held_by})" if hold and hold.held_by else ""
    asked = f"◑ {str(hold.asked).capitalize()} is asked ({hold.asked_by})" if hold and hold.asked else ""
    return " · ".join(filter(None, (held, asked))) or fmt.NOTHING


def _choose_selected() -> None:
    chosen = st.session_state["wave_table"]["selection"]["rows"]
    if chosen:
        navigation.set_param("wave", st.session_state["wave_rows"][chosen[0]])


def _choose_picked() -> None:
    navigation.set_param("wave", st.session_state.get("wave_pick"))


def _draw_wave(tenant: str, waves: Sequence[WaveShown], state: AgentState) -> None:
    """The wave that the URL names, else the first that is not ready, else the first that waits."""
    known = {_name_wave(wave): wave for wave in waves if wave.waiting}
    if not known:
        safe_text.plain("Every merchant was cut over.")
        return
    first = next((name for name, wave in known.items() if wave.readiness == "no_go"), next(iter(known)))
    chosen = navigation.param("wave") if navigation.param("wave") in known else first
    st.session_state["wave_pick"] = chosen
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            st.selectbox(
                "Who would break next, in wave", list(known), key="wave_pick", width=220, on_change=_choose_picked
            )
            safe_text.badge(*fmt.READINESS_MARKS[known[chosen].readiness])
            _draw_hold(tenant, known[chosen], state)
        _draw_risks(known[chosen])


def _draw_hold(tenant: str, wave: WaveShown, state: AgentState) -> None:
    """Whether it is held, what is asked, and the way to ask, for whom it is open."""
    hold = wave.hold
    if hold is not None:
        safe_text.badge(_say_hold(wave), "orange" if hold.asked else "violet")
        if st.button("Open the proposal", key="open-hold"):
            decided = {} if hold.status == "PENDING" else {"show": "decided"}
            navigation.go("inbox", action=hold.asked_by or hold.held_by or "", **decided)
    may_ask = wave.wave is not None and UseCase.PROPOSE_HOLD.name in state.may
    if may_ask and not (hold and hold.asked):
        _draw_question(tenant, wave, "release" if hold else "hold")


def _draw_question(tenant: str, wave: WaveShown, verb: str) -> None:
    known = verb == "hold" and wave.readiness == "no_go"
    with st.popover(safe_text.label(f"Propose to {verb} it"), key="hold-popover"):
        safe_text.plain("Policy rules on the proposal and a person approves it; nothing is done by this alone.")
        why = st.text_input(
            "Why",
            key=f"{verb}-why-{wave.wave}",
            max_chars=500,
            placeholder="What is known stands in it by itself" if known else "Needed",
        )
        said = (why or "").strip()
        st.button(
            safe_text.label(f"Propose to {verb} wave {wave.wave}"),
            key=f"propose-{verb}",
            disabled=not said and not known,
            on_click=_propose,
            args=(tenant, wave.wave, verb, said),
        )


def _propose(tenant: str, wave: int, verb: str, why: str) -> None:
    row = navigation.attempt(queries.send_hold, tenant, wave, verb, why)
    if row is not None:
        navigation.show_notice("success", f"{row.id} is proposed and waits in the inbox: {row.decision.title}.")


def _draw_risks(wave: WaveShown) -> None:
    if not wave.risks:
        safe_text.plain("Nothing that is known to break merchants is true of any of them.")
    else:
        st.dataframe(
            [
                {
                    "": "✕ stops it" if risk.blocks else "! look",
                    "what they share": risk.shared,
                    "what would break": risk.what,
                    "stores": _name_some(risk.merchants),
                    "known from": ", ".join(risk.incident_ids) or fmt.words(risk.kind),
                    "what helps": risk.remedy or fmt.NOTHING,
                }
                for risk in wave.risks
            ],
            hide_index=True,
            width="stretch",
            height="content",
            column_config={"what would break": st.column_config.TextColumn(width="large")},
        )
    if wave.without_date:
        safe_text.caption(f"No cutover date is known for {fmt.stores(wave.without_date)}.")


def _name_some(merchants: Sequence[str]) -> str:
    more = len(merchants) - MOST_IDS
    return ", ".join(merchants[:MOST_IDS]) + (f" and {more} more" if more > 0 else "")


# --- merchants ----------------------------------------------------------------------------------------------------


def _draw_merchants(rows: Sequence[MigrationRow], incidents: Sequence[Incident]) -> None:
    safe_text.strong("Merchants")
    known = {one.id: one for one in incidents}
    ordered = sorted(rows, key=_worst_first)
    chosen = st.dataframe(
        [_merchant_row(row, known) for row in ordered],
        hide_index=True,
        width="stretch",
        height="content" if len(ordered) <= 15 else 560,
        key="merchant_table",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "health": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1, width="small"),
            "what is known": st.column_config.TextColumn(width="large"),
        },
    )
    for place in chosen["selection"]["rows"]:
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
