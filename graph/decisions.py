"""From a proposal to a decision: its risk, its exact requests, its promise, its undo, and what policy says.

It is made anew when a person edits it.
"""

import math
import re
from datetime import datetime, timedelta
from typing import TypeGuard

from app.domain.base import JsonObject, Severity, list_in
from app.domain.decisions import (
    AttemptEnd,
    Decision,
    Effect,
    Forecast,
    Request,
    RiskScore,
    Ruling,
    Tried,
    Undo,
    Verdict,
)
from app.domain.hypotheses import UNKNOWN, Assessment, Dossier
from app.domain.recalibration import Recalibrated
from app.expect.cure import minutes_to_tell
from app.observe import cooldown
from app.playbooks.model import Proposal
from app.playbooks.plan import leading, rollout_of
from app.policy.engine import rule_on
from app.policy.risk import assess as assess_risk
from app.policy.rules import PolicyFacts
from app.policy.two_people import ask_two, weigh_stakes
from app.ports.connectors import ToolSpec
from app.reason.score import ROUNDING, confidence_alone, score_causes
from app.reason.track_record import apply_shift
from app.wording.counts import stores_in_words
from graph.context import NodeContext

ENOUGH_ERRORS = 5
STORES = re.compile(r"\(\d+ stores?\)")
EDITED = " (edited)"
REFERENCE = "{reference}"
LONGEST_MINUTES = 240
EXECUTED_ENDINGS = frozenset({AttemptEnd.INEFFECTIVE, AttemptEnd.HARMED, AttemptEnd.UNDONE, AttemptEnd.TAKEN_BACK})


def hand_to_people(ctx: NodeContext, dossier: Dossier, assessment: Assessment, tried: tuple[Tried, ...]) -> Decision:
    """That people are needed."""
    ruling = Ruling(
        verdict=Verdict.DENY,
        rule_ids=("nothing.to.propose",),
        reasons=("No treatment is left that was not refused or tried in vain.",),
        policy_version=ctx.config.policy_version,
    )
    lead = leading(assessment, tried, dossier.evidence_version)
    return Decision(
        incident_id=dossier.incident_id,
        cause=lead.cause,
        confidence=lead.confidence,
        title="Nothing to propose: people are needed",
        risk=RiskScore(level="low", score=0.0),
        ruling=ruling,
        attempt=_attempt_number(tried),
        evidence_version=dossier.evidence_version,
        tried=tried,
        pack=ctx.in_force.label,
    )


def decision_for(
    ctx: NodeContext, dossier: Dossier, assessment: Assessment, proposal: Proposal, tried: tuple[Tried, ...]
) -> Decision:
    """The decision for a proposal, yet to be sealed."""
    cited = tuple(passage.chunk_id for passage in assessment.passages)
    ranked = (one for one in assessment.hypotheses if one.cause == proposal.cause)
    alone = next((confidence_alone(one) for one in ranked), proposal.confidence)
    decision = _unsealed_decision(ctx, dossier, proposal, tried, alone)
    return decision.changed(citations=cited, expires_at=_expires_at(ctx))


def _unsealed_decision(
    ctx: NodeContext, dossier: Dossier, proposal: Proposal, tried: tuple[Tried, ...], alone: float
) -> Decision:
    spec = ctx.tools.specs()[proposal.tool]
    risk = assess_risk(spec, proposal.scope, Severity(dossier.severity), ctx.config.risk)
    requests = _requests(ctx, proposal.tool, proposal.arguments, proposal)
    undo = proposal.undo
    undone = _requests(ctx, undo.tool, undo.arguments, proposal) if is_complete_undo(undo) else ()
    stakes = weigh_stakes(dossier.impact.base, ctx.config.policies.two_people_above.line_of(ctx.tenant.id))
    alone = min(alone, _confidence_as_shipped(ctx, dossier, proposal.cause, tried))
    moved = dossier.recalibration if proposal.cause != UNKNOWN else None
    trusted = apply_shift(proposal.confidence, moved)
    ruling = rule_on(
        ctx.rulebook,
        _policy_facts(ctx, dossier, proposal, spec, risk, tried, trusted, apply_shift(alone, moved)),
    )
    return Decision(
        incident_id=dossier.incident_id,
        attempt=_attempt_number(tried),
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
        ruling=ask_two(ruling, stakes),
        at_stake=stakes.amount if stakes.above else None,
        approvers=2 if stakes.above else 1,
        evidence={row.id: row.content_hash() for row in dossier.evidence},
        evidence_version=dossier.evidence_version,
        alternatives=proposal.alternatives,
        tried=tried,
        pack=ctx.in_force.label,
        recalibrated=(
            Recalibrated(**dict(moved), before=proposal.confidence, after=round(trusted, ROUNDING)) if moved else None
        ),
    )


def _confidence_as_shipped(ctx: NodeContext, dossier: Dossier, cause: str, tried: tuple[Tried, ...]) -> float:
    """On what the agent might act alone, had nobody uploaded a pack: an upload frees it from no question. A cause that
    did not come with the product is always asked about.
    """
    if not ctx.in_force.is_uploaded:
        return 1.0
    ranked = score_causes(dossier, dossier.evidence, ctx.shipped_pack, tried)
    return next((confidence_alone(one) for one in ranked if one.cause == cause), 0.0)


