"""The simulated worlds that tenants live in: each tick moves a tenant's clock and lets its platform report what
happened.
"""

from datetime import datetime, timedelta

from app.context import AppContext
from app.domain.tenants import Scope, Tenant, ToolMode
from app.ports.store import Session
from app.services.intake import ingest
from app.system import SteppedClock
from simulations.connector import WORLD_NOTE, load_world, save_world
from simulations.fixtures import demo_world
from simulations.world.world import World

CLOCK_NOTE = "clock"
PACE_NOTE = "pace"
DEMO = Tenant(
    id="demo", title="Demo: a migration that is going wrong", tool_mode=ToolMode.SIMULATED, simulated_clock=True
)


def open_demo(ctx: AppContext, scope: Scope, now: datetime) -> None:
    """Let the tenant live in the world of the example signals, unless it lives in one. Its clock stands at `now` when
    it had none.
    """
    with ctx.store.write(scope) as session:
        if session.notes.get(WORLD_NOTE) is None:
            stands = read_clock(session) or now
            open_world_in(session, demo_world(ctx.fixtures, stands), stands)


def open_world_in(session: Session, world: World, now: datetime) -> None:
    """Let a tenant live in this world, with its merchants and a clock that stands at `now`."""
    save_world(session, world)
    session.merchants.put(world.merchants())
    put_clock(session, now)


def put_clock(session: Session, now: datetime) -> None:
    """Let the simulated clock of this tenant stand at `now`."""
    session.notes.put(CLOCK_NOTE, {"now": now.isoformat()})


def read_clock(session: Session) -> datetime | None:
    """Where the simulated clock of this tenant stands."""
    note = session.notes.get(CLOCK_NOTE)
    return datetime.fromisoformat(note["now"]) if note else None


def put_pace(session: Session, minutes_per_second: float) -> None:
    """Let the time of this tenant pass at a speed of its own."""
    session.notes.put(PACE_NOTE, {"minutes_per_second": minutes_per_second})


def read_pace(session: Session, usual: float) -> float:
    """How many simulated minutes a second of this tenant has."""
    note = session.notes.get(PACE_NOTE)
    return float(note["minutes_per_second"]) if note else usual


def follow_clock(ctx: AppContext, scope: Scope) -> None:
    """Let this process's clock of the tenant stand where another process has moved it to."""
    with ctx.store.read(scope) as session:
        stands = read_clock(session)
    if stands is not None:
        _move_clock(ctx, scope, stands)


def let_time_pass(ctx: AppContext, scope: Scope, elapsed: timedelta) -> int:
    """Let so much simulated time pass; how many signals the tenant's world sent.

    They are kept with the clock or not at all, and nobody is woken for them: the next beat is soon. No tool call comes
    between, since it would change what was sent already. The audit chain tells what the agent and people do; that time
    passes on a simulated platform is no news, so these signals leave no event there.
    """
    words = ctx.words(scope)
    with ctx.readers.keeping(scope.tenant_id), ctx.store.write(scope) as session:
        before = read_clock(session)
        if before is None:
            return 0
        after = before + elapsed
        world = load_world(session)
        signals, _ = ingest.as_kept(ctx, scope, world.arrivals(before, after) if world else (), after)
        fresh = ingest.keep_signals(ctx.readers, words, session, signals)
        put_clock(session, after)
        _move_clock(ctx, scope, after)
    return sum(fresh)


def _move_clock(ctx: AppContext, scope: Scope, to: datetime) -> None:
    clock = ctx.clock(scope)
    if isinstance(clock, SteppedClock):
        clock.advance_to(to)
