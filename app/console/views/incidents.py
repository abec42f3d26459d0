"""Incidents: all of them with filters in the URL, and everything about one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import streamlit as st

from app.console import charts, reads, session, sources, steps, text
from app.console import format as fmt
from app.console.client import ApiProblem
from app.domain.actions import Action
from app.domain.base import Severity
from app.domain.hypotheses import Hypothesis
from app.domain.incidents import FEEDABLE, Incident, IncidentStatus
from app.wire import IncidentDetail, RiskReport

OPEN_ONLY: Final = "Open"
EVERY: Final = "All"


@session.guarded("incidents")
def draw(tenant: str) -> None:
    """One incident when the URL names it, else the table."""
    named = session.param("incident")
    session.on_screen(named or None)
    if not named:
        _listing(tenant)
        return
    st.button("← All incidents", key="back", type="tertiary", on_click=session.set_param, args=("incident", None))
    try:
        _detail(tenant, named)
    except ApiProblem as problem:
        if problem.status not in {404, 422}:
            raise
        text.notice("warning", f"There is no incident {named} in {tenant}.")


# --- the table ----------------------------------------------------------------------------------------------------


def _keep(name: str, key: str) -> None:
    chosen = st.session_state.get(key)
    session.set_param(name, ",".join(chosen) if isinstance(chosen, list) else chosen)


def _filters() -> tuple[list[str], list[str]]:
    """The chosen statuses and severities; both stand in the URL."""
    statuses = [word for word in session.param("status").split(",") if word in IncidentStatus.__members__]
    severities = [word for word in session.param("severity").split(",") if word in set(Severity)]
    st.session_state["f_status"], st.session_state["f_severity"] = statuses, severities
    with st.container(horizontal=True, gap="medium"):
        st.multiselect(
            "Status", [status.value for status in IncidentStatus], key="f_status", placeholder="Any", on_change=_keep, args=("status", "f_status")
        )
        st.multiselect(
            "Severity",
            [level.value for level in reversed(Severity)],
            key="f_severity",
            placeholder="Any",
            on_change=_keep,
            args=("severity", "f_severity"),
        )
    return statuses, severities


def _clear() -> None:
    session.set_param("status", None)
    session.set_param("severity", None)


@session.guarded("incident-table")
def _listing(tenant: str) -> None:
    statuses, severities = _filters()
    every = reads.incidents(tenant)
    rows = [row for row in every if (not statuses or row.status.value in statuses) and (not severities or row.severity.value in severities)]
    if not rows:
        _none(bool(every))
        return
    rows.sort(key=lambda row: (row.status not in FEEDABLE, -row.severity.rank, -row.cost_of_waiting))
    now = reads.state(tenant).now
    _pick(rows)
    st.dataframe(
        [_line(row, now) for row in rows],
        hide_index=True,
        width="stretch",
        height="content",
        key="incident_table",
        on_select=_selected,
        selection_mode="single-row",
    )
    st.session_state["incident_rows"] = [row.id for row in rows]
    text.caption(f"{len(rows)} of {len(every)} incidents. Open one from the list above, or select its row.")


def _pick(rows: Sequence[Incident]) -> None:
    titles = {row.id: f"{row.id} · {row.title}" for row in rows}
    st.selectbox(
        "Open an incident",
        list(titles),
        index=None,
        format_func=lambda name: text.option(titles[name]),
        key="incident_pick",
        placeholder="Choose or type to find one",
        on_change=_picked,
    )


def _picked() -> None:
    session.set_param("incident", st.session_state.get("incident_pick"))


def _selected() -> None:
    chosen = st.session_state["incident_table"]["selection"]["rows"]
    if chosen:
        session.set_param("incident", st.session_state["incident_rows"][chosen[0]])


def _line(row: Incident, now: datetime) -> dict[str, str | int]:
    snapshot = row.metrics_snapshot
    return {
        "status": fmt.INCIDENT_MARKS[row.status][0],
        "severity": fmt.LEVEL_MARKS[row.severity.value][0],
        "what": row.title,
        "cause": str(snapshot.get("cause_title", "not known yet")),
        "stores": len(row.merchants),
        "cost an hour": fmt.amounts(snapshot.get("per_hour", ())),
        "signals": row.signal_count,
        "last seen": fmt.since(row.last_seen, now),
        "id": row.id,
    }


def _none(any_at_all: bool) -> None:
    with st.container(border=True):
        if any_at_all:
            text.heading("No incident fits these filters")
            st.button("Clear the filters", key="clear", on_click=_clear)
        else:
            text.heading("No incidents")
            text.plain("Nothing unusual was found in the signals so far.")


# --- one incident -------------------------------------------------------------------------------------------------


def _detail(tenant: str, incident_id: str) -> None:
    detail = reads.incident(tenant, incident_id)
    now = reads.state(tenant).now
    row = detail.incident
    text.heading(row.title)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        text.badge(*fmt.INCIDENT_MARKS[row.status])
        text.badge(f"Severity {fmt.LEVEL_MARKS[row.severity.value][0]}", fmt.LEVEL_MARKS[row.severity.value][1])
        text.caption(f"{row.id} · since {fmt.when(row.first_seen, now)}")
    if row.resolution:
        text.notice("info", row.resolution)
    overview, causes, seen, done, history = st.tabs(["Overview", "Causes", "Signals and clusters", "Actions", "History"], key="incident_tabs")
    with overview:
        _overview(tenant, detail, now)
    with causes:
        _causes(tenant, detail)
    with seen:
        _clusters(tenant, detail, now)
    with done:
        _actions(detail, now)
    with history:
        _history(tenant, incident_id)


def _overview(tenant: str, detail: IncidentDetail, now: datetime) -> None:
    report = reads.risk(tenant, detail.incident.id) if detail.dossier else None
    if report:
        _risk(report, detail)
    left, right = st.columns([0.5, 0.5], gap="medium")
    with left:
        text.strong("The loop so far")
        steps.line(detail, stopped=reads.state(tenant).switch.on)
    with right:
        text.strong("Facts")
        st.dataframe(
            _facts(detail.incident, now),
            hide_index=True,
            width="stretch",
            height="content",
            column_config={"fact": st.column_config.TextColumn(width="small")},
        )
        for receipt in detail.receipts:
            text.strong(f"Receipt of {receipt.row_id}")
            steps.receipt(receipt)


def _facts(row: Incident, now: datetime) -> list[dict[str, str]]:
    pairs = {
        "stores": ", ".join(row.merchants),
        "first seen": fmt.when(row.first_seen, now),
        "last seen": fmt.when(row.last_seen, now),
        "detected": fmt.when(row.detected_at, now),
        "resolved": fmt.when(row.resolved_at, now),
        "time to repair": fmt.apart(row.mttr_seconds) if row.mttr_seconds is not None else fmt.NOTHING,
        "signals": str(row.signal_count),
        "evidence version": str(row.evidence_version),
        "repeats": row.previous_id or fmt.NOTHING,
        "assigned to": row.assignee or fmt.NOTHING,
    }
    return [{"fact": name, "value": value} for name, value in pairs.items()]


def _risk(report: RiskReport, detail: IncidentDetail) -> None:
    first, second, third, fourth = st.columns(4)
    with first:
        orders = report.lost_orders
        text.metric("Orders lost so far", f"{orders['middle']:,.0f}", f"between {orders['low']:,.0f} and {orders['high']:,.0f}")
    with second:
        text.metric(
            "Revenue lost so far",
            fmt.middles(report.lost_revenue),
            fmt.interval(report.lost_revenue) if report.lost_revenue else "no lost checkout seen",
        )
    with third:
        text.metric("Cost per hour", fmt.middles(report.per_hour), f"per day {fmt.middles(report.per_day)}")
    with fourth:
        count = report.paid_without_order_count
        text.metric("Paid without an order", count, fmt.amounts(report.paid_without_order) if count else "reconciled to the cent")
    if report.series:
        charts.errors(report.series, detail.actions, max((item.at for item in detail.receipts), default=None))
    text.lines(report.sentences)


def _causes(tenant: str, detail: IncidentDetail) -> None:
    if detail.assessment is None:
        text.plain("The agent has not reasoned about it yet.")
        return
    for place, hypothesis in enumerate(detail.assessment.hypotheses, start=1):
        _hypothesis(tenant, detail, hypothesis, place)
    for title, lines in (("What it assumed", detail.assessment.assumptions), ("What it does not know", detail.assessment.uncertainties)):
        if lines:
            text.strong(title)
            text.lines(f"·  {words}" for words in lines)
    if detail.rag_context:
        text.strong("Runbook passages")
        sources.passages(detail.rag_context, "incident-rb")


def _hypothesis(tenant: str, detail: IncidentDetail, row: Hypothesis, place: int) -> None:
    name = "unknown: something nobody catalogued" if row.cause == "unknown" else row.title
    with st.expander(text.label(f"{place}. {name} · {fmt.confidence(row.confidence)}"), expanded=place == 1, key=f"cause-{row.cause}"):
        text.caption(f"{row.cause} · {fmt.words(row.category)}")
        signs = [("+ for", item) for item in row.findings_for] + [("− against", item) for item in row.findings_against]
        if signs:
            table = [
                {"": side, "weight": round(item.weight, 2), "finding": item.statement, "evidence": ", ".join(item.evidence_ids)}
                for side, item in signs
            ]
            st.dataframe(
                table, hide_index=True, width="stretch", height="content", column_config={"finding": st.column_config.TextColumn(width="large")}
            )
        for words in row.missing:
            text.plain(f"Not seen, and would raise it: {words}")
        if place == 1:
            named = [name for _, item in signs for name in item.evidence_ids]
            sources.facts(tenant, sources.by_ids(detail.evidence, named), "cause-ev")


def _clusters(tenant: str, detail: IncidentDetail, now: datetime) -> None:
    if not detail.patterns:
        text.plain("No pattern is recorded for this incident.")
    for pattern in detail.patterns:
        spike = f" · {pattern.spike.ratio:.1f} times its baseline" if pattern.spike else ""
        with st.expander(
            text.label(f"{pattern.title} · {pattern.count} signals of {fmt.stores(len(pattern.merchants))}{spike}"),
            key=f"pat-{pattern.id}",
            on_change="rerun",
        ) as opened:
            text.caption(f"{fmt.words(pattern.kind.value)} · {pattern.id} · last seen {fmt.when(pattern.last_seen, now)}")
            if pattern.terms:
                text.plain(f"Terms: {', '.join(pattern.terms)}")
            if opened.open:
                sources.signal_table(reads.signals_by_id(tenant, pattern.examples or pattern.signal_ids))
    text.strong("Every counted fact")
    table = [{"kind": fmt.words(row.kind), "statement": row.statement, "count": row.count, "id": row.id} for row in detail.evidence]
    st.dataframe(table, hide_index=True, width="stretch", column_config={"statement": st.column_config.TextColumn(width="large")})


def _actions(detail: IncidentDetail, now: datetime) -> None:
    if not detail.actions:
        text.plain("Nothing was proposed yet.")
    for row in detail.actions:
        _action(row, now)
    for receipt in detail.receipts:
        text.strong(f"Receipt of {receipt.row_id}")
        steps.receipt(receipt)
    for lesson in detail.lessons:
        text.strong(f"Lesson {lesson.id}: {lesson.outcome}")
        text.plain(lesson.summary)
        if lesson.feedback:
            text.plain(f"What the person said: {lesson.feedback}")


def _action(row: Action, now: datetime) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch"):
                text.strong(row.decision.title)
            text.badge(*fmt.ACTION_MARKS[row.status])
            if st.button("Open the card", key=f"card-{row.id}", type="tertiary"):
                session.go("inbox", action=row.id, **({} if row.status.value == "PENDING" else {"show": "decided"}))
        decided = f" · decided by {row.decided_by} {fmt.when(row.decided_at, now)}" if row.decided_by else ""
        text.caption(f"{row.id} · version {row.version} · proposed {fmt.when(row.proposed_at, now)}{decided}")
        text.plain(
            f"Policy says {row.decision.ruling.verdict.value}: {' '.join(row.decision.ruling.reasons)} ({', '.join(row.decision.ruling.rule_ids)})"
        )
        if row.feedback:
            text.plain(f"Reason given: {row.feedback}")


def _history(tenant: str, incident_id: str) -> None:
    rows = reads.timeline(tenant, incident_id)
    table = [
        {
            "when": row.at.replace(tzinfo=None),
            "what": row.kind,
            "about": row.subject,
            "by": row.principal,
            "seq": row.seq,
            "more": _payload(row.payload),
        }
        for row in rows
    ]
    config = {
        "when": st.column_config.DatetimeColumn("when (UTC)", format="DD MMM YYYY HH:mm:ss"),
        "more": st.column_config.TextColumn(width="large"),
    }
    st.dataframe(table, hide_index=True, width="stretch", height=460, column_config=config)


def _payload(payload: dict[str, object]) -> str:
    return " · ".join(f"{fmt.words(name)}: {value}" for name, value in payload.items() if value is not None and not name.endswith("digest"))
