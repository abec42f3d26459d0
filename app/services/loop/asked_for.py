"""Opens a question on an incident of its own: what a person asked for, or a step of a plan. The loop takes it from
there as it takes every other. On the incident of a fault it would be taken back when that is decided anew.
"""

from app.domain.actions import Action
from app.domain.decisions import Decision, Verdict
from app.domain.errors import Forbidden
from app.domain.hypotheses import Assessment, Dossier
from app.domain.incidents import Incident
from app.ports.store import Session, Store
from app.ports.system import Clock
from app.services.loop.journal import StoreJournal


def open_question(
    session: Session,
    store: Store,
    clock: Clock,
    incident: Incident,
    dossier: Dossier,
    assessment: Assessment,
    decision: Decision,
) -> Action:
    """Record the first three steps of the loop as if it had come to this by itself; Forbidden when policy denies it."""
    if decision.ruling.verdict is Verdict.DENY:
        raise Forbidden(
            "policy denies this: " + " ".join(decision.ruling.reasons), rule_ids=list(decision.ruling.rule_ids)
        )
    session.incidents.add(incident)
    journal = StoreJournal(store, clock)
    steps = (("observe", dossier), ("reason", assessment), ("decide", decision))
    for seq, (step, output) in enumerate(steps, start=1):
        journal.record_in(session, incident.id, step, output.plain(), seq=seq)
    return session.actions.get(decision.action_id)
