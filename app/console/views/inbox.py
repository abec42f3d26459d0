"""Inbox: what needs a person now, the dearest to leave waiting first, and the card to decide it on."""

from datetime import datetime
from typing import Final, Literal

import streamlit as st

from app.console import card, in_doubt, navigation, queries, safe_text
from app.console import format as fmt
from app.console.client import ApiProblem
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.incidents import Incident
from app.schemas.actions import SetAside
from app.schemas.base import HandedOver

WAITING: Final = "Needs a decision"
DOUBT: Final = "In doubt"
ASIDE: Final = "Set aside"
SIGNALS: Final = "Signals set aside"
HANDED: Final = "Handed over"
SNOOZED: Final = "Snoozed"
DECIDED: Final = "Decided"
SHOWS: Final = {
    WAITING: "waiting",
    SNOOZED: "snoozed",
    HANDED: "handed",
    DOUBT: "doubt",
    ASIDE: "aside",
    SIGNALS: "signals",
    DECIDED: "decided",
}
"""What the list can show, and its name in the URL."""
EMPTY: Final = {
    WAITING: "Nothing waits here.",
    SNOOZED: "Nothing is put off.",
    DOUBT: "Nothing is in doubt: of everything that was sent, it is known what became of it.",
    ASIDE: "Nothing was set aside: the agent can go on with every incident.",
    SIGNALS: "No signal was set aside.",
    HANDED: "Nothing is left to people: what was handed over is taken, or has ended by itself.",
    DECIDED: "Nothing was decided yet.",
}
DRAWN: Final = "inbox_drawn"
UNDECIDED: Final = frozenset({ActionStatus.PENDING, ActionStatus.PROPOSED, ActionStatus.SUPERSEDED})
MOST_ROWS = 12


@navigation.guarded("inbox")
def draw(tenant: str) -> None:
    """The list on the left, the card on the right."""
    navigation.on_screen(None)
    _open_on_what_waits(tenant)
    show = st.session_state[DRAWN] = _section_shown()
    chosen = "" if show in {ASIDE, SIGNALS, HANDED} else _chosen_action(tenant)
    left, right = st.columns([0.36, 0.64], gap="medium")
    with left:
        _draw_list(tenant)
    with right:
        if show == ASIDE:
            _draw_chosen_aside(tenant)
        elif show == SIGNALS:
            in_doubt.signals_aside(tenant, queries.read_state(tenant).now)
        elif show == HANDED:
            _handed(tenant)
        elif chosen:
            _draw_chosen_card(tenant, chosen)
        elif show != DOUBT:
            _draw_empty(tenant)


def _read_queue(tenant: str, show: str) -> tuple[list[Action], dict[str, Incident]]:
    incidents = {row.id: row for row in queries.list_incident_rows(tenant)}
    if show == DOUBT:
        return [one.action for one in queries.read_desk(tenant).in_doubt], incidents
    if show == DECIDED:
        decided = [
            row for row in queries.list_action_rows(tenant) if row.status not in UNDECIDED and row.parent_id is None
        ]
        return sorted(decided, key=lambda row: row.decided_at or row.proposed_at, reverse=True), incidents
    if show == SNOOZED:
        return queries.read_desk(tenant).snoozed, incidents
    return queries.list_pending_actions(tenant), incidents


def _section_shown() -> str:
    named = navigation.param("show")
    return next((show for show, name in SHOWS.items() if name == named), WAITING)


def _open_on_what_waits(tenant: str) -> None:
    """Without a wish in the URL: questions first, else the section where something waits; it is put into the URL, so
    that it stays.
    """
    if navigation.param("show") or navigation.param("action") or queries.read_state(tenant).pending_actions:
        return
    first = next((show for show, count in _count_sections(tenant).items() if count and show != SNOOZED), None)
    if first:
        navigation.set_param("show", SHOWS[first])


def _keep_section() -> None:
    navigation.set_param("show", SHOWS.get(str(st.session_state.get("inbox_show"))))
    navigation.set_param("action", None)
    navigation.set_param("incident", None)


def _count_sections(tenant: str) -> dict[str, int]:
    """How many wait in each section, where any do."""
    desk = queries.read_desk(tenant)
    return {
        SNOOZED: len(desk.snoozed),
        DOUBT: len(desk.in_doubt),
        ASIDE: len(desk.set_aside),
        SIGNALS: len(desk.signals_set_aside),
        HANDED: len(desk.handed_over),
    }


