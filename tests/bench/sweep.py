"""What a sweep costs beside how many signals lie in its window: it should be the same for a hundred thousand and for a
million, since it reads what was added up and not what came in.

The signals of a simulated hour are taken in again and again under other ids until the window holds so many, then a
sweep finds a little that is new, as it does in life. The day before is added up alike. Processor time counts, the best
of the sweeps; a fixed loop of counting stands beside it, since machines differ and are shared.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from app.bootstrap import build_application
from app.context import AppContext
from app.domain.base import digest_of
from app.domain.rollups import slot_of
from app.domain.signals import Signal, build_trusted
from app.domain.tenants import LOCAL_ADMIN, Scope
from app.observe.streams import StreamReader
from app.process.collector import calm_collector
from app.services.intake import ingest
from app.services.watch import expectation, sweep
from app.services.watch.expectation import FAULTS_NOTE
from app.settings import Settings
from app.system import SteppedClock
from simulations.scenarios.trials import load_scenarios
from simulations.world.world import World
from tests.bench.world import counting
from tests.faults import pack

SCOPE = Scope(tenant_id="default", principal=LOCAL_ADMIN)
HOUR = timedelta(hours=1)
IN_A_BATCH = 5_000
NEW = 200
"""So many signals are new to each sweep that is measured."""
PARTS = (
    *("_misplaced", "_read_view", "judge_tenant", "cluster_tickets", "patterns_in", "shortfall_patterns"),
    *("correlate", "_write_sweep"),
)
Spent = defaultdict[str, float]
"""Processor seconds by name."""
SUMS = ("count", "exposure", "value")
NUMBERED = ("payment_id", "order_id", "ticket_id")


def again(signal: Signal, number: int) -> Signal:
    """The same signal of somebody else."""
    fields = {**vars(signal), "id": f"SIG-{digest_of([signal.id, number])[:32]}"}
    fields |= {name: f"{fields[name]}-{number}" for name in NUMBERED if fields[name] is not None}
    fields["attributes"] = {
        name: f"{value}-{number}" if name == "session_id" else value for name, value in signal.attributes.items()
    }
    return build_trusted(Signal, fields, signal.model_fields_set)


class Filled:
    """A tenant whose window holds so many signals, all of them looked at."""

    def __init__(self, ctx: AppContext, world: World, wanted: int) -> None:
        self.ctx, self.world, self.wanted = ctx, world, wanted
        self.until = world.scenario.clock.start + 24 * HOUR
        self.last_hour = self._of(self.until - HOUR, self.until)
        self.times = max(1, round(wanted / len(self.last_hour)))
        self._tell_history()
        self.seconds = self._take_in()

    def _of(self, since: datetime, until: datetime) -> list[Signal]:
        return ingest.as_kept(self.ctx, SCOPE, self.world.arrivals(since, until), until)[0]

    def _tell_history(self) -> None:
        """The day before, added up as often as the last hour is taken in, and judged already."""
        before = self.world.scenario.clock.start
        reader = StreamReader(pack().vocabulary)
        with self.ctx.store.write(SCOPE) as session:
            session.merchants.put(self.world.merchants())
            while before < self.until - HOUR:
                cells = reader.read(self._of(before, before + HOUR))
                many = [one._replace(**{name: getattr(one, name) * self.times for name in SUMS}) for one in cells]
                session.rollups.add(many)
                before += HOUR
            session.notes.put(FAULTS_NOTE, {"until": slot_of(self.until), "faults": []})

    def _take_in(self) -> float:
        """Seconds of a core to keep them and to note that they were looked at."""
        began = time.process_time()
        for number in range(self.times):
            self.keep([again(one, number) for one in self.last_hour], swept=True)
        return time.process_time() - began

    def keep(self, signals: Sequence[Signal], *, swept: bool) -> None:
        """Take these in."""
        for start in range(0, len(signals), IN_A_BATCH):
            some = signals[start : start + IN_A_BATCH]
            with self.ctx.readers.keeping(SCOPE.tenant_id), self.ctx.store.write(SCOPE) as session:
                ingest.keep_signals(self.ctx.readers, pack().vocabulary, session, some)
                if swept:
                    session.signals.mark_swept(dict.fromkeys(one.id for one in some))

    def a_little_more(self, number: int) -> None:
        """What is new to the next sweep."""
        latest = sorted(self.last_hour, key=lambda one: one.occurred_at)[-NEW:]
        self.keep([again(one, self.times + number) for one in latest], swept=False)


@contextmanager
def filled(folder: Path, merchants: int, wanted: int) -> Iterator[Filled]:
    """A store in which that tenant lives."""
    day = next(one for one in load_scenarios() if one.id == "an_ordinary_day")
    day = day.changed(platform=day.platform.changed(merchants=merchants), expect=None)
    settings = Settings(data=folder, lite=True, demo=False, log_level="ERROR")
    application = build_application(settings, clock=SteppedClock(day.clock.start + 24 * HOUR))
    try:
        yield Filled(application.ctx, World(day), wanted)
    finally:
        application.stop()


@contextmanager
def taken_apart(spent: Spent) -> Iterator[None]:
    """Processor seconds of each part of a sweep."""
    with ExitStack() as stack:
        for name in PARTS:
            stack.enter_context(patch.object(sweep, name, _timed(getattr(sweep, name), name, spent)))
        yield


def _timed(work: Callable[..., Any], name: str, spent: Spent) -> Callable[..., Any]:
    def measured(*given: Any, **named: Any) -> Any:
        began = time.process_time()
        try:
            return work(*given, **named)
        finally:
            spent[name] += time.process_time() - began

    return measured


def swept(tenant: Filled, rounds: int, *, looks: int) -> tuple[float, float, Spent]:
    """Seconds of the first sweep, which reads the panel and looks at the day before in so many steps; those of the best
    after it, and of its parts.
    """
    with patch.object(expectation, "MOST_LOOKS", looks):
        first, _ = _swept_once(tenant, 0)
    return first, *min((_swept_once(tenant, number + 1) for number in range(rounds)), key=lambda one: one[0])


def _swept_once(tenant: Filled, number: int) -> tuple[float, Spent]:
    tenant.a_little_more(number)
    parts: Spent = defaultdict(float)
    began = time.process_time()
    with taken_apart(parts):
        sweep.sweep_tenant(tenant.ctx, SCOPE)
    return time.process_time() - began, parts


def main() -> None:
    """Print a line for each size, and how much dearer the largest is than the smallest."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--signals", type=int, nargs="*", default=[100_000, 300_000, 1_000_000])
    asked.add_argument("--merchants", type=int, nargs="*", default=[200, 2_000])
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--looks", type=int, default=2, help="steps of the first sweep; 200 are the product's")
    order = asked.parse_args()
    calm_collector(for_good=True)
    sizes = [(order.merchants[0], wanted) for wanted in order.signals]
    sizes += [(merchants, order.signals[0]) for merchants in order.merchants[1:]]
    found = [_measured(merchants, wanted, order.rounds, order.looks) for merchants, wanted in sizes]
    dearest, cheapest = found[len(order.signals) - 1], found[0]
    print(f"{order.signals[-1] / order.signals[0]:.0f} times the signals, {dearest / cheapest:.2f} times the sweep")


def _measured(merchants: int, wanted: int, rounds: int, looks: int) -> float:
    with TemporaryDirectory() as folder, filled(Path(folder), merchants, wanted) as tenant:
        counted = counting()
        first, seconds, parts = swept(tenant, rounds, looks=looks)
        held = tenant.times * len(tenant.last_hour)
        print(
            f"{held:,} signals of {merchants:,} merchants in the window ({held / tenant.seconds:,.0f}/s to take in):"
            f" {seconds:.3f} s a sweep beside {counted:.2f} s of counting, {first:.3f} s the first;"
            f" {', '.join(f'{name} {spent:.3f}' for name, spent in sorted(parts.items(), key=lambda part: -part[1]))}",
            flush=True,
        )
        return seconds


if __name__ == "__main__":
    main()
