"""The record of everything that happened, and the proof that nobody changed it.

Three witnesses are asked: the chain (each link binds the one before), the anchor outside the database (signed heads, so
that a chain that was shortened or written anew is seen), and the rows (each stands where the events alone bring it).
"""

from collections.abc import Iterator
from datetime import datetime

import structlog

from app.access import UseCase, require
from app.context import AppContext
from app.domain.base import JsonObject
from app.domain.errors import Conflict, Temporary
from app.domain.events import AnchorReading, ChainCheck, Event, Verified
from app.domain.replay import REPLAYED_KINDS, find_mismatches, replay_events
from app.domain.tenants import Scope
from app.ports.store import Session
from app.process.vital_signs import Part
from app.services.audit import audit_export, lost_events

log = structlog.get_logger()
LEFT_ALONE = (
    "the chain does not hold what was anchored, so nothing is vouched for; if the data was removed or set back on"
    " purpose, say so with: python -m app audit accept --tenant {tenant} --reason ..."
)
ANCHOR = "anchor"
"""What the events about the anchor itself are about."""

OPENED, REPLACED, CAUGHT_UP, ACCEPTED = "anchor.opened", "anchor.replaced", "anchor.caught_up", "anchor.accepted"
LATE = 100
"""So many links one interrupted commit may leave without an anchor. Where more are found, a person must look."""

LOST = "its file or its key was gone"
OTHER_KEY = "its key is another one (processes that share a database need the same CAUSEWAY_ANCHOR)"
PAGE = 500
MOST_NAMED = 200


def list_events(
    ctx: AppContext,
    scope: Scope,
    *,
    subject: str | None = None,
    after: int = 0,
    limit: int = 200,
    newest_first: bool = False,
) -> list[Event]:
    """Links of the chain."""
    with ctx.store.read(scope) as session:
        return session.events.page(subject=subject, after=after, limit=limit, newest_first=newest_first)


def verify_chain(ctx: AppContext, scope: Scope) -> ChainCheck:
    """Ask all three witnesses. Only what every one of them bears out is ok."""
    return _verify_with_anchor(ctx, scope)[0]


def export_events(ctx: AppContext, scope: Scope) -> Iterator[str]:
    """Every event up to the last good one as a line of JSON, oldest first, then one line with the anchored heads and
    the check.
    """
    check, reading = _verify_with_anchor(ctx, scope)
    for after in range(0, check.checked, PAGE):
        page = list_events(ctx, scope, after=after, limit=min(PAGE, check.checked - after))
        yield from (audit_export.event_line(scope.tenant_id, event) for event in page)
    yield audit_export.last_line(scope.tenant_id, check.checked, reading, check)


def open_anchor(ctx: AppContext, at: datetime) -> None:
    """At every start, before anything else is written: make the anchor where there is none, and have each chain say
    what became of it.

    The key's fingerprint stands in the chain, so that an anchor which was taken away and made anew is known for what it
    is. Links that were committed and not anchored (the program ended between the two) are vouched for by the link that
    tells of them.
    """
    tenants = [tenant.id for tenant in ctx.store.tenants()]
    stands = ctx.anchor.readings(tenants)
    lost = any(not reading.present for reading in stands.values())
    key = ctx.anchor.open()
    for tenant_id in tenants:
        _record_anchor_state(ctx, Scope(tenant_id=tenant_id), key, at, lost=lost, stands=stands[tenant_id])


def catch_up(ctx: AppContext, scope: Scope, at: datetime) -> None:
    """Have the last link anchored, if its commit was cut off from its anchor and the chain still holds everything
    anchored.
    """
    stands = ctx.anchor.reading(scope.tenant_id)
    _record_anchor_state(ctx, scope, ctx.anchor.open(), at, lost=not stands.present, stands=stands)


