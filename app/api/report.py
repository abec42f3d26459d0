"""What the report of an incident says: when what happened, why, what it cost, what was done and what keeps it from
coming back. Sections of plain sentences and tables; how they look is said by `report_markdown` and `report_pdf`.
"""

from collections.abc import Iterable, Sequence

from app.domain.action_states import ActionStatus
from app.domain.actions import Action, undos_of
from app.domain.approvals import RowKind
from app.domain.base import Value, visible_text
from app.domain.events import Event
from app.domain.evidence import Evidence
from app.domain.hypotheses import UNKNOWN, Finding, Hypothesis, shown_confidence
from app.domain.incidents import Incident
from app.domain.lessons import Lesson
from app.domain.receipts import Receipt, ReceiptVerdict
from app.observe.words import count_noun
from app.schemas.incidents import IncidentDetail, RiskReport

MOST_EVENTS = 400
"""A longer timeline is told by its beginning and its end."""
LONGEST_DETAIL = 160
TOLD_ELSEWHERE = frozenset(
    {"incident_id", "seq", "version", "key", "idempotency_key", "decided_at", "executed_at", "status", "by"}
)
"""What the details of an event need not repeat."""
LONGEST = 1_500
"""A longer text of somebody is cut."""


class Table(Value):
    """Rows under heads."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class ReportSection(Value):
    """A heading and what stands below it: sentences, then a table; or what is said when there is nothing."""

    title: str
    level: int = 2
    lines: tuple[str, ...] = ()
    table: Table | None = None


class Report(Value):
    """The whole report, as plain text that renders no markup."""

    title: str
    subtitle: str
    sections: tuple[ReportSection, ...]


def build_report(found: IncidentDetail, bill: RiskReport | None, events: Sequence[Event]) -> Report:
    """The report of an incident; it holds recorded facts only, and each id it names can be looked up."""
    incident = found.incident
    known = {row.id: row for row in found.evidence}
    return Report(
        title=_plain(incident.title),
        subtitle=f"{incident.id} · {incident.status.value} · severity {incident.severity.value}",
        sections=(
            _summary(found),
            _timeline(incident, events),
            *_cause(found, known),
            _impact(incident, found, bill),
            *_actions(found),
            _prevention(found, bill),
            _evidence(found.evidence),
        ),
    )


def _plain(text: object) -> str:
    """One line of somebody's words, without what is not seen."""
    return " ".join(visible_text(str(text)).split())[:LONGEST]


def _section(title: str, lines: Iterable[str], nothing: str = "Nothing yet.", *, level: int = 2) -> ReportSection:
    told = tuple(_plain(line) for line in lines if line)
    return ReportSection(title=title, level=level, lines=told or (nothing,))


def _when(moment: object) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _summary(found: IncidentDetail) -> ReportSection:
    incident = found.incident
    headline = found.assessment.headline if found.assessment else None
    lines = [
        f"{headline.text}." if headline else "",
        f"Seen from {_when(incident.first_seen)} to {_when(incident.last_seen)} UTC in {incident.signal_count} signals;"
        f" detected at {_when(incident.detected_at)}.",
        f"Resolved at {_when(incident.resolved_at)} UTC." if incident.resolved_at else "It is not resolved.",
        f"Time to repair: {incident.mttr_seconds / 60:.0f} minutes." if incident.mttr_seconds is not None else "",
        incident.resolution or "",
        f"It repeats {incident.previous_id}." if incident.previous_id else "",
        f"Assigned to {incident.assignee}." if incident.assignee else "",
        incident.named.sentence if incident.named else "",
        found.assessment.summary if found.assessment else "",
    ]
    return _section("Summary", lines)


