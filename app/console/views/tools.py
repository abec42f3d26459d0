"""Tools: what the agent can do, how far each may reach here, and what was sent; tried without sending anything."""

import json
from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from app.console import format as fmt
from app.console import navigation, queries, quiet, safe_text
from app.console.exact_request import draw_request
from app.console.tables import draw_choice
from app.console.told import draw_told
from app.domain.base import JsonObject, object_in
from app.schemas.tools import ExecutionShown, ToolShown

CHOSEN: Final = "tool"
TRIED, TESTED = "tool_tried", "tool_tested"
MODES: Final = {"dry_run": "◇ Shows only", "simulated": "▷ Simulated shop", "live": "▶ Live"}
STATES: Final = {
    "requested": "○ requested",
    "running": "◔ running",
    "succeeded": "✓ succeeded",
    "failed": "✕ failed",
    "shown": "◇ shown, not sent",
    "in_doubt": "? in doubt",
}
WORDS: Final = {"closed": "✓ answers", "half_open": "◔ tried again", "open": "✕ does not answer"}
SHORT: Final = 15
SET_RIGHT, TEST_RIGHT = "SET_TOOL", "TEST_TOOL"


@navigation.guarded("tools")
def draw(tenant: str) -> None:
    """The tools of a tenant, the one that was chosen, and what was sent."""
    navigation.on_screen(None)
    rows, sent = queries.list_tool_rows(tenant), queries.list_execution_rows(tenant)
    _draw_figures(rows, sent)
    _draw_table(rows)
    chosen = next((row for row in rows if row.name == navigation.param(CHOSEN)), None)
    if chosen:
        _draw_tool(tenant, chosen)
    _draw_sent(sent)
    draw_told(tenant)
    quiet.draw_quiet(tenant)


def mode_of(row: ToolShown) -> str:
    """How far a tool reaches, in words."""
    return MODES.get(row.mode, row.mode) if row.on else "■ Off"


def _draw_figures(rows: Sequence[ToolShown], sent: Sequence[ExecutionShown]) -> None:
    live = [row for row in rows if row.on and row.mode == "live"]
    wrong = sum(one.state in {"failed", "in_doubt"} for one in sent)
    figures = [
        ("Tools", str(len(rows)), f"{sum(not row.on for row in rows)} switched off here"),
        ("Act for real", str(len(live)), f"{sum(bool(row.connections) for row in rows)} have a connection"),
        ("Do not answer", str(sum(row.breaker != "closed" for row in rows)), "nothing is sent to them for a while"),
        (
            "Sent lately",
            str(len(sent)),
            f"{wrong} failed or in doubt",
        ),
    ]
    for column, figure in zip(st.columns(len(figures)), figures, strict=True):
        with column:
            safe_text.metric(*figure)


def _draw_table(rows: Sequence[ToolShown]) -> None:
    found = draw_choice(
        [
            {
                "tool": row.title,
                "reaches": mode_of(row),
                "changes": fmt.words(row.effect),
                "risk, at least": row.risk,
                "connected to": ", ".join(dict.fromkeys(one.title for one in row.connections)) or fmt.NOTHING,
                "could act through": ", ".join(row.vendors) or fmt.NOTHING,
                "other side": WORDS[row.breaker] if row.connections else fmt.NOTHING,
            }
            for row in rows
        ],
        "tool_table",
        height="content" if len(rows) <= SHORT + 5 else 560,
    )
    for place in found:
        navigation.set_param(CHOSEN, rows[place].name)
    safe_text.caption("Select a row to see what the tool takes, to try it without sending anything, or to test it.")


def _draw_tool(tenant: str, row: ToolShown) -> None:
    with st.container(border=True):
        safe_text.heading(row.title)
        safe_text.plain(row.description)
        safe_text.plain(_sentence_of(row))
        for one in row.connections:
            safe_text.caption(f"{one.title} at {one.host}{f', for {one.merchant}' if one.merchant else ''}")
        left, right = st.columns([0.6, 0.4], gap="medium")
        with left:
            _draw_trial(tenant, row)
        with right:
            _draw_test(tenant, row)
            _draw_setting(tenant, row)


def _sentence_of(row: ToolShown) -> str:
    said = {
        "administrator": f"as {row.changed_by} said",
        "configuration": "by configuration",
        "tenant": "as usual here",
    }
    undo = f"It is taken back by {row.undo}." if row.undo else "It cannot be taken back."
    told = row.reason and (row.mode_from == "administrator" or not row.on)
    why = f" Reason: {row.reason.rstrip('.')}." if told else ""
    return f"{mode_of(row)}, {said[row.mode_from]}.{why} {undo}"


