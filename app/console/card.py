"""The decision card: drawn from the bytes of one action row, and the one place where a person decides about it."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Final

import streamlit as st

from app.console import (
    chat,
    citations,
    in_doubt,
    kill_switch,
    navigation,
    plan,
    queries,
    quiet,
    safe_text,
    said,
    snoozing,
    steps,
    taking_back,
)
from app.console import format as fmt
from app.console.client import ApiProblem
from app.console.editor import draw_editor
from app.console.exact_request import draw_request
from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.base import JsonMapping, JsonObject, object_in
from app.domain.decisions import Decision
from app.domain.hypotheses import Hypothesis
from app.domain.receipts import Receipt
from app.schemas.incidents import IncidentDetail

REASONS: Final = (
    "The cause is wrong",
    "The cause is right, the action is not",
    "Too many stores at once",
    "Not now: a bad moment for a change",
    "It is being handled elsewhere",
)
RISKY: Final = frozenset({"high", "critical"})
FEW = 6


def draw_card(tenant: str, action_id: str) -> None:
    """The card of one action, whatever its state."""
    row = queries.read_action_row(tenant, action_id)
    detail = queries.read_incident_detail(tenant, row.incident_id)
    now = queries.read_state(tenant).now
    navigation.on_screen(row.id)
    with st.container(border=True, key="decision-card"):
        _draw_top(row, detail, now)
        _draw_figures(row, detail)
        if row.status is ActionStatus.PENDING:
            _watch_freshness(tenant, row.id, row.version, row.digest)
            _draw_decision_bar(tenant, row)
        else:
            if row.status is ActionStatus.IN_DOUBT:
                in_doubt.draw_doubt(tenant, row, now)
            _draw_aftermath(tenant, row.id, row.incident_id)
            taking_back.draw_undo(tenant, row, detail.actions)
        _draw_why(tenant, row, detail)
        _draw_reach(row, detail)
        plan.draw_part(row)
        _draw_exact_request(row, detail)


def _draw_top(row: Action, detail: IncidentDetail, now: datetime) -> None:
    """What is broken, then what is proposed against it."""
    safe_text.heading(fmt.headline(detail.incident))
    if title := fmt.other_title(detail.incident):
        safe_text.caption(title)
    safe_text.strong(row.decision.title)
    words, colour = fmt.ACTION_MARKS[row.status]
    level, level_colour = fmt.LEVEL_MARKS[row.decision.risk.level]
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        safe_text.badge(words, colour)
        safe_text.badge(f"Risk {level}", level_colour)
        safe_text.badge(
            f"Mode {fmt.words(row.decision.mode.value)}", "violet" if row.decision.mode.value == "simulated" else "gray"
        )
        expiry = row.decision.expires_at
        if expiry and row.status is ActionStatus.PENDING:
            safe_text.badge(f"Expires {fmt.since(expiry, now)}", "gray")
    safe_text.caption(
        f"{row.id} · version {row.version} · proposed {fmt.when(row.proposed_at, now)} · incident {row.incident_id}"
    )
    said.draw_name(detail)
    quiet.draw_holds(detail)


def _draw_figures(row: Action, detail: IncidentDetail) -> None:
    impact = detail.dossier.impact if detail.dossier else None
    unknown = row.decision.cause == "unknown"
    first, second, third, fourth = st.columns(4)
    with first:
        hourly = [item.middle for item in impact.per_hour] if impact else []
        safe_text.metric(
            "Waiting costs per hour",
            fmt.amounts(hourly),
            "estimated from lost checkouts" if hourly else "no lost checkout seen",
        )
    with second:
        safe_text.metric(
            "Stores", len(row.decision.scope), fmt.stages(detail.dossier.blast.stages) if detail.dossier else ""
        )
    with third:
        word = fmt.confidence(row.decision.confidence)
        safe_text.metric(
            "Confidence",
            fmt.percent(row.decision.confidence),
            "that no known cause fits" if unknown else word.split(" (", maxsplit=1)[0],
        )
    with fourth:
        safe_text.metric("Risk", f"{row.decision.risk.score:.2f}", row.decision.risk.level)


# --- why ---------------------------------------------------------------------------------------------------------


def _draw_why(tenant: str, row: Action, detail: IncidentDetail) -> None:
    best = _hypothesis_of(row, detail)
    safe_text.strong("Why")
    if best is None:
        safe_text.plain("The reasoning behind this proposal is not recorded.")
        return
    safe_text.plain(f"{best.title[:1].upper()}{best.title[1:]}: {fmt.confidence(row.decision.confidence)}.")
    speaks_for = [f"+  {finding.statement}" for finding in best.findings_for[:FEW]]
    safe_text.lines([*speaks_for, *(f"−  {finding.statement}" for finding in best.findings_against[:3])])
    _draw_evidence(tenant, row, detail, best)
    _draw_runbooks(tenant, row, detail)


def _hypothesis_of(row: Action, detail: IncidentDetail) -> Hypothesis | None:
    ranked = detail.assessment.hypotheses if detail.assessment else ()
    return next((item for item in ranked if item.cause == row.decision.cause), ranked[0] if ranked else None)


def _draw_evidence(tenant: str, row: Action, detail: IncidentDetail, best: Hypothesis) -> None:
    named = [name for finding in (*best.findings_for, *best.findings_against) for name in finding.evidence_ids]
    first = citations.by_ids(detail.evidence, named)[:FEW]
    rest = [item for item in citations.by_ids(detail.evidence, sorted(row.decision.evidence)) if item not in first]
    safe_text.strong(f"Evidence · {len(row.decision.evidence)} facts")
    citations.facts(tenant, first, f"{row.id}-ev")
    if rest and st.toggle("Show every fact this decision is bound to", key=f"all-{row.id}"):
        citations.facts(tenant, rest, f"{row.id}-ev")


def _draw_runbooks(tenant: str, row: Action, detail: IncidentDetail) -> None:
    found = citations.cited(tenant, row.decision.citations, detail.rag_context)
    safe_text.strong("Runbooks it rests on")
    if found:
        citations.passages(found, f"{row.id}-rb")
    else:
        safe_text.plain("No runbook covers this.")


# --- what it touches ----------------------------------------------------------------------------------------------


def _draw_reach(row: Action, detail: IncidentDetail) -> None:
    decision = row.decision
    left, right = st.columns(2)
    with left:
        safe_text.strong("Blast radius")
        safe_text.lines(_blast_lines(row, detail))
    with right:
        safe_text.strong(f"Policy says {decision.ruling.verdict.value}")
        safe_text.lines(
            f"{reason} ({rule})"
            for rule, reason in zip(decision.ruling.rule_ids, decision.ruling.reasons, strict=False)
        )
        safe_text.caption(
            " · ".join(
                [
                    f"policy version {decision.ruling.policy_version[:12]}",
                    *([f"causes of {decision.pack}"] if decision.pack else []),
                    *_recalibrated_words(decision),
                    *decision.risk.factors,
                ]
            )
        )
    if decision.forecast:
        safe_text.strong("How it will be checked")
        safe_text.plain(f"{decision.forecast.statement} {_promise_sentence(row)}")


def _recalibrated_words(decision: Decision) -> list[str]:
    """What policy read in place of the confidence, where what became of earlier ones moved it."""
    found = decision.recalibrated
    if found is None or not found.shift:
        return []
    return [f"policy read {found.after:.1%} for {found.before:.1%}, by {found.n} earlier incidents of known cause"]


def _blast_lines(row: Action, detail: IncidentDetail) -> list[str]:
    decision = row.decision
    risk = detail.dossier.blast.at_risk if detail.dossier else ()
    said = [_merchant_names(decision.scope, detail)]
    said.append(
        f"At risk of breaking next: {', '.join(risk)}." if risk else "No other store shares what the broken ones have."
    )
    if len(decision.rollout) > 1:
        parts = " then ".join(fmt.stores(len(part)) for part in decision.rollout)
        said.append(f"In {len(decision.rollout)} steps: {parts}, each verified before the next.")
    said.append(
        f"Undo: {decision.undo.statement or fmt.words(decision.undo.tool)}"
        if decision.undo
        else "It cannot be taken back."
    )
    return said


def _promise_sentence(row: Action) -> str:
    forecast = row.decision.forecast
    if forecast is None or forecast.only_recorded:
        return "Checked by looking the record up."
    harmed = "If it does harm, it is undone." if row.decision.undo else ""
    return (
        f"Errors of these stores must fall to {forecast.target_ratio:.0%} of before within {forecast.within_minutes}"
        f" minutes. {harmed}"
    )


def _merchant_names(scope: tuple[str, ...], detail: IncidentDetail) -> str:
    names = {row.id: row.name for row in detail.dossier.directory} if detail.dossier else {}
    return ", ".join(f"{names[one]} ({one})" if names.get(one) else one for one in scope) or "No store is touched."


def _draw_exact_request(row: Action, detail: IncidentDetail) -> None:
    safe_text.strong("Before and after")
    changes = before_and_after(row, detail)
    st.dataframe(changes, hide_index=True, width="stretch")
    with st.expander("The exact request", expanded=False):
        for request in row.decision.requests:
            draw_request(request)
        safe_text.caption(f"An approval binds to the digest {row.digest}")


def before_and_after(row: Action, detail: IncidentDetail) -> list[dict[str, str]]:
    """What the tool reported, when it ran; else the settings that tell the broken stores apart, and what the request
    would write.
    """
    body = object_in(row.result.response, "body") if row.result else {}
    if isinstance(body.get("before"), Mapping) and isinstance(body.get("after"), Mapping):
        name, before = fmt.words(str(body.get("setting", "setting"))), object_in(body, "before")
        return [
            {"store": one, "setting": name, "before": str(before.get(one, "")), "after": str(value)}
            for one, value in object_in(body, "after").items()
        ]
    asked = {
        name: value for name, value in row.decision.arguments.items() if name not in {"merchant_ids", "incident_id"}
    }
    after = ", ".join(f"{fmt.words(name)} = {value}" for name, value in asked.items()) or "see the request"
    return [
        {"store": one, "before": _settings_of(one, row, detail) or "as it is", "after": after}
        for one in row.decision.scope
    ]


def _settings_of(store: str, row: Action, detail: IncidentDetail) -> str:
    """The attributes of a store that the decision's contrast facts speak of."""
    known = next(
        (item.dimensions() for item in (detail.dossier.directory if detail.dossier else ()) if item.id == store), {}
    )
    best = _hypothesis_of(row, detail)
    named = {name for finding in (best.findings_for if best else ()) for name in finding.evidence_ids}
    spoken = [
        str(value)
        for item in detail.evidence
        if item.id in named and item.kind == "contrast"
        for value in item.data.values()
    ]
    return ", ".join(f"{fmt.words(name)} = {known[name]}" for name in known if any(name in words for words in spoken))