def _timeline(incident: Incident, events: Sequence[Event]) -> ReportSection:
    """What was seen first, then each recorded event."""
    left_out = max(len(events) - MOST_EVENTS, 0)
    shown = [*events[: MOST_EVENTS // 2], *events[-MOST_EVENTS // 2 :]] if left_out else events
    first = (_when(incident.first_seen), "first signal of it", incident.id, "", "")
    rows = tuple((_when(one.at), one.kind, one.subject, one.principal, _details(one)) for one in shown)
    note = f"{left_out} events in the middle are left out." if left_out else "Times are UTC."
    heads = ("When", "What", "About", "By whom", "More")
    return ReportSection(title="Timeline", lines=(note,), table=Table(heads=heads, rows=(first, *rows)))


def _details(event: Event) -> str:
    """What an event says besides; digests are for machines, and the incident is known."""
    told = [
        f"{name.replace('_', ' ')}: {value}"
        for name, value in event.payload.items()
        if isinstance(value, str | int | float) and not name.endswith("digest") and name not in TOLD_ELSEWHERE
    ]
    return _plain("; ".join(told))[:LONGEST_DETAIL]


def _cause(found: IncidentDetail, known: dict[str, Evidence]) -> list[ReportSection]:
    if found.assessment is None:
        return [_section("Cause", [], "The agent has not reasoned about it yet.")]
    best, *others = found.assessment.hypotheses
    sections = [
        _section(
            "Cause",
            [
                f"{best.title} ({best.cause}), with a confidence of {shown_confidence(best.confidence)}.",
                *(f"Assumed: {line}" for line in found.assessment.assumptions),
                *(f"Uncertain: {line}" for line in found.assessment.uncertainties),
            ],
        ),
        _section("Evidence for it", _findings(best.findings_for, known), "No sign speaks for it.", level=3),
        _section("Evidence against it", _findings(best.findings_against, known), "No sign speaks against it.", level=3),
        _section("Also considered", map(_other, others[:4]), "No other cause.", level=3),
    ]
    passages = [
        f"{one.section.rpartition(' > ')[2] or one.title} of {one.title} ({one.document_id}, passage {one.chunk_id})."
        for one in found.rag_context
    ]
    return [*sections, _section("Runbooks", passages, "No runbook covers it.", level=3)]


def _findings(findings: Sequence[Finding], known: dict[str, Evidence]) -> list[str]:
    """Each with its weight and the evidence that is still there."""
    told = []
    for one in findings:
        ids = [name for name in one.evidence_ids if name in known]
        told.append(f"{one.statement} (weight {one.weight:+.2f}) {_listed(ids)}".rstrip())
    return told


def _listed(ids: Sequence[str]) -> str:
    return f"[{', '.join(ids)}]" if ids else ""


def _other(one: Hypothesis) -> str:
    name = "something nobody catalogued" if one.cause == UNKNOWN else f"{one.title} ({one.cause})"
    return f"{name}: {shown_confidence(one.confidence)}."


def _impact(incident: Incident, found: IncidentDetail, bill: RiskReport | None) -> ReportSection:
    merchants = bill.merchants if bill else incident.merchants
    failures = found.dossier.blast.failures if found.dossier else {}
    rows = tuple((name, str(failures.get(name, "not counted"))) for name in merchants)
    lines = bill.sentences if bill else ["Not counted yet."]
    reach = f"Hit: {count_noun(len(merchants), 'merchant')}."
    return ReportSection(
        title="Impact",
        lines=tuple(_plain(line) for line in (*lines, reach)),
        table=Table(heads=("Merchant", "Failures"), rows=rows),
    )


def _actions(found: IncidentDetail) -> list[ReportSection]:
    if not found.actions:
        return [_section("What was done", [], "Nothing was proposed yet.")]
    told = {one.action_id: one for one in found.receipts}
    return [
        ReportSection(title="What was done", lines=(f"In the ledger: {count_noun(len(found.actions), 'action')}.",)),
        *(
            _section(
                f"{row.id}: {_plain(row.decision.title)}",
                [*_action_lines(row, row.receipt or told.get(row.id)), *_taken_back(row, found.actions)],
                level=3,
            )
            for row in found.actions
        ),
    ]


def _action_lines(row: Action, receipt: Receipt | None) -> list[str]:
    decision = row.decision
    ruling = decision.ruling
    lines = [
        f"State {row.status.value}; tool {decision.tool or 'none'}; {decision.risk.level} risk; proposed at"
        f" {_when(row.proposed_at)} for {', '.join(decision.scope) or 'nobody in particular'}.",
        f"Policy: {ruling.verdict.value} by {', '.join(ruling.rule_ids) or 'no rule'}.",
        _approval(row),
        f"Reason given: {row.feedback}" if row.feedback else "",
        f"Promised: {decision.forecast.statement}" if decision.forecast and decision.forecast.statement else "",
        f"Carried out at {_when(row.executed_at)}." if row.executed_at else "",
    ]
    if row.result:
        reference = f", reference {row.result.reference}" if row.result.reference else ""
        lines.append(f"Outcome: {row.result.status.value}{reference}. {row.result.error}")
    if receipt:
        lines.append(f"Receipt: {receipt.in_words}. {receipt.statement}")
    return lines


def _taken_back(row: Action, rows: Sequence[Action]) -> list[str]:
    """When it was taken back, and why."""
    unhelped = row.receipt is not None and row.receipt.takes_back_no_help
    undos = undos_of(row, rows) if row.step is not RowKind.UNDO else []
    why = f"since it did {'not help' if unhelped else 'harm'}"
    return [
        f"Taken back at {_when(one.executed_at)}, {f'as {one.undo_asked_by} wanted' if one.undo_asked_by else why}"
        f" ({one.id})."
        for one in undos
        if one.status is ActionStatus.EXECUTED and one.executed_at
    ]


def _approval(row: Action) -> str:
    if not row.decided_by:
        return "Nobody has decided about it."
    named = f" ({row.label})" if row.label else ""
    at = f" at {_when(row.decided_at)}" if row.decided_at else ""
    return f"Decided by {row.decided_by}{named}{at}; digest {row.digest}."


def _prevention(found: IncidentDetail, bill: RiskReport | None) -> ReportSection:
    """What was learnt, what is proposed to last, who has the same ahead of them, and what still is to be checked."""
    lasting = [row for row in found.actions if row.decision.tool in LASTING_TOOLS]
    at_risk = bill.at_risk if bill else []
    lines = [
        *(_lesson_line(one) for one in found.lessons),
        *(f"Changed and proven: {row.decision.title} ({row.id})." for row in found.actions if _is_proven(row)),
        *(f"Lasting change: {row.decision.title} ({row.id}, {row.status.value})." for row in lasting),
        f"These share what the broken ones have and are next: {', '.join(at_risk)}." if at_risk else "",
        *(f"Learnt before, from {one.incident_id}: {one.summary}" for one in found.lessons_of_others),
        *(line for line in (found.assessment.uncertainties if found.assessment else ()) if line.startswith("To check")),
    ]
    return _section("What keeps it from returning", lines, "Nothing is known yet: no lesson was learnt.")


def _is_proven(row: Action) -> bool:
    return row.receipt is not None and row.receipt.verdict is ReceiptVerdict.VERIFIED


LASTING_TOOLS = frozenset({"propose_doc_update", "hold_cutover_wave", "create_ticket"})
"""Tools whose effect outlasts the incident: somebody changes a document, holds a wave, or owns the work."""


def _lesson_line(lesson: Lesson) -> str:
    said = f" A person said: {lesson.feedback}" if lesson.feedback else ""
    return f"Lesson {lesson.id} ({lesson.outcome.value}): {lesson.summary}{said}"


def _evidence(evidence: Sequence[Evidence]) -> ReportSection:
    rows = tuple((one.id, _plain(one.statement), str(one.count)) for one in evidence)
    return ReportSection(
        title="Evidence",
        lines=("Each id can be looked up with the incident.",),
        table=Table(heads=("Id", "What was observed", "Count"), rows=rows),
    )
