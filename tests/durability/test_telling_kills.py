"""Whoever tells people is killed wherever it stands; the next one goes on. Nobody is told twice, and where a vendor can
tell the same from another, nobody is not told.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from app.domain.notices import Notice, NoticeState
from tests.durability.fork_server import Nursery
from tests.durability.kill_plan import job_of
from tests.durability.telling_driver import ASK, TELL, Nothing, open_application
from tests.durability.worker_driver import Place
from tests.durability.world import Case
from tests.telling import SCOPE, Vendors, open_vendors, target_over, write_config

DRIVER = "tests.durability.telling_driver"
KNOWS = ("slack", "events")
"""These look a message up, or take the same twice for one."""


@pytest.fixture(scope="module")
def vendors() -> Iterator[Vendors]:
    with open_vendors() as found:
        yield found


@dataclass
class Street:
    """One place in which one worker after the other tells of a new question."""

    nursery: Nursery
    vendors: Vendors
    place: Place
    vendor: str
    numbers: Iterator[int]

    def kill(self, **orders: object) -> tuple[int, str, bool]:
        """Ask a question, have a worker killed that tells of it, and another one go on; the number of the question, the
        point of the kill, and whether the worker lived to its end.
        """
        number = next(self.numbers)
        before, tell = [list(Case(number, "default", ASK))], [Case(number, "default", TELL)]
        obituary = self.nursery.raise_child(job_of(self.place, tell, before=before, driver=DRIVER, **orders))
        assert self.nursery.raise_child(job_of(self.place, tell, driver=DRIVER))["ended"] == 0
        return number, obituary["point"], obituary["ended"] == 0

    def told(self, number: int) -> int:
        """How often people were told of a question."""
        effects = [json.dumps(one) for one in self.vendors.each()[self.vendor].effects()]
        return sum(f"ACT-{number:08d}" in one for one in effects)

    def notices(self) -> dict[str, Notice]:
        application = open_application(self.place, Nothing())
        try:
            with application.store.read(SCOPE) as session:
                return {one.action_id: one for one in session.notices.page(limit=1_000)}
        finally:
            application.stop()


@pytest.fixture
def street(nursery: Nursery, vendors: Vendors, tmp_path: Path, request: pytest.FixtureRequest) -> Street:
    vendor: str = request.getfixturevalue("vendor")
    vendors.clear()
    config = write_config(tmp_path, vendors, [target_over(vendor, per_hour=1_000, tells=["pending"])])
    (tmp_path / "standins").write_text(" ".join(one.origin for one in vendors.each().values()))
    place = Place(tmp_path, config)
    return Street(nursery, vendors, place, vendor, count(1))


LATER = [pytest.mark.long, pytest.mark.ci]


@pytest.mark.parametrize("vendor", ["slack", pytest.param("events", marks=LATER), "telegram"])
def test_killed_between_the_call_and_its_record_nobody_is_told_twice(street: Street, vendor: str) -> None:
    number, point, lived = street.kill(kill_at_point="receive POST")
    assert (point, lived, street.told(number)) == ("receive POST", False, 1)
    notice = street.notices()[f"ACT-{number:08d}"]
    assert notice.state is (NoticeState.SENT if vendor in KNOWS else NoticeState.IN_DOUBT)


@pytest.mark.long
@pytest.mark.parametrize("vendor", ["slack", pytest.param("events", marks=pytest.mark.ci), "mail", "telegram"])
def test_killed_anywhere_nobody_is_told_twice(street: Street, vendor: str) -> None:
    """At every statement, commit and call. What cannot be looked for, nor repeated, is left alone and says so."""
    kills: list[tuple[int, str]] = []
    lived = False
    for point in count(1):
        number, where, lived = street.kill(kill_at=point)
        kills.append((number, where))
        if lived:
            break
    notices = street.notices()
    states = {number: notices[f"ACT-{number:08d}"].state for number, _ in kills}
    told = {number: street.told(number) for number, _ in kills}
    doubts = list(states.values()).count(NoticeState.IN_DOUBT)
    print(f"\n{vendor}: killed at {len(kills) - 1} points; {doubts} in doubt")
    assert lived and len(kills) > 20
    assert {place: where for place, where in kills if told[place] > 1} == {}
    if vendor in KNOWS:
        assert {place: where for place, where in kills if states[place] is not NoticeState.SENT} == {}
        assert set(told.values()) == {1}
    else:
        assert set(states.values()) == {NoticeState.SENT, NoticeState.IN_DOUBT}
        assert all(told[place] == 1 for place, state in states.items() if state is NoticeState.SENT)