@st.fragment(run_every="5s")
@navigation.guarded("queue")
def _draw_list(tenant: str) -> None:
    """The queue keeps itself current; what is chosen stays chosen, because it is in the URL."""
    if st.session_state.get(DRAWN) != _section_shown():
        st.rerun()
    st.session_state["inbox_show"] = _section_shown()
    counts = _count_sections(tenant)
    st.segmented_control(
        "Show",
        [show for show in SHOWS if show not in {SIGNALS, SNOOZED} or counts[show] or _section_shown() == show],
        key="inbox_show",
        label_visibility="collapsed",
        required=True,
        on_change=_keep_section,
        format_func=lambda show: f"{show} ({counts[show]})" if counts.get(show) else show,
    )
    in_doubt.draw_given_up(queries.read_desk(tenant).undo_gave_up)
    now = queries.read_state(tenant).now
    if _section_shown() == ASIDE:
        _draw_set_aside_list(tenant, now)
        return
    if _section_shown() == SIGNALS:
        safe_text.plain(f"{counts[SIGNALS]} listed on the right." if counts[SIGNALS] else EMPTY[SIGNALS])
        return
    if _section_shown() == HANDED:
        _handed_list(tenant)
        return
    rows, incidents = _read_queue(tenant, _section_shown())
    if not rows:
        safe_text.plain(EMPTY[_section_shown()])
    for row in rows[:MOST_ROWS]:
        _draw_row(row, incidents.get(row.incident_id), now)
    if len(rows) > MOST_ROWS:
        safe_text.caption(f"and {len(rows) - MOST_ROWS} more")


def _draw_row(row: Action, incident: Incident | None, now: datetime) -> None:
    chosen = navigation.param("action") == row.id
    cost = incident.hourly_costs if incident else ()
    with st.container(border=True, gap="xxsmall", key=f"row-{row.id}"):
        broken = fmt.headline(incident) if incident else row.decision.title
        _draw_opener("action", row.id, broken, chosen=chosen)
        if incident:
            safe_text.plain(row.decision.title)
            if title := fmt.other_title(incident):
                safe_text.caption(title)
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            if row.status is not ActionStatus.PENDING:
                safe_text.badge(*fmt.ACTION_MARKS[row.status])
            elif incident:
                safe_text.badge(*fmt.LEVEL_MARKS[incident.severity.value])
            if row.snoozed and row.is_snoozed(now):
                safe_text.badge(f"Asked again {fmt.when(row.snoozed.until, now)}", "gray")
            if row.still_needs_another:
                safe_text.badge(f"1 of {row.decision.approvers}: {row.approved_first_by}", "blue")
            hourly = f"{fmt.amounts(cost)} an hour" if cost else "no lost checkout"
            safe_text.caption(
                f"{hourly} · {fmt.stores(len(row.decision.scope))} · {fmt.percent(row.decision.confidence)} ·"
                f" {fmt.since(row.proposed_at, now)}"
            )


def _draw_opener(param: str, name: str, title: str, *, chosen: bool) -> None:
    """The title as the button that chooses it, by putting its id into the URL."""
    kind: Literal["primary", "secondary"] = "primary" if chosen else "secondary"
    if st.button(safe_text.label(f"{'▸ ' if chosen else ''}{title}"), key=f"open-{name}", type=kind, width="stretch"):
        navigation.set_param(param, name)
        st.rerun()


def _draw_set_aside_list(tenant: str, now: datetime) -> None:
    """The incidents that were set aside."""
    found = queries.read_desk(tenant).set_aside
    chosen = _chosen_aside(found)
    if not found:
        safe_text.plain(EMPTY[ASIDE])
    for row in found[:MOST_ROWS]:
        with st.container(border=True, gap="xxsmall", key=f"aside-{row.incident.id}"):
            _draw_opener("incident", row.incident.id, fmt.headline(row.incident), chosen=row is chosen)
            safe_text.caption(f"{row.incident.id} · {row.failures} failures · {fmt.since(row.since, now)}")