def accept_chain(ctx: AppContext, scope: Scope, reason: str) -> ChainCheck:
    """A person vouches for the chain as it stands, after the anchor was lost, replaced or forged, or the store restored
    from a backup.

    A chain that is broken in itself cannot be accepted: nothing mends it.
    """
    require(scope, UseCase.ACCEPT_CHAIN)
    at = ctx.clock(scope).now()
    catch_up(ctx, scope, at)
    check, reading = _verify_with_anchor(ctx, scope)
    with ctx.store.write(scope) as session:
        alone = session.events.verify()
        if not alone.ok:
            raise Conflict(
                f"the chain itself is broken: {alone.reason}; no word of a person mends that", first_bad=alone.first_bad
            )
        if check.verdict is Verified.OK or not _anchor_objects(session, check, reading):
            raise Conflict(
                "there is nothing to accept: the anchor has no objection to the chain", verdict=check.verdict.value
            )
        told: JsonObject = {"reason": reason, "objection": check.reason, "links": alone.checked}
        lost_events.release(session, reason, at)
        event = session.events.append(ACCEPTED, ANCHOR, told, at=at)
    try:
        ctx.anchor.accept(scope.tenant_id, event.seq, event.hash, at)
    except OSError as failure:
        raise Temporary(f"the anchor cannot be written ({failure.strerror}); accept it again once it can") from failure
    ctx.vitals.well(Part.RECORD, scope.tenant_id)
    ctx.wake()
    log.warning("anchor.accepted", tenant=scope.tenant_id, link=event.seq, by=scope.principal.id)
    return verify_chain(ctx, scope)


# --- the three witnesses
# -----------------------------------------------------------------------------------------------


def _verify_with_anchor(ctx: AppContext, scope: Scope) -> tuple[ChainCheck, AnchorReading]:
    """The check, and the reading of the anchor it rests on.

    The anchor is read first: whatever it holds was committed before the view is opened. Links that it did not hold then
    may have been on their way, so it is asked once more about the same view.
    """
    reading = ctx.anchor.reading(scope.tenant_id)
    with ctx.store.read(scope) as session:
        check = session.events.verify(reading.heads)
        if check.verdict is Verified.NOT_YET_ANCHORED:
            again = ctx.anchor.reading(scope.tenant_id)
            reading = again.changed(heads={seq: head for seq, head in again.heads.items() if seq <= check.checked})
            check = session.events.verify(reading.heads)
        if check.verdict is Verified.BROKEN:
            check = _lost(session, check, reading)
            return _with_verdict(check, Verified.BROKEN, *filter(None, (check.reason, reading.trouble))), reading
        return _weigh_witnesses(check, _anchor_objection(session, reading), _find_unaccounted_rows(session)), reading


def _lost(session: Session, check: ChainCheck, reading: AnchorReading) -> ChainCheck:
    """The check with the first lost link as the first bad one, where the chain itself tells that the store was set
    back.

    The walk alone finds the first link that was anchored, and what was committed together was anchored by its last.
    """
    told = lost_events.told_loss(session)
    if told is None or told[0].seq <= reading.accepted or check.first_bad is None or check.first_bad < told[1].first:
        return check
    return check.changed(first_bad=told[1].first, reason=f"{told[1].sentence}; {check.reason}")


def _weigh_witnesses(check: ChainCheck, objection: str, rows: list[str]) -> ChainCheck:
    """The chain holds in itself: what the anchor and the rows say about it."""
    named = (*rows[:MOST_NAMED], *([f"and {len(rows) - MOST_NAMED} more"] if len(rows) > MOST_NAMED else []))
    check = check.changed(unexplained=named)
    differ = f"the links hold, but {len(rows)} row(s) stand where no event brought them" if rows else ""
    if objection:
        return _with_verdict(check, Verified.UNVERIFIABLE, *filter(None, (objection, differ)))
    return _with_verdict(check, Verified.BROKEN, differ) if rows else check


