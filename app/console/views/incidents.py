"""Incidents: all of them with filters in the URL, and everything about one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import streamlit as st

from app.console import (
    case_words,
    charts,
    citations,
    navigation,
    plan,
    queries,
    quiet,
    safe_text,
    said,
    steps,
    taking,
    taking_back,
)
from app.console import format as fmt
from app.console.client import ApiProblem
from app.domain.actions import Action
from app.domain.base import JsonMapping, Severity
from app.domain.events import Event
from app.domain.hypotheses import Hypothesis
from app.domain.impact import BaseTotal
from app.domain.incidents import FEEDABLE, GONE, Incident, IncidentStatus, RecordedStep
from app.schemas.incidents import IncidentDetail, RiskReport, RiskShare, RiskTotal

EVERY: Final = "All"


@navigation.guarded("incidents")
def draw(tenant: str) -> None:
    """One incident when the URL names it, else the table."""
    named = navigation.param("incident")
    navigation.on_screen(named or None)
    if not named:
        _draw_table(tenant)
        return
    st.button("← All incidents", key="back", type="tertiary", on_click=navigation.set_param, args=("incident", None))
    try:
        _draw_detail(tenant, named)
    except ApiProblem as problem:
        if problem.status not in {404, 422}:
            raise
        safe_text.notice("warning", f"There is no incident {named} in {tenant}.")


# --- the table ----------------------------------------------------------------------------------------------------


def _keep_choice(name: str, key: str) -> None:
    chosen = st.session_state.get(key)
    navigation.set_param(name, ",".join(chosen) if isinstance(chosen, list) else chosen)


def _draw_filters() -> tuple[list[str], list[str]]:
    """The chosen statuses and severities; both stand in the URL."""
    statuses = [word for word in navigation.param("status").split(",") if word in IncidentStatus.__members__]
    severities = [word for word in navigation.param("severity").split(",") if word in set(Severity)]
    st.session_state["f_status"], st.session_state["f_severity"] = statuses, severities
    with st.container(horizontal=True, gap="medium"):
        st.multiselect(
            "Status",
            [status.value for status in IncidentStatus],
            key="f_status",
            placeholder="Any",
            on_change=_keep_choice,
            args=("status", "f_status"),
        )
        st.multiselect(
            "Severity",
            [level.value for level in reversed(Severity)],
            key="f_severity",
            placeholder="Any",
            on_change=_keep_choice,
            args=("severity", "f_severity"),
        )
    return statuses, severities


def _clear_filters() -> None:
    navigation.set_param("status", None)
    navigation.set_param("severity", None)


@navigation.guarded("incident-table")
def _draw_table(tenant: str) -> None:
    statuses, severities = _draw_filters()
    every = queries.list_incident_rows(tenant)
    rows = [
        row
        for row in every
        if (not statuses or row.status.value in statuses) and (not severities or row.severity.value in severities)
    ]
    if not rows:
        _draw_none(bool(every))
        return
    rows.sort(key=lambda row: (row.status not in FEEDABLE, -row.severity.rank, -row.cost_of_waiting))
    now = queries.read_state(tenant).now
    _draw_picker(rows)
    st.dataframe(
        [_incident_row(row, now) for row in rows],
        hide_index=True,
        width="stretch",
        height="content",
        key="incident_table",
        on_select=_open_selected,
        selection_mode="single-row",
    )
    st.session_state["incident_rows"] = [row.id for row in rows]
    safe_text.caption(f"{len(rows)} of {len(every)} incidents. Open one from the list above, or select its row.")
    if any(row.status in FEEDABLE for row in every) and st.toggle("What all open incidents cost", key="total_risk"):
        _draw_total(queries.read_total_risk(tenant))


def _draw_total(found: RiskTotal) -> None:
    """The sum over all open incidents, by stage of the migration and by merchant."""
    safe_text.lines(found.sentences)
    for title, shares in (("stage", found.by_stage), ("merchant", found.by_merchant)):
        if shares:
            st.dataframe([_share_row(title, one) for one in shares], hide_index=True, width="stretch")


def _share_row(title: str, share: RiskShare) -> dict[str, str]:
    return {
        title: fmt.words(share.name) if title == "stage" else share.name,
        "orders lost": f"{share.lost_orders:,.1f}",
        "lost": fmt.amounts([share.lost]),
        "an hour": fmt.amounts([share.per_hour]),
    }


def _draw_picker(rows: Sequence[Incident]) -> None:
    titles = {row.id: f"{row.id} · {row.title}" for row in rows}
    st.selectbox(
        "Open an incident",
        list(titles),
        index=None,
        format_func=lambda name: safe_text.option(titles[name]),
        key="incident_pick",
        placeholder="Choose or type to find one",
        on_change=_open_picked,
    )


def _open_picked() -> None:
    navigation.set_param("incident", st.session_state.get("incident_pick"))


def _open_selected() -> None:
    chosen = st.session_state["incident_table"]["selection"]["rows"]
    if chosen:
        navigation.set_param("incident", st.session_state["incident_rows"][chosen[0]])


def _incident_row(row: Incident, now: datetime) -> dict[str, str | int]:
    return {
        "status": fmt.INCIDENT_MARKS[row.status][0],
        "severity": fmt.LEVEL_MARKS[row.severity.value][0],
        "what": row.headline,
        "shows as": row.title,
        "cause": str(row.metrics_snapshot.get("cause_title", "not known yet")),
        "stores": len(row.merchants),
        "cost an hour": fmt.amounts(row.hourly_costs),
        "signals": row.signal_count,
        "last seen": fmt.since(row.last_seen, now),
        "id": row.id,
    }


def _draw_none(any_at_all: bool) -> None:
    with st.container(border=True):
        if any_at_all:
            safe_text.heading("No incident fits these filters")
            st.button("Clear the filters", key="clear", on_click=_clear_filters)
        else:
            safe_text.heading("No incidents")
            safe_text.plain("Nothing unusual was found in the signals so far.")


# --- one incident -------------------------------------------------------------------------------------------------


def _draw_detail(tenant: str, incident_id: str) -> None:
    detail = queries.read_incident_detail(tenant, incident_id)
    now = queries.read_state(tenant).now
    row = detail.incident
    safe_text.heading(fmt.headline(row))
    if title := fmt.other_title(row):
        safe_text.caption(title)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        safe_text.badge(*fmt.INCIDENT_MARKS[row.status])
        safe_text.badge(f"Severity {fmt.LEVEL_MARKS[row.severity.value][0]}", fmt.LEVEL_MARKS[row.severity.value][1])
        safe_text.caption(f"{row.id} · since {fmt.when(row.first_seen, now)}")
    if row.resolution:
        safe_text.notice("info", row.resolution)
    said.draw_name(detail)
    taking.draw_owner(row)
    quiet.draw_holds(detail)
    with st.container(horizontal=True, gap="small"):
        _draw_downloads(tenant, row.id)
        taking.draw_taking(tenant, row)
        _draw_closing(tenant, row)
        said.draw_naming(tenant, detail)
    said.draw_next_check(tenant, detail)
    found = queries.read_plan(tenant, row.id)
    plan.draw_waiting(found)
    overview, causes, planned, seen, done, history = st.tabs(
        ["Overview", "Causes", "Plan", "Signals and clusters", "Actions", "History"], key="incident_tabs"
    )
    with overview:
        case_words.draw_words(tenant, detail)
        _draw_overview(tenant, detail, now)
    with causes:
        _draw_causes(tenant, detail)
    with planned:
        plan.draw_plan(tenant, found)
    with seen:
        _draw_patterns(tenant, detail, now)
    with done:
        _draw_actions(tenant, detail, now)
    with history:
        _draw_history(tenant, incident_id)


def _draw_downloads(tenant: str, incident_id: str) -> None:
    """The report to file or to paste; it is made when somebody asks for it."""
    for kind, name, ending, media_type in (
        ("pdf", "↓ Report as PDF", "pdf", "application/pdf"),
        ("markdown", "↓ as Markdown", "md", "text/markdown"),
    ):
        st.download_button(
            safe_text.label(name),
            queries.report_of(tenant, incident_id, kind),
            f"{incident_id}.{ending}",
            media_type,
            key=f"report-{ending}",
            on_click="ignore",
        )


def _draw_closing(tenant: str, row: Incident) -> None:
    """Whoever reads it may end it, with a reason, whatever it is at."""
    if row.status in GONE:
        return
    if row.closing:
        safe_text.notice("info", f"Being {row.closing.sentence}. It ends once what is being done to it is finished.")
        return
    with st.popover("Close this incident", key="closing-popover"):
        safe_text.plain("Questions and grants about it are taken back; what is being done is finished first.")
        why = (st.text_input("Why", key=f"closing-{row.id}", max_chars=1_500) or "").strip()
        st.button("Close", key="close", disabled=not why, on_click=_close, args=(tenant, row.id, why))


def _close(tenant: str, incident_id: str, why: str) -> None:
    if navigation.attempt(queries.manage, tenant, incident_id, "close", why) is not None:
        navigation.show_notice("success", f"{incident_id}: closed, because {why}")


def _draw_overview(tenant: str, detail: IncidentDetail, now: datetime) -> None:
    report = queries.read_risk(tenant, detail.incident.id) if detail.dossier else None
    if report:
        _draw_risk(report, detail)
    left, right = st.columns([0.5, 0.5], gap="medium")
    with left:
        safe_text.strong("The loop so far")
        steps.draw_steps(detail, stopped=queries.read_state(tenant).switch.on)
    with right:
        safe_text.strong("Facts")
        st.dataframe(
            _fact_rows(detail.incident, now),
            hide_index=True,
            width="stretch",
            height="content",
            column_config={"fact": st.column_config.TextColumn(width="small")},
        )
        for receipt in detail.receipts:
            safe_text.strong(f"Receipt of {receipt.row_id}")
            steps.draw_receipt(receipt)


def _fact_rows(row: Incident, now: datetime) -> list[dict[str, str]]:
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


def base_in_words(base: BaseTotal) -> str:
    """A bill in the currency that the tenant counts in, and what is not in it."""
    said = f"In {base.currency}: {fmt.amounts([base.lost.middle])} lost, {fmt.amounts([base.per_hour.middle])} an hour."
    return f"{said} Without a rate, and not in it: {', '.join(base.unconverted)}." if base.unconverted else said


def _draw_risk(report: RiskReport, detail: IncidentDetail) -> None:
    first, second, third, fourth = st.columns(4)
    with first:
        orders = report.lost_orders
        safe_text.metric(
            "Orders lost so far", f"{orders['middle']:,.0f}", f"between {orders['low']:,.0f} and {orders['high']:,.0f}"
        )
    with second:
        safe_text.metric(
            "Revenue lost so far",
            fmt.middles(report.lost_revenue),
            fmt.interval(report.lost_revenue) if report.lost_revenue else "no lost checkout seen",
        )
    with third:
        safe_text.metric("Cost per hour", fmt.middles(report.per_hour), f"per day {fmt.middles(report.per_day)}")
    with fourth:
        count = report.paid_without_order_count
        safe_text.metric(
            "Paid without an order",
            count,
            fmt.amounts(report.paid_without_order) if count else "reconciled to the cent",
        )
    if report.base is not None and (report.base.unconverted or len(report.lost_revenue) > 1):
        safe_text.caption(base_in_words(report.base))
    if report.series:
        charts.draw_errors(report.series, detail.actions, max((item.at for item in detail.receipts), default=None))
    safe_text.lines(report.sentences)


def _draw_causes(tenant: str, detail: IncidentDetail) -> None:
    if detail.assessment is None:
        safe_text.plain("The agent has not reasoned about it yet.")
        return
    for place, hypothesis in enumerate(detail.assessment.hypotheses, start=1):
        _draw_hypothesis(tenant, detail, hypothesis, place)
    for title, lines in (
        ("What it assumed", detail.assessment.assumptions),
        ("What it does not know", detail.assessment.uncertainties),
    ):
        if lines:
            safe_text.strong(title)
            safe_text.lines(f"·  {words}" for words in lines)
    if detail.rag_context:
        safe_text.strong("Runbook passages")
        citations.passages(detail.rag_context, "incident-rb")


def _draw_hypothesis(tenant: str, detail: IncidentDetail, row: Hypothesis, place: int) -> None:
    name = "unknown: something nobody catalogued" if row.cause == "unknown" else row.title
    with st.expander(
        safe_text.label(f"{place}. {name} · {fmt.confidence(row.confidence)}"),
        expanded=place == 1,
        key=f"cause-{row.cause}",
    ):
        safe_text.caption(f"{row.cause} · {fmt.words(row.category)}")
        signs = [("+ for", item) for item in row.findings_for] + [("− against", item) for item in row.findings_against]
        if signs:
            table = [
                {
                    "": side,
                    "weight": round(item.weight, 2),
                    "finding": item.statement,
                    "evidence": ", ".join(item.evidence_ids),
                }
                for side, item in signs
            ]
            st.dataframe(
                table,
                hide_index=True,
                width="stretch",
                height="content",
                column_config={"finding": st.column_config.TextColumn(width="large")},
            )
        for words in row.missing:
            safe_text.plain(f"Not seen, and would raise it: {words}")
        if place == 1:
            named = [name for _, item in signs for name in item.evidence_ids]
            citations.facts(tenant, citations.by_ids(detail.evidence, named), "cause-ev")


def _draw_patterns(tenant: str, detail: IncidentDetail, now: datetime) -> None:
    if not detail.patterns:
        safe_text.plain("No pattern is recorded for this incident.")
    for pattern in detail.patterns:
        spike = f" · {pattern.spike.ratio:.1f} times its baseline" if pattern.spike else ""
        with st.expander(
            safe_text.label(
                f"{pattern.title} · {pattern.count} signals of {fmt.stores(len(pattern.merchants))}{spike}"
            ),
            key=f"pat-{pattern.id}",
            on_change="rerun",
        ) as opened:
            safe_text.caption(
                f"{fmt.words(pattern.kind.value)} · {pattern.id} · last seen {fmt.when(pattern.last_seen, now)}"
            )
            if pattern.terms:
                safe_text.plain(f"Terms: {', '.join(pattern.terms)}")
            if opened.open:
                citations.signal_table(queries.signals_by_id(tenant, pattern.examples or pattern.signal_ids))
    safe_text.strong("Every counted fact")
    table = [
        {"kind": fmt.words(row.kind), "statement": row.statement, "count": row.count, "id": row.id}
        for row in detail.evidence
    ]
    st.dataframe(
        table, hide_index=True, width="stretch", column_config={"statement": st.column_config.TextColumn(width="large")}
    )


def _draw_actions(tenant: str, detail: IncidentDetail, now: datetime) -> None:
    if not detail.actions:
        safe_text.plain("Nothing was proposed yet.")
    for row in detail.actions:
        _draw_action(row, now)
        taking_back.draw_undo(tenant, row, detail.actions)
    for receipt in detail.receipts:
        safe_text.strong(f"Receipt of {receipt.row_id}")
        steps.draw_receipt(receipt)
    for lesson in detail.lessons:
        safe_text.strong(f"Lesson {lesson.id}: {lesson.outcome}")
        safe_text.plain(lesson.summary)
        if lesson.feedback:
            safe_text.plain(f"What the person said: {lesson.feedback}")
    for lesson in detail.lessons_of_others:
        safe_text.strong(f"Learnt from another incident, {lesson.incident_id}: {lesson.outcome}")
        safe_text.plain(lesson.summary)


def _draw_action(row: Action, now: datetime) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch"):
                safe_text.strong(row.decision.title)
            safe_text.badge(*fmt.ACTION_MARKS[row.status])
            if st.button("Open the card", key=f"card-{row.id}", type="tertiary"):
                navigation.go("inbox", action=row.id, **({} if row.status.value == "PENDING" else {"show": "decided"}))
        decided = f" · decided by {row.decided_by} {fmt.when(row.decided_at, now)}" if row.decided_by else ""
        safe_text.caption(f"{row.id} · version {row.version} · proposed {fmt.when(row.proposed_at, now)}{decided}")
        safe_text.plain(
            f"Policy says {row.decision.ruling.verdict.value}: {' '.join(row.decision.ruling.reasons)}"
            f" ({', '.join(row.decision.ruling.rule_ids)})"
        )
        if row.feedback:
            safe_text.plain(f"Reason given: {row.feedback}")


def _draw_history(tenant: str, incident_id: str) -> None:
    rows = queries.read_timeline(tenant, incident_id)
    came_to = {step.seq: step for step in queries.read_incident_detail(tenant, incident_id).steps}
    table = [
        {
            "when": row.at.replace(tzinfo=None),
            "what": row.kind,
            "about": row.subject,
            "by": row.principal,
            "seq": row.seq,
            "more": _step_words(came_to, row) or _payload_words(row.payload),
        }
        for row in rows
    ]
    config = {
        "when": st.column_config.DatetimeColumn("when (UTC)", format="DD MMM YYYY HH:mm:ss"),
        "more": st.column_config.TextColumn(width="large"),
    }
    st.dataframe(table, hide_index=True, width="stretch", height=460, column_config=config)


def _step_words(came_to: Mapping[int, RecordedStep], row: Event) -> str:
    """What a step came to; empty for what is no step."""
    step = came_to.get(int(str(row.payload.get("seq", 0)))) if row.kind.startswith("step.") else None
    return "" if step is None else steps.outcome_words(step.step, step.output)


def _payload_words(payload: JsonMapping) -> str:
    return " · ".join(
        f"{fmt.words(name)}: {value}"
        for name, value in payload.items()
        if value is not None and not name.endswith("digest")
    )