def _chosen_aside(found: list[SetAside]) -> SetAside | None:
    """The incident of the URL, else the first."""
    named = navigation.param("incident")
    return next((row for row in found if row.incident.id == named), found[0] if found else None)


def _draw_chosen_aside(tenant: str) -> None:
    chosen = _chosen_aside(queries.read_desk(tenant).set_aside)
    if chosen:
        in_doubt.draw_set_aside(tenant, chosen, queries.read_state(tenant).now)


def _handed_list(tenant: str) -> None:
    """The incidents that people were called to, the dearest first."""
    found = queries.read_desk(tenant).handed_over
    chosen = _chosen_handed(found)
    if not found:
        safe_text.plain(EMPTY[HANDED])
    for row in found[:MOST_ROWS]:
        with st.container(border=True, gap="xxsmall", key=f"handed-{row.incident.id}"):
            _draw_opener("incident", row.incident.id, fmt.headline(row.incident), chosen=row is chosen)
            with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
                safe_text.badge(*fmt.LEVEL_MARKS[row.incident.severity.value])
                hourly = f"{fmt.amounts(row.per_hour)} an hour" if row.per_hour else "no lost checkout"
                safe_text.caption(f"{hourly} · {fmt.stores(len(row.incident.merchants))} · {row.why}")
    if len(found) > MOST_ROWS:
        safe_text.caption(f"and {len(found) - MOST_ROWS} more")


def _chosen_handed(found: list[HandedOver]) -> HandedOver | None:
    """The incident of the URL, else the first."""
    named = navigation.param("incident")
    return next((row for row in found if row.incident.id == named), found[0] if found else None)


def _handed(tenant: str) -> None:
    chosen = _chosen_handed(queries.read_desk(tenant).handed_over)
    if chosen:
        in_doubt.handed(tenant, chosen, queries.read_state(tenant).now)


def _chosen_action(tenant: str) -> str:
    """The action of the URL, else the first of the queue; the choice is put into the URL, so that it stays when the
    queue moves.
    """
    named = navigation.param("action")
    if named:
        return named
    rows, _ = _read_queue(tenant, _section_shown())
    if not rows:
        return ""
    navigation.set_param("action", rows[0].id)
    return rows[0].id


def _draw_chosen_card(tenant: str, action_id: str) -> None:
    try:
        card.draw_card(tenant, action_id)
    except ApiProblem as problem:
        if problem.status not in {404, 422}:
            raise
        safe_text.notice("warning", f"There is no action {action_id} in {tenant}.")
        st.button("Show what waits", key="show-waiting", on_click=navigation.set_param, args=("action", None))
        return
    _draw_next(tenant, action_id)


def _draw_next(tenant: str, action_id: str) -> None:
    rows, _ = _read_queue(tenant, WAITING)
    waiting = [row for row in rows if row.id != action_id]
    if waiting:
        st.button(
            f"Next: {len(waiting)} more to decide  ↓",
            key="next",
            shortcut="J",
            type="tertiary",
            on_click=navigation.set_param,
            args=("action", waiting[0].id),
        )


def _draw_empty(tenant: str) -> None:
    state = queries.read_state(tenant)
    healed = state.actions_by_status.get("VERIFIED", 0)
    with st.container(border=True):
        st.space("small")
        if state.signals:
            safe_text.heading("No question waits" if any(_count_sections(tenant).values()) else "Nothing needs you")
            safe_text.plain(
                f"{healed} fixed and proven, {state.signals} signals watched. New proposals appear here by themselves."
            )
            st.button("↻ Run a cycle now", key="empty-cycle", on_click=_run_cycle, args=(tenant,))
        else:
            safe_text.heading("No signals yet")
            safe_text.plain("Send some to POST /signals/ingest, or look at a migration that is going wrong.")
            st.button("Open the demo", key="open-demo", type="primary", on_click=_open_demo)
        st.space("small")


def _open_demo() -> None:
    if navigation.attempt(queries.load_example) is not None:
        navigation.choose_tenant(navigation.DEMO)


def _run_cycle(tenant: str) -> None:
    done = navigation.attempt(queries.run_cycle, tenant)
    if done is not None:
        navigation.show_notice(
            "success",
            f"One cycle: {len(done.advanced)} incidents advanced, {len(done.pending_actions)} waiting for a decision.",
        )
