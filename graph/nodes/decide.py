"""Assessment in, decision out: one action with its risk, forecast, undo and ruling, sealed by a digest. Pure and replayable."""

import math
import re
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from langgraph.runtime import Runtime

from app.domain.base import Severity
from app.domain.decisions import Decision, Effect, Forecast, RiskScore, Ruling, Tried, Undo, Verdict
from app.domain.hypotheses import Assessment, Dossier
from app.observe import damping
from app.playbooks.model import Proposal
from app.playbooks.plan import leading, propose, rollout_of
from app.playbooks.templates import stores
from app.policy.engine import rule
from app.policy.risk import assess as assess_risk
from app.policy.rules import Facts
from app.ports import ToolSpec
from graph import state as read
from graph.deps import Deps
from graph.state import LoopState

ENOUGH_ERRORS = 12
STORES = re.compile(r"\(\d+ stores?\)")
EDITED = " (edited)"
REFERENCE = "{reference}"
LONGEST_MINUTES = 240
EXECUTED_ENDINGS = frozenset({"INEFFECTIVE", "HARMED", "UNDONE"})


def decide(state: LoopState, runtime: Runtime[Deps]) -> LoopState:
    """Propose the treatment of the likeliest cause that was not refused or tried in vain, and ask policy."""
    deps, dossier, assessment, tried = runtime.context, read.dossier(state), read.assessment(state), read.tried(state)
    proposal = propose(
        dossier=dossier,
        assessment=assessment,
        pack=deps.pack,
        thresholds=deps.config.thresholds,
        specs=deps.tools.specs(),
        merchants={merchant.id: merchant for merchant in dossier.directory},
        tried=tried,
        evidence_version=dossier.evidence_version,
        mode=deps.tenant.tool_mode,
    )
    decision = nothing(deps, dossier, assessment, tried) if proposal is None else proposed(deps, dossier, assessment, proposal, tried)
    return {"decision": decision.changed(round=_round(state)).sealed(deps.scope.tenant_id).plain()}


def _round(state: LoopState) -> int:
    """Which decision on this incident it is: one more than the last that was recorded."""
    return read.decision(state).round + 1 if state.get("decision") else 1


def nothing(deps: Deps, dossier: Dossier, assessment: Assessment, tried: tuple[Tried, ...]) -> Decision:
    """That people are needed."""
    ruling = Ruling(
        verdict=Verdict.DENY,
        rule_ids=("nothing.to.propose",),
        reasons=("No treatment is left that was not refused or tried in vain.",),
        policy_version=deps.config.policy_version,
    )
    lead = leading(assessment, tried, dossier.evidence_version)
    return Decision(
        incident_id=dossier.incident_id,
        cause=lead.cause,
        confidence=lead.confidence,
        title="Nothing to propose: people are needed",
        risk=RiskScore(level="low", score=0.0),
        ruling=ruling,
        attempt=_attempt(tried),
        evidence_version=dossier.evidence_version,
        tried=tried,
    )


def proposed(deps: Deps, dossier: Dossier, assessment: Assessment, proposal: Proposal, tried: tuple[Tried, ...]) -> Decision:
    """The decision for a proposal, yet to be sealed."""
    cited = tuple(passage.chunk_id for passage in assessment.passages)
    return _sealable(deps, dossier, proposal, tried).changed(citations=cited, expires_at=_expiry(deps))


def _sealable(deps: Deps, dossier: Dossier, proposal: Proposal, tried: tuple[Tried, ...]) -> Decision:
    spec = deps.tools.specs()[proposal.tool]
    risk = assess_risk(spec, proposal.scope, Severity(dossier.severity), deps.config.risk)
    requests = tuple(deps.tools.request(proposal.tool, for_cohort(proposal.arguments, cohort), cohort) for cohort in proposal.rollout)
    undo = proposal.undo
    undone = tuple(deps.tools.request(undo.tool, for_cohort(undo.arguments, cohort), cohort) for cohort in proposal.rollout) if known(undo) else ()
    ruling = rule(deps.rulebook, _facts(deps, dossier, proposal, spec, risk, tried))
    return Decision(
        incident_id=dossier.incident_id,
        attempt=_attempt(tried),
        cause=proposal.cause,
        confidence=proposal.confidence,
        tool=proposal.tool,
        title=proposal.title,
        mode=proposal.mode,
        effect=spec.effect,
        arguments=proposal.arguments,
        scope=proposal.scope,
        rollout=proposal.rollout,
        requests=requests,
        undo_requests=undone,
        risk=risk,
        forecast=with_time_to_tell(proposal.forecast, dossier, proposal.rollout),
        undo=undo,
        ruling=ruling,
        evidence={row.id: row.content_hash() for row in dossier.evidence},
        evidence_version=dossier.evidence_version,
        alternatives=proposal.alternatives,
        tried=tried,
    )