# --- deciding ------------------------------------------------------------------------------------------------------


@st.fragment(run_every="4s")
def _watch_freshness(tenant: str, action_id: str, version: int, digest: str) -> None:
    """The card never changes under the hand: it says that it is old, and is drawn anew on request."""
    try:
        current = queries.read_action_row(tenant, action_id)
    except ApiProblem:
        return
    if (current.version, current.digest, current.status) == (version, digest, ActionStatus.PENDING):
        return
    who = f" by {current.decided_by}" if current.decided_by else ""
    words = fmt.ACTION_MARKS[current.status][0]
    safe_text.notice(
        "warning", f"This card has changed: it is now version {current.version}, {words}{who}. Review it again."
    )
    if st.button("Show the current card", key="show-current", type="primary"):
        queries.forget_reads()
        st.rerun()


def _set_mode(key: str, mode: str) -> None:
    st.session_state[key] = mode


def _draw_decision_bar(tenant: str, row: Action) -> None:
    key = f"desk-{row.id}-{row.digest}"
    mode = st.session_state.get(key, "")
    snoozing.draw_put_off(tenant, row)
    if row.decision.approvers > 1:
        stake = f" About {row.decision.at_stake} is at stake." if row.decision.at_stake else ""
        stands = row.still_needs_another or "Two different people must approve it; nobody has yet"
        safe_text.notice("info", f"{stands}.{stake}")
    with st.container(horizontal=True, gap="small"):
        st.button("✓ Approve", key="approve", type="primary", shortcut="A", on_click=_set_mode, args=(key, "approve"))
        st.button("✎ Edit", key="edit", shortcut="E", on_click=_set_mode, args=(key, "edit"))
        st.button("✕ Reject", key="reject", shortcut="X", on_click=_set_mode, args=(key, "reject"))
        st.button("◷ Snooze", key="snooze", shortcut="H", on_click=_set_mode, args=(key, "snooze"))
        st.button(
            "? Ask why", key="ask", shortcut="Q", on_click=chat.ask_question, args=(tenant, chat.SUGGESTED[0], row.id)
        )
    if mode == "approve":
        _confirm_approval(tenant, row, key)
    elif mode == "edit":
        _edit_arguments(tenant, row, key)
    elif mode == "reject":
        _ask_rejection(tenant, row, key)
    elif mode == "snooze":
        snoozing.draw_snooze(tenant, row, partial(_set_mode, key, ""))


