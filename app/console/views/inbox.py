"""Inbox: what needs a person now, the dearest to leave waiting first, and the card to decide it on."""

from datetime import datetime
from typing import Final, Literal

import streamlit as st

from app.console import card, doubt, reads, session, text
from app.console import format as fmt
from app.console.client import ApiProblem
from app.domain.actions import Action, ActionStatus
from app.domain.incidents import Incident
from app.wire import HandedOver, SetAside

WAITING: Final = "Needs a decision"
DOUBT: Final = "In doubt"
ASIDE: Final = "Set aside"
SIGNALS: Final = "Signals set aside"
HANDED: Final = "Handed over"
DECIDED: Final = "Decided"
SHOWS: Final = {WAITING: "waiting", HANDED: "handed", DOUBT: "doubt", ASIDE: "aside", SIGNALS: "signals", DECIDED: "decided"}
"""What the list can show, and its name in the URL."""
EMPTY: Final = {
    WAITING: "Nothing waits here.",
    DOUBT: "Nothing is in doubt: of everything that was sent, it is known what became of it.",
    ASIDE: "Nothing was set aside: the agent can go on with every incident.",
    SIGNALS: "No signal was set aside.",
    HANDED: "Nothing is left to people: what was handed over is taken, or has ended by itself.",
    DECIDED: "Nothing was decided yet.",
}
DRAWN: Final = "inbox_drawn"
UNDECIDED: Final = frozenset({ActionStatus.PENDING, ActionStatus.PROPOSED, ActionStatus.SUPERSEDED})
MOST_ROWS = 12


@session.guarded("inbox")
def draw(tenant: str) -> None:
    """The list on the left, the card on the right."""
    session.on_screen(None)
    _open_on_what_waits(tenant)
    show = st.session_state[DRAWN] = _show()
    chosen = "" if show in {ASIDE, SIGNALS, HANDED} else _chosen(tenant)
    left, right = st.columns([0.36, 0.64], gap="medium")
    with left:
        _list(tenant)
    with right:
        if show == ASIDE:
            _aside(tenant)
        elif show == SIGNALS:
            doubt.signals_aside(tenant, reads.state(tenant).now)
        elif show == HANDED:
            _handed(tenant)
        elif chosen:
            _card(tenant, chosen)
        elif show != DOUBT:
            _empty(tenant)


def _queue(tenant: str, show: str) -> tuple[list[Action], dict[str, Incident]]:
    incidents = {row.id: row for row in reads.incidents(tenant)}
    if show == DOUBT:
        return [one.action for one in reads.desk(tenant).in_doubt], incidents
    if show == DECIDED:
        decided = [row for row in reads.actions(tenant) if row.status not in UNDECIDED and row.parent_id is None]
        return sorted(decided, key=lambda row: row.decided_at or row.proposed_at, reverse=True), incidents
    return reads.pending(tenant), incidents


def _show() -> str:
    named = session.param("show")
    return next((show for show, name in SHOWS.items() if name == named), WAITING)


def _open_on_what_waits(tenant: str) -> None:
    """Without a wish in the URL: questions first, else the section where something waits; it is put into the URL, so that it stays."""
    if session.param("show") or session.param("action") or reads.state(tenant).pending_actions:
        return
    first = next((show for show, count in _counted(tenant).items() if count), None)
    if first:
        session.set_param("show", SHOWS[first])


def _showed() -> None:
    session.set_param("show", SHOWS.get(str(st.session_state.get("inbox_show"))))
    session.set_param("action", None)
    session.set_param("incident", None)


def _counted(tenant: str) -> dict[str, int]:
    """How many wait in each section, where any do."""
    desk = reads.desk(tenant)
    return {DOUBT: len(desk.in_doubt), ASIDE: len(desk.set_aside), SIGNALS: len(desk.signals_set_aside), HANDED: len(desk.handed_over)}


@st.fragment(run_every="5s")
@session.guarded("queue")
def _list(tenant: str) -> None:
    """The queue keeps itself current; what is chosen stays chosen, because it is in the URL."""
    if st.session_state.get(DRAWN) != _show():
        st.rerun()
    st.session_state["inbox_show"] = _show()
    counts = _counted(tenant)
    st.segmented_control(
        "Show",
        [show for show in SHOWS if show != SIGNALS or counts[SIGNALS] or _show() == SIGNALS],
        key="inbox_show",
        label_visibility="collapsed",
        required=True,
        on_change=_showed,
        format_func=lambda show: f"{show} ({counts[show]})" if counts.get(show) else show,
    )
    now = reads.state(tenant).now
    if _show() == ASIDE:
        _asides(tenant, now)
        return
    if _show() == SIGNALS:
        text.plain(f"{counts[SIGNALS]} listed on the right." if counts[SIGNALS] else EMPTY[SIGNALS])
        return
    if _show() == HANDED:
        _handed_list(tenant)
        return
    rows, incidents = _queue(tenant, _show())
    if not rows:
        text.plain(EMPTY[_show()])
    for row in rows[:MOST_ROWS]:
        _row(row, incidents.get(row.incident_id), now)
    if len(rows) > MOST_ROWS:
        text.caption(f"and {len(rows) - MOST_ROWS} more")


