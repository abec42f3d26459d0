"""The waves of the migration: which may be cut over and which not, who would break next, and whether to hold one."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from app.access import UseCase
from app.console import format as fmt
from app.console import navigation, queries, safe_text
from app.schemas.migrations import WaveShown
from app.schemas.operations import AgentState

MOST_IDS: Final = 3
"""So many merchants are named in a cell; of the others it says how many they are."""


def draw_waves(waves: Sequence[WaveShown], state: AgentState) -> None:
    """Every wave with its verdict, its dates and its reasons; choosing one puts it into the URL."""
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


def draw_wave(tenant: str, waves: Sequence[WaveShown], state: AgentState) -> None:
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
