"""What waits on the desk, put there as a crashed or failing run would have left it: through the repositories, along the
tables of moves.
"""

from typing import Any

from app.domain.action_states import ActionStatus
from app.domain.actions import Action
from app.domain.incidents import Incident, IncidentStatus
from app.domain.outcomes import Outcome
from app.domain.playbooks import PlaybookRun, RunStatus, StepState
from app.domain.tenants import Scope, ToolMode
from app.ports.store import Store
from tests.builders import (
    make_action,
    make_decision,
    make_incident,
    make_intent,
    make_outcome,
    make_request,
    make_run,
    make_setback,
    minutes,
)

A = ActionStatus
INTERRUPTED = "It was interrupted while it was being sent; it may or may not have been done."


def put_doubt(store: Store, scope: Scope, number: int = 1, *, tool: str = "update_callback_url") -> Action:
    """An action that was being sent when the program ended, of which nobody knows whether it was done."""
    approved = put_approved(store, scope, number, tool=tool)
    key, request = f"{number:064d}", approved.decision.requests[0]
    outcome = Outcome(
        action_id=approved.id,
        row_id=approved.id,
        status=A.IN_DOUBT,
        merchants=request.merchants,
        at=minutes(number + 2),
        request=request,
        error=INTERRUPTED,
    )
    at = minutes(number + 1)
    with store.write(scope) as session:
        standing = {"version": approved.version, "digest": approved.digest}
        sent = {"idempotency_key": key, "request_digest": request.digest}
        session.actions.move(approved.id, from_=A.APPROVED, to=A.SENDING, at=at, changes=sent, **standing)
        session.outbox.put(
            make_intent(number, key=key, action_id=approved.id, tool=tool, request=request.plain(), created_at=at)
        )
        session.outbox.attempt(key, at=at)
        ended = {"executed_at": outcome.at, "result": outcome}
        doubtful = session.actions.move(
            approved.id, from_=A.SENDING, to=A.IN_DOUBT, at=outcome.at, changes=ended, **standing
        )
        session.outbox.end(key, ending=A.IN_DOUBT.value, error=outcome.error, at=outcome.at)
        session.incidents.move(
            approved.incident_id, IncidentStatus.ESCALATED, at=outcome.at, reason="it is in doubt whether it was done"
        )
    return doubtful


def put_question(store: Store, scope: Scope, number: int = 90, **changes: Any) -> Action:
    """An action that waits for a person, in the mode that is usual in `default`."""
    ruling = make_decision().ruling.changed(policy_version=store.policies_in_force() or "policy-1")
    decision = make_decision(number, scope.tenant_id, action_id=f"ACT-{number:08d}", ruling=ruling, **changes)
    row, incident = make_action(number, scope.tenant_id, decision=decision), make_incident(number)
    with store.write(scope) as session:
        session.incidents.add(incident)
        session.incidents.move(incident.id, IncidentStatus.DIAGNOSED, at=minutes(number), reason="not https")
        session.incidents.move(incident.id, IncidentStatus.AWAITING, at=minutes(number), reason="asked")
        session.actions.add(row)
    return row


def put_approved(store: Store, scope: Scope, number: int = 1, **changes: Any) -> Action:
    """An action that a person approved and nobody has sent yet."""
    incident = make_incident(number)
    ruling = make_decision().ruling.changed(policy_version=store.policies_in_force() or "policy-1")
    decision = make_decision(
        number,
        scope.tenant_id,
        action_id=f"ACT-{number:08d}",
        ruling=ruling,
        **{"mode": ToolMode.SIMULATED, "undo_requests": (make_request(),), **changes},
    )
    row = make_action(number, scope.tenant_id, decision=decision)
    with store.write(scope) as session:
        session.incidents.add(incident)
        session.incidents.move(
            incident.id, IncidentStatus.DIAGNOSED, at=minutes(number), reason="the callback is not https"
        )
        session.incidents.move(incident.id, IncidentStatus.MITIGATING, at=minutes(number), reason="granted")
        session.actions.add(row)
        return session.actions.move(
            row.id,
            from_=A.PENDING,
            to=A.APPROVED,
            version=row.version,
            digest=row.digest,
            at=minutes(number),
            by="person:ada",
        )


