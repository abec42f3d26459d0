"""Incident id in, dossier out: what is breaking, for whom, since when, and what it costs."""

from datetime import timedelta

from langgraph.runtime import Runtime

from app.domain.actions import ActionStatus
from app.domain.signals import SignalType
from app.observe.dossier import build
from graph.deps import Deps
from graph.state import LoopState, incident_id

SENT = (ActionStatus.SENDING, ActionStatus.EXECUTED, ActionStatus.VERIFIED, ActionStatus.INEFFECTIVE, ActionStatus.HARMED, ActionStatus.UNDONE)


def observe(state: LoopState, runtime: Runtime[Deps]) -> LoopState:
    """Read the incident's signals and those around them, and count."""
    deps, now = runtime.context, runtime.context.clock.now()
    with deps.store.read(deps.scope) as session:
        incident = session.incidents.get(incident_id(state))
        joined = session.signals.of_incident(incident.id)
        patterns = session.incidents.patterns(incident.pattern_ids)
        merchants = session.merchants.all()
        lessons = session.lessons.page()
        thresholds, since = deps.config.thresholds, min([incident.first_seen, *(one.occurred_at for one in joined[:1])])
        ledger = session.signals.window(since - timedelta(minutes=thresholds.order_grace_minutes), types=[SignalType.ORDER, SignalType.PAYMENT])
        kpis = session.signals.window(
            incident.first_seen - timedelta(minutes=thresholds.baseline_minutes), types=[SignalType.KPI], merchants=incident.merchants
        )
        hour_ago = now - timedelta(hours=1)
        sent = sum(1 for row in session.actions.page(statuses=SENT) if row.executed_at and row.executed_at > hour_ago)
    dossier, evidence = build(
        deps.scope.tenant_id,
        incident,
        joined,
        patterns,
        merchants,
        lessons,
        deps.config.thresholds,
        deps.pack,
        now,
        orders=ledger,
        kpis=kpis,
    )
    whole = dossier.changed(
        evidence=tuple(evidence),
        evidence_ids=tuple(row.id for row in evidence),
        facts={**dossier.facts, "actions_last_hour": sent},
        directory=tuple(merchant for merchant in merchants if merchant.id in dossier.blast.merchants),
    )
    return {"dossier": whole.plain()}
