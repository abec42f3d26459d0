"""One line of the log for each event that people follow, once it is committed, under the same names everywhere: whoever
looks for an incident's id reads its whole story in order.

The record is what counts: a process that is killed after a commit leaves the event, and perhaps no line.
"""

from collections.abc import Iterable
from typing import Final

import structlog

from app.domain.base import visible_text
from app.domain.events import Event
from app.privacy.redact import redact

log = structlog.get_logger()
FOLLOWED: Final = ("incident.", "action.", "playbook.", "notice.", "kill_switch.")
REOPENED: Final = "step.reopen"
WITHOUT_INCIDENT: Final = frozenset({"action.sent_again"})
"""Told by whoever knows which incident it is about."""
LONGEST: Final = 200
FACTS: Final = (
    *(("tool", "tool"), ("title", "title"), ("severity", "severity"), ("target", "target"), ("kind", "kind")),
    *(("playbook", "playbook"), ("run_id", "run"), ("step", "step")),
)
REASONS: Final = ("reason", "why", "feedback", "because", "note")


def log_events(tenant_id: str, events: Iterable[Event]) -> None:
    """Tell what was committed, in the order in which it happened."""
    for event in events:
        if (event.kind.startswith(FOLLOWED) and event.kind not in WITHOUT_INCIDENT) or event.kind == REOPENED:
            log.info(_name_of(event), tenant=tenant_id, **_facts_of(event))


def _name_of(event: Event) -> str:
    """What happened: a move of an incident is called by where it went."""
    if event.kind == "incident.moved":
        return f"incident.{str(event.payload.get('to')).lower()}"
    return "incident.reopened" if event.kind == REOPENED else event.kind


def _facts_of(event: Event) -> dict[str, str | int]:
    """What it is about, by whom and why; what others wrote is cut, and holds no secret."""
    told = event.payload
    of_action = event.kind.startswith("action.")
    incident = str(told.get("incident_id") or "") if of_action else event.subject
    action = event.subject if of_action else str(told.get("action_id") or "")
    facts: dict[str, str | int] = {}
    if not event.kind.startswith("kill_switch.") and incident.startswith("INC-"):
        facts["incident"] = incident
    if action:
        facts["action"] = action
    facts |= {name: _clean(told[field]) for field, name in FACTS if told.get(field)}
    facts["by"] = _clean(told.get("by") or event.principal)
    if told.get("from"):
        facts["was"] = _clean(told["from"])
    why = next((told[name] for name in REASONS if told.get(name)), None)
    if why:
        facts["why"] = _clean(why)
    return {**facts, "seq": event.seq}


def _clean(text: object) -> str:
    return redact(visible_text(str(text)[: 2 * LONGEST])).text[:LONGEST]
