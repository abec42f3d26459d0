"""How one cohort's request goes out: once where nothing was sent, else only as its tool may be repeated.

Every ending is an outcome.
"""

from datetime import datetime, timedelta

from app.domain.action_states import ActionStatus
from app.domain.actions import Action, harmed_id
from app.domain.approvals import RowKind
from app.domain.decisions import Decision, Request
from app.domain.errors import Conflict, Temporary
from app.domain.outcomes import Outcome
from app.domain.tenants import ToolMode
from app.domain.work import Intent
from app.ports.connectors import SafeToRepeat, ToolResult
from graph.context import NodeContext

MOST_SENDS = 3
FIRST_REPEAT = timedelta(seconds=5)
FIRST_LOOK = timedelta(minutes=20)
"""So long after an action it is looked for harm at the latest, however long its promise takes."""
READ_BACK = timedelta(minutes=1)
"""What only writes something down can be read back so soon: nobody waits longer to think anew."""
INTERRUPTED = "It was interrupted while it was being sent; it may or may not have been done."
OTHER_MODE = "It was approved in the mode {was}, and the tool is in the mode {now} now, so nothing was sent."
SWITCHED_OFF = "The tool {tool} is switched off for this tenant, so nothing was sent."
UNANSWERED = (
    "It was sent {attempts} times and no answer can be relied on; it may or may not have been done. The last error:"
    " {error}"
)


def cohort_request(row: Action) -> tuple[str, Request]:
    """The tool and the request of this row: the forward request of its cohort, or the undo."""
    decision = row.decision
    if row.step is not RowKind.UNDO:
        assert decision.tool is not None
        return decision.tool, decision.requests[row.cohort]
    assert decision.undo is not None
    return decision.undo.tool, decision.undo_requests[row.cohort]


def may_repeat(ctx: NodeContext, row: Action) -> bool:
    """A request that is only shown may always be shown again; one that is sent, unless its tool says neither."""
    tool, _ = cohort_request(row)
    return row.decision.mode is ToolMode.DRY_RUN or _repeat_of(ctx, tool) != "neither"


def _repeat_of(ctx: NodeContext, tool: str) -> str:
    """What the tool declares; one that is not there any more can be neither repeated nor asked."""
    spec = ctx.tools.specs().get(tool)
    return spec.repeat if spec else "neither"


def send_row(ctx: NodeContext, row_id: str, *, digest: str, version: int) -> Outcome:
    """Send what a row of the ledger is granted, and settle it with what happened; what was settled before is reported,
    never sent again.
    """
    row = ctx.ledger.row(ctx.scope, row_id)
    in_flight = row.status is ActionStatus.SENDING
    if row.status is ActionStatus.APPROVED:
        row, intent = ctx.ledger.claim(ctx.scope, row.id, digest=digest, version=version)
    elif in_flight:
        intent = ctx.ledger.intent(ctx.scope, row)
    else:
        return read_recorded_outcome(row)
    in_doubt = (in_flight or intent.perhaps_sent) and row.decision.mode is not ToolMode.DRY_RUN
    if (in_flight or in_doubt) and may_repeat(ctx, row):
        intent = ctx.ledger.again(ctx.scope, row)
    _, request = cohort_request(row)
    result = other_mode(ctx, row, in_doubt=in_doubt) or carry_out(ctx, row, intent, request, in_doubt=in_doubt)
    outcome = outcome_of(row, request, result, ctx.clock.now(), awaited=not _takes_back_no_help(ctx, row))
    ctx.ledger.settle(ctx.scope, row, outcome)
    return outcome


def carry_out(ctx: NodeContext, row: Action, intent: Intent, request: Request, *, in_doubt: bool) -> ToolResult:
    """Send it; where an earlier attempt may have arrived (`in_doubt`), only as its tool says."""
    tool = intent.tool
    repeat = _repeat_of(ctx, tool)
    if in_doubt:
        if repeat == "neither":
            return ToolResult(status=ActionStatus.IN_DOUBT, error=INTERRUPTED)
        earlier = _looked_up(ctx, tool, intent) if repeat == "reconcilable" else None
        if earlier is not None:
            return earlier
    result = ctx.tools.send(
        ctx.scope,
        tool,
        request,
        mode=row.decision.mode,
        idempotency_key=row.idempotency_key,
        expected_digest=row.request_digest,
        again=in_doubt,
    )
    if repeat == "neither":
        return result
    if result.later is not None:
        return _retry_or_give_up(intent, result, result.later)
    return _retry_or_doubt(intent, result) if result.unknown else result