def _confirm_approval(tenant: str, row: Action, key: str) -> None:
    """A second, different press; for a high risk also the store's id, typed."""
    with st.container(border=True, key="confirm-approval"):
        sends = (
            "shows the exact request and sends nothing" if row.decision.mode.value == "dry_run" else "sends the request"
        )
        safe_text.plain(
            f"Approving {sends} for {fmt.stores(len(row.decision.scope))}, as version {row.version} with digest"
            f" {row.digest[:12]}."
        )
        typed = True
        if row.decision.risk.level in RISKY and row.decision.scope:
            wanted = row.decision.scope[0]
            safe_text.caption(f"The risk is {row.decision.risk.level}: type {wanted} to confirm.")
            typed = (
                st.text_input("Type the store's id", key=f"typed-{row.digest}", label_visibility="collapsed") == wanted
            )
        with st.container(horizontal=True, gap="small"):
            st.button(
                "Confirm approval",
                key="confirm",
                type="primary",
                disabled=not typed,
                shortcut="Mod+Enter",
                on_click=_send_decision,
                args=(tenant, row, True, ""),
            )
            st.button("Cancel", key="cancel", on_click=_set_mode, args=(key, ""))


def _ask_rejection(tenant: str, row: Action, key: str) -> None:
    with st.container(border=True, key="confirm-rejection"):
        preset = st.pills(
            "Why not? A reason is required: the agent learns from it.", REASONS, key=f"preset-{row.digest}"
        )
        more = st.text_input(
            "In your own words",
            key=f"words-{row.digest}",
            max_chars=1_500,
            placeholder="What should the agent know next time?",
        )
        wrong = st.checkbox(
            "The cause is wrong, too",
            key=f"wrong-{row.digest}",
            help="Else only this proposal is refused, and another one may follow for the cause",
        )
        reason = ": ".join(part for part in (preset or "", (more or "").strip()) if part)
        with st.container(horizontal=True, gap="small"):
            said = (tenant, row, False, reason, wrong)
            st.button(
                "Reject it",
                key="confirm-reject",
                type="primary",
                disabled=not reason,
                on_click=_send_decision,
                args=said,
            )
            st.button("Cancel", key="cancel", on_click=_set_mode, args=(key, ""))
        if not reason:
            safe_text.caption("Choose a reason or write one.")


