"""Killed, or left without an answer, while a call is on its way: what happens next is what the tool's repeat class
says, and nothing else.
"""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.durability.conftest import Places
from tests.durability.fork_server import Nursery
from tests.durability.kill_plan import accepted_of, find, job_of, live_unkilled
from tests.durability.oracle import check, endings
from tests.durability.worker_driver import Life, Place, leases_run_out, open_application, open_world
from tests.durability.world import Case, Plan, specs_in

TENANT = "flight"
DONE = ("ESCALATED", "VERIFIED")
DOUBTFUL = ("ESCALATED", "IN_DOUBT")


class Flight(NamedTuple):
    """A call that is cut off, and what must become of it: how the incident and its action end, and what the other side
    saw.
    """

    tool: str
    cut: str
    ending: tuple[str, str]
    requests: int
    looks: int
    effects: int


KILLED = (
    Flight("asked_note", "send", DONE, 1, 0, 1),
    Flight("asked_note", "receive", DONE, 2, 0, 1),
    Flight("asked_report", "send", DONE, 1, 1, 1),
    Flight("asked_report", "receive", DONE, 1, 1, 1),
    Flight("asked_page", "send", DOUBTFUL, 0, 0, 0),
    Flight("asked_page", "receive", DOUBTFUL, 1, 0, 1),
)
"""Before the call reaches the other side, and after it has done its work; the worker is dead either way, and the next
one cannot tell.
"""
UNANSWERED = (
    Flight("asked_note", "raises", DONE, 2, 0, 1),
    Flight("asked_note", "dropped", DONE, 2, 0, 1),
    Flight("asked_report", "raises", DONE, 2, 1, 1),
    Flight("asked_report", "dropped", DONE, 1, 1, 1),
    Flight("asked_page", "raises", DOUBTFUL, 1, 0, 0),
    Flight("asked_page", "dropped", DOUBTFUL, 1, 0, 1),
)
"""The call is refused on its way, or done with its answer lost; the worker lives."""


@pytest.mark.long
@pytest.mark.ci
def test_workers_killed_in_flight_leave_what_their_tools_can_bear(nursery: Nursery, places: Places) -> None:
    place, cases = (
        places(),
        [Case(number, f"{flight.tool}-{flight.cut}", flight.tool) for number, flight in enumerate(KILLED)],
    )
    for flight, case in zip(KILLED, cases, strict=True):
        obituary = nursery.raise_child(job_of(place, [case], kill_at_point=f"{flight.cut} {flight.tool}"))
        assert obituary["ended"] == -9, f"it never came to {flight.cut} {flight.tool}"
    live_unkilled(nursery, place, cases)
    found = find(place, Plan(tuple(cases)), dict)
    assert found.wrong == ()
    assert seen_at(place) == {case.tenant: flight[2:] for flight, case in zip(KILLED, cases, strict=True)}


@pytest.mark.parametrize("flight", UNANSWERED, ids=lambda flight: f"{flight.tool}-{flight.cut}")
def test_a_call_without_an_answer_is_repeated_looked_up_or_left_to_people(
    tmp_path: Path, trial_config: Path, flight: Flight
) -> None:
    place, plan = Place(tmp_path, trial_config), Plan((Case(1, TENANT, flight.tool),))
    effects = open_world(place)
    effects.fails(flight.tool, flight.cut, times=1)
    application = open_application(place, effects, passing=True)
    try:
        Life(application, plan).run()
        assert check(application.store, effects, specs_in(trial_config), accepted=accepted_of(plan)) == []
        [(status, rows)] = endings(application.store).values()
        counted = len(effects.requests()), len(effects.looks()), len(effects.effects())
        assert ((status, rows[0][3]), *counted) == (flight.ending, flight.requests, flight.looks, flight.effects)
    finally:
        application.stop()
        effects.close()


class DiedError(BaseException):
    """A worker that ends where nothing of its own can catch it."""


@pytest.mark.parametrize("cut", ["send", "receive"])
def test_what_a_person_takes_back_is_taken_back_once_though_its_worker_died_of_it(
    tmp_path: Path, trial_config: Path, cut: str
) -> None:
    place, plan = Place(tmp_path, trial_config), Plan((Case(1, TENANT, "set_checked", "regret"),))
    effects, deaths = open_world(place), [f"{cut} restore_setting"]

    def die(point: str) -> None:
        if point in deaths:
            deaths.remove(point)
            raise DiedError(point)

    application = open_application(place, effects, die)
    with pytest.raises(DiedError):
        Life(application, plan).run()
    application.stop()
    application = open_application(place, effects)
    try:
        leases_run_out(application)
        Life(application, plan).run()
        assert check(application.store, effects, specs_in(trial_config), accepted=accepted_of(plan)) == []
        [(status, rows)] = endings(application.store).values()
        assert (status, {row[3] for row in rows}) == ("ESCALATED", {"EXECUTED", "UNDONE"})
        undone = [sent.key for sent in effects.effects() if sent.tool == "restore_setting"]
        assert len(undone) == len(set(undone)) == 2, "each cohort is taken back, and none of them twice"
    finally:
        application.stop()
        effects.close()


@pytest.mark.long
def test_two_hundred_kills_in_the_send_window_of_a_tool_that_cannot_be_asked(nursery: Nursery, places: Places) -> None:
    """Of the class `neither`: never a second send, and every one of them is with people in the end."""
    place, cases = places(), [Case(number, f"flight{number:03d}", "page_team") for number in range(200)]
    for number, case in enumerate(cases):
        cut = "receive" if number % 2 else "send"
        obituary = nursery.raise_child(job_of(place, [case], kill_at_point=f"{cut} page_team"))
        assert obituary["ended"] == -9
    live_unkilled(nursery, place, cases)
    found = find(place, Plan(tuple(cases)), dict)
    effects = open_world(place)
    sends = Counter(sent.key for sent in effects.requests())
    print(
        f"\n200 kills in flight: {len(effects.requests())} requests, {len(effects.effects())} effects, at most"
        f" {max(sends.values())} under a key"
    )
    effects.close()
    assert found.wrong == ()
    assert set(sends.values()) == {1}
    assert len(sends) == 100


def seen_at(place: Place) -> dict[str, tuple[tuple[str, str], int, int, int]]:
    """How the only incident of each tenant ended, and what the other side saw of it."""
    effects = open_world(place)
    application = open_application(place, effects)
    try:
        counted = [
            Counter(sent.tenant for sent in seen) for seen in (effects.requests(), effects.looks(), effects.effects())
        ]
        ended = {tenant: (status, rows[0][3]) for (tenant, _), (status, rows) in endings(application.store).items()}
        return {tenant: (ended[tenant], counted[0][tenant], counted[1][tenant], counted[2][tenant]) for tenant in ended}
    finally:
        application.stop()
        effects.close()
