"""What becomes of an undo: what it takes back, when one that failed is tried again, and how those are carried out that
go beside the loop of their incident, which goes on.

Every try is a row of its own with a key of its own, written down in the transaction in which the one before it failed,
so that no crash forgets it; after the last try people are told.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from app.context import EVERY_ONE, AppContext
from app.domain.action_states import ActionStatus
from app.domain.actions import SENT_AND_STANDING, Action, harmed_id, row_id, undos_of, what_stands
from app.domain.approvals import RowKind
from app.domain.base import JsonObject
from app.domain.errors import Conflict, LeaseLost, Temporary
from app.domain.incidents import GONE
from app.domain.tenants import Scope
from app.ports.store import Session
from app.services.leases import hold_lease
from app.services.loop.closing import finish_closing
from graph.sending import send_row, wait_to_repeat

log = structlog.get_logger()
GAVE_UP: Final = "action.undo_gave_up"
"""The event by which people learn that something stands which was to be taken back."""
MOST_TRIES: Final = 4
FIRST_WAIT: Final = timedelta(minutes=1)
LONGER: Final = 5
"""So many times longer than before it waits for each further try: with four of them for half an hour in all."""
MOST_LISTED: Final = 500


def settle_undo(session: Session, undo: Action, at: datetime) -> None:
    """What follows from how an undo ended, in the transaction that records it; nothing for any other row."""
    if undo.step is not RowKind.UNDO:
        return
    if undo.status is ActionStatus.FAILED:
        _try_again(session, undo, at)
    elif undo.status is ActionStatus.EXECUTED:
        _take_back_undone(session, undo, at)


def _take_back_undone(session: Session, undo: Action, at: datetime) -> None:
    """An undo that was carried out takes back what it was the undo of, once that stands for nobody any more."""
    forward = session.actions.get(harmed_id(undo))
    done = [
        one
        for one in undos_of(forward, session.actions.page(incident_id=undo.incident_id, limit=EVERY_ONE))
        if one.status is ActionStatus.EXECUTED
    ]
    if forward.status in SENT_AND_STANDING and what_stands(forward, done) is None:
        session.actions.move(
            forward.id,
            from_=forward.status,
            to=ActionStatus.UNDONE,
            version=forward.version,
            digest=forward.digest,
            at=at,
        )


def _try_again(session: Session, failed: Action, at: datetime) -> None:
    """The next try of an undo that failed, granted by whoever granted that one; after the last, people are told."""
    error = failed.result.error if failed.result else ""
    ids = {"incident": failed.incident_id, "action": failed.id, "tries": failed.tries}
    if failed.tries >= MOST_TRIES:
        told: JsonObject = {"incident_id": failed.incident_id, "tries": failed.tries, "error": error}
        session.events.append(GAVE_UP, failed.id, told, at=at)
        log.warning("action.undo_gave_up", tenant=session.scope.tenant_id, **ids, why=error)
        return
    wait = FIRST_WAIT * LONGER ** (failed.tries - 1)
    fresh = failed.changed(tries=failed.tries + 1, not_before=at + wait)
    again = add_undo(session, fresh, by=failed.decided_by or "", why=failed.feedback or "", at=at)
    log.info("action.undo_again", tenant=session.scope.tenant_id, **ids, row=again.id, why=error)


def list_given_up(session: Session) -> list[Action]:
    """The last try of every undo that failed as often as it is tried, while what it was to take back stands; the newest
    first.
    """
    failed = session.actions.page(statuses=[ActionStatus.FAILED], limit=MOST_LISTED)
    return [
        undo for undo in failed if undo.step is RowKind.UNDO and undo.tries >= MOST_TRIES and _stands(session, undo)
    ]


def _stands(session: Session, undo: Action) -> bool:
    """Whether what an undo was to take back stands for somebody whom nobody has it taken back for by now."""
    forward = session.actions.get(harmed_id(undo))
    stands = what_stands(forward, session.actions.page(incident_id=undo.incident_id, limit=EVERY_ONE))
    meant = undo.decision.undo_requests[undo.cohort].merchants
    return stands is not None and (not meant or not set(meant).isdisjoint(stands.merchants))


def add_undo(session: Session, wanted: Action, *, by: str, why: str, at: datetime) -> Action:
    """An undo that goes beside the loop, as a row of the ledger under the next number, granted by whom it says."""
    name = str(wanted.parent_id)
    forward = session.actions.get(harmed_id(wanted))
    earlier = undos_of(forward, session.actions.page(incident_id=wanted.incident_id, limit=EVERY_ONE))
    number = max((one.aside for one in earlier), default=0) + 1
    undo = Action(
        id=row_id(name, RowKind.UNDO, wanted.cohort, number),
        incident_id=wanted.incident_id,
        parent_id=name,
        step=RowKind.UNDO,
        cohort=wanted.cohort,
        status=ActionStatus.PROPOSED,
        version=wanted.version,
        digest=wanted.digest,
        decision=wanted.decision,
        proposed_at=at,
        author=wanted.author,
        aside=number,
        tries=wanted.tries,
        not_before=wanted.not_before,
    )
    return grant_undo_row(session, undo, by=by, why=why, at=at)


def grant_undo_row(session: Session, undo: Action, *, by: str, why: str, at: datetime) -> Action:
    """Keep the row, and grant it by somebody's word."""
    session.actions.add(undo)
    asked = session.actions.move(
        undo.id,
        from_=ActionStatus.PROPOSED,
        to=ActionStatus.PENDING,
        version=undo.version,
        digest=undo.digest,
        at=at,
    )
    return session.actions.move(
        undo.id,
        from_=ActionStatus.PENDING,
        to=ActionStatus.APPROVED,
        version=asked.version,
        digest=asked.digest,
        at=at,
        by=by,
        changes={"feedback": why},
    )


