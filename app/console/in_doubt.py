"""What a person settles besides questions: what is in doubt, and incidents and signals that were set aside or handed
over.
"""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from app.console import format as fmt
from app.console import navigation, queries, safe_text
from app.console.client import ApiProblem
from app.domain.actions import Action
from app.schemas.actions import Doubt, SetAside
from app.schemas.base import HandedOver

DONE, NOT_DONE = "done", "not-done"


# --- in doubt ------------------------------------------------------------------------------------------------------


@navigation.guarded("doubt")
def draw_doubt(tenant: str, row: Action, now: datetime) -> None:
    """What is known, and the three ways out."""
    found = next((one for one in queries.read_desk(tenant).in_doubt if one.action.id == row.id), None)
    if found is None:
        return
    safe_text.notice(
        "warning",
        "Nobody knows whether this was done. It is not sent again. Look on the other side, then say what you found.",
    )
    key = f"doubt-{row.id}-{row.digest}"
    with st.container(horizontal=True, gap="small"):
        st.button("✓ It was done", key="was-done", on_click=_set_mode, args=(key, DONE))
        st.button("✕ It was not done", key="was-not-done", on_click=_set_mode, args=(key, NOT_DONE))
        st.button(
            "? Ask the tool",
            key="ask-tool",
            type="primary" if found.can_be_asked else "secondary",
            disabled=not found.can_be_asked,
            help=None if found.can_be_asked else "This tool keeps no record that could be asked for",
            on_click=_ask_tool,
            args=(tenant, row),
        )
    if st.session_state.get(key):
        _confirm_settlement(tenant, row, key, happened=st.session_state[key] == DONE)
    st.dataframe(
        doubt_table(found, now),
        hide_index=True,
        width="stretch",
        height="content",
        column_config={"known": st.column_config.TextColumn(width="small")},
    )


def doubt_table(found: Doubt, now: datetime) -> list[dict[str, str]]:
    """Everything that is known about a doubt, as a table."""
    pairs = {
        "sent to": f"{found.tool} · {found.request.method} {found.request.url}",
        "first tried": fmt.when(found.claimed_at, now),
        "attempts": f"{found.attempts}, the last {fmt.when(found.tried_at, now)}"
        if found.tried_at
        else str(found.attempts),
        "what went wrong": found.error or fmt.NOTHING,
        "repeating it": found.repeat_means,
        "way back": found.undo or "It cannot be taken back.",
        "key of the call": found.idempotency_key,
    }
    return [{"known": name, "about it": value} for name, value in pairs.items()]


def _set_mode(key: str, mode: str) -> None:
    st.session_state[key] = mode


def _confirm_settlement(tenant: str, row: Action, key: str, *, happened: bool) -> None:
    with st.container(border=True, key="settle-doubt"):
        safe_text.plain(
            "It was done: the action becomes EXECUTED." if happened else "It was not done: the action becomes FAILED."
        )
        reason = st.text_input("Where did you look, and what did you see?", key=f"seen-{row.digest}", max_chars=1_500)
        with st.container(horizontal=True, gap="small"):
            ready = bool((reason or "").strip())
            st.button(
                "Settle it",
                key="confirm-settle",
                type="primary",
                disabled=not ready,
                on_click=_send_settlement,
                args=(tenant, row, happened, reason),
            )
            st.button("Cancel", key="cancel-settle", on_click=_set_mode, args=(key, ""))


def _send_settlement(tenant: str, row: Action, happened: bool, reason: str) -> None:
    try:
        after = queries.send_settlement(tenant, row.id, happened, reason)
    except ApiProblem as problem:
        navigation.show_notice("warning" if problem.is_conflict else "error", problem.sentence)
        return
    navigation.set_param("action", row.id)
    navigation.show_notice("success", f"Settled: {row.decision.title}. The action is now {after.status.value}.")


def _ask_tool(tenant: str, row: Action) -> None:
    answer = navigation.attempt(queries.send_reconcile, tenant, row.id)
    if answer is None:
        return
    navigation.set_param("action", row.id)
    if answer.settled:
        navigation.show_notice("success", f"{answer.why} The action is now {answer.action.status.value}.")
    else:
        navigation.show_notice("warning", answer.why)


# --- set aside -----------------------------------------------------------------------------------------------------


def draw_given_up(rows: Sequence[Action]) -> None:
    """What stands although it was to be taken back, until somebody sees to it."""
    for undo in rows:
        whom = ", ".join(undo.decision.undo_requests[undo.cohort].merchants)
        error = undo.result.error if undo.result else ""
        safe_text.notice(
            "error",
            f"Not taken back, in {undo.tries} tries: {undo.decision.title}, for {whom}. {error} Do it by hand, or ask"
            f" for it once more in {undo.incident_id}.",
        )


