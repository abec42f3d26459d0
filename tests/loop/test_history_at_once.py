"""A platform that is connected late tells its past in one go: what was usual in it is no incident, and what broke at
its end is one, as if somebody had looked on all the time.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

import pytest

from app.domain.base import Severity
from app.domain.signals import Signal, SignalType
from tests.builders import make_signal, minutes
from tests.faults import ERRORS
from tests.loop.test_ticket_joining import HURT, Desk

SEED = 20261130
DAY = 24 * 60
MISTYPED = {"endpoint": "/api/v3/checkout/address", "status": 422, "error_code": None, "severity": Severity.LOW}
Shape = Mapping[str, object]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "data")
    yield made
    made.application.stop()


def sold(desk: Desk, draws: Random, last: int) -> list[Signal]:
    """A day in which everybody sells, a visitor every ten minutes."""
    names = [one.id for one in desk.merchants]
    return [
        make_signal(
            place * 100 + number,
            signal_type=SignalType.ORDER,
            order_id=f"O-{place}-{number}",
            status="created",
            amount=5_000,
            currency="EUR",
            merchant_id=name,
            occurred_at=minutes(draws.randrange(-DAY, last)),
        )
        for place, name in enumerate(names, start=10)
        for number in range(96)
    ]


def failed(draws: Random, count: int, first: int, last: int, names: Sequence[str], shape: Shape) -> list[Signal]:
    return [
        make_signal(
            50_000 + number,
            **{
                **shape,
                "merchant_id": names[number % len(names)],
                "occurred_at": minutes(draws.randrange(first, last)),
            },
        )
        for number in range(count)
    ]


def test_what_failed_all_day_at_its_pace_is_no_incident_though_it_came_in_one_batch(desk: Desk) -> None:
    print(f"seed {SEED}")
    draws = Random(SEED)
    usual = failed(draws, 400, -DAY, 0, [one.id for one in desk.merchants], MISTYPED)
    desk.keep([*sold(desk, draws, 0), *usual])
    assert desk.sweep(0).opened == []


def test_what_broke_at_the_end_of_a_batch_is_an_incident_that_began_then_and_goes_on(desk: Desk) -> None:
    print(f"seed {SEED}")
    draws = Random(SEED)
    broken = failed(draws, 60, -40, 0, HURT, ERRORS["callback_not_https"])
    desk.keep([*sold(desk, draws, 0), *broken])
    (opened,) = desk.sweep(0).opened
    incident = desk.incident()
    assert (incident.id, set(incident.merchants)) == (opened, set(HURT))
    assert incident.first_seen == min(one.occurred_at for one in broken)
    assert desk.joined() == {one.id for one in broken}
    later = [one.changed(id=f"{one.id}-L", occurred_at=minutes(3), received_at=minutes(4)) for one in broken[:6]]
    desk.keep(later)
    assert desk.sweep(5).fed == [opened] and desk.joined() >= {one.id for one in later}