def _row(row: Action, incident: Incident | None, now: datetime) -> None:
    chosen = session.param("action") == row.id
    cost = incident.metrics_snapshot.get("per_hour", ()) if incident else ()
    with st.container(border=True, gap="xxsmall", key=f"row-{row.id}"):
        _opener("action", row.id, row.decision.title, chosen=chosen)
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            if row.status is not ActionStatus.PENDING:
                text.badge(*fmt.ACTION_MARKS[row.status])
            elif incident:
                text.badge(*fmt.LEVEL_MARKS[incident.severity.value])
            hourly = f"{fmt.amounts(cost)} an hour" if cost else "no lost checkout"
            text.caption(
                f"{hourly} · {fmt.stores(len(row.decision.scope))} · {fmt.percent(row.decision.confidence)} · {fmt.since(row.proposed_at, now)}"
            )


def _opener(param: str, name: str, title: str, *, chosen: bool) -> None:
    """The title as the button that chooses it, by putting its id into the URL."""
    kind: Literal["primary", "secondary"] = "primary" if chosen else "secondary"
    if st.button(text.label(f"{'▸ ' if chosen else ''}{title}"), key=f"open-{name}", type=kind, width="stretch"):
        session.set_param(param, name)
        st.rerun()


def _asides(tenant: str, now: datetime) -> None:
    """The incidents that were set aside."""
    found = reads.desk(tenant).set_aside
    chosen = _chosen_aside(found)
    if not found:
        text.plain(EMPTY[ASIDE])
    for row in found[:MOST_ROWS]:
        with st.container(border=True, gap="xxsmall", key=f"aside-{row.incident.id}"):
            _opener("incident", row.incident.id, row.incident.title, chosen=row is chosen)
            text.caption(f"{row.incident.id} · {row.failures} failures · {fmt.since(row.since, now)}")


def _chosen_aside(found: list[SetAside]) -> SetAside | None:
    """The incident of the URL, else the first."""
    named = session.param("incident")
    return next((row for row in found if row.incident.id == named), found[0] if found else None)


def _aside(tenant: str) -> None:
    chosen = _chosen_aside(reads.desk(tenant).set_aside)
    if chosen:
        doubt.aside(tenant, chosen, reads.state(tenant).now)


def _handed_list(tenant: str) -> None:
    """The incidents that people were called to, the dearest first."""
    found = reads.desk(tenant).handed_over
    chosen = _chosen_handed(found)
    if not found:
        text.plain(EMPTY[HANDED])
    for row in found[:MOST_ROWS]:
        with st.container(border=True, gap="xxsmall", key=f"handed-{row.incident.id}"):
            _opener("incident", row.incident.id, row.incident.title, chosen=row is chosen)
            with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
                text.badge(*fmt.LEVEL_MARKS[row.incident.severity.value])
                hourly = f"{fmt.amounts(row.per_hour)} an hour" if row.per_hour else "no lost checkout"
                text.caption(f"{hourly} · {fmt.stores(len(row.incident.merchants))} · {row.why}")
    if len(found) > MOST_ROWS:
        text.caption(f"and {len(found) - MOST_ROWS} more")


def _chosen_handed(found: list[HandedOver]) -> HandedOver | None:
    """The incident of the URL, else the first."""
    named = session.param("incident")
    return next((row for row in found if row.incident.id == named), found[0] if found else None)


def _handed(tenant: str) -> None:
    chosen = _chosen_handed(reads.desk(tenant).handed_over)
    if chosen:
        doubt.handed(tenant, chosen, reads.state(tenant).now)


def _chosen(tenant: str) -> str:
    """The action of the URL, else the first of the queue; the choice is put into the URL, so that it stays when the queue moves."""
    named = session.param("action")
    if named:
        return named
    rows, _ = _queue(tenant, _show())
    if not rows:
        return ""
    session.set_param("action", rows[0].id)
    return rows[0].id


def _card(tenant: str, action_id: str) -> None:
    try:
        card.draw(tenant, action_id)
    except ApiProblem as problem:
        if problem.status not in {404, 422}:
            raise
        text.notice("warning", f"There is no action {action_id} in {tenant}.")
        st.button("Show what waits", key="show-waiting", on_click=session.set_param, args=("action", None))
        return
    _next(tenant, action_id)


def _next(tenant: str, action_id: str) -> None:
    rows, _ = _queue(tenant, WAITING)
    waiting = [row for row in rows if row.id != action_id]
    if waiting:
        st.button(
            f"Next: {len(waiting)} more to decide  ↓",
            key="next",
            shortcut="J",
            type="tertiary",
            on_click=session.set_param,
            args=("action", waiting[0].id),
        )


def _empty(tenant: str) -> None:
    state = reads.state(tenant)
    healed = state.actions_by_status.get("VERIFIED", 0)
    with st.container(border=True):
        st.space("small")
        if state.signals:
            text.heading("No question waits" if any(_counted(tenant).values()) else "Nothing needs you")
            text.plain(f"{healed} fixed and proven, {state.signals} signals watched. New proposals appear here by themselves.")
            st.button("↻ Run a cycle now", key="empty-cycle", on_click=_cycle, args=(tenant,))
        else:
            text.heading("No signals yet")
            text.plain("Send some to POST /signals/ingest, or look at a migration that is going wrong.")
            st.button("Open the demo", key="open-demo", type="primary", on_click=_open_demo)
        st.space("small")


def _open_demo() -> None:
    if session.attempt(reads.load_example) is not None:
        session.choose_tenant(session.DEMO)


def _cycle(tenant: str) -> None:
    done = session.attempt(reads.run_cycle, tenant)
    if done is not None:
        session.tell("success", f"One cycle: {len(done.advanced)} incidents advanced, {len(done.pending_actions)} waiting for a decision.")
