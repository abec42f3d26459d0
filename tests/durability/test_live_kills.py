"""A repair of a real system, killed at every failpoint of the whole product: from the signal to the undo.

The shop outlives all workers and takes the same twice, so that a second effect would be seen there and nowhere else.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.durability.fork_server import Nursery
from tests.durability.kill_plan import job_of
from tests.durability.live_driver import (
    HARMED,
    TOOL,
    Place,
    address_of,
    endings,
    live_config,
    open_application,
    open_world,
    tenant_name,
)
from tests.durability.world import Case
from tests.standins.base import served
from tests.standins.lax import LaxShopify

DRIVER = "tests.durability.live_driver"
LIVES_IN_A_PLACE = 25
FEWEST_POINTS = 250
WANTED = {"k": ["VERIFIED"], HARMED: ["EXECUTED", "UNDONE"]}
EFFECTS = {"k": {"created": 1}, HARMED: {"created": 1, "deleted": 1}}
NewPlace = Callable[[], Place]


@pytest.fixture
def shop() -> Iterator[LaxShopify]:
    with served(LaxShopify()) as standin:
        assert isinstance(standin, LaxShopify)
        yield standin


@pytest.fixture
def new_place(tmp_path: Path, shop: LaxShopify) -> NewPlace:
    places = count()

    def make() -> Place:
        place = next(places)
        folder = tmp_path / f"place{place}"
        folder.mkdir()
        first = place * LIVES_IN_A_PLACE + 1
        mine = range(first, first + LIVES_IN_A_PLACE)
        return Place(folder, live_config(folder / "config", shop.port, shop.secret, mine))

    return make


def kill_everywhere(
    nursery: Nursery, shop: LaxShopify, new_place: NewPlace, kind: str, first: int, stride: int
) -> None:
    """One worker after the other is killed at a later point; each brings its predecessor's incident to its end first,
    and the last one of a place brings its own.
    """
    wrong: list[str] = []
    kills, passed, finished = 0, 0, False
    numbers, points = count(1), count(first, stride)
    while not finished:
        place, cases, where = new_place(), list[Case](), list[str]()
        while not finished and len(cases) < LIVES_IN_A_PLACE:
            number = next(numbers)
            cases.append(Case(number, tenant_name(kind, number), TOOL))
            before = [list(case) for case in cases[-2:-1]]
            obituary = nursery.raise_child(
                job_of(place, cases[-1:], before=before, kill_at=next(points), driver=DRIVER)
            )
            finished = obituary["ended"] == 0
            kills += not finished
            passed = obituary["points"]
            where.append(obituary["point"])
        assert nursery.raise_child(job_of(place, cases[-1:], driver=DRIVER))["ended"] == 0
        wrong += what_is_wrong(place, shop, kind, cases, where)
    print(f"\n{kind}: {passed} failpoints, killed at {kills} of them")
    assert wrong == []
    assert passed > FEWEST_POINTS


def what_is_wrong(place: Place, shop: LaxShopify, kind: str, cases: list[Case], where: list[str]) -> list[str]:
    """Every incident that did not end as it does unkilled, and every effect at the shop besides the one."""
    world = open_world(place)
    application = open_application(place, world)
    try:
        wrong = []
        for case, point in zip(cases, where, strict=True):
            done = Counter(what for what, uri in shop.done if uri == address_of(case.tenant))
            ended = sorted(status for _, status, _ in endings(application, case.tenant))
            if ended != WANTED[kind] or done != EFFECTS[kind]:
                rows = endings(application, case.tenant)
                wrong.append(f"{case.tenant}, killed at {point}: {rows}, and the shop did {dict(done)}")
        return wrong
    finally:
        application.stop()


@pytest.mark.long
@pytest.mark.ci
@pytest.mark.parametrize("kind", WANTED)
def test_from_every_few_failpoints_a_real_repair_is_done_once(
    nursery: Nursery, shop: LaxShopify, new_place: NewPlace, kind: str
) -> None:
    kill_everywhere(nursery, shop, new_place, kind, first=31, stride=31)


@pytest.mark.long
@pytest.mark.parametrize("kind", WANTED)
def test_from_every_failpoint_a_real_repair_is_done_once(
    nursery: Nursery, shop: LaxShopify, new_place: NewPlace, kind: str
) -> None:
    kill_everywhere(nursery, shop, new_place, kind, first=1, stride=1)
