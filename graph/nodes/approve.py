"""The one gate. A rule may open it, or the approval that covered the whole rollout; everything else asks a person.

There is no `try` in this file and there must never be one: a broad `except` around `interrupt` would swallow it, and
the graph would run on to `act` unapproved.
"""

from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from app.domain.actions import Action
from app.domain.approvals import Answer, Approval, ApprovalKind, RowKind
from app.domain.base import digest_of, shown_id
from app.domain.decisions import Decision, Verdict
from app.domain.errors import Conflict
from app.domain.receipts import NextStep, Receipt
from app.domain.tenants import SYSTEM
from graph import state as read
from graph.context import NodeContext
from graph.state import LoopState

DECIDED_BY_ROW = {
    "APPROVED": ApprovalKind.GRANTED,
    "REJECTED": ApprovalKind.REJECTED,
    "EXPIRED": ApprovalKind.EXPIRED,
    "SUPERSEDED": ApprovalKind.SUPERSEDED,
}


def approve(state: LoopState, runtime: Runtime[NodeContext]) -> LoopState:
    """Grant by rule or by an earlier approval, or interrupt and record what the person said."""
    ctx = runtime.context
    decision = read.read_decision(state)
    seen = read.current_receipt(state)
    if seen and seen.next in {NextStep.COHORT, NextStep.UNDO}:
        return {"approval": _covered_by_earlier(ctx, decision, read.read_approval(state), seen).plain()}
    if decision.ruling.verdict is Verdict.ALLOW:
        return {"approval": _by_rule(ctx, decision).plain()}
    answer: Answer = interrupt(interrupt_payload(ctx, decision), response_schema=Answer)
    row = ctx.ledger.row(ctx.scope, decision.action_id)
    if DECIDED_BY_ROW.get(row.status.value) is not answer.kind or (row.digest, row.version) != (
        answer.digest,
        answer.version,
    ):
        raise Conflict(
            f"{decision.action_id} was not {answer.kind.value} with that digest; it is {row.status.value}",
            action_id=row.id,
        )
    return {"approval": _by_person(ctx, decision, answer).plain()}


def _build_approval(ctx: NodeContext, decision: Decision, **said: Any) -> Approval:
    step, cohort = said.get("step", RowKind.FIRST), said.get("cohort", 0)
    identity = digest_of([ctx.scope.tenant_id, decision.action_id, said["digest"], step, cohort, said["kind"]])
    return Approval(
        id=shown_id("APR", identity),
        action_id=decision.action_id,
        row_id=row_id(decision.action_id, step, cohort),
        **said,
    )


def row_id(action_id: str, step: RowKind, cohort: int) -> str:
    """The id of the ledger row a grant is about."""
    if step is RowKind.UNDO:
        return f"{action_id}-U{cohort}"
    return action_id if cohort == 0 else f"{action_id}-C{cohort}"


def _covered_by_earlier(ctx: NodeContext, decision: Decision, earlier: Approval, seen: Receipt) -> Approval:
    step = RowKind.UNDO if seen.next is NextStep.UNDO else RowKind.COHORT
    return _build_approval(
        ctx,
        decision,
        kind=ApprovalKind.GRANTED,
        step=step,
        cohort=seen.next_cohort,
        by=earlier.by if earlier.by.startswith("approval:") else f"approval:{earlier.id}",
        label=earlier.label,
        digest=earlier.digest,
        version=earlier.version,
        at=ctx.clock.now(),
    )


def _by_rule(ctx: NodeContext, decision: Decision) -> Approval:
    return _build_approval(
        ctx,
        decision,
        kind=ApprovalKind.GRANTED,
        by=f"policy:{decision.ruling.rule_ids[0]}",
        digest=decision.digest,
        version=decision.version,
        at=ctx.clock.now(),
    )


def _by_person(ctx: NodeContext, decision: Decision, answer: Answer) -> Approval:
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


def interrupt_payload(ctx: NodeContext, decision: Decision) -> dict[str, Any]:
    """What the interrupt shows, in the shape that other LangChain consoles read too."""
    approval_id = shown_id(
        "APR",
        digest_of([ctx.scope.tenant_id, decision.action_id, decision.digest, RowKind.FIRST, 0, ApprovalKind.GRANTED]),
    )
    arguments = decision.plain()["arguments"]
    description = f"{decision.title}. " + " ".join(decision.ruling.reasons)
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
