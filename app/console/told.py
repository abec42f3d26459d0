"""Who is told outside of the console, and what became of each message."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from app.access import UseCase
from app.console import format as fmt
from app.console import navigation, queries, safe_text
from app.console.tables import draw_choice
from app.domain.notices import FAILED_TO_TELL
from app.schemas.notices import NoticeShown, TargetShown

MARKS: Final = {
    "WAITING": "○ waiting",
    "SENDING": "◔ on its way",
    "SENT": "✓ sent",
    "SHOWN": "◇ shown, not sent",
    "HELD": "‖ held back",
    "SUMMED": "∑ in a summary",
    "OVERTAKEN": "– overtaken",
    "IN_DOUBT": "? may have arrived",
    "GAVE_UP": "✕ given up",
}
SHORT: Final = 15


@navigation.guarded("told")
def draw_told(tenant: str) -> None:
    """The targets of a tenant, and what they were told, the newest first."""
    board = queries.read_notice_board(tenant)
    safe_text.strong("Who is told")
    if not board.targets:
        safe_text.plain("Nobody is told anything outside of this console: config/notices.yaml names nobody here.")
    else:
        _draw_targets(board.targets)
    if board.notices:
        _draw_notices(board.notices)
    failed = [one for one in board.notices if one.state in FAILED_TO_TELL]
    if failed and UseCase.RESEND_NOTICE.name in queries.read_state(tenant).may:
        _draw_resending(tenant, failed)


def _draw_targets(targets: Sequence[TargetShown]) -> None:
    rows = [
        {
            "target": one.name,
            "over": one.over,
            "mode": "▶ Live" if one.mode == "live" else "◇ Shows only",
            "told of": ", ".join(fmt.words(kind.value) for kind in one.tells),
            "this hour": f"{one.sent_last_hour} of {one.per_hour}",
            "waiting": one.waiting,
            "held back": one.held,
            "failed today": one.failed,
            "other side": "✕ does not answer" if one.silent else "✓ answers",
            "then": f"{one.then_target} after {one.then_after_minutes} min" if one.then_target else fmt.NOTHING,
        }
        for one in targets
    ]
    st.dataframe(rows, hide_index=True, width="stretch", height="content")


def _draw_notices(notices: Sequence[NoticeShown]) -> None:
    found = draw_choice(
        [
            {
                "when": fmt.moment(one.created_at),
                "target": one.target,
                "state": MARKS[one.state.value],
                "what": one.text.splitlines()[0],
                "attempts": one.attempts,
                "error": one.error or fmt.NOTHING,
                "incident": one.incident_id or fmt.NOTHING,
            }
            for one in notices
        ],
        "told_table",
        height="content" if len(notices) <= SHORT else 400,
    )
    for place in found:
        if notices[place].incident_id:
            navigation.go("incidents", incident=notices[place].incident_id)


def _draw_resending(tenant: str, failed: Sequence[NoticeShown]) -> None:
    """What did not arrive, or perhaps did not, and the way to have it sent anew."""
    safe_text.strong("Did not arrive")
    for one in failed[:SHORT]:
        safe_text.plain(f"{MARKS[one.state.value]}, to {one.target}: {one.text.splitlines()[0]} {one.error}")
        st.button("Send it again", key=f"resend-{one.id[:16]}", on_click=_resend, args=(tenant, one.id))


def _resend(tenant: str, notice_id: str) -> None:
    done = navigation.attempt(queries.send_notice_anew, tenant, notice_id)
    if done is not None:
        navigation.show_notice("success", done.note)
