"""Small worlds for tests, by what is wrong in them."""

from collections.abc import Container, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from app.schemas.signals import IncomingSignal
from simulations.scenario import Scenario
from simulations.world.world import World

MONDAY = datetime(2026, 3, 2, 6, tzinfo=UTC)


def scenario(*, merchants: int = 30, seed: int = 11, hours: float = 12, journeys: float = 60, **parts: Any) -> Scenario:
    """A scenario of a few busy merchants."""
    clock = {"start": MONDAY, "hours": hours}
    platform = {"merchants": merchants, "journeys_per_day": journeys, **parts.pop("platform", {})}
    return Scenario.model_validate(
        {"id": "zz_trial", "title": "Secret title", "seed": seed, "clock": clock, "platform": platform, **parts}
    )


def world(**parts: Any) -> World:
    """The world of such a scenario."""
    return World(scenario(**parts))


def retold(one: World, *, without: Container[str] = (), **changes: Any) -> World:
    """The same world, as if its scenario had always said something else, and as if some tools had never been called."""
    plain = one.plain()
    calls = [call for call in plain["calls"] if call["tool"] not in without]
    return World.of_plain({**plain, "scenario": one.scenario.changed(**changes).plain(), "calls": calls})


def after(minutes: float) -> datetime:
    """So many minutes after the start."""
    return MONDAY + timedelta(minutes=minutes)


def lived(one: World, since: float = 0, until: float = 720) -> list[IncomingSignal]:
    """What arrived between two minutes."""
    return one.arrivals(after(since), after(until))


def spelt(signals: Iterable[IncomingSignal]) -> list[tuple[IncomingSignal, bytes]]:
    """The signals, each with how it would be sent."""
    return [(signal, signal.model_dump_json(exclude_none=True).encode()) for signal in signals]


def bytes_of(signals: Iterable[IncomingSignal]) -> bytes:
    """The signals as they would be sent."""
    return b"\n".join(line for _, line in spelt(signals))


def errors(signals: Iterable[IncomingSignal], code: str, merchants: Iterable[str] | None = None) -> int:
    """How many reports carry a code."""
    wanted = None if merchants is None else set(merchants)
    return sum(signal.error_code == code and (wanted is None or signal.merchant_id in wanted) for signal in signals)