def put_carried_out(store: Store, scope: Scope, number: int = 70, **changes: Any) -> Action:
    """An action that was carried out, whose incident people have."""
    approved = put_approved(store, scope, number, **changes)
    key, request, at = f"{number:064d}", approved.decision.requests[0], minutes(number + 1)
    outcome = make_outcome(number, request=request, at=at)
    with store.write(scope) as session:
        standing = {"version": approved.version, "digest": approved.digest, "at": at}
        sent = {"idempotency_key": key, "request_digest": request.digest}
        session.actions.move(approved.id, from_=A.APPROVED, to=A.SENDING, changes=sent, **standing)
        ended = {"executed_at": at, "result": outcome}
        done = session.actions.move(approved.id, from_=A.SENDING, to=A.EXECUTED, changes=ended, **standing)
        session.incidents.move(approved.incident_id, IncidentStatus.ESCALATED, at=at, reason="not testable")
    return done


def put_handed_over(store: Store, scope: Scope, number: int = 60, *, minor: int = 120_000, **changes: Any) -> Incident:
    """An incident that people were called to, and that nobody has taken yet."""
    known = {
        "cause": "third_party_outage",
        "cause_title": "Somebody else is down",
        "lost_orders": 7.0,
        "per_hour": [{"minor": minor, "currency": "EUR"}],
        "handed_over": {"at": minutes(number).isoformat(), "why": "nothing to propose: people are needed"},
    }
    incident = make_incident(number, **{"title": f"Payments fail ({number})", "metrics_snapshot": known, **changes})
    with store.write(scope) as session:
        session.incidents.add(incident)
        session.incidents.move(incident.id, IncidentStatus.ESCALATED, at=minutes(number), reason="nothing to propose")
        return session.incidents.get(incident.id)


def put_set_aside(
    store: Store, scope: Scope, number: int = 50, *, reason: str = "KeyError: the dossier has no selector"
) -> Incident:
    """An incident that failed time and again and waits for people."""
    incident = make_incident(number, title="Webhooks are lost")
    with store.write(scope) as session:
        session.incidents.add(incident)
        session.setbacks.put(
            make_setback(number, incident_id=incident.id, failures=3, dead=True, was="OPEN", reason=reason)
        )
        session.incidents.move(incident.id, IncidentStatus.FAILED, at=minutes(number), reason=reason)
        return session.incidents.get(incident.id)


def put_plan(store: Store, scope: Scope, number: int = 80, *, begun: bool = False) -> PlaybookRun:
    """A plan that waits for its approval; one that has begun waits for a person."""
    row = put_carried_out(store, scope, number) if begun else put_question(store, scope, number)
    run = make_run(number, action_id=row.id)
    if begun:
        done = {"state": StepState.DONE, "ended_at": minutes(number), "by": "person:ada"}
        run = run.recorded("fix", **done).recorded("proof", **done).changed(status=RunStatus.RUNNING)
        run = run.with_turns(minutes(number))
    with store.write(scope) as session:
        session.playbooks.add(run)
    return run


def put_held_wave(store: Store, scope: Scope, wave: int, number: int = 1) -> Action:
    """A hold of a wave that was carried out."""
    decision = make_decision(
        number,
        scope.tenant_id,
        action_id=f"ACT-{number:08d}",
        tool="hold_cutover_wave",
        arguments={"wave": wave, "reason": "not ready"},
    )
    row = make_action(number, scope.tenant_id, decision=decision, status=A.EXECUTED)
    with store.write(scope) as session:
        session.incidents.add(make_incident(number))
        session.actions.add(row)
    return row
