"""Keeps the simulated platform of a tenant running: each tick moves its clock and lets the platform report what happened."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from app.ambient import SteppedClock
from app.domain.tenants import Scope, Tenant, ToolMode
from app.ports import Session
from app.services import ingest
from app.services.house import House
from app.wire import MOST_SIGNALS
from simulations.effects import WORLD_NOTE, load_world
from simulations.fixtures import fixture_shop
from simulations.shop_effects import load_shop, save_shop
from simulations.shop_telemetry import signals_between

CLOCK_NOTE = "clock"
PACE_NOTE = "pace"
KEPT = timedelta(hours=24)
DEMO = Tenant(id="demo", title="Demo: a migration that is going wrong", tool_mode=ToolMode.SIMULATED, simulated_clock=True)
DEFAULT = Tenant(id="default", title="Your own signals")


def open_shop(session: Session, now: datetime) -> None:
    """Give the tenant a shop and a clock that stands at `now`."""
    shop = fixture_shop(now)
    save_shop(session, shop)
    session.merchants.put(shop.directory())
    put_clock(session, now)


def put_clock(session: Session, now: datetime) -> None:
    """Let the simulated clock of this tenant stand at `now`."""
    session.notes.put(CLOCK_NOTE, {"now": now.isoformat()})


def read_clock(session: Session) -> datetime | None:
    """Where the simulated clock of this tenant stands."""
    note: dict[str, Any] | None = session.notes.get(CLOCK_NOTE)
    return datetime.fromisoformat(note["now"]) if note else None


def put_pace(session: Session, minutes_per_second: float) -> None:
    """Let the time of this tenant pass at a speed of its own."""
    session.notes.put(PACE_NOTE, {"minutes_per_second": minutes_per_second})


def read_pace(session: Session, usual: float) -> float:
    """How many simulated minutes a second of this tenant has."""
    note: dict[str, Any] | None = session.notes.get(PACE_NOTE)
    return float(note["minutes_per_second"]) if note else usual


def follow(house: House, scope: Scope) -> None:
    """Let this process's clock of the tenant stand where another process has moved it to."""
    with house.store.read(scope) as session:
        stands = read_clock(session)
    if stands is not None:
        _move(house, scope, stands)


def tick(house: House, scope: Scope, elapsed: timedelta) -> int:
    """Let so much simulated time pass; how many signals the tenant's platform sent: the world it lives in, or the small shop."""
    with house.store.read(scope) as session:
        before, world = read_clock(session), session.notes.get(WORLD_NOTE)
    if before is None:
        return 0
    after = before + elapsed
    fresh = _from_shop(house, scope, before, after) if world is None else _from_world(house, scope, before, after)
    _move(house, scope, after)
    return fresh


def _from_shop(house: House, scope: Scope, before: datetime, after: datetime) -> int:
    with house.store.read(scope) as session:
        state = load_shop(session)
    signals = signals_between(state, scope.tenant_id, before, after, state.seed)
    with house.store.write(scope) as session:
        fresh = session.signals.add([signal.model_copy(update={"received_at": after}) for signal in signals])
        _keep_clock(session, before, after)
    return sum(fresh)


def _from_world(house: House, scope: Scope, before: datetime, after: datetime) -> int:
    """What a world sends comes in by the door. Nobody is woken for it: the next beat is soon, and would send more.

    No tool call comes between: it would change what was sent already. Should the clock not be kept afterwards, the same signals
    come again, under the same ids.
    """
    with house.store.write(scope) as session:
        world = load_world(session)
        arrived = world.arrivals(before, after) if world else []
        _move(house, scope, after)
    quiet = replace(house, wake=_nobody)
    batches = (arrived[start : start + MOST_SIGNALS] for start in range(0, len(arrived), MOST_SIGNALS))
    fresh = sum(ingest.accept(quiet, scope, batch).accepted for batch in batches)
    with house.store.write(scope) as session:
        _keep_clock(session, before, after)
    return fresh


def _nobody() -> None:
    """Wakes no worker."""


def _keep_clock(session: Session, before: datetime, after: datetime) -> None:
    """The clock moves on; once an hour what is old and of no incident is thrown away."""
    put_clock(session, after)
    if before.hour != after.hour:
        session.signals.discard_before(after - KEPT)


def _move(house: House, scope: Scope, to: datetime) -> None:
    clock = house.clock(scope)
    if isinstance(clock, SteppedClock):
        clock.advance_to(to)
