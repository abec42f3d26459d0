"""How often a signal is read from its row in its life: sweeps look at it again and again."""

from datetime import timedelta
from pathlib import Path

from app.bootstrap import build_application
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.services.intake import ingest
from app.services.watch.sweep import sweep_tenant
from app.settings import Settings
from app.store.sql.signal_rows import read_signal
from app.system import SteppedClock
from simulations.scenarios.trials import SHIPPED, load_scenario
from simulations.world.world import World

SCOPE = Scope(tenant_id="default", principal=LOCAL_ADMIN)
SLOT = timedelta(minutes=5)


def test_a_signal_is_decoded_at_most_twice_however_many_sweeps_look_at_it(tmp_path: Path) -> None:
    day = load_scenario(SHIPPED / "an_ordinary_day.yaml")
    world, clock = World(day), SteppedClock(day.clock.start)
    application = build_application(Settings(data=tmp_path, lite=True, demo=False, log_level="ERROR"), clock=clock)
    read_signal.cache_clear()
    kept = 0
    try:
        for number in range(8):
            since = day.clock.start + number * SLOT
            clock.advance_to(since + SLOT)
            kept += ingest.accept(application.ctx, SCOPE, world.arrivals(since, since + SLOT)).accepted
            sweep_tenant(application.ctx, SCOPE)
    finally:
        application.stop()

    asked = read_signal.cache_info()
    assert asked.hits > 4 * kept, "the sweeps were to look at what they had looked at before"
    assert asked.misses <= 2 * kept
