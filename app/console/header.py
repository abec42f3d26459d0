"""The row on top of every page: which tenant, how the agent is, and the two buttons that make it look now."""

from typing import Final

import streamlit as st

from app.console import format as fmt
from app.console import kill_switch, navigation, queries, safe_text
from app.console.client import ApiProblem
from app.domain.action_states import ActionStatus
from app.domain.incidents import IncidentStatus
from app.schemas.operations import AgentState

TITLES: Final = {"default": "default · your own signals", "demo": "demo · a failing migration"}
MODES: Final = {
    "dry_run": ("◇ Dry run: shows, never sends", "gray"),
    "simulated": ("▷ Simulated shop", "violet"),
    "live": ("▶ Live tools", "red"),
}
PICK = "tenant_pick"
MOST_TROUBLES = 4


def draw_header(tenant: str) -> None:
    """The whole header."""
    with st.container(border=True):
        left, right = st.columns([0.72, 0.28], vertical_alignment="center")
        with left, st.container(horizontal=True, vertical_alignment="center", gap="small"):
            safe_text.strong("Causeway")
            _draw_picker(tenant)
            _draw_badges(tenant)
        with right, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
            st.button(
                "◉ Observe", key="observe", help="Look at the latest signals now", on_click=_run_observe, args=(tenant,)
            )
            st.button(
                "↻ Run a cycle",
                key="cycle",
                help="Look, and take every step that can be taken",
                on_click=_run_cycle_now,
                args=(tenant,),
            )
            kill_switch.draw_control(tenant)
    kill_switch.draw_banner(tenant)
    _draw_troubles(tenant)
    navigation.told()


def _draw_picker(tenant: str) -> None:
    known = list(dict.fromkeys([*_known_tenants(tenant), tenant]))
    st.session_state[PICK] = tenant
    st.selectbox(
        "Tenant",
        known,
        format_func=_tenant_title,
        key=PICK,
        label_visibility="collapsed",
        width=230,
        on_change=_pick_tenant,
    )


def _tenant_title(name: str) -> str:
    return TITLES.get(name, safe_text.option(name))


def _known_tenants(tenant: str) -> list[str]:
    try:
        return queries.read_state(tenant).tenants
    except ApiProblem:
        return [navigation.DEFAULT, navigation.DEMO]


def _pick_tenant() -> None:
    navigation.choose_tenant(str(st.session_state[PICK]))


@st.fragment(run_every="4s")
def _draw_badges(tenant: str) -> None:
    """The badges, kept current by themselves."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        try:
            state = queries.read_state(tenant)
        except ApiProblem as problem:
            safe_text.badge("○ Not connected" if problem.status == 0 else f"○ {problem.sentence}", "red")
            return
        for words, colour in list_badges(state):
            safe_text.badge(words, colour)


@st.fragment(run_every="4s")
def _draw_troubles(tenant: str) -> None:
    """What keeps the server from its work, where, and what to do about it, for as long as it lasts."""
    try:
        troubles = queries.read_state(tenant).troubles
    except ApiProblem:
        return
    for trouble in troubles[:MOST_TROUBLES]:
        safe_text.notice("error", trouble)
    if len(troubles) > MOST_TROUBLES:
        safe_text.caption(f"{len(troubles) - MOST_TROUBLES} more: python -m app doctor lists them all.")


def list_badges(state: AgentState) -> list[tuple[str, str]]:
    """What the header says about the agent, as words with a colour that repeats them."""
    waiting = count_waiting(state)
    clock = f"{state.now:%d %b, %H:%M} UTC{' · simulated' if state.simulated_clock else ''}"
    pace = ("● Live", "green") if state.lag.live else (f"◔ {fmt.signals_waiting(state.lag)}", "orange")
    unwell = [("✕ The server is not well", "red"), *([] if state.lag.live else [pace])]
    shown = [
        *(unwell if state.troubles else [pace]),
        (
            f"◑ {waiting} wait{'s' if waiting == 1 else ''} for you" if waiting else "✓ Nothing waits",
            "orange" if waiting else "gray",
        ),
        ("Rules only" if state.wording == "rules" else f"Model: {state.wording}", "blue"),
        MODES.get(state.tool_mode, (state.tool_mode, "gray")),
        (clock, "gray"),
    ]
    if state.live_tools and state.tool_mode != "live":
        shown.append((f"▶ {len(state.live_tools)} live", "red"))
    return [("■ Nothing is sent", "red"), *shown] if state.kill_switch else shown


def count_waiting(state: AgentState) -> int:
    """How much needs a person: questions, actions in doubt, and incidents and signals that were set aside."""
    doubts = state.actions_by_status.get(ActionStatus.IN_DOUBT.value, 0)
    return (
        state.pending_actions
        + doubts
        + state.incidents_by_status.get(IncidentStatus.FAILED.value, 0)
        + state.lag.set_aside
    )


def _run_observe(tenant: str) -> None:
    seen = navigation.attempt(queries.send_observe, tenant)
    if seen is not None:
        navigation.show_notice(
            "success",
            f"Looked at {seen.signals} signals of the last {seen.window_minutes} minutes: {len(seen.patterns)}"
            f" patterns, {len(seen.opened)} new and {len(seen.fed)} fed incidents.",
        )


def _run_cycle_now(tenant: str) -> None:
    done = navigation.attempt(queries.run_cycle, tenant)
    if done is not None:
        navigation.show_notice(
            "success",
            f"One cycle: {done.observed.signals} signals seen, {len(done.advanced)} incidents advanced, "
            f"{len(done.incidents)} open, {len(done.pending_actions)} waiting for a decision.",
        )
