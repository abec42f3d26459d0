"""Asks for the tool of one step of a plan: a decision on an incident of its own, which policy rules on, whose approval
binds to the plan, and which the loop sends and reads back like every other.
"""

from typing import Final

from app.context import AppContext
from app.domain.actions import Action
from app.domain.decisions import Decision, Forecast
from app.domain.errors import Conflict
from app.domain.evidence import Evidence, evidence_id
from app.domain.hypotheses import Assessment, Dossier, Finding, Hypothesis
from app.domain.impact import BlastRadius, Impact, Interval
from app.domain.incidents import ASKED_FOR, Incident, incident_identity
from app.domain.playbooks import PartOfPlan, PlannedStep, PlaybookRun
from app.domain.tenants import Scope
from app.playbooks.model import Proposal
from app.playbooks.plan import fill_undo
from app.services.loop.asked_for import open_question
from graph.context import NodeContext
from graph.decisions import decision_for
from graph.facts import with_recent_actions

NOTHING: Final = Interval(low=0, middle=0, high=0)


def ask_for_tool(ctx: AppContext, scope: Scope, run: PlaybookRun, step: PlannedStep, part: PartOfPlan) -> Action:
    """Open the question once: whoever comes after a crash finds the one that was opened. Conflict when the tool is
    switched off, Forbidden when policy denies it.
    """
    node = ctx.node_context(scope)
    with ctx.store.write(scope) as session:
        digest, shown = incident_identity(scope.tenant_id, f"{ASKED_FOR}:{run.id}:{step.id}", run.plan.digest)
        known = session.actions.page(incident_id=shown, limit=1)
        if known:
            return known[0]
        parent = session.incidents.get(run.incident_id)
        now = node.clock.now()
        incident = Incident(
            id=shown,
            digest=digest,
            key=f"{ASKED_FOR}:{run.id}:{step.id}",
            type=ASKED_FOR,
            title=f"{step.title} (a step of the plan of {parent.id})",
            severity=parent.severity,
            detected_at=now,
            first_seen=now,
            last_seen=now,
        )
        decided = session.actions.get(run.action_id).decision
        evidence = _show_plan(scope, incident, run, step)
        dossier = with_recent_actions(node, session, _write_dossier(incident, parent, evidence), now)
        assessment = _assess(incident, decided, evidence)
        proposal = _propose(node, step, decided)
        decision = decision_for(node, dossier, assessment, proposal, ()).changed(part_of=part)
        sealed = decision.sealed(scope.tenant_id)
        return open_question(session, ctx.store, node.clock, incident, dossier, assessment, sealed)


def _show_plan(scope: Scope, incident: Incident, run: PlaybookRun, step: PlannedStep) -> Evidence:
    return Evidence(
        id=evidence_id(scope.tenant_id, incident.id, ASKED_FOR, [run.id, step.id]),
        incident_id=incident.id,
        kind=ASKED_FOR,
        statement=f"The plan {run.plan.title} of {run.incident_id} asks for it: {step.title}.",
        data={"run_id": run.id, "step": step.id, "incidents": [run.incident_id]},
        count=1,
    )


def _write_dossier(incident: Incident, parent: Incident, evidence: Evidence) -> Dossier:
    return Dossier(
        incident_id=incident.id,
        evidence_version=incident.evidence_version,
        title=incident.title,
        severity=incident.severity.value,
        since=incident.first_seen.isoformat(),
        signal_count=parent.signal_count,
        evidence=(evidence,),
        evidence_ids=(evidence.id,),
        impact=Impact(lost_orders=NOTHING, basis=f"What it costs is counted at {parent.id}."),
        blast=BlastRadius(),
        asked_for=True,
    )


def _assess(incident: Incident, decided: Decision, evidence: Evidence) -> Assessment:
    """The cause that the treatment of the plan is against, as sure as that was."""
    finding = Finding(sign=ASKED_FOR, statement=evidence.statement, weight=0.0, evidence_ids=(evidence.id,))
    hypothesis = Hypothesis(
        cause=decided.cause,
        category=ASKED_FOR,
        title=decided.title,
        confidence=decided.confidence,
        score=0.0,
        findings_for=(finding,),
    )
    return Assessment(incident_id=incident.id, summary=evidence.statement, hypotheses=(hypothesis,))


def _propose(node: NodeContext, step: PlannedStep, decided: Decision) -> Proposal:
    specs = node.tools_on()
    spec = specs.get(step.tool or "")
    if spec is None:
        raise Conflict(f"the tool {step.tool} is switched off")
    node.tools.check(spec.name, step.arguments)
    return Proposal(
        cause=decided.cause,
        confidence=decided.confidence,
        tool=spec.name,
        title=step.title,
        mode=node.modes.of(spec.name),
        arguments=step.arguments,
        rollout=((),),
        forecast=Forecast(metric="reference_exists", direction="up", target_ratio=1.0, statement=step.forecast),
        undo=fill_undo(spec, step.arguments, specs),
    )
