"""Audit: every event in order, the proof that none was changed, and a copy to take away."""

import json
from typing import Any, Final

import streamlit as st

from app.console import format as fmt
from app.console import navigation, queries, safe_text
from app.domain.events import Event

COLUMNS: Final = ("seq", "at", "kind", "subject", "principal", "payload", "prev_hash", "hash")
CHECKED: Final = "chain_checked"


@navigation.guarded("audit")
def draw(tenant: str) -> None:
    """A filter, the check, the table, the download."""
    navigation.on_screen(None)
    st.session_state["audit_subject"] = navigation.param("subject")
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        st.text_input(
            "Only about",
            key="audit_subject",
            placeholder="An incident or action id",
            on_change=_keep_filter,
            max_chars=200,
            width=320,
        )
        st.button("✓ Verify the chain", key="verify", on_click=_verify_now, args=(tenant,))
        rows = queries.list_event_rows(tenant, navigation.param("subject"))
        st.download_button(
            "↓ Download as CSV",
            events_as_csv(rows),
            f"audit-{tenant}.csv",
            "text/csv",
            key="download",
            on_click="ignore",
        )
    _draw_verdict(tenant)
    if not rows:
        safe_text.plain("No event is recorded for this.")
        return
    st.dataframe(
        [_event_row(row) for row in rows], hide_index=True, width="stretch", height=560, column_config=_column_config()
    )
    safe_text.caption(f"The latest {len(rows)} events, newest first. Each carries the hash of the one before it.")


def _keep_filter() -> None:
    navigation.set_param("subject", str(st.session_state.get("audit_subject") or "").strip())


def _verify_now(tenant: str) -> None:
    check = navigation.attempt(queries.check_chain, tenant)
    if check is not None:
        st.session_state[CHECKED] = (tenant, check)


def _draw_verdict(tenant: str) -> None:
    known, check = st.session_state.get(CHECKED, ("", None))
    if check is None or known != tenant:
        return
    more = f" {check.reason}" if check.reason else ""
    if check.ok:
        safe_text.notice(
            "success", f"The chain holds: {check.checked} links were recomputed and every one is right.{more}"
        )
    else:
        where = f" at link {check.first_bad}, after {check.checked} good ones" if check.first_bad else ""
        safe_text.notice("error", f"The chain is {check.verdict.value}{where}.{more}")
        safe_text.lines(check.unexplained)


def _event_row(row: Event) -> dict[str, fmt.Cell]:
    return {
        "seq": row.seq,
        "at": row.at.replace(tzinfo=None),
        "kind": row.kind,
        "subject": row.subject,
        "principal": row.principal,
        "payload": " · ".join(
            f"{fmt.words(name)}: {fmt.cell_text(value)}" for name, value in row.payload.items() if value is not None
        ),
        "hash": row.hash[:12],
    }


def _column_config() -> dict[str, Any]:
    return {
        "seq": st.column_config.NumberColumn("no.", width="small"),
        "at": st.column_config.DatetimeColumn("when (UTC)", format="DD MMM YYYY HH:mm:ss"),
        "kind": "what",
        "subject": "about",
        "principal": "by",
        "payload": st.column_config.TextColumn("more", width="large"),
        "hash": st.column_config.TextColumn("hash", width="small"),
    }


def events_as_csv(rows: list[Event]) -> str:
    """The events as CSV, whole hashes included."""
    table = [{**row.plain(), "payload": json.dumps(row.payload, sort_keys=True, ensure_ascii=False)} for row in rows]
    return fmt.csv_of(table, COLUMNS)
