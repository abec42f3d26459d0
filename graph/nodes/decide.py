"""Assessment in, decision out: one action with its risk, forecast, undo and ruling, sealed by a digest. Pure and
replayable.
"""

from functools import lru_cache, partial

from langgraph.runtime import Runtime

from app.playbooks.plan import PlanFacts, find_tool, propose_treatment
from app.playbooks.steps import plan_steps
from app.policy.engine import demand_person
from app.reason.pivot import find_pivotal_evidence
from graph import state as read
from graph.context import NodeContext
from graph.decisions import decision_for, hand_to_people
from graph.state import LoopState

AFTER_WINDOW = (
    "ask.after_window",
    "It was seen in a maintenance window, so a person looks whether it is still there.",
)


def decide(state: LoopState, runtime: Runtime[NodeContext]) -> LoopState:
    """Propose the treatment of the likeliest cause that was not refused or tried in vain, and ask policy."""
    ctx, dossier, assessment, tried = (
        runtime.context,
        read.read_dossier(state),
        read.read_assessment(state),
        read.list_tried(state),
    )
    facts = PlanFacts(
        dossier=dossier,
        assessment=assessment,
        pack=ctx.pack,
        thresholds=ctx.config.thresholds,
        specs=ctx.tools_on(),
        merchants={merchant.id: merchant for merchant in dossier.directory},
        tried=tried,
        evidence_version=dossier.evidence_version,
        mode=ctx.tenant.tool_mode,
        most_at_once=ctx.config.policies.merchants_per_hour.most_in(ctx.tenant.id),
    )
    proposal = propose_treatment(facts)
    proposal = proposal and proposal.changed(mode=ctx.modes.of(proposal.tool))
    decision = (
        hand_to_people(ctx, dossier, assessment, tried)
        if proposal is None or (proposal.tool == ctx.pack.fallback.tool and read.people_were_called(state))
        else decision_for(ctx, dossier, assessment, proposal, tried)
    )
    if read.window_lapsed(state):
        decision = decision.changed(ruling=demand_person(decision.ruling, *AFTER_WINDOW))
    decision = decision.changed(plan=plan_steps(facts, decision, ctx.config.playbooks))
    tool_for = lru_cache(maxsize=None)(partial(find_tool, known=facts))
    floor = ctx.config.thresholds.escalate_confidence
    pivot = find_pivotal_evidence(dossier, assessment.hypotheses, ctx.pack, tried, tool_for, floor)
    whole = decision.changed(round=_decision_round(state), pivot=pivot)
    return {"decision": whole.sealed(ctx.scope.tenant_id).plain()}


def _decision_round(state: LoopState) -> int:
    """Which decision on this incident it is: one more than the last that was recorded."""
    return read.read_decision(state).round + 1 if state.get("decision") else 1
