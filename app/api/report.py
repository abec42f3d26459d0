"""An incident on one page of plain text: what happened, why we think so, what it costs, what was decided and how it
ended.
"""

from app.domain.actions import Action
from app.domain.base import Untrusted
from app.domain.events import Event
from app.schemas.incidents import IncidentDetail, RiskReport


def render_report(found: IncidentDetail, bill: RiskReport | None, events: list[Event]) -> str:
    """The page; it holds recorded facts only."""
    incident = found.incident
    lines = [
        f"{incident.id}: {incident.title}",
        f"Status {incident.status.value}, severity {incident.severity.value}",
        "",
    ]
    lines += [
        f"Seen from {incident.first_seen:%Y-%m-%d %H:%M} to {incident.last_seen:%Y-%m-%d %H:%M} UTC in"
        f" {incident.signal_count} signals."
    ]
    lines += [f"Merchants: {', '.join(incident.merchants) or 'none named'}."]
    lines += _section_lines("What it costs", bill.sentences if bill else ["Not counted yet."])
    lines += _section_lines("What was observed", [f"{fact.statement} [{fact.id}]" for fact in found.evidence])
    lines += _section_lines("Why", _cause_lines(found))
    lines += _section_lines("What was decided", [line for action in found.actions for line in _action_lines(action)])
    lines += _section_lines(
        "How it ended",
        [f"{receipt.in_words}. {receipt.statement}" for receipt in found.receipts]
        + [lesson.summary for lesson in found.lessons],
    )
    lines += _section_lines(
        "What happened when",
        [f"{event.at:%Y-%m-%d %H:%M:%S}  {event.kind}  {event.subject}  by {event.principal}" for event in events],
    )
    return Untrusted("\n".join(lines) + "\n").for_ui(limit=200_000)


def _section_lines(title: str, lines: list[str]) -> list[str]:
    return ["", title, "-" * len(title), *(lines or ["Nothing yet."])]


def _cause_lines(found: IncidentDetail) -> list[str]:
    if found.assessment is None:
        return []
    return [f"{hypothesis.cause}: confidence {hypothesis.confidence:.0%}" for hypothesis in found.assessment.hypotheses]


def _action_lines(action: Action) -> list[str]:
    decision = action.decision
    ruling = f"policy: {decision.ruling.verdict.value} by {', '.join(decision.ruling.rule_ids)}"
    who = f", decided by {action.decided_by}" if action.decided_by else ""
    return [f"{action.id} {action.status.value}: {decision.title} ({decision.risk.level} risk, {ruling}{who})"]
