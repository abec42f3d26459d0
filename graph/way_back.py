"""The way back of a decision, for those for whom what it did stands: what somebody had taken back before, an undo that
follows from a receipt does not send again.
"""

from collections.abc import Sequence

from app.domain.actions import Action, Standing, row_id, what_stands
from app.domain.approvals import RowKind
from app.domain.decisions import Decision
from app.domain.receipts import NextStep, Receipt
from app.domain.tenants import Scope
from app.ports.connectors import ToolGateway
from graph.context import NodeContext
from graph.decisions import REFERENCE
from graph.receipts import MOST_ROWS


def add_way_back(tools: ToolGateway, scope: Scope, parent: Action, asked: Sequence[Standing]) -> Decision:
    """The decision as it was approved; where its undo needed what the tool answered, or is for some merchants only,
    with that, under a digest of its own: it is what is approved now.
    """
    decision, undo = parent.decision, parent.decision.undo
    whole = all(one.merchants == decision.requests[one.row.cohort].merchants for one in asked)
    if undo is None or (decision.undo_requests and whole) or parent.result is None:
        return decision
    reference = parent.result.reference
    arguments = {name: reference if value == REFERENCE else value for name, value in undo.arguments.items()}
    cohorts = list(decision.rollout)
    for one in asked:
        cohorts[one.row.cohort] = one.merchants
    if not whole:
        names = [name for one in asked for name in one.merchants]
        arguments = tools.specs()[undo.tool].narrow(arguments, names)
    tools.check(undo.tool, arguments)
    requests = tuple(tools.request(undo.tool, arguments, cohort, scope=scope, mode=decision.mode) for cohort in cohorts)
    changed = decision.changed(undo=undo.changed(arguments=arguments), undo_requests=requests)
    return changed.sealed(scope.tenant_id, action_id=decision.action_id)


def find_standing(ctx: NodeContext, forward: Action, unhelped: Sequence[str] = ()) -> Standing | None:
    """For whom a cohort stands; where it helped others, of these alone, if its undo can be for a part of them."""
    with ctx.store.read(ctx.scope) as session:
        rows = session.actions.page(incident_id=forward.incident_id, limit=MOST_ROWS)
    stands, undo = what_stands(forward, rows), forward.decision.undo
    if stands is None or undo is None or not unhelped:
        return stands
    if "merchant_ids" not in ctx.tools.specs()[undo.tool].narrow(undo.arguments, unhelped):
        return None
    only = tuple(name for name in stands.merchants if name in unhelped)
    return stands._replace(merchants=only) if only else None


def narrow_undo(ctx: NodeContext, decision: Decision, seen: Receipt) -> Decision | None:
    """The decision whose undo, where one follows from what was seen, is for those alone whom nobody had it taken back
    for; None where that is everybody, for whom it was approved with the rest.
    """
    if seen.next is not NextStep.UNDO:
        return None
    parent = ctx.ledger.row(ctx.scope, decision.action_id)
    forward = ctx.ledger.row(ctx.scope, row_id(decision.action_id, RowKind.COHORT, seen.next_cohort))
    stands = find_standing(ctx, forward, seen.unhelped)
    if stands is None:
        return None
    narrowed = add_way_back(ctx.tools, ctx.scope, parent, [stands])
    return None if narrowed.digest == parent.digest else narrowed
