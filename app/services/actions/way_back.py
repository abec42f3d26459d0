"""The way back that a decision declares: whether there is one, and its requests for whom it is to be taken back."""

from collections.abc import Sequence

from app.context import AppContext
from app.domain.actions import Action, Standing
from app.domain.decisions import Decision
from app.domain.errors import Conflict
from app.domain.tenants import Scope
from graph.decisions import REFERENCE, is_complete_undo


def refuse_without_way_back(row: Action) -> None:
    """Conflict where the tool declares no undo, or one that needs what it did not answer."""
    undo, reference = row.decision.undo, row.result.reference if row.result else ""
    if undo is None:
        raise Conflict(f"{row.id} cannot be taken back: the tool {row.decision.tool} declares no way back")
    if not (is_complete_undo(undo) or reference):
        raise Conflict(
            f"{row.id} cannot be taken back from here: the way back needs a reference, and the tool answered with none"
            f" ({undo.statement or undo.tool})"
        )


def add_way_back(ctx: AppContext, scope: Scope, parent: Action, asked: Sequence[Standing]) -> Decision:
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
        arguments = ctx.tools.specs()[undo.tool].narrow(arguments, names)
    ctx.tools.check(undo.tool, arguments)
    requests = tuple(
        ctx.tools.request(undo.tool, arguments, cohort, scope=scope, mode=decision.mode) for cohort in cohorts
    )
    changed = decision.changed(undo=undo.changed(arguments=arguments), undo_requests=requests)
    return changed.sealed(scope.tenant_id, action_id=decision.action_id)