def known(undo: Undo | None) -> TypeGuard[Undo]:
    """Whether the undo can be written down now; one that needs the reference of what was recorded cannot."""
    return undo is not None and REFERENCE not in undo.arguments.values()


def with_time_to_tell(forecast: Forecast, dossier: Dossier, rollout: tuple[tuple[str, ...], ...]) -> Forecast:
    """The forecast with a deadline late enough that its absence of errors means something for the smallest cohort."""
    minutes = dossier.impact.hours * 60
    errors = _whole(dossier.facts.get("errors"))
    if forecast.metric != "error_rate" or not minutes or not errors:
        return forecast
    smallest, everyone = min(len(cohort) for cohort in rollout), max(len(dossier.blast.merchants), 1)
    per_minute = errors / minutes * max(smallest, 1) / everyone
    return forecast.changed(within_minutes=min(max(forecast.within_minutes, math.ceil(ENOUGH_ERRORS / per_minute)), LONGEST_MINUTES))


def for_cohort(arguments: dict[str, Any], cohort: tuple[str, ...]) -> dict[str, Any]:
    """The arguments of one cohort: the same, for these merchants only."""
    return {**arguments, "merchant_ids": list(cohort)} if "merchant_ids" in arguments else dict(arguments)


def _facts(deps: Deps, dossier: Dossier, proposal: Proposal, spec: ToolSpec, risk: RiskScore, tried: tuple[Tried, ...]) -> Facts:
    """What policy may know: declared, counted and enumerated values, never anybody's text."""
    thresholds, policies = deps.config.thresholds, deps.config.policies
    asked = (proposal.cause, proposal.tool, "REJECTED", dossier.evidence_version)
    return Facts(
        effect=spec.effect,
        tool_known=True,
        tool_enabled=spec.enabled,
        external=spec.external,
        reversible=spec.reversible,
        has_undo=proposal.undo is not None,
        touches_payment=spec.effect is Effect.PAYMENT_DATA,
        contacts_merchant=spec.effect is Effect.MERCHANT_CONTACT,
        changes_production_data=spec.effect is Effect.PRODUCTION_DATA,
        risk_level=risk.level,
        risk_score=risk.score,
        severity=Severity(dossier.severity),
        merchants=len(set(proposal.scope)),
        confidence=proposal.confidence,
        confidence_lower=proposal.confidence,
        cause_known=deps.pack.cause(proposal.cause) is not None,
        single_signal=dossier.signal_count <= 1,
        signals=dossier.signal_count,
        attempts=_attempt(tried),
        human_refused=any((one.cause, one.tool, one.ended, one.evidence_version) == asked for one in tried),
        actions_last_hour=_whole(dossier.facts.get("actions_last_hour")),
        cooling_down=damping.cooling_down(dossier.facts, tried, tool=proposal.tool, scope=proposal.scope),
        undone_before=damping.undone_before(dossier.facts, cause=proposal.cause, tool=proposal.tool, scope=proposal.scope),
        kill_switch=deps.tenant.kill_switch,
        mode=proposal.mode,
        auto_confidence=thresholds.auto_confidence,
        escalate_confidence=thresholds.escalate_confidence,
        max_attempts=policies.max_attempts,
        max_actions_per_hour=policies.max_actions_per_hour,
    )


def _attempt(tried: tuple[Tried, ...]) -> int:
    return 1 + sum(1 for item in tried if item.ended in EXECUTED_ENDINGS)


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _expiry(deps: Deps) -> datetime:
    return deps.clock.now() + timedelta(minutes=deps.config.policies.expires_after_minutes)


def edited(deps: Deps, decision: Decision, dossier: Dossier, arguments: dict[str, Any]) -> Decision:
    """The same proposal with a person's arguments: the id stays, the version grows, digest and ruling are made anew."""
    assert decision.tool is not None
    scope = tuple(arguments.get("merchant_ids", decision.scope))
    canary = deps.config.thresholds.canary_above_merchants
    rollout = decision.rollout if set(scope) == set(decision.scope) else rollout_of(scope, canary)
    undo = decision.undo and decision.undo.changed(arguments=for_cohort(decision.undo.arguments, scope))
    assert decision.forecast is not None
    forecast = decision.forecast.changed(merchants=scope)
    proposal = Proposal(
        cause=decision.cause,
        confidence=decision.confidence,
        tool=decision.tool,
        mode=decision.mode,
        title=STORES.sub(f"({stores(len(scope))})", decision.title.removesuffix(EDITED)) + EDITED,
        arguments=arguments,
        scope=scope,
        rollout=rollout,
        forecast=forecast,
        undo=undo,
        alternatives=decision.alternatives,
    )
    fresh = _sealable(deps, dossier, proposal, decision.tried)
    kept = {name: getattr(decision, name) for name in ("citations", "expires_at", "attempt", "round")} | {"version": decision.version + 1}
    return fresh.changed(**kept).sealed(deps.scope.tenant_id, action_id=decision.action_id)
