"""What was carried out, and the way to have it taken back: who may press it says why, and sees who did before."""

from collections.abc import Sequence

import streamlit as st

from app.access import UseCase
from app.console import format as fmt
from app.console import navigation, queries, safe_text
from app.domain.action_states import ActionStatus
from app.domain.actions import Action, Standing, undos_of, what_stands
from app.domain.approvals import RowKind


def draw_undo(tenant: str, row: Action, rows: Sequence[Action]) -> None:
    """Who had it taken back, or the way to; nothing where nothing was sent or there is no way back."""
    if row.step is RowKind.UNDO:
        return
    cohorts = [one for one in rows if one.id == row.id or (row.parent_id is None and one.parent_id == row.id)]
    undos = [(undo, one) for one in cohorts if one.step is not RowKind.UNDO for undo in undos_of(one, rows)]
    for undo, undone in sorted(undos, key=lambda pair: (pair[0].proposed_at, pair[0].id)):
        safe_text.plain(word_undo(undo, undone))
    standing = [stands for one in cohorts if (stands := what_stands(one, rows)) is not None]
    if standing and _has_way_back(row) and UseCase.UNDO_ACTION.name in queries.read_state(tenant).may:
        _draw_asking(tenant, row, standing)


def word_undo(undo: Action, undone: Action) -> str:
    """Who asked for it, or what it was taken back for, and what became of it; of one that failed, that it is tried
    again.
    """
    by, words = undo.undo_asked_by, fmt.ACTION_MARKS[undo.status][0]
    unhelped = undone.receipt is not None and undone.receipt.takes_back_no_help
    who = f"says {by}: {undo.feedback}" if by else f"since it did {'not help' if unhelped else 'harm'}"
    merchants = undo.decision.undo_requests[undo.cohort].merchants
    part = undo.aside or merchants != undone.decision.requests[undone.cohort].merchants
    whom = f" for {', '.join(merchants)}" if part else ""
    if undo.status is ActionStatus.EXECUTED and undo.executed_at:
        return f"Taken back at {undo.executed_at:%Y-%m-%d %H:%M} UTC{whom}, {who} ({undo.id})"
    tries = f", try {undo.tries}" if undo.tries > 1 else ""
    again = f" {fmt.moment(undo.not_before)}" if undo.not_before and undo.status is ActionStatus.APPROVED else ""
    return f"To be taken back{whom}, {who} ({undo.id}{tries}: {words}{again})"


def _has_way_back(row: Action) -> bool:
    """Whether the undo was written down, or can be now that the tool has answered."""
    reference = row.result.reference if row.result else ""
    return row.decision.undo is not None and bool(row.decision.undo_requests or reference)


def _draw_asking(tenant: str, row: Action, standing: Sequence[Standing]) -> None:
    undo = row.decision.undo
    names = [name for one in standing for name in one.merchants]
    with st.popover("↶ Take it back", key=f"undo-popover-{row.id}"):
        way = undo.statement or fmt.words(undo.tool) if undo else ""
        safe_text.plain(f"{way.rstrip('.')}, for {fmt.stores(len(names))}. The incident is handed to people then.")
        only: list[str] = []
        if undo and "merchant_ids" in undo.arguments and len(names) > 1:
            only = st.multiselect(
                "Only for these; it stands for the others, and goes on there",
                names,
                format_func=safe_text.option,
                key=f"undo-only-{row.id}",
                placeholder="All of them",
            )
        why = (st.text_input("Why", key=f"undo-why-{row.id}", max_chars=1_500) or "").strip()
        st.button(
            "Take it back",
            key=f"undo-{row.id}",
            type="primary",
            disabled=not why,
            on_click=_undo,
            args=(tenant, row, why, tuple(only)),
        )


def _undo(tenant: str, row: Action, why: str, only: tuple[str, ...]) -> None:
    done = navigation.attempt(queries.send_undo, tenant, row.id, why, only)
    if done is not None:
        navigation.show_notice("success", f"{row.id}: {done.note}")
