"""A question is put off from its card, and asked again at once when somebody wants it back before its time."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from app.console import format as fmt
from app.console import navigation, queries, safe_text
from app.domain.actions import Action

SPANS: Final = {"15 minutes": 15, "1 hour": 60, "4 hours": 240, "A day": 1_440}


def draw_put_off(tenant: str, row: Action) -> None:
    """Until when it is put off, by whom and why; nothing where it is not."""
    put_off = row.snoozed
    now = queries.read_state(tenant).now
    if put_off is None or not row.is_snoozed(now):
        return
    why = f": {put_off.reason}" if put_off.reason else ""
    safe_text.notice("info", f"Asked again {fmt.when(put_off.until, now)}, put off by {put_off.by}{why}")
    st.button("Ask again now", key="ask-again", on_click=_put_off, args=(tenant, row, 0, ""))


def draw_snooze(tenant: str, row: Action, cancel: Callable[[], None]) -> None:
    """For how long, and why if somebody wants to say."""
    with st.container(border=True, key="confirm-snooze"):
        span = st.pills("Ask again after", list(SPANS), default="1 hour", key=f"span-{row.digest}")
        why = (st.text_input("Why (may stay empty)", key=f"snooze-why-{row.digest}", max_chars=1_500) or "").strip()
        safe_text.caption("It stays a question and expires when it would have. Newer evidence asks it anew at once.")
        with st.container(horizontal=True, gap="small"):
            st.button(
                "Put it off",
                key="put-off",
                type="primary",
                disabled=not span,
                on_click=_put_off,
                args=(tenant, row, SPANS[span or "1 hour"], why),
            )
            st.button("Cancel", key="cancel", on_click=cancel)


def _put_off(tenant: str, row: Action, minutes: int, why: str) -> None:
    done = navigation.attempt(queries.send_snooze, tenant, row.id, minutes, why)
    if done is not None:
        navigation.show_notice("success", f"{row.id}: {done.note}")