def carry_out_undos(ctx: AppContext, scope: Scope, stopping: Callable[[], bool]) -> list[str]:
    """Carry out what goes beside the loops and is due, the oldest first; the incidents of those that were sent."""
    with ctx.store.read(scope) as session:
        rows = session.actions.page(statuses=[ActionStatus.APPROVED, ActionStatus.SENDING], limit=EVERY_ONE)
        aside = [row for row in reversed(rows) if row.aside]
        stopped = bool(aside) and session.controls.kill_switch().on
        now = ctx.clock(scope).now()
        due = [] if stopped else [row for row in aside if _is_due(session, row, now)]
    return [row.incident_id for row in due if not stopping() and _carry_out(ctx, scope, row)]


def _is_due(session: Session, row: Action, now: datetime) -> bool:
    """Whether it may be sent, or what may have been sent may be looked for, now."""
    if session.incidents.get(row.incident_id).status in GONE:
        return False
    if row.status is ActionStatus.APPROVED:
        return row.not_before is None or row.not_before <= now
    intent = session.outbox.get(row.idempotency_key)
    if intent is None or intent.tried_at is None:
        return True
    return intent.tried_at + wait_to_repeat(intent) <= now


def _carry_out(ctx: AppContext, scope: Scope, row: Action) -> bool:
    """Send one under the lease of its incident; whether it has ended."""
    ids = {"tenant": scope.tenant_id, "incident": row.incident_id, "action": row.id}
    try:
        with ctx.turn(scope, row.incident_id), hold_lease(ctx, scope, f"incident:{row.incident_id}") as own:
            if own is None:
                return False
            send_row(ctx.node_context(own), row.id, digest=row.digest, version=row.version)
            with ctx.store.write(own) as session:
                finish_closing(session, row.incident_id, ctx.clock(own).now())
            return True
    except LeaseLost:
        log.info("action.taken_over", **ids)
    except (Temporary, Conflict) as why:
        log.info("action.later", **ids, why=why.detail)
    return False
