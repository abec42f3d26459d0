"""Maintenance windows and mutes on the screen: what holds back now, and the way to add or end one."""

from datetime import timedelta
from typing import Final

import streamlit as st

from app.access import UseCase
from app.console import format as fmt
from app.console import navigation, queries, safe_text
from app.domain.base import JsonObject
from app.schemas.incidents import IncidentDetail
from app.schemas.quiet import QuietShown

SPANS: Final = {"1 hour": 1, "4 hours": 4, "A day": 24, "A week": 168}
SUBJECTS: Final = {"Everything (a window)": "", "A cause": "causes", "A route": "routes", "A merchant": "merchants"}


def draw_holds(detail: IncidentDetail) -> None:
    """What holds an incident back; nothing where nothing does."""
    for one in detail.held_back:
        safe_text.notice("info", f"Recorded, and {one.sentence}: {one.reason}")
    if detail.held_by_cap:
        safe_text.notice("info", f"Granted, and {detail.held_by_cap.sentence}.")


def draw_quiet(tenant: str) -> None:
    """Every window and mute, and the way to add one, for whom it is open."""
    state = queries.read_state(tenant)
    safe_text.strong("Windows and mutes")
    safe_text.caption(
        "Incidents are found and recorded meanwhile, and nobody is asked about them. In a window nothing is done that"
        " no person approved, but the undo of a harm."
    )
    rows = queries.list_quiet_rows(tenant)
    if rows:
        st.dataframe([_row(one) for one in rows], hide_index=True, width="stretch", height="content", key="quiet_table")
    if UseCase.END_QUIET.name in state.may:
        for one in rows:
            if not one.over:
                st.button(
                    safe_text.label(f"End {one.rule.name}"),
                    key=f"end-{one.rule.id}",
                    on_click=_end,
                    args=(tenant, one.rule.id),
                )
    if UseCase.ADD_WINDOW.name in state.may:
        _draw_adding(tenant)


def _row(one: QuietShown) -> dict[str, str]:
    rule = one.rule
    named = (*rule.merchants, *(f"wave {wave}" for wave in rule.waves), *rule.keys, *rule.causes, *rule.routes)
    return {
        "name": rule.name,
        "kind": rule.kind.value,
        "holds": "over" if one.over else _hold_words(one),
        "about": ", ".join(named) or "everything",
        "by": rule.by,
        "why": rule.reason,
    }


def _hold_words(one: QuietShown) -> str:
    return f"until {fmt.moment(one.holds_until)}" if one.holds_until else "not now"


def _draw_adding(tenant: str) -> None:
    with st.popover("Add a window or a mute", key="quiet-popover"):
        subject = st.selectbox("About", list(SUBJECTS), key="quiet-subject")
        what = ""
        if SUBJECTS[subject]:
            what = (st.text_input("Which", key="quiet-what", max_chars=200) or "").strip()
        span = st.selectbox("For", list(SPANS), key="quiet-span")
        name = (st.text_input("Name", key="quiet-name", max_chars=100) or "").strip()
        why = (st.text_input("Why", key="quiet-why", max_chars=1_500) or "").strip()
        ready = bool(name and why and (what or not SUBJECTS[subject]))
        st.button(
            "Add it",
            key="add-quiet",
            type="primary",
            disabled=not ready,
            on_click=_add,
            args=(tenant, SUBJECTS[subject], what, SPANS[span], name, why),
        )


def _add(tenant: str, subject: str, what: str, hours: int, name: str, why: str) -> None:
    until = queries.read_state(tenant).now + timedelta(hours=hours)
    wish: JsonObject = {"name": name, "reason": why, "until": until.isoformat()}
    wish |= {subject: [what]} if subject else {}
    done = navigation.attempt(queries.send_quiet, tenant, "mutes" if subject else "windows", wish)
    if done is not None:
        navigation.show_notice("success", f"{done.rule.name} holds {_hold_words(done)}.")


def _end(tenant: str, rule_id: str) -> None:
    done = navigation.attempt(queries.send_quiet_end, tenant, rule_id)
    if done is not None:
        navigation.show_notice("success", f"{done.rule.name} is over.")