def _edit_arguments(tenant: str, row: Action, key: str) -> None:
    with st.container(border=True, key="edit-arguments"):
        arguments, problem = draw_editor(row.decision.arguments, row.digest)
        changed = {name: value for name, value in arguments.items() if value != row.decision.arguments.get(name)}
        if problem:
            safe_text.notice("error", problem)
        for name, value in changed.items():
            safe_text.plain(f"{fmt.words(name)}: {row.decision.arguments.get(name)}  →  {value}")
        safe_text.caption(
            "The request it leads to; it is built anew, ruled on anew and shown on the card before anything is"
            " approved."
        )
        safe_text.json_block(json.dumps(_rebuild_body(row, arguments), indent=2, ensure_ascii=False))
        with st.container(horizontal=True, gap="small"):
            ready = bool(changed) and not problem
            st.button(
                "Save as a new version",
                key="save-edit",
                type="primary",
                disabled=not ready,
                on_click=_save_edit,
                args=(tenant, row, arguments),
            )
            st.button("Cancel", key="cancel", on_click=_set_mode, args=(key, ""))


def _rebuild_body(row: Action, arguments: JsonMapping) -> JsonObject:
    body = row.decision.requests[0].body if row.decision.requests else {}
    return {name: arguments.get(name, value) for name, value in {**arguments, **body}.items()}


def _send_decision(tenant: str, row: Action, approved: bool, reason: str, cause_is_wrong: bool = False) -> None:
    try:
        after = queries.send_decision(tenant, row.id, row.digest, approved, reason, cause_is_wrong)
    except ApiProblem as problem:
        navigation.show_notice("warning" if problem.is_conflict else "error", explain_refusal(problem))
        return
    verb = "Approved" if approved else "Rejected"
    stands = after.still_needs_another or f"The action is now {after.status.value}"
    navigation.show_notice("success", f"{verb}: {row.decision.title}. {stands}.")
    navigation.set_param("action", row.id)


