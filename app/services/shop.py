"""Keeps the simulated shop of a tenant running: each tick moves its clock and lets the shop report what happened."""

from datetime import datetime, timedelta
from typing import Any

from app.ambient import SteppedClock
from app.domain.tenants import Scope, Tenant, ToolMode
from app.ports import Session
from app.services.house import House
from simulations.effects import load_shop, save_shop
from simulations.fixtures import fixture_shop
from simulations.telemetry import signals_between

CLOCK_NOTE = "clock"
KEPT = timedelta(hours=24)
DEMO = Tenant(id="demo", title="Demo: a migration that is going wrong", tool_mode=ToolMode.SIMULATED, simulated_clock=True)
DEFAULT = Tenant(id="default", title="Your own signals")


def open_shop(session: Session, now: datetime) -> None:
    """Give the tenant a shop and a clock that stands at `now`."""
    shop = fixture_shop(now)
    save_shop(session, shop)
    session.merchants.put(shop.directory())
    session.notes.put(CLOCK_NOTE, {"now": now.isoformat()})


def read_clock(session: Session) -> datetime | None:
    """Where the simulated clock of this tenant stands."""
    note: dict[str, Any] | None = session.notes.get(CLOCK_NOTE)
    return datetime.fromisoformat(note["now"]) if note else None


def follow(house: House, scope: Scope) -> None:
    """Let this process's clock of the tenant stand where another process has moved it to."""
    with house.store.read(scope) as session:
        stands = read_clock(session)
    clock = house.clock(scope)
    if stands is not None and isinstance(clock, SteppedClock):
        clock.advance_to(stands)


def tick(house: House, scope: Scope, elapsed: timedelta) -> int:
    """Let so much simulated time pass; how many signals the shop sent."""
    with house.store.read(scope) as session:
        before, state = read_clock(session), load_shop(session)
    if before is None:
        return 0
    after = before + elapsed
    signals = signals_between(state, scope.tenant_id, before, after, state.seed)
    with house.store.write(scope) as session:
        fresh = session.signals.add([signal.model_copy(update={"received_at": after}) for signal in signals])
        session.notes.put(CLOCK_NOTE, {"now": after.isoformat()})
        if before.hour != after.hour:
            session.signals.discard_before(after - KEPT)
    clock = house.clock(scope)
    if isinstance(clock, SteppedClock):
        clock.advance_to(after)
    return sum(fresh)
