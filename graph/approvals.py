"""The answers that open the gate, whoever gives them, and the question as it is shown."""

from collections.abc import Sequence
from typing import Any

from app.domain.actions import Action, row_id
from app.domain.approvals import Answer, Approval, ApprovalKind, RowKind
from app.domain.base import JsonObject, digest_of, shown_id
from app.domain.decisions import Decision
from app.domain.receipts import NextStep, Receipt
from app.domain.tenants import SYSTEM
from graph.context import NodeContext


def _build_approval(ctx: NodeContext, decision: Decision, **said: Any) -> Approval:
    step, cohort = said.get("step", RowKind.FIRST), said.get("cohort", 0)
    identity = digest_of([ctx.scope.tenant_id, decision.action_id, said["digest"], step, cohort, said["kind"]])
    return Approval(
        id=shown_id("APR", identity),
        action_id=decision.action_id,
        row_id=row_id(decision.action_id, step, cohort),
        **said,
    )


def grant_by_earlier(
    ctx: NodeContext, decision: Decision, earlier: Approval, seen: Receipt, way_back: Decision | None = None
) -> Approval:
    """The next cohort, or the undo, under the approval that covered the whole rollout; by `way_back` where the undo is
    for a part of it.
    """
    step = RowKind.UNDO if seen.next is NextStep.UNDO else RowKind.COHORT
    return _build_approval(
        ctx,
        decision,
        kind=ApprovalKind.GRANTED,
        step=step,
        cohort=seen.next_cohort,
        by=earlier.by if earlier.by.startswith("approval:") else f"approval:{earlier.id}",
        label=earlier.label,
        digest=way_back.digest if way_back else earlier.digest,
        version=way_back.version if way_back else earlier.version,
        way_back=way_back,
        at=ctx.clock.now(),
    )


def grant_undo(ctx: NodeContext, decision: Decision, by: str, reason: str, cohorts: Sequence[int]) -> Approval:
    """The undo of the first of these cohorts by the word of a person, which takes back the others after it."""
    return _build_approval(
        ctx,
        decision,
        kind=ApprovalKind.GRANTED,
        step=RowKind.UNDO,
        cohort=cohorts[0],
        by=by,
        feedback=reason,
        digest=decision.digest,
        version=decision.version,
        taken_back_by=by,
        cohorts_left=tuple(cohorts[1:]),
        at=ctx.clock.now(),
    )


def grant_by_rule(ctx: NodeContext, decision: Decision) -> Approval:
    """The grant of a rule, in its name."""
    return _build_approval(
        ctx,
        decision,
        kind=ApprovalKind.GRANTED,
        by=f"policy:{decision.ruling.rule_ids[0]}",
        digest=decision.digest,
        version=decision.version,
        at=ctx.clock.now(),
    )


def answer_by_person(ctx: NodeContext, decision: Decision, answer: Answer) -> Approval:
    """What a person said, as the loop records it."""
    return _build_approval(
        ctx,
        decision,
        kind=answer.kind,
        by=answer.by,
        label=answer.label,
        feedback=answer.feedback,
        cause_is_wrong=answer.cause_is_wrong,
        digest=answer.digest,
        version=answer.version,
        at=answer.at,
    )


def withdrawn_approval(ctx: NodeContext, granted: Approval, row: Action, kind: ApprovalKind) -> Approval:
    """What stands in place of a grant that was taken back before anything was sent: newer policies or evidence, or too
    old.
    """
    return _build_approval(
        ctx,
        row.decision,
        kind=kind,
        by=SYSTEM.id,
        label=granted.label,
        feedback=row.withdrawn_because or "taken back before it was sent",
        digest=row.digest,
        version=row.version,
        at=ctx.clock.now(),
    )


def interrupt_payload(ctx: NodeContext, decision: Decision) -> JsonObject:
    """What the interrupt shows, in the shape that other LangChain consoles read too."""
    approval_id = shown_id(
        "APR",
        digest_of([ctx.scope.tenant_id, decision.action_id, decision.digest, RowKind.FIRST, 0, ApprovalKind.GRANTED]),
    )
    arguments = decision.plain()["arguments"]
    description = f"{decision.title}. " + " ".join(decision.ruling.reasons)
    if decision.plan is not None:
        steps = "; ".join(f"{place}. {one.title}" for place, one in enumerate(decision.plan.steps, start=1))
        description += f" It begins the plan {decision.plan.title}: {steps}."
    return {
        "type": "action_approval",
        "version": 1,
        "approval_id": approval_id,
        "incident_id": decision.incident_id,
        "action_id": decision.action_id,
        "action_request": {"action": decision.tool, "args": arguments},
        "config": {"allow_accept": True, "allow_edit": True, "allow_respond": True, "allow_ignore": False},
        "action_requests": [
            {"name": decision.tool, "args": arguments, "arguments": arguments, "description": description}
        ],
        "review_configs": [
            {"action_name": decision.tool, "allowed_decisions": ["approve", "edit", "reject", "respond"]}
        ],
        "description": description,
        "risk": decision.risk.score,
        "expires_at": decision.expires_at.isoformat() if decision.expires_at else None,
        "digest": decision.digest,
    }
