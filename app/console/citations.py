"""What a claim rests on, opened on the spot: facts down to their exact signals, and runbook passages with document,
section and lines.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.console import format as fmt
from app.console import queries, safe_text
from app.console.client import ApiProblem
from app.domain.evidence import Evidence
from app.domain.knowledge import Passage
from app.domain.signals import FIELDS, Signal, SignalType

FEW = 6


def facts(tenant: str, rows: Sequence[Evidence], key: str, numbers: dict[str, int] | None = None) -> None:
    """One row per fact; opened, it lists the signals it was counted from."""
    with st.container(gap="xsmall"):
        for row in rows:
            _row(tenant, row, key, numbers or {})


def _row(tenant: str, row: Evidence, key: str, numbers: Mapping[str, int]) -> None:
    mark = f"[{numbers[row.id]}] " if row.id in numbers else ""
    with st.expander(safe_text.label(f"{mark}{row.statement}"), key=f"{key}-{row.id}", on_change="rerun") as opened:
        if opened.open:
            _fact(tenant, row)


def _fact(tenant: str, row: Evidence) -> None:
    safe_text.caption(
        f"{fmt.words(row.kind)} · {row.id} · counted from {row.count} signals"
        if row.count
        else f"{fmt.words(row.kind)} · {row.id}"
    )
    if row.data:
        table = [{"name": fmt.words(name), "value": fmt.cell_text(value)} for name, value in row.data.items()]
        st.dataframe(table, hide_index=True, width="stretch")
    if not row.signal_ids:
        return
    try:
        found = queries.signals_by_id(tenant, row.signal_ids)
    except ApiProblem as problem:
        safe_text.notice("warning", problem.sentence)
        return
    signal_table(found)
    if row.count > len(found):
        safe_text.caption(f"A sample of {len(found)} of {row.count} signals.")


def signal_table(rows: Sequence[Signal], height: int | None = None) -> None:
    """Signals as a table, which renders no markup."""
    table = [
        {
            "when": row.occurred_at.replace(tzinfo=None),
            "type": row.signal_type.value,
            "merchant": row.merchant_id or "",
            "severity": fmt.LEVEL_MARKS[row.severity.value][0],
            "what": what(row),
            "text": row.text().for_ui(400),
            "source": row.source,
            "id": row.id,
        }
        for row in rows
    ]
    table = _without_empty(table)
    config = {
        "when": st.column_config.DatetimeColumn("when (UTC)", format="DD MMM HH:mm:ss", width=130),
        "text": st.column_config.TextColumn(width="large"),
    }
    st.dataframe(table, hide_index=True, width="stretch", height=height or "auto", column_config=config)


def _without_empty(table: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the columns in which no row says anything, so that the others have room."""
    told = {name for row in table for name, value in row.items() if value != ""}
    return [{name: value for name, value in row.items() if name in told} for row in table]


def what(signal: Signal) -> str:
    """The typed fields of a signal in one line."""
    names = FIELDS[signal.signal_type] - {"subject", "body", "error_message", "message"}
    order = (
        "error_code",
        "status",
        "endpoint",
        "topic",
        "attempt",
        "payment_id",
        "order_id",
        "amount",
        "currency",
        "name",
        "value",
    )
    known = [name for name in order if name in names] + sorted(names - set(order))
    shown = {name: str(getattr(signal, name)) for name in known if getattr(signal, name) is not None}
    if signal.amount is not None and signal.currency:
        shown = {**shown, "amount": fmt.money(signal.amount, signal.currency), "currency": ""}
    if signal.signal_type is SignalType.KPI:
        shown |= {"trials": f"of {signal.trials}" if signal.trials else "", "window_s": _window(signal.window_s)}
    if signal.latency_ms is not None:
        shown["latency_ms"] = f"{signal.latency_ms:.0f} ms"
    return " · ".join(value for value in shown.values() if value)


def _window(seconds: int | None) -> str:
    return f"over {seconds / 60:g} minutes" if seconds else ""


def passages(rows: Sequence[Passage], key: str, numbers: dict[str, int] | None = None, opened: str = "") -> None:
    """One row per passage, with its document, section and lines; opened, it shows the text."""
    with st.container(gap="xsmall"):
        for place, row in enumerate(rows, start=1):
            number = numbers.get(row.chunk_id, place) if numbers else place
            with st.expander(
                safe_text.label(f"[{number}] {row.title} · {section(row)} · {row.location}"),
                key=f"{key}-{row.chunk_id}",
                expanded=row.chunk_id == opened,
            ):
                safe_text.block(row.text.for_ui())
                safe_text.caption(
                    f"{row.document_id} · match {row.score:.2f} by {row.retrieval} search · from {row.uploader}"
                )


def section(row: Passage) -> str:
    """The last part of a section's path; the document's title is shown already."""
    last = row.section.split(" > ")[-1]
    return last if last and last != row.title else "introduction"


def by_ids(rows: Sequence[Evidence], ids: Sequence[str]) -> list[Evidence]:
    """The facts with these ids, in the order of the ids."""
    known = {row.id: row for row in rows}
    return [known[name] for name in dict.fromkeys(ids) if name in known]


def cited(tenant: str, chunk_ids: Sequence[str], known: Sequence[Passage] = ()) -> list[Passage]:
    """The passages with these chunk ids; one that was removed since is left out."""
    have = {row.chunk_id: row for row in known}
    found: list[Passage] = []
    for chunk_id in dict.fromkeys(chunk_ids):
        if chunk_id in have:
            found.append(have[chunk_id])
            continue
        try:
            found.append(queries.read_passage_row(tenant, chunk_id))
        except ApiProblem as problem:
            if problem.status not in {404, 422}:
                raise
    return found
