"""What was carried out, and the way to have it taken back: who may press it says why, and sees who did before."""

from collections.abc import Sequence

import streamlit as st

from app.access import UseCase
from app.console import format as fmt
from app.console import navigation, queries, safe_text
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.approvals import RowKind

STANDING = frozenset({ActionStatus.EXECUTED, ActionStatus.VERIFIED, ActionStatus.INEFFECTIVE, ActionStatus.HARMED})


def draw_undo(tenant: str, row: Action, rows: Sequence[Action]) -> None:
    """Who had it taken back, or the way to; nothing where nothing was sent or there is no way back."""
    if row.step is RowKind.UNDO:
        return
    name = row.parent_id or row.id
    undone = {one.cohort: one for one in rows if one.step is RowKind.UNDO and one.parent_id == name}
    cohorts = [one for one in rows if one.id == row.id or (row.parent_id is None and one.parent_id == row.id)]
    for one in (undone[part.cohort] for part in cohorts if part.cohort in undone and part.step is not RowKind.UNDO):
        if one.undo_asked_by:
            words = fmt.ACTION_MARKS[one.status][0]
            safe_text.plain(f"To be taken back, says {one.undo_asked_by}: {one.feedback} ({one.id}: {words})")
    standing = [one for one in cohorts if one.status in STANDING and one.cohort not in undone]
    if standing and _has_way_back(row) and UseCase.UNDO_ACTION.name in queries.read_state(tenant).may:
        _draw_asking(tenant, row, standing)


def _has_way_back(row: Action) -> bool:
    """Whether the undo was written down, or can be now that the tool has answered."""
    reference = row.result.reference if row.result else ""
    return row.decision.undo is not None and bool(row.decision.undo_requests or reference)


def _draw_asking(tenant: str, row: Action, standing: Sequence[Action]) -> None:
    undo = row.decision.undo
    reach = sum(len(row.decision.requests[one.cohort].merchants) for one in standing)
    with st.popover("↶ Take it back", key=f"undo-popover-{row.id}"):
        way = undo.statement or fmt.words(undo.tool) if undo else ""
        safe_text.plain(f"{way.rstrip('.')}, for {fmt.stores(reach)}. The incident is handed to people then.")
        why = (st.text_input("Why", key=f"undo-why-{row.id}", max_chars=1_500) or "").strip()
        st.button(
            "Take it back",
            key=f"undo-{row.id}",
            type="primary",
            disabled=not why,
            on_click=_undo,
            args=(tenant, row, why),
        )


def _undo(tenant: str, row: Action, why: str) -> None:
    done = navigation.attempt(queries.send_undo, tenant, row.id, why)
    if done is not None:
        navigation.show_notice("success", f"{row.id}: {done.note}")
