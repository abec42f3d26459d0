"""A person has taken back what was sent. The same gate and the same sending as everything else: each undo is a row of
the ledger, granted by the person's word within one transaction, and the loop of its incident carries it out from there.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog

from app.access import UseCase, require
from app.context import EVERY_ONE, AppContext
from app.domain.action_states import ActionStatus
from app.domain.actions import NOT_DONE, Action, Standing, row_id, undos_of, what_stands
from app.domain.approvals import RowKind
from app.domain.base import JsonObject
from app.domain.decisions import Decision
from app.domain.errors import BadInput, Conflict, Temporary
from app.domain.incidents import ACTIVE, FEEDABLE, GONE, Incident, IncidentStatus, latest_episode
from app.domain.tenants import Scope
from app.domain.validity import Withdrawal
from app.ports.store import Session
from app.privacy.redact import redact
from app.schemas.actions import UndoAnswer
from app.services.actions.way_back import refuse_without_way_back
from app.services.leases import hold_lease
from app.services.loop.closing import UNSENT, take_back
from app.services.loop.tool_modes import modes_in
from app.services.loop.undoing import add_undo, grant_undo_row
from graph.approvals import grant_undo
from graph.way_back import add_way_back

log = structlog.get_logger()
_A = ActionStatus
NOTHING_SENT = {
    _A.PENDING: "nothing was sent yet: reject it instead",
    _A.PROPOSED: "nothing was sent yet: reject it instead",
    _A.APPROVED: "nothing was sent yet: close its incident, or turn the kill switch on, to keep it from being sent",
    _A.SENDING: "it is being sent at this moment: ask again once it is known what became of it",
    _A.IN_DOUBT: "nobody knows whether it was done: settle that first",
    _A.NOT_APPLIED: "it was shown and never sent, so there is nothing to take back",
    _A.FAILED: "it failed, so there is nothing to take back",
    _A.UNDONE: "it was taken back already",
}
NEVER_SENT = "it was never sent, so there is nothing to take back"


def undo_action(
    ctx: AppContext, scope: Scope, action_id: str, reason: str, merchants: Sequence[str] | None = None
) -> UndoAnswer:
    """Have an action, or one cohort of it, taken back, for everybody it was done for or for these alone; whoever asks
    second learns who asked first.
    """
    require(scope, UseCase.UNDO_ACTION)
    why = redact(reason.strip()).text
    if not why:
        raise BadInput("to take something back needs its `reason`: people must know why")
    with ctx.store.read(scope) as session:
        incident_id = session.actions.get(action_id).incident_id
    with ctx.turn(scope, incident_id), hold_lease(ctx, scope, f"incident:{incident_id}") as own:
        if own is None:
            raise Temporary(f"{incident_id} is being worked on at this moment: ask again", delay=2.0)
        with ctx.store.write(own) as session:
            answer = _ask_for_undo(ctx, session, action_id, why, merchants)
    undone = [row.id for row in answer.undo_rows]
    ids = {"incident": incident_id, "action": action_id}
    log.info("action.undo_asked", tenant=scope.tenant_id, **ids, rows=undone, by=scope.principal.id)
    ctx.wake()
    return answer


def _ask_for_undo(
    ctx: AppContext, session: Session, action_id: str, why: str, merchants: Sequence[str] | None
) -> UndoAnswer:
    """All of it in one transaction: the rows, why, the step of the loop, and where the incident stands."""
    now = ctx.clock(session.scope).now()
    row = session.actions.get(action_id)
    incident = session.incidents.get(row.incident_id)
    rows = session.actions.page(incident_id=incident.id, limit=EVERY_ONE)
    standing = _list_standing(row, rows)
    asked = standing if merchants is None else _only_for(ctx, row, standing, merchants)
    _refuse_other_mode(ctx, session, row)
    _refuse_ended(session, incident)
    parent = session.actions.get(row.parent_id or row.id)
    aside = _goes_aside(session, incident, parent, standing, asked, rows)
    if not aside:
        _refuse_in_flight(rows)
    decision = add_way_back(ctx.tools, session.scope, parent, asked)
    undone = [_add_undo(session, parent, decision, one.row.cohort, why, now, aside=aside) for one in asked]
    for open_row in () if aside else rows:
        if open_row.status in UNSENT and open_row.step is not RowKind.UNDO:
            rule = Withdrawal.TAKEN_BACK
            take_back(session, open_row, rule, rule.sentence, now, by=session.scope.principal.id)
    told: JsonObject = {"incident_id": incident.id, "reason": why, "undoes": [one.row.id for one in asked]}
    told |= {"rows": [one.id for one in undone]}
    told |= {} if merchants is None else {"merchants": [name for one in asked for name in one.merchants]}
    session.events.append("action.undo_asked", row.id, told, at=now)
    if not aside:
        _turn_incident(ctx, session, incident, undone, why, now)
    return UndoAnswer(action=row, undo_rows=undone, note=_tell_what_follows(session, undone, aside=aside))


def _list_standing(row: Action, rows: Sequence[Action]) -> list[Standing]:
    """The cohorts of an action, or the one that was named, that were sent and still stand; Conflict says why there is
    none, and who asked before.
    """
    if row.step is RowKind.UNDO:
        raise Conflict(f"{row.id} is an undo itself; it is not taken back", status=row.status.value)
    cohorts = [one for one in rows if one.id == row.id or (row.parent_id is None and one.parent_id == row.id)]
    forward = sorted((one for one in cohorts if one.step is not RowKind.UNDO), key=lambda one: one.cohort)
    found = [stands for one in forward if (stands := what_stands(one, rows)) is not None]
    if found:
        refuse_without_way_back(row)
        return found
    earlier = next((undo for one in forward for undo in undos_of(one, rows) if undo.status not in NOT_DONE), None)
    if earlier is not None:
        raise _begun_before(row, earlier)
    raise Conflict(
        f"{row.id} is {row.status.value}: {NOTHING_SENT.get(row.status, NEVER_SENT)}", status=row.status.value
    )


def _only_for(
    ctx: AppContext, row: Action, standing: Sequence[Standing], merchants: Sequence[str]
) -> list[Standing]:  # fmt: skip
    """The same for these merchants alone; a refusal names those it does not stand for."""
    undo = row.decision.undo
    if undo is None or "merchant_ids" not in ctx.tools.specs()[undo.tool].narrow(undo.arguments, ["any"]):
        raise Conflict(f"{row.id} is not taken back merchant by merchant: its undo is one for all of them")
    named = set(merchants)
    strangers = sorted(named.difference(name for one in standing for name in one.merchants))
    if strangers or not named:
        problems = [
            {"field": "merchants", "problem": f"{name} was not treated by it, or it is taken back there already"}
            for name in strangers
        ]
        raise BadInput(f"{row.id} does not stand for {len(strangers)} of these merchants: name others", problems)
    only = (Standing(one.row, tuple(name for name in one.merchants if name in named)) for one in standing)
    return [one for one in only if one.merchants]


def _goes_aside(
    session: Session,
    incident: Incident,
    parent: Action,
    standing: Sequence[Standing],
    asked: Sequence[Standing],
    rows: Sequence[Action],
) -> bool:
    """Whether the loop of the incident goes on meanwhile: where what is taken back still stands for others, where the
    loop has tried to undo it before, and where a later attempt waits for its receipt.
    """
    left = {one.row.id: one.merchants for one in standing}
    for one in asked:
        left[one.row.id] = tuple(name for name in left[one.row.id] if name not in one.merchants)
    unjudged = [one.row for one in asked if one.row.status is _A.EXECUTED and incident.status in ACTIVE]
    stands_for_others = any(left.values()) and all(left[row.id] for row in unjudged)
    tried = any(not undo.aside for one in asked for undo in undos_of(one.row, rows))
    later = incident.status is IncidentStatus.VERIFYING and not _is_at_hand(session, parent.decision)
    return stands_for_others or tried or later


def _begun_before(row: Action, earlier: Action) -> Conflict:
    by = earlier.undo_asked_by
    seen = row.receipt
    who = f"{by} asked for it" if by else "it did not help" if seen and seen.takes_back_no_help else "it did harm"
    error = f": {earlier.result.error}" if earlier.result and earlier.result.error else ""
    stands = f"{earlier.id} is {earlier.status.value}{error}"
    facts = {"status": row.status.value, "undo_row": earlier.id, "undo_status": earlier.status.value, "asked_by": by}
    return Conflict(f"{row.id} is not taken back twice: {who}, and {stands}", **facts)


def _refuse_in_flight(rows: Sequence[Action]) -> None:
    """Conflict while something of the incident is being sent or taken back: what becomes of it is not known yet."""
    for row in rows:
        if row.status is _A.SENDING:
            raise Conflict(f"{row.id}: {NOTHING_SENT[_A.SENDING]}", status=row.status.value)
        if row.step is RowKind.UNDO and row.status in UNSENT:
            raise Conflict(f"{row.id} is to be sent first: ask again once it is", status=row.status.value)


def _refuse_other_mode(ctx: AppContext, session: Session, row: Action) -> None:
    """Conflict where what was sent in one mode would be taken back in another, or by a tool that is switched off."""
    modes = modes_in(session, ctx.config, ctx.tenant(session.scope))
    tool, undo, mode = str(row.decision.tool), row.decision.undo, row.decision.mode
    off = [name for name in (tool, undo.tool if undo else tool) if name in modes.off]
    if off:
        raise Conflict(f"{row.id} is not taken back: the tool {off[0]} is switched off for this tenant")
    if modes.of(tool) is not mode:
        raise Conflict(
            f"{row.id} was sent in the mode {mode.value}, and its tool {tool} is in another now"
            f" ({modes.of(tool).value}): set it back first",
            mode=mode.value,
        )


def _refuse_ended(session: Session, incident: Incident) -> None:
    """Conflict where nothing can be done in the name of the incident any more."""
    if incident.status in GONE or incident.closing is not None:
        said = incident.closing.sentence if incident.closing else incident.standing
        raise Conflict(f"{incident.id} is over ({said}), so nothing is sent for it any more", **incident.facts())
    if incident.status is IncidentStatus.FAILED:
        raise Conflict(f"{incident.standing}: it was set aside, so have it tried again first", **incident.facts())
    other = session.incidents.find_open(incident.key)
    if incident.status not in FEEDABLE and other is not None and other.id != incident.id:
        raise Conflict(
            f"{incident.standing}, and the same is open as {other.id}: close or merge that one first",
            **incident.facts(),
            open=other.id,
        )


def _add_undo(
    session: Session, parent: Action, decision: Decision, cohort: int, why: str, now: datetime, *, aside: bool
) -> Action:  # fmt: skip
    """The undo of one cohort as a row of the ledger, granted by whoever asked."""
    undo = Action(
        id=row_id(parent.id, RowKind.UNDO, cohort),
        incident_id=parent.incident_id,
        parent_id=parent.id,
        step=RowKind.UNDO,
        cohort=cohort,
        status=_A.PROPOSED,
        version=decision.version,
        digest=decision.digest,
        decision=decision,
        proposed_at=now,
        author=session.scope.principal.id,
    )
    return (add_undo if aside else grant_undo_row)(session, undo, by=session.scope.principal.id, why=why, at=now)


def _turn_incident(
    ctx: AppContext,
    session: Session,
    incident: Incident,
    undone: Sequence[Action],
    why: str,
    now: datetime,
) -> None:
    """The loop goes on behind a gate that this word has opened, whatever it was at."""
    by, decision = session.scope.principal.id, undone[0].decision
    word = grant_undo(
        ctx.node_context(session.scope), decision, by=by, reason=why, cohorts=[row.cohort for row in undone]
    )
    if not _is_at_hand(session, decision):
        _put_next_step(session, incident.id, "decide", decision.plain(), now)
    _put_next_step(session, incident.id, "approve", word.plain(), now)
    session.setbacks.clear(incident.id)
    if incident.status is not IncidentStatus.MITIGATING:
        session.incidents.move(
            incident.id, IncidentStatus.MITIGATING, at=now, reason=f"to be taken back, says {by}: {why}"
        )
    if incident.status not in ACTIVE:
        session.incidents.save(session.incidents.get(incident.id).changed(resolution=None, acknowledged_by=None))


def _is_at_hand(session: Session, decision: Decision) -> bool:
    """Whether the latest decision of the latest episode is the one that is taken back."""
    decided = [one for one in latest_episode(session.incidents.steps(decision.incident_id)) if one.step == "decide"]
    return bool(decided) and decided[-1].output.get("digest") == decision.digest


def _put_next_step(session: Session, incident_id: str, step: str, output: JsonObject, now: datetime) -> None:
    session.incidents.put_step(incident_id, step, output, at=now, seq=session.incidents.last_step(incident_id) + 1)


def _tell_what_follows(session: Session, undone: Sequence[Action], *, aside: bool) -> str:
    merchants = sum(len(row.decision.undo_requests[row.cohort].merchants) for row in undone)
    held = session.controls.kill_switch().on
    waits = "It is held by the kill switch until that is off." if held else "It is sent at the next tick."
    rest = " What was done besides stands, and its incident goes on." if aside else ""
    return f"Taken back for {merchants} merchant(s). {waits}{rest}"
