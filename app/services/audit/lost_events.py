"""What the anchor vouches for and the store does not hold: the store was set back, replaced by an older copy, or made
anew.

What was sent in the lost time is in the world and not in the store. So at a start, before anything can be sent, each
such tenant is held until a person accepts the loss, and whatever may have been sent before is looked up first, as after
a restored backup.
"""

from collections.abc import Mapping
from datetime import datetime

import structlog

from app.context import AppContext
from app.domain.base import Value
from app.domain.events import AnchorReading, Event
from app.domain.tenants import Scope
from app.domain.work import RESTORED, Restoration
from app.ports.store import Session
from app.process.vital_signs import Part, Trouble

log = structlog.get_logger()
SET_BACK = "store.set_back"
KNOWN_LOSSES = (SET_BACK, "store.restored")
"""Events that tell of a loss: somebody has seen to what follows from it."""

STORE = "store"
MOST_LOOKED_AT = 10_000
SWITCHED = ("kill_switch.on", "kill_switch.off")


class Loss(Value):
    """The links of a chain that are lost: they were committed and anchored, and the store does not hold them."""

    first: int
    last: int

    @property
    def sentence(self) -> str:
        """For people."""
        return (
            f"events {self.first} to {self.last} were committed and are not in the store: it was set back, replaced by"
            " an older copy, or made anew"
        )


def hold_what_was_lost(ctx: AppContext, at: datetime) -> None:
    """Hold every tenant whose store lost something that nobody has accepted yet, and tell its chain and the vital
    signs.
    """
    tenants = [tenant.id for tenant in ctx.store.tenants()]
    readings = ctx.anchor.readings(tenants)
    for tenant_id in tenants:
        scope = Scope(tenant_id=tenant_id)
        with ctx.store.read(scope) as session:
            loss = _loss(session, readings[tenant_id].heads)
            told = _newest(session, STORE, KNOWN_LOSSES)
            known = loss is None or (told is not None and told.seq > readings[tenant_id].accepted)
        if loss is not None and not known:
            _hold(ctx, scope, loss, readings[tenant_id], at)
        _show(ctx, scope)


def told_loss(session: Session) -> tuple[Event, Loss] | None:
    """The loss the chain tells of, when it is the last word about one."""
    event = _newest(session, STORE, KNOWN_LOSSES)
    if event is None or event.kind != SET_BACK:
        return None
    return event, Loss.model_validate({name: event.payload[name] for name in ("first", "last")})


def release(session: Session, reason: str, at: datetime) -> None:
    """A person accepted the loss: what was held for it alone is not held any more."""
    told, switched = told_loss(session), _newest(session, session.scope.tenant_id, SWITCHED)
    if told is not None and switched is not None and switched.kind == SWITCHED[0] and switched.seq == told[0].seq + 1:
        session.controls.switch(False, reason=reason, at=at)


def _newest(session: Session, subject: str, kinds: tuple[str, ...]) -> Event | None:
    """The last event of one of these kinds about a subject that has few."""
    found = session.events.page(subject=subject, newest_first=True, limit=MOST_LOOKED_AT)
    return next((event for event in found if event.kind in kinds), None)


def _show(ctx: AppContext, scope: Scope) -> None:
    """Trouble while the last loss has not been accepted."""
    with ctx.store.read(scope) as session:
        told = told_loss(session)
    if told is None or ctx.anchor.reading(scope.tenant_id).accepted > told[0].seq:
        return
    ctx.vitals.ill(
        Part.RECORD, Trouble(cause=told[1].sentence, where="the audit record", remedy=_remedy(scope)), scope.tenant_id
    )


def _remedy(scope: Scope) -> str:
    return (
        "what may have been sent since is held; look what was done, or put the newer store back, then accept it: "
        f"python -m app audit accept --tenant {scope.tenant_id} --reason ..."
    )


def _loss(session: Session, heads: Mapping[int, str]) -> Loss | None:
    """What is missing. A link binds all before it: from the first head that is not there on, none is."""
    anchored = sorted(heads)
    low, high = 0, len(anchored)
    while low < high:
        middle = (low + high) // 2
        if _holds(session, anchored[middle], heads[anchored[middle]]):
            low = middle + 1
        else:
            high = middle
    if low == len(anchored):
        return None
    return Loss(first=(anchored[low - 1] if low else 0) + 1, last=anchored[-1])


def _holds(session: Session, seq: int, link_hash: str) -> bool:
    found = session.events.page(after=seq - 1, limit=1)
    return bool(found) and (found[0].seq, found[0].hash) == (seq, link_hash)


def _hold(ctx: AppContext, scope: Scope, loss: Loss, reading: AnchorReading, at: datetime) -> None:
    """In one transaction: the chain tells of it, the switch is on, and what began before now counts as perhaps sent."""
    with ctx.store.write(scope) as session:
        last = session.events.page(limit=1, newest_first=True)
        until = max(filter(None, [at, ctx.clock(scope).now(), reading.until]))
        session.notes.put(RESTORED, Restoration(at=until, backup_at=last[0].at if last else until).plain())
        session.events.append(SET_BACK, STORE, {"first": loss.first, "last": loss.last}, at=at)
        if not session.controls.kill_switch().on:
            session.controls.switch(True, reason=f"{loss.sentence}; {_remedy(scope)}", at=at)
    log.error("store.set_back", tenant=scope.tenant_id, first=loss.first, last=loss.last)
