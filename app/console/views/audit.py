"""Audit: every event in order, the proof that none was changed, and a copy to take away."""

import json
from typing import Any, Final

import streamlit as st

from app.console import format as fmt
from app.console import reads, session, text
from app.domain.events import Event

COLUMNS: Final = ("seq", "at", "kind", "subject", "principal", "payload", "prev_hash", "hash")
CHECKED: Final = "chain_checked"


@session.guarded("audit")
def draw(tenant: str) -> None:
    """A filter, the check, the table, the download."""
    session.on_screen(None)
    st.session_state["audit_subject"] = session.param("subject")
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        st.text_input("Only about", key="audit_subject", placeholder="An incident or action id", on_change=_filtered, max_chars=200, width=320)
        st.button("✓ Verify the chain", key="verify", on_click=_verify, args=(tenant,))
        rows = reads.events(tenant, session.param("subject"))
        st.download_button("↓ Download as CSV", exported(rows), f"audit-{tenant}.csv", "text/csv", key="download", on_click="ignore")
    _verdict(tenant)
    if not rows:
        text.plain("No event is recorded for this.")
        return
    st.dataframe([_line(row) for row in rows], hide_index=True, width="stretch", height=560, column_config=_columns())
    text.caption(f"The latest {len(rows)} events, newest first. Each carries the hash of the one before it.")


def _filtered() -> None:
    session.set_param("subject", str(st.session_state.get("audit_subject") or "").strip())


def _verify(tenant: str) -> None:
    check = session.attempt(reads.chain, tenant)
    if check is not None:
        st.session_state[CHECKED] = (tenant, check)


def _verdict(tenant: str) -> None:
    known, check = st.session_state.get(CHECKED, ("", None))
    if check is None or known != tenant:
        return
    more = f" {check.reason}" if check.reason else ""
    if check.ok:
        text.notice("success", f"The chain holds: {check.checked} links were recomputed and every one is right.{more}")
    else:
        where = f" at link {check.first_bad}, after {check.checked} good ones" if check.first_bad else ""
        text.notice("error", f"The chain is {check.verdict.value}{where}.{more}")
        text.lines(check.unexplained)


def _line(row: Event) -> dict[str, object]:
    return {
        "seq": row.seq,
        "at": row.at.replace(tzinfo=None),
        "kind": row.kind,
        "subject": row.subject,
        "principal": row.principal,
        "payload": " · ".join(f"{fmt.words(name)}: {value}" for name, value in row.payload.items() if value is not None),
        "hash": row.hash[:12],
    }


def _columns() -> dict[str, Any]:
    return {
        "seq": st.column_config.NumberColumn("no.", width="small"),
        "at": st.column_config.DatetimeColumn("when (UTC)", format="DD MMM YYYY HH:mm:ss"),
        "kind": "what",
        "subject": "about",
        "principal": "by",
        "payload": st.column_config.TextColumn("more", width="large"),
        "hash": st.column_config.TextColumn("hash", width="small"),
    }


def exported(rows: list[Event]) -> str:
    """The events as CSV, whole hashes included."""
    table = [{**row.plain(), "payload": json.dumps(row.payload, sort_keys=True, ensure_ascii=False)} for row in rows]
    return fmt.csv_of(table, COLUMNS)