def other_mode(ctx: NodeContext, row: Action, *, in_doubt: bool) -> ToolResult | None:
    """The refusal of what was approved for another mode than the tool is in now, or for one that is switched off; what
    may have been sent before stays a doubt.
    """
    tool, mode = str(row.decision.tool), row.decision.mode
    now = ctx.modes.of(tool)
    if now is mode and tool not in ctx.modes.off:
        return None
    why = SWITCHED_OFF.format(tool=tool) if tool in ctx.modes.off else OTHER_MODE.format(was=mode.value, now=now.value)
    if in_doubt:
        return ToolResult(status=ActionStatus.IN_DOUBT, error=f"{INTERRUPTED} {why}")
    return ToolResult(status=ActionStatus.FAILED, error=why)


def live_request(mode: ToolMode | str, request: Request) -> Request | None:
    """The request, when it went out for real."""
    return request if mode == ToolMode.LIVE and request.calls else None


def _looked_up(ctx: NodeContext, tool: str, intent: Intent) -> ToolResult | None:
    """What the other side says about the earlier attempt; a doubt when it cannot be asked any more."""
    try:
        live = live_request(intent.mode, intent.request)
        return ctx.tools.look(ctx.scope, tool, idempotency_key=intent.key, live=live)
    except SafeToRepeat:
        return None
    except Temporary as silent:
        return _retry_or_doubt(intent, ToolResult(status=ActionStatus.IN_DOUBT, error=silent.detail))


def wait_to_repeat(intent: Intent) -> timedelta:
    """How long after its last attempt something unanswered is tried again: each time four times as long."""
    wait: timedelta = FIRST_REPEAT * 4 ** max(intent.attempts - 1, 0)
    return wait


def _retry_or_give_up(intent: Intent, result: ToolResult, wait: float) -> ToolResult:
    """Temporary while another attempt is left: it was not done; after the last one it stays so."""
    if intent.attempts < MOST_SENDS:
        raise Temporary(f"attempt {intent.attempts} was put off: {result.error}", delay=wait)
    return result


def _retry_or_doubt(intent: Intent, result: ToolResult) -> ToolResult:
    """Temporary while another attempt is left, under the same key; after the last one a doubt for a person."""
    if intent.attempts < MOST_SENDS:
        wait = wait_to_repeat(intent).total_seconds()
        raise Temporary(f"no answer to attempt {intent.attempts}: {result.error}", delay=wait)
    error = UNANSWERED.format(attempts=intent.attempts, error=result.error)
    return result.changed(status=ActionStatus.IN_DOUBT, error=error)


def wait_for_receipt(decision: Decision) -> timedelta:
    """How long nobody asks what came of it: as long as the promise takes, but harm is looked for sooner, and what only
    has to be there is looked up at once.
    """
    forecast = decision.forecast
    promised = timedelta(minutes=forecast.within_minutes if forecast else 0)
    return min(promised, READ_BACK if forecast and forecast.only_recorded else FIRST_LOOK)


def _takes_back_no_help(ctx: NodeContext, row: Action) -> bool:
    """Whether it puts back what did no harm: that was as before, and promises nothing."""
    if row.step is not RowKind.UNDO:
        return False
    seen = ctx.ledger.row(ctx.scope, harmed_id(row)).receipt
    return seen is not None and seen.takes_back_no_help


def shows_its_effect(row: Action) -> bool:
    """Whether what it was sent for is told by what happens, whatever its tool answered."""
    forecast = row.decision.forecast
    return row.step is not RowKind.UNDO and forecast is not None and not forecast.only_recorded


def outcome_of(row: Action, request: Request, result: ToolResult, now: datetime, *, awaited: bool = True) -> Outcome:
    """What became of a row, with the time at which its receipt is due; what is taken back by a person's word, or
    because it did not help, has none.
    """
    done = result.status is ActionStatus.EXECUTED or (result.status is ActionStatus.IN_DOUBT and shows_its_effect(row))
    promised = done and awaited and not row.undo_asked_by and not row.aside
    return Outcome(
        action_id=row.parent_id or row.id,
        row_id=row.id,
        step=row.step,
        cohort=row.cohort,
        status=result.status,
        merchants=request.merchants,
        at=now,
        due_at=now + wait_for_receipt(row.decision) if promised else None,
        reference=result.reference,
        request=request,
        response=result.response,
        error=result.error,
    )


def read_recorded_outcome(row: Action) -> Outcome:
    """What an earlier run of this node already recorded for the row."""
    if row.result is None:
        raise Conflict(f"{row.id} is {row.status.value}: nothing was granted that could be sent", action_id=row.id)
    return row.result
