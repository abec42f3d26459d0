"""Worlds whose truth is known, with the receipt of what was done in them: every visit fails or does not, with a chance
that an action changes by so much. Shops may be uneven, failures come in clumps, visits ebb, and those be treated who
failed most, so that it shows what a receipt is worth where little is as it assumes.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from app.domain.decisions import Forecast
from app.domain.dossier_facts import Selector
from app.domain.signals import Signal, SignalType, build_trusted
from app.verify.grade import Observed, grade_forecast
from app.verify.treatment_trial import Background
from graph.receipts import look_again_at
from tests.builders import NOW
from tests.faults import pack

FIRST_LOOK: Final = 20
LONGEST: Final = 120
STEP: Final = 2
"""Minutes; in each of them so many visits come, and each fails or does not."""
CLUMP: Final = 10
"""Minutes for which it fails more often than usual, or less."""
PACES: Final = (0.3, 1.0, 1.0, 1.7)
FORECAST: Final = Forecast(metric="error_rate", selector=Selector(signal_types=("api_error",)), merchants=("M0",))
UNSAID: Final[dict[str, Any]] = {
    name: field.get_default(call_default_factory=True) for name, field in Signal.model_fields.items()
}


class World(NamedTuple):
    """What is true: of a visit's chance to fail so much is left by the action, and so much by itself, everywhere."""

    left: float
    by_itself: float
    fails: float
    visits: int
    treated: int
    untreated: int
    began: int
    uneven: bool = False
    """Some shops fail several times as often as others."""
    clumps: bool = False
    tide: float = 1.0
    """So many visits come after, for one before."""
    noticed: bool = False
    """Those are treated who failed most."""
    waiting: bool = False
    """The untreated are those of the same rollout whose turn has not come."""
    elsewhere: float = 1.0
    """The untreated fail so much less often than the treated, as a share."""


class Graded(NamedTuple):
    """What was true, and what was said of it."""

    world: World
    seen: Observed


def signal_of(name: str, moment: datetime, fields: dict[str, Any]) -> Signal:
    """A signal of these fields: by the hundred thousand they are not validated one by one."""
    given = {"id": name, "occurred_at": moment, **fields}
    return build_trusted(Signal, {**UNSAID, **given}, set(given))


def draw_world(chance: random.Random, *, unkind: bool = False, **given: Any) -> World:
    """A cure, a partial one, none, or harm; alone or beside others; loud or quiet; young or old. `unkind` ones are
    uneven, in clumps, with an ebb, or of those who failed most.
    """
    drawn = {
        "left": chance.choice([0.0, 0.05, chance.uniform(0.1, 0.9), 1.0, 1.0, chance.uniform(1.1, 3.0)]),
        "by_itself": chance.choice([1.0, 1.0, chance.uniform(0.5, 1.4)]),
        "fails": chance.uniform(0.02, 0.3),
        "visits": chance.randint(2, 6),
        "treated": chance.choice([1, 1, 3, 6]),
        "untreated": chance.choice([0, 4, 8]),
        "began": chance.choice([40, 60, 60]),
    }
    if unkind:
        drawn |= {name: chance.random() < 0.5 for name in ("uneven", "clumps", "noticed", "waiting")}
        drawn["tide"] = chance.uniform(0.6, 1.3)
    drawn |= given
    return World(**(drawn if drawn["untreated"] else drawn | {"by_itself": 1.0}))


def visit_shops(chance: random.Random, world: World, until: int) -> tuple[list[Signal], list[str]]:
    """All that was told, and who was treated."""
    names = [f"M{number}" for number in range(world.treated + world.untreated)]
    rates = {name: world.fails * (chance.gammavariate(3, 1 / 3) if world.uneven else 1.0) for name in names}
    rates |= {name: rates[name] * world.elsewhere for name in names[world.treated :]}
    told = [one for name in names for one in _visit(chance, world, name, (-world.began, 0), rates[name], world.visits)]
    failed = Counter(one.merchant_id for one in told if one.signal_type is SignalType.API_ERROR)
    treated = sorted(names, key=lambda one: -failed[one] if world.noticed else 0)[: world.treated]
    for name in names:
        after = rates[name] * world.by_itself * (world.left if name in treated else 1.0)
        told += _visit(chance, world, name, (0, until), after, world.visits * world.tide)
    return told, treated


def _visit(
    chance: random.Random, world: World, name: str, span: tuple[int, int], fails: float, visits: float
) -> Iterator[Signal]:
    common = {"source": "test", "merchant_id": name, "received_at": NOW}
    pace = 1.0
    for minute in range(*span, STEP):
        if world.clumps and minute % CLUMP == 0:
            pace = chance.choice(PACES)
        for place in range(int(visits) + (chance.random() < visits % 1)):
            moment = NOW + timedelta(minutes=minute + STEP * chance.random())
            visit = f"{name}-{minute}-{place}"
            if chance.random() < min(fails * pace, 1.0):
                error = {"signal_type": SignalType.API_ERROR, "endpoint": "/x", "status": 400}
                yield signal_of(f"E{visit}", moment, {**error, **common})
            else:
                paid = {"signal_type": SignalType.PAYMENT, "payment_id": visit, "status": "captured"}
                yield signal_of(f"P{visit}", moment, {**paid, **common})


def grade_world(seed: int, **given: Any) -> Graded:
    """The receipt in the end, after as many looks as the loop takes."""
    chance = random.Random(seed)
    world = draw_world(chance, **given)
    told, treated = visit_shops(chance, world, LONGEST)
    now = NOW + timedelta(minutes=FIRST_LOOK)
    while True:
        seen = grade_as_of(now, world, told, treated)
        again = look_again_at(seen, NOW, now)
        if again is None or again > NOW + timedelta(minutes=LONGEST):
            return Graded(world, seen)
        now = again


def grade_as_of(now: datetime, world: World, told: Sequence[Signal], treated: Sequence[str]) -> Observed:
    """The receipt at a moment."""
    others = {str(one.merchant_id) for one in told} - {*treated}
    return grade_forecast(
        FORECAST,
        told,
        treated=treated,
        acted_at=NOW,
        until=now,
        before=timedelta(minutes=60),
        words=pack().vocabulary,
        background=Background(in_turn=frozenset(others if world.waiting else ())),
    )
