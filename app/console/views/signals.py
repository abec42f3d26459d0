"""Signals: what came in, what waits to be looked at, and the patterns found in it."""

import streamlit as st

from app.console import doubt, reads, session, sources, text
from app.console import format as fmt
from app.domain.patterns import Pattern
from app.domain.signals import SignalType
from app.wire import Lag

TALL = 520


@session.guarded("signals")
def draw(tenant: str) -> None:
    """Four tabs over the same stream."""
    session.on_screen(None)
    state = reads.state(tenant)
    if not state.signals:
        _empty()
        return
    if not state.lag.live:
        text.notice("warning", f"The agent is not live: {fmt.signals_waiting(state.lag)}.")
    latest, waiting, patterns, aside = st.tabs(["Latest signals", "Waiting for a sweep", "Patterns and clusters", "Set aside"], key="signal_tabs")
    with latest:
        _latest(tenant)
    with waiting:
        _waiting(tenant, state.lag)
    with aside:
        doubt.signals_aside(tenant, state.now)
    with patterns:
        _patterns(tenant)


def _empty() -> None:
    with st.container(border=True):
        text.heading("No signals yet")
        text.plain("Send a first one; it is looked at within seconds.")
        body = (
            '{"signals": [{"signal_type": "api_error", "source": "datadog", "severity": "high", "error_code": "PAYMENT_CALLBACK_INVALID",'
            ' "endpoint": "/api/v3/checkout/complete", "merchant_id": "MERCH-A1B2C3", "error_message": "Payment callback URL validation failed"}]}'
        )
        text.block(f"curl -X POST {reads.api().base_url}/signals/ingest -H 'Content-Type: application/json' -d '{body}'")
        st.button("Open the demo", key="open-demo", on_click=session.choose_tenant, args=(session.DEMO,))


def _keep(name: str, key: str) -> None:
    session.set_param(name, str(st.session_state.get(key) or ""))


def _latest(tenant: str) -> None:
    types = [kind.value for kind in SignalType]
    st.session_state["s_type"] = session.param("type") if session.param("type") in types else None
    st.session_state["s_merchant"] = session.param("merchant")
    with st.container(horizontal=True, gap="medium"):
        st.selectbox("Type", types, index=None, key="s_type", placeholder="Any", on_change=_keep, args=("type", "s_type"))
        st.text_input(
            "Merchant", key="s_merchant", placeholder="Any, such as MERCH-A1B2C3", on_change=_keep, args=("merchant", "s_merchant"), max_chars=64
        )
    rows = reads.signals(tenant, session.param("type") or None, session.param("merchant") or None)
    if rows:
        sources.signal_table(rows, TALL)
        text.caption(f"The latest {len(rows)}, newest first.")
    else:
        text.plain("No signal fits these filters.")
        st.button("Clear the filters", key="clear-signals", on_click=_clear)


def _clear() -> None:
    session.set_param("type", None)
    session.set_param("merchant", None)


def _waiting(tenant: str, lag: Lag) -> None:
    rows = reads.signals_waiting(tenant)
    if rows:
        text.plain(f"{lag.waiting:,} signals came in since the last sweep." if lag.live else f"{fmt.signals_waiting(lag)}.")
        sources.signal_table(rows, TALL)
    else:
        text.plain("Every signal has been looked at.")


def _patterns(tenant: str) -> None:
    rows = reads.patterns(tenant)
    if not rows:
        text.plain("No pattern was found yet.")
        return
    now = reads.state(tenant).now
    table = [
        {
            "what": row.title,
            "kind": fmt.words(row.kind.value),
            "severity": fmt.LEVEL_MARKS[row.severity.value][0],
            "signals": row.count,
            "stores": len(row.merchants),
            "against baseline": f"{row.spike.ratio:.1f} ×" if row.spike else fmt.NOTHING,
            "terms": ", ".join(row.terms),
            "last seen": fmt.since(row.last_seen, now),
        }
        for row in rows
    ]
    st.dataframe(table, hide_index=True, width="stretch", height=380, column_config={"what": st.column_config.TextColumn(width="large")})
    _examples(tenant, rows)


def _examples(tenant: str, rows: list[Pattern]) -> None:
    known = {row.id: row for row in rows}
    chosen = st.selectbox(
        "Show the examples of",
        list(known),
        index=None,
        format_func=lambda name: text.option(known[name].title),
        key="pattern_pick",
        placeholder="Choose a pattern",
    )
    if chosen:
        row = known[chosen]
        if row.terms:
            text.plain(f"Terms: {', '.join(row.terms)}")
        sources.signal_table(reads.signals_by_id(tenant, row.examples or row.signal_ids))