def _draw_trial(tenant: str, row: ToolShown) -> None:
    safe_text.strong("Try it: every byte is shown, and nothing is sent")
    with st.form(f"try-{row.name}", border=False):
        st.text_area(
            "Arguments, as JSON",
            value=json.dumps(example_of(row.arguments), indent=2),
            key=f"arguments-{row.name}",
            height=180,
        )
        st.form_submit_button("◇ Show the request", key=f"show-{row.name}", on_click=_try_tool, args=(tenant, row.name))
    tried = st.session_state.get(TRIED)
    if tried and tried[0] == row.name:
        draw_request(tried[1])


def example_of(schema: Any) -> Any:
    """The smallest arguments that fit, for people to change."""
    kind = schema.get("type")
    if schema.get("examples") or schema.get("enum"):
        return (schema.get("examples") or schema["enum"])[0]
    if kind == "object":
        fields = object_in(schema, "properties")
        return {name: example_of(fields[name]) for name in schema.get("required", ())}
    if kind == "array":
        return [example_of(schema.get("items", {}))]
    return {"integer": schema.get("minimum", 1), "boolean": True}.get(str(kind), "...")


def _try_tool(tenant: str, name: str) -> None:
    st.session_state.pop(TRIED, None)
    try:
        arguments = json.loads(str(st.session_state.get(f"arguments-{name}") or ""))
    except ValueError:
        navigation.show_notice("error", "These arguments are not JSON.")
        return
    found = navigation.attempt(queries.try_tool, tenant, name, arguments)
    if found is not None:
        st.session_state[TRIED] = (name, found)


def _draw_test(tenant: str, row: ToolShown) -> None:
    safe_text.strong("Test the connection")
    if not row.connections:
        could = f" It could act through {', '.join(row.vendors)}." if row.vendors else ""
        safe_text.plain(f"It has no connection here: config/connections.yaml names none.{could}")
        return
    may = TEST_RIGHT in queries.read_state(tenant).may
    given = (tenant, row.name)
    st.button("Make a harmless call", key=f"test-{row.name}", disabled=not may, on_click=_test_tool, args=given)
    tested = st.session_state.get(TESTED)
    if tested and tested[0] == row.name:
        safe_text.notice("success" if tested[1].works else "error", "It works." if tested[1].works else "It does not.")
        for call in tested[1].calls:
            safe_text.caption(f"{call.get('connection')} {call.get('merchant')}: {call.get('why') or 'answered'}")


def _test_tool(tenant: str, name: str) -> None:
    found = navigation.attempt(queries.test_tool, tenant, name)
    if found is not None:
        st.session_state[TESTED] = (name, found)


def _draw_setting(tenant: str, row: ToolShown) -> None:
    if SET_RIGHT not in queries.read_state(tenant).may:
        return
    safe_text.strong("How far it may reach")
    choices = ["usual", "dry_run", "simulated", *(["live"] if row.connections else []), "off" if row.on else "on"]
    with st.form(f"set-{row.name}", border=False, clear_on_submit=True):
        st.selectbox("From now on", choices, key=f"mode-{row.name}", format_func=_choice_in_words)
        st.text_input("Why? It is part of the audit record.", key=f"reason-{row.name}", max_chars=500)
        st.form_submit_button("Set", key=f"set-{row.name}-now", on_click=_set_tool, args=(tenant, row.name))
    safe_text.caption("What was approved in another mode is not sent.")


def _choice_in_words(choice: str) -> str:
    return MODES.get(choice) or {"usual": "as usual", "on": "On again", "off": "■ Off"}[choice]


def _set_tool(tenant: str, name: str) -> None:
    reason = str(st.session_state.get(f"reason-{name}") or "").strip()
    if not reason:
        navigation.show_notice("error", "Say why: it is part of the audit record.")
        return
    chosen = str(st.session_state.get(f"mode-{name}"))
    wanted: JsonObject = {"on": chosen == "on"} if chosen in {"on", "off"} else {"mode": chosen}
    done = navigation.attempt(queries.set_tool, tenant, name, wanted, reason)
    if done is not None:
        navigation.show_notice("success", f"{done.title}: {mode_of(done)}")


def _draw_sent(sent: Sequence[ExecutionShown]) -> None:
    safe_text.strong("What was sent")
    if not sent:
        safe_text.plain("Nothing was sent yet.")
        return
    found = draw_choice(
        [
            {
                "when": fmt.moment(one.requested_at),
                "tool": fmt.words(one.tool),
                "state": STATES.get(one.state, one.state),
                "mode": MODES.get(one.mode, one.mode),
                "attempts": one.attempts,
                "decided by": one.decided_by or fmt.NOTHING,
                "error": one.error or fmt.NOTHING,
                "action": one.id,
            }
            for one in sent
        ],
        "sent_table",
        height="content" if len(sent) <= SHORT else 400,
    )
    for place in found:
        navigation.go("incidents", incident=sent[place].incident_id)
    safe_text.caption("Select a row to open its incident.")