def explain_refusal(problem: ApiProblem) -> str:
    """Why a decision was not taken; after a lost race also who won, and when."""
    if not problem.is_conflict:
        return problem.sentence
    facts = problem.facts
    who = " as ".join(str(facts[name]) for name in ("decided_by", "label") if facts.get(name))
    at = str(facts.get("decided_at") or "")[:19].replace("T", " ")
    winner = f" Decided by {who}{f' at {at} UTC' if at else ''}." if who else ""
    return f"Nothing was changed: {problem.sentence}.{winner} The card below is the current one."


def _save_edit(tenant: str, row: Action, arguments: JsonObject) -> None:
    try:
        after = queries.send_edit(tenant, row.id, row.digest, arguments)
    except ApiProblem as problem:
        navigation.show_notice("warning" if problem.is_conflict else "error", explain_refusal(problem))
        return
    navigation.show_notice("success" if after.changed_by_edit else "info", after.note)


# --- afterwards ----------------------------------------------------------------------------------------------------


@st.fragment(run_every="2s")
@navigation.guarded("aftermath")
def _draw_aftermath(tenant: str, action_id: str, incident_id: str) -> None:
    """What became of it: the outcome, the receipt when it is due, and the steps as they happen."""
    row = queries.read_action_row(tenant, action_id)
    detail = queries.read_incident_detail(tenant, incident_id)
    state = queries.read_state(tenant)
    now = state.now
    with st.container(border=True, key="aftermath"):
        words, _ = fmt.ACTION_MARKS[row.status]
        safe_text.strong(words)
        if row.decided_by:
            safe_text.plain(
                f"Decided by {row.decided_by}{f' as {row.label}' if row.label else ''} {fmt.when(row.decided_at, now)}"
            )
        if row.feedback:
            safe_text.plain(f"Reason: {row.feedback}")
        if row.cause_is_wrong:
            safe_text.plain("The cause was called wrong, too: it is not acted upon again with the same evidence.")
        if row.status is ActionStatus.APPROVED and state.switch.on:
            safe_text.notice("warning", kill_switch.held_sentence(state.switch))
        _link_replacement(tenant, row)
        _draw_outcome(row, now)
        written = [item for item in detail.receipts if row.id in {item.action_id, item.row_id}]
        for item in written:
            steps.draw_receipt(item)
        _still_to_come(row, now, written)
        with st.expander("The steps of the loop", expanded=not written):
            steps.draw_steps(detail, stopped=state.switch.on)


def _link_replacement(tenant: str, row: Action) -> None:
    """A proposal that was taken back leads to the one that took its place."""
    if row.status is not ActionStatus.SUPERSEDED:
        return
    safe_text.plain("It was taken back before anything was sent, so this proposal can no longer be carried out.")
    newer = next((item for item in queries.list_pending_actions(tenant) if item.incident_id == row.incident_id), None)
    if newer and st.button("Show the proposal that took its place", key="newer", type="primary"):
        navigation.set_param("action", newer.id)
        navigation.set_param("show", None)
        st.rerun()


def _draw_outcome(row: Action, now: datetime) -> None:
    result = row.result
    if row.executed_at:
        reference = f" · reference {result.reference}" if result and result.reference else ""
        safe_text.plain(f"Sent {fmt.when(row.executed_at, now)}{reference}")
    if result and result.error and row.status is not ActionStatus.IN_DOUBT:
        safe_text.notice("error", f"It failed: {result.error}")
    if result and (word := result.resolution):
        asked = "" if word.source == "person" else f", who asked the {word.source}"
        safe_text.plain(f"It was in doubt. Settled by {word.by}{asked}: {word.reason}")
    if row.status is ActionStatus.NOT_APPLIED:
        safe_text.plain(
            "Shown, not applied: the tools of this tenant are in dry run. The exact request is below; there is nothing"
            " to verify."
        )


def _still_to_come(row: Action, now: datetime, written: list[Receipt]) -> None:
    due = row.result.due_at if row.result else None
    again = next((one.due_at for one in written if one.row_id == row.id and one.due_at), None)
    if row.status is ActionStatus.EXECUTED and again:
        safe_text.plain(f"Executed is not fixed: it is looked at again {fmt.when(again, now)}.")
    elif row.status is ActionStatus.EXECUTED and not written and due:
        safe_text.plain(f"Executed is not fixed: the receipt is due {fmt.when(due, now)}.")