def draw_set_aside(tenant: str, row: SetAside, now: datetime) -> None:
    """An incident that could not be advanced: why, and the way on."""
    navigation.on_screen(row.incident.id)
    with st.container(border=True, key="aside-card"):
        safe_text.heading(row.incident.title)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            safe_text.badge(*fmt.INCIDENT_MARKS[row.incident.status])
            safe_text.badge(*fmt.LEVEL_MARKS[row.incident.severity.value])
            safe_text.caption(
                f"{row.incident.id} · set aside {fmt.when(row.since, now)} after {row.failures} failures · it was"
                f" {row.was or 'OPEN'}"
            )
        safe_text.plain(
            "The agent could not go on with this incident and left it to people. Its open question was taken back, and"
            " nothing is sent for it."
        )
        safe_text.strong("Why")
        safe_text.block(row.reason)
        with st.container(horizontal=True, gap="small"):
            st.button("↻ Retry", key="retry", type="primary", on_click=_send_retry, args=(tenant, row))
            if st.button("Show the incident", key="show-incident"):
                navigation.go("incidents", incident=row.incident.id)


def _send_retry(tenant: str, row: SetAside) -> None:
    after = navigation.attempt(queries.send_retry, tenant, row.incident.id)
    if after is not None:
        navigation.set_param("incident", None)
        navigation.show_notice("success", f"{row.incident.id} goes on: it is {after.status.value} again.")


def signals_aside(tenant: str, now: datetime) -> None:
    """Signals that no sweep looks at: which, why, and the way back."""
    found = queries.read_desk(tenant).signals_set_aside
    if not found:
        safe_text.plain("No signal was set aside: every sweep can look at every signal.")
        return
    safe_text.plain(
        "No sweep looks at these signals: their times lie beyond what is accepted, or a sweep failed over them. Nothing"
        " is computed of them."
    )
    table = [
        {
            "reason": one.reason,
            "set aside": fmt.when(one.at, now),
            "signal": one.signal.id,
            "type": fmt.words(one.signal.signal_type.value),
            "source": one.signal.source,
            "merchant": one.signal.merchant_id or fmt.NOTHING,
            "occurred": fmt.moment(one.signal.occurred_at),
        }
        for one in found
    ]
    st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        height="content",
        column_config={"reason": st.column_config.TextColumn(width="large")},
    )
    safe_text.caption("Once the cause is mended, they can be looked at again. What is still wrong is set aside again.")
    st.button(
        "↻ Look at them again",
        key="bring-back",
        type="primary",
        on_click=_bring_back,
        args=(tenant, [one.signal.id for one in found]),
    )


def _bring_back(tenant: str, signal_ids: list[str]) -> None:
    back = navigation.attempt(queries.bring_back, tenant, signal_ids)
    if back is not None:
        count = len(back.signal_ids)
        navigation.show_notice("success", f"The next sweep looks again at {count} signal{'' if count == 1 else 's'}.")


# --- handed over ---------------------------------------------------------------------------------------------------


def handed(tenant: str, row: HandedOver, now: datetime) -> None:
    """An incident that people were called to: what it is taken for, why they were called, what it costs, and who takes
    it.
    """
    navigation.on_screen(row.incident.id)
    name = row.incident.id
    with st.container(border=True, key="handed-card"):
        safe_text.heading(row.incident.title)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            safe_text.badge(*fmt.INCIDENT_MARKS[row.incident.status])
            safe_text.badge(*fmt.LEVEL_MARKS[row.incident.severity.value])
            safe_text.caption(
                f"{name} · handed over {fmt.when(row.since, now)} · {fmt.stores(len(row.incident.merchants))}"
            )
        st.dataframe(_about(row, now), hide_index=True, width="stretch", height="content")
        safe_text.plain(
            "The agent does nothing more about this by itself. It leaves this list when somebody takes or closes it, or"
            " when it ends by itself."
        )
        with st.container(horizontal=True, gap="small"):
            st.button(
                "✓ I take it",
                key="acknowledge",
                type="primary",
                on_click=_take,
                args=(tenant, name, "acknowledge", "", "is yours"),
            )
            if st.button("Show the incident", key="show-handed"):
                navigation.go("incidents", incident=name)
        who = (
            st.text_input(
                "Or somebody else takes it", key=f"assignee-{name}", max_chars=200, placeholder="a name or a team"
            )
            or ""
        ).strip()
        why = (
            st.text_input("Or it needs nobody any more, because", key=f"closing-{name}", max_chars=1_500) or ""
        ).strip()
        with st.container(horizontal=True, gap="small"):
            st.button(
                "Assign",
                key="assign",
                disabled=not who,
                on_click=_take,
                args=(tenant, name, "assign", who, f"is assigned to {who}"),
            )
            st.button(
                "Close", key="close", disabled=not why, on_click=_take, args=(tenant, name, "close", why, "is closed")
            )


def _about(row: HandedOver, now: datetime) -> list[dict[str, str]]:
    pairs = {
        "cause": f"{row.cause_title} ({row.cause})",
        "why you": f"{row.why[:1].upper()}{row.why[1:]}.",
        "since": fmt.when(row.incident.first_seen, now),
        "last seen": fmt.when(row.incident.last_seen, now),
        "lost so far": f"about {row.lost_orders:.0f} orders",
        "cost of waiting": f"{fmt.amounts(row.per_hour)} an hour" if row.per_hour else "no lost checkout is known",
    }
    return [{"known": name, "about it": value} for name, value in pairs.items()]


def _take(tenant: str, incident_id: str, verb: str, value: str, done: str) -> None:
    if navigation.attempt(queries.manage, tenant, incident_id, verb, value) is not None:
        navigation.set_param("incident", None)
        navigation.show_notice("success", f"{incident_id} {done}.")
