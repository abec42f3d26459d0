"""Signals: what came in, what waits to be looked at, and the patterns found in it."""

from datetime import datetime

import streamlit as st

from app.console import citations, departures, in_doubt, navigation, queries, safe_text, unmapped
from app.console import format as fmt
from app.domain.patterns import Pattern, PatternKind
from app.domain.signals import SignalType
from app.schemas.base import Lag

TALL = 520
SHORT = 12


@navigation.guarded("signals")
def draw(tenant: str) -> None:
    """Six tabs over the same stream."""
    navigation.on_screen(None)
    state = queries.read_state(tenant)
    if not state.signals and not queries.list_unmapped(tenant):
        _draw_empty()
        return
    if not state.lag.live:
        safe_text.notice("warning", f"The agent is not live: {fmt.signals_waiting(state.lag)}.")
    latest, expected, patterns, waiting, aside, unread = st.tabs(
        [
            "Latest signals",
            "Seen and expected",
            "Patterns and clusters",
            "Waiting for a sweep",
            "Set aside",
            "Unmapped",
        ],
        key="signal_tabs",
    )
    with expected:
        departures.draw_departures(tenant)
    with latest:
        _draw_latest(tenant)
    with waiting:
        _draw_waiting(tenant, state.lag)
    with aside:
        in_doubt.signals_aside(tenant, state.now)
    with unread:
        unmapped.draw_unmapped(tenant)
    with patterns:
        _draw_patterns(tenant)


def _draw_empty() -> None:
    with st.container(border=True):
        safe_text.heading("No signals yet")
        safe_text.plain("Send a first one; it is looked at within seconds.")
        body = (
            '{"signals": [{"signal_type": "api_error", "source": "datadog", "severity": "high", "error_code":'
            ' "PAYMENT_CALLBACK_INVALID", "endpoint": "/api/v3/checkout/complete", "merchant_id": "MERCH-A1B2C3",'
            ' "error_message": "Payment callback URL validation failed"}]}'
        )
        safe_text.block(
            f"curl -X POST {queries.api().base_url}/signals/ingest -H 'Content-Type: application/json' -d '{body}'"
        )
        st.button("Open the demo", key="open-demo", on_click=navigation.choose_tenant, args=(navigation.DEMO,))


def _keep_filter(name: str, key: str) -> None:
    navigation.set_param(name, str(st.session_state.get(key) or ""))


def _draw_latest(tenant: str) -> None:
    types = [kind.value for kind in SignalType]
    st.session_state["s_type"] = navigation.param("type") if navigation.param("type") in types else None
    st.session_state["s_merchant"] = navigation.param("merchant")
    with st.container(horizontal=True, gap="medium"):
        st.selectbox(
            "Type", types, index=None, key="s_type", placeholder="Any", on_change=_keep_filter, args=("type", "s_type")
        )
        st.text_input(
            "Merchant",
            key="s_merchant",
            placeholder="Any, such as MERCH-A1B2C3",
            on_change=_keep_filter,
            args=("merchant", "s_merchant"),
            max_chars=64,
        )
    rows = queries.list_signal_rows(tenant, navigation.param("type") or None, navigation.param("merchant") or None)
    if rows:
        citations.signal_table(rows, TALL)
        safe_text.caption(f"The latest {len(rows)}, newest first.")
    else:
        safe_text.plain("No signal fits these filters.")
        st.button("Clear the filters", key="clear-signals", on_click=_clear_filters)


def _clear_filters() -> None:
    navigation.set_param("type", None)
    navigation.set_param("merchant", None)


def _draw_waiting(tenant: str, lag: Lag) -> None:
    rows = queries.signals_waiting(tenant)
    if rows:
        safe_text.plain(
            f"{lag.waiting:,} signals came in since the last sweep." if lag.live else f"{fmt.signals_waiting(lag)}."
        )
        citations.signal_table(rows, TALL)
    else:
        safe_text.plain("Every signal has been looked at.")


def _draw_patterns(tenant: str) -> None:
    """What people write, in clusters; then what machines say, in groups."""
    rows = queries.list_pattern_rows(tenant)
    if not rows:
        safe_text.plain("No pattern was found yet.")
        return
    now = queries.read_state(tenant).now
    spoken = [row for row in rows if row.kind is PatternKind.TICKET_CLUSTER]
    safe_text.strong("Clusters of tickets")
    if spoken:
        _draw_pattern_table([_cluster_row(row, now) for row in spoken])
    else:
        safe_text.plain("No tickets speak of the same thing.")
    machines = [row for row in rows if row.kind is not PatternKind.TICKET_CLUSTER]
    safe_text.strong("Groups of signals")
    if machines:
        _draw_pattern_table([_group_row(row, now) for row in machines])
    else:
        safe_text.plain("No group of signals stands out.")
    _draw_examples(tenant, rows)


def _draw_pattern_table(table: list[dict[str, str | int]]) -> None:
    st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        height="content" if len(table) <= SHORT else TALL,
        column_config={"what": st.column_config.TextColumn(width="large")},
    )


def _cluster_row(row: Pattern, now: datetime) -> dict[str, str | int]:
    return {
        "what": row.title,
        "words": ", ".join(row.terms) or fmt.NOTHING,
        "tickets": row.count,
        "stores": len(row.merchants),
        "severity": fmt.LEVEL_MARKS[row.severity.value][0],
        "last seen": fmt.since(row.last_seen, now),
    }


def _group_row(row: Pattern, now: datetime) -> dict[str, str | int]:
    return {
        "what": row.title,
        "kind": fmt.words(row.kind.value),
        "severity": fmt.LEVEL_MARKS[row.severity.value][0],
        "signals": row.count,
        "stores": len(row.merchants),
        "against baseline": f"{row.spike.ratio:.1f} ×" if row.spike else fmt.NOTHING,
        "last seen": fmt.since(row.last_seen, now),
    }


def _draw_examples(tenant: str, rows: list[Pattern]) -> None:
    known = {row.id: row for row in rows}
    chosen = st.selectbox(
        "Show the examples of",
        list(known),
        index=None,
        format_func=lambda name: safe_text.option(known[name].title),
        key="pattern_pick",
        placeholder="Choose a pattern",
    )
    if chosen:
        row = known[chosen]
        if row.terms:
            safe_text.plain(f"Terms: {', '.join(row.terms)}")
        citations.signal_table(queries.signals_by_id(tenant, row.examples or row.signal_ids))