def _with_verdict(check: ChainCheck, verdict: Verified, *reasons: str) -> ChainCheck:
    return check.changed(ok=False, verdict=verdict, reason="; ".join(reasons))


def _find_unaccounted_rows(session: Session) -> list[str]:
    """Rows whose state the events alone do not give."""
    states = replay_events(session.events.retold(REPLAYED_KINDS))
    return find_mismatches(states, session.incidents.standing(), session.actions.standing())


def _anchor_objection(session: Session, reading: AnchorReading) -> str:
    """Why the anchor cannot vouch for the chain; empty when it can, as far as it goes."""
    if not reading.present or reading.trouble:
        return reading.trouble or "the anchor is lost"
    doubts = [
        _doubt_left_by(event)
        for event in session.events.page(subject=ANCHOR, after=reading.accepted, limit=PAGE, newest_first=True)
    ]
    return next(filter(None, doubts), "")


def _doubt_left_by(event: Event) -> str:
    """What an event about the anchor leaves unproven until a person accepts it."""
    after, links = _counted_in(event, "after"), _counted_in(event, "links")
    if event.kind == REPLACED:
        return f"the anchor was replaced at link {event.seq}; links before it are vouched for by nobody"
    if event.kind in {OPENED, CAUGHT_UP} and links > (LATE if after else 0):
        return (
            f"links {after + 1} to {event.seq - 1} were anchored only when link {event.seq} was written; until then"
            " nobody vouched for them"
        )
    return ""


def _counted_in(event: Event, name: str) -> int:
    value = event.payload.get(name)
    return value if isinstance(value, int) else 0


def _anchor_objects(session: Session, check: ChainCheck, reading: AnchorReading) -> bool:
    """Whether it is the anchor that keeps the chain from being proven: it objects, or it holds other heads than the
    chain.
    """
    return check.verdict is Verified.UNVERIFIABLE or session.events.verify(reading.heads).verdict is Verified.BROKEN


# --- the anchor at a start
# ---------------------------------------------------------------------------------------------


def _record_anchor_state(
    ctx: AppContext, scope: Scope, key: str, at: datetime, *, lost: bool, stands: AnchorReading
) -> None:
    """Tell what there is to tell. Where the anchor as it stood calls for it, it is asked again under the tenant's lock:
    others write too.
    """
    with ctx.store.write(scope) as session:
        if _find_anchor_event(session, stands, key, lost=lost) is None:
            return
        found = _find_anchor_event(session, ctx.anchor.reading(scope.tenant_id), key, lost=lost)
        if found is None:
            return
        kind, told = found
        if kind == REPLACED:
            log.error("anchor.replaced", tenant=scope.tenant_id, links=told["links"], why=LOST if lost else OTHER_KEY)
        session.events.append(kind, ANCHOR, told, at=at)


def _find_anchor_event(
    session: Session, reading: AnchorReading, key: str, *, lost: bool
) -> tuple[str, JsonObject] | None:
    """The event that tells what became of the anchor since the chain last spoke of it; None when there is nothing to
    tell.
    """
    last = next((event.seq for event in session.events.page(limit=1, newest_first=True)), 0)
    known = next(
        (
            event
            for event in session.events.page(subject=ANCHOR, limit=PAGE, newest_first=True)
            if "key" in event.payload
        ),
        None,
    )
    if known is not None and (lost or known.payload["key"] != key):
        return REPLACED, {"key": key, "before": known.payload["key"], "after": 0, "links": last}
    after = max(reading.heads, default=0)
    if known is not None and (reading.trouble or last <= after):
        return None
    if reading.heads and session.events.verify(reading.heads).verdict is Verified.BROKEN:
        log.error(
            "anchor.left_alone", tenant=session.scope.tenant_id, why=LEFT_ALONE.format(tenant=session.scope.tenant_id)
        )
        return None
    return (OPENED if known is None else CAUGHT_UP), {"key": key, "after": after, "links": last - after}