def _requests(ctx: NodeContext, tool: str, arguments: JsonObject, proposal: Proposal) -> tuple[Request, ...]:
    """What each cohort of the rollout is sent, in the mode of the proposal."""
    return tuple(
        ctx.tools.request(tool, arguments, cohort, scope=ctx.scope, mode=proposal.mode) for cohort in proposal.rollout
    )


def is_complete_undo(undo: Undo | None) -> TypeGuard[Undo]:
    """Whether the undo can be written down now; one that needs the reference of what was recorded cannot."""
    return undo is not None and REFERENCE not in undo.arguments.values()


def with_time_to_tell(forecast: Forecast, dossier: Dossier, rollout: tuple[tuple[str, ...], ...]) -> Forecast:
    """The forecast with a deadline late enough that its absence of errors means something for the first cohort, by what
    is known of it; by what is known of all where nothing is.
    """
    minutes = dossier.impact.hours * 60
    errors = dossier.facts.errors
    if forecast.metric != "error_rate" or not minutes or not errors:
        return forecast
    share = max(len(rollout[0]), 1) / max(len(dossier.blast.merchants), 1)
    known = sum(dossier.blast.failures.get(one, 0) for one in rollout[0]) or errors * share
    needed = minutes_to_tell(round(known), minutes, forecast.target_ratio) or 0.0
    enough = math.ceil(max(ENOUGH_ERRORS * minutes / known, needed))
    return forecast.changed(within_minutes=min(max(forecast.within_minutes, enough), LONGEST_MINUTES))


def _policy_facts(
    ctx: NodeContext,
    dossier: Dossier,
    proposal: Proposal,
    spec: ToolSpec,
    risk: RiskScore,
    tried: tuple[Tried, ...],
    trusted: float,
    alone: float,
) -> PolicyFacts:
    """What policy may know: declared, counted and enumerated values, never anybody's text."""
    thresholds, policies = ctx.config.thresholds, ctx.config.policies
    asked = (proposal.cause, proposal.tool, AttemptEnd.REJECTED, dossier.evidence_version)
    return PolicyFacts(
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
        confidence=trusted,
        confidence_lower=min(alone, trusted),
        cause_known=ctx.pack.cause(proposal.cause) is not None,
        single_signal=dossier.signal_count <= 1,
        signals=dossier.signal_count,
        attempts=_attempt_number(tried),
        human_refused=any((one.cause, one.tool, one.ended, one.evidence_version) == asked for one in tried),
        actions_last_hour=dossier.facts.actions_last_hour,
        cooling_down=cooldown.cooling_down(dossier.facts.cooling, tried, tool=proposal.tool, scope=proposal.scope),
        undone_before=cooldown.undone_before(
            dossier.facts.undone, cause=proposal.cause, tool=proposal.tool, scope=proposal.scope
        ),
        kill_switch=ctx.tenant.kill_switch,
        mode=proposal.mode,
        auto_confidence=thresholds.auto_confidence,
        escalate_confidence=thresholds.escalate_confidence,
        max_attempts=policies.max_attempts,
        max_actions_per_hour=policies.max_actions_per_hour,
    )


def _attempt_number(tried: tuple[Tried, ...]) -> int:
    return 1 + sum(1 for item in tried if item.ended in EXECUTED_ENDINGS)


def _expires_at(ctx: NodeContext) -> datetime:
    return ctx.clock.now() + timedelta(minutes=ctx.config.policies.expires_after_minutes)


def edit_decision(ctx: NodeContext, decision: Decision, dossier: Dossier, arguments: JsonObject) -> Decision:
    """The same proposal with a person's arguments: the id stays, the version grows, digest and ruling are made anew."""
    assert decision.tool is not None
    scope = tuple(map(str, list_in(arguments, "merchant_ids"))) if "merchant_ids" in arguments else decision.scope
    canary = ctx.config.thresholds.canary_above_merchants
    first = len(decision.rollout[0]) if len(scope) > canary else len(scope)
    most = ctx.config.policies.merchants_per_hour.most_in(ctx.tenant.id) if "merchant_ids" in arguments else None
    rollout = decision.rollout if set(scope) == set(decision.scope) else rollout_of(scope, first, most)
    undo = decision.undo
    if undo is not None:
        undo = undo.changed(arguments=ctx.tools.specs()[undo.tool].narrow(undo.arguments, scope))
    assert decision.forecast is not None
    forecast = decision.forecast.changed(merchants=scope)
    proposal = Proposal(
        cause=decision.cause,
        confidence=decision.confidence,
        tool=decision.tool,
        mode=decision.mode,
        title=STORES.sub(f"({stores_in_words(len(scope))})", decision.title.removesuffix(EDITED)) + EDITED,
        arguments=arguments,
        scope=scope,
        rollout=rollout,
        forecast=forecast,
        undo=undo,
        alternatives=decision.alternatives,
    )
    fresh = _unsealed_decision(ctx, dossier, proposal, decision.tried, decision.confidence)
    kept = {
        name: getattr(decision, name)
        for name in ("citations", "expires_at", "attempt", "round", "pivot", "plan", "part_of")
    } | {"version": decision.version + 1}
    return fresh.changed(**kept).sealed(ctx.scope.tenant_id, action_id=decision.action_id)
