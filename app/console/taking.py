"""Who has an incident, on its page: take it, give it to somebody, write something down, or make it part of another."""

import streamlit as st

from app.console import navigation, queries, safe_text
from app.domain.incidents import FEEDABLE, GONE, Incident

LONGEST_NOTE = 1_500


def draw_owner(row: Incident) -> None:
    """Who has it, where somebody does, and whether people are told of it."""
    said = []
    if row.acknowledged_by:
        said.append(f"{row.acknowledged_by} has it.")
    if row.assignee:
        said.append(f"It is assigned to {row.assignee}.")
    if row.muted:
        said.append("It is muted: nobody is told of it, but for harm.")
    if said:
        safe_text.notice("info", " ".join(said))


def draw_taking(tenant: str, row: Incident) -> None:
    """Buttons for whoever looks after it; nothing once it is gone."""
    if row.status in GONE:
        return
    if not row.acknowledged_by:
        st.button("✓ I take it", key="take", on_click=_manage, args=(tenant, row.id, "acknowledge", "", "is yours"))
    with st.popover("Assign, note, merge", key="taking-popover"):
        who = (st.text_input("Who takes it", key=f"assign-{row.id}", max_chars=200) or "").strip()
        _draw_button(tenant, row, "Assign", "assign", who, f"is assigned to {who}")
        asked = st.text_input("A note; it is part of the record", key=f"note-{row.id}", max_chars=LONGEST_NOTE)
        note = (asked or "").strip()
        _draw_button(tenant, row, "Write it down", "note", note, "has a new note")
        _draw_merging(tenant, row)
        turn = "off" if row.muted else "on"
        done = "is told of again" if row.muted else "is muted"
        label = "Tell people of it again" if row.muted else "Mute: tell nobody of it"
        _draw_button(tenant, row, label, "mute", turn, done)


def _draw_merging(tenant: str, row: Incident) -> None:
    titles = {
        one.id: f"{one.id}: {one.title}"
        for one in queries.list_incident_rows(tenant)
        if one.status in FEEDABLE and one.id != row.id
    }
    if not titles:
        return
    into = st.selectbox(
        "It is part of",
        list(titles),
        index=None,
        format_func=lambda name: safe_text.option(titles[name]),
        key=f"merge-{row.id}",
        placeholder="Choose or type to find one",
    )
    _draw_button(tenant, row, "Merge", "merge", into or "", f"was merged into {into}")


def _draw_button(tenant: str, row: Incident, label: str, verb: str, value: str, done: str) -> None:
    args = (tenant, row.id, verb, value, done)
    st.button(safe_text.label(label), key=f"do-{verb}", disabled=not value, on_click=_manage, args=args)


def _manage(tenant: str, incident_id: str, verb: str, value: str, done: str) -> None:
    if navigation.attempt(queries.manage, tenant, incident_id, verb, value) is not None:
        navigation.show_notice("success", f"{incident_id} {done}.")
