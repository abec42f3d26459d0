"""What a simulated day costs: to make up its signals, and to live through it with the agent, two at a time, beside a
fixed loop of counting.

Machines differ and are shared, so each time stands beside that of the same counting in the same process, and what it
would be on a core that counts five million in a quarter of a second. The best of three counts.
"""

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from typing import NamedTuple, TypeVar

from app.cli.trials import AT_ONCE, Order, live_trial
from simulations.scenario import Scenario
from simulations.scenarios.trials import load_scenarios
from simulations.world.world import World

T = TypeVar("T")
COUNTED = 5_000_000
REFERENCE = 0.25
ROUNDS = 3


class Cost(NamedTuple):
    """Processor time of some work, of the counting beside it, and how much came of it."""

    seconds: float
    counting: float
    signals: int
    incidents: int = 0

    @property
    def at_reference(self) -> float:
        """What it would be on the core of reference."""
        return self.seconds * REFERENCE / self.counting


def counting() -> float:
    """The best of three times of a loop that only adds."""
    return min(spent(_count)[0] for _ in range(ROUNDS))


def _count() -> int:
    total = 0
    for number in range(COUNTED):
        total += number
    return total


def spent(work: Callable[[], T]) -> tuple[float, T]:
    """Processor time, and what came of it."""
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def made_up(scenario: Scenario) -> Cost:
    """A day's signals, without an agent."""
    world, before = World(scenario), counting()
    begins = scenario.clock.start
    seconds, signals = spent(lambda: len(world.arrivals(begins, begins + timedelta(hours=scenario.clock.hours))))
    return Cost(seconds, (before + counting()) / 2, signals)


def lived(scenario: Scenario) -> Cost:
    """A day with the agent, after a short one that pays for imports and for fitting the index once."""
    live_trial(Order(scenario.changed(clock=scenario.clock.changed(hours=1.0), expect=None), scenario.seed, "truthful"))
    before = counting()
    trial = live_trial(Order(scenario, scenario.seed, "truthful"))
    return Cost(trial.seconds or 0.0, (before + counting()) / 2, trial.signals, len(trial.incidents))


def best(work: Callable[[Scenario], Cost], scenario: Scenario, at_once: int) -> list[Cost]:
    """Every round in a process of its own, so many at a time; the best first."""
    with ProcessPoolExecutor(at_once, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        return sorted(pool.map(work, [scenario] * ROUNDS * at_once), key=lambda cost: cost.at_reference)


def main() -> None:
    """Print a line for each."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument(
        "scenarios",
        nargs="*",
        default=["thin_tuesday", "plain_callbacks", "a_loud_printer"],
        help="shipped scenarios of 24 hours",
    )
    known = {one.id: one for one in load_scenarios()}
    day = known["an_ordinary_day"]
    large = day.changed(platform=day.platform.changed(merchants=2_000), expect=None)
    for name, scenario in (("signals of 200 merchants", day), ("signals of 2,000 merchants", large)):
        _say(name, best(made_up, scenario, 1))
    for name in asked.parse_args().scenarios:
        _say(f"{name}, {known[name].platform.merchants} merchants with the agent", best(lived, known[name], AT_ONCE))


def _say(name: str, costs: list[Cost]) -> None:
    first = costs[0]
    print(
        f"{name}: {first.signals:,} signals, {first.incidents} incidents, {first.seconds:.1f} s"
        f" ({min(one.seconds for one in costs):.1f}-{max(one.seconds for one in costs):.1f}) beside"
        f" {first.counting:.2f} s of counting: {first.at_reference:.1f} s at the reference",
        flush=True,
    )


if __name__ == "__main__":
    main()
