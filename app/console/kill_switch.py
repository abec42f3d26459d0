"""The kill switch on every page: what is held, by whom and why, and the one place to turn it."""

from datetime import datetime

import streamlit as st

from app.console import format as fmt
from app.console import navigation, queries, safe_text
from app.console.client import ApiProblem
from app.domain.tenants import KillSwitch

REASON, EVERYWHERE = "stop_reason", "stop_everywhere"
SHOWN = "stop_shown"


def read_switch(tenant: str) -> KillSwitch:
    """How it stands; off when the server cannot say (the header says that it cannot)."""
    try:
        return queries.read_state(tenant).switch
    except ApiProblem:
        return KillSwitch()


def switch_sentence(switch: KillSwitch, now: datetime) -> str:
    """What the banner says."""
    where = "in any tenant" if switch.everywhere else "in this tenant"
    ago = "" if switch.everywhere or not switch.at else f" ({fmt.since(switch.at, now)})"
    since = f" since {fmt.moment(switch.at)}{ago}" if switch.at else ""
    by = f" {switch.by} turned the kill switch on." if switch.by else " The kill switch is on."
    return f"Nothing is sent {where}{since}.{by}{f' Reason: {switch.reason}' if switch.reason else ''}"


def held_sentence(switch: KillSwitch) -> str:
    """What a card of an approved action says."""
    who = f", turned on by {switch.by}" if switch.by else ""
    return (
        f"Held: the kill switch is on{who}. It stays approved, and is sent when the switch is turned off and nothing"
        " has overtaken it."
    )


def draw_control(tenant: str) -> None:
    """The button and what opens under it; turning takes a second press, and to stop a reason."""
    switch = read_switch(tenant)
    st.session_state[SHOWN] = switch.on
    with st.popover(
        safe_text.label("▶ Resume" if switch.on else "■ Stop"),
        key="kill-switch",
        help="The kill switch: nothing is sent while it is on",
    ):
        if switch.on:
            _draw_release(tenant, switch)
        else:
            _draw_stop(tenant)


def _draw_stop(tenant: str) -> None:
    safe_text.strong("Stop sending")
    safe_text.plain("From this moment on nothing is sent. What is approved stays approved, and is held.")
    reason = st.text_input("Why? Whoever finds everything held must know.", key=REASON, max_chars=500)
    st.checkbox("In every tenant", key=EVERYWHERE)
    st.button(
        "■ Stop sending",
        key="stop",
        type="primary",
        disabled=not (reason or "").strip(),
        on_click=_send_turn,
        args=(tenant, True),
    )


def _draw_release(tenant: str, switch: KillSwitch) -> None:
    safe_text.strong("Resume sending in every tenant" if switch.everywhere else "Resume sending")
    safe_text.plain("What is held goes out at once, unless newer evidence or newer policies have overtaken it.")
    st.text_input("Why is it safe again?", key=REASON, max_chars=500)
    st.button(
        "▶ Resume sending", key="release", type="primary", on_click=_send_turn, args=(tenant, False, switch.everywhere)
    )


def _send_turn(tenant: str, on: bool, everywhere: bool = False) -> None:
    reason = str(st.session_state.get(REASON) or "").strip()
    wide = bool(st.session_state.get(EVERYWHERE)) if on else everywhere
    switch = navigation.attempt(queries.turn_kill_switch, tenant, on, reason, wide)
    if switch is None:
        return
    for key in (REASON, EVERYWHERE):
        st.session_state.pop(key, None)
    if not switch.on:
        navigation.show_notice("success", "The kill switch is off: what was held is sent now.")
    elif not on:
        navigation.show_notice("warning", "The switch for every tenant is off; this tenant's own is still on.")


@st.fragment(run_every="4s")
def draw_banner(tenant: str) -> None:
    """On every page while it is on, also when somebody else turned it; the page is drawn anew when it changes."""
    try:
        state = queries.read_state(tenant)
    except ApiProblem:
        return
    if state.switch.on is not st.session_state.get(SHOWN, state.switch.on):
        st.rerun()
    if state.switch.on:
        safe_text.notice("error", switch_sentence(state.switch, state.now))
