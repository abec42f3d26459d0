"""What a world says while nobody acts on it, slot by slot, and what was true about it: for fitting and measuring
without an agent.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from app.domain.merchants import Merchant
from app.schemas.signals import IncomingSignal
from simulations.scenario import Scenario
from simulations.world.truth import Truth
from simulations.world.world import World

SLOT = timedelta(minutes=5)


class SignalSlot(NamedTuple):
    """What arrived in the slot that ends at `until`, in order of arrival."""

    until: datetime
    signals: list[IncomingSignal]


class Untouched:
    """A world without an agent. Its slots can be gone through once; the truth is complete after the last one."""

    def __init__(self, scenario: Scenario, seed: int | None = None) -> None:
        self._world = World(scenario, seed)
        self.history_began = self._world.began - timedelta(hours=scenario.clock.history)
        self.began = self._world.began
        self.ends = self._world.began + timedelta(hours=scenario.clock.hours)

    def merchants(self) -> list[Merchant]:
        """The directory as it stands at the last slot that was asked for; stages move with the cutovers."""
        return self._world.merchants()

    def slots(self) -> Iterator[SignalSlot]:
        """Every slot from the beginning of the history to the end, one after another."""
        until = self.history_began
        while until < self.ends:
            since, until = until, until + SLOT
            yield SignalSlot(until, self._world.arrivals(since, until))

    def truth(self, until: datetime | None = None) -> Truth:
        """What was true up to a moment, or to the end: per fault its rule, begin, end, and who was hurt, exposed and
        still ahead; per decoy its kind, rule, span and merchants.
        """
        return self._world.truth(self.ends if until is None else until)


def generate_signals(scenario: Scenario, seed: int | None = None, *, history_hours: int | None = None) -> Untouched:
    """The world of a scenario without an agent, with so many quiet hours before it."""
    if history_hours is not None:
        scenario = scenario.changed(clock=scenario.clock.changed(history=history_hours))
    return Untouched(scenario, seed)
