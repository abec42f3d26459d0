"""Killed at failpoint 1, then at 2, and so on until a run finishes unkilled: from every point the next worker reaches
the same end.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.durability.conftest import Places
from tests.durability.fork_server import Nursery
from tests.durability.kill_plan import find, job_of, live_unkilled, reference_of
from tests.durability.worker_driver import Place, open_world
from tests.durability.world import Case, Plan

KINDS: dict[str, Case] = {
    "automatic": Case(0, "", "note_down"),
    "approved": Case(0, "", "asked_page"),
    "rejected": Case(0, "", "asked_report", "reject"),
    "expired": Case(0, "", "asked_note", "wait"),
    "tool_fails": Case(0, "", "failing_note"),
    "undone": Case(0, "", "wrong_setting"),
    "unhelped": Case(0, "", "useless_setting"),
    "regretted": Case(0, "", "set_checked", "regret"),
}
"""Eight kinds of incident: by rule, by a person (a tool of the class `neither`), refused, unanswered, broken outside,
harmful and undone, of no help and taken back, proven to work and taken back by a person cohort by cohort.
"""
FAILING = ("failing_note",)
LIVES_IN_A_PLACE = 25
FEWEST_POINTS = 100
STRIDE = 43
"""By default every so-manieth point is tried; the long test tries them all."""


def killed_everywhere(
    nursery: Nursery, places: Places, kind: str, *, first: int, stride: int
) -> Iterator[tuple[Place, Plan, list[dict[str, Any]]]]:
    """Places in which one worker after the other was killed, each at a later point; the last one finished unkilled.

    Each worker has an incident of its own in a tenant of its own, after it has brought the one of its predecessor to an
    end.
    """
    points = count(first, stride)
    finished = False
    while not finished:
        place, cases, obituaries = new_place(places), list[Case](), list[dict[str, Any]]()
        for point in points:
            cases.append(KINDS[kind]._replace(tenant=f"k{point:04d}", number=point))
            job = job_of(place, cases[-1:], before=[list(case) for case in cases[-2:-1]], kill_at=point)
            obituaries.append(nursery.raise_child(job))
            finished = obituaries[-1]["ended"] == 0
            if finished or len(cases) == LIVES_IN_A_PLACE:
                break
        live_unkilled(nursery, place, cases)
        yield place, Plan(tuple(cases)), obituaries


def new_place(places: Places) -> Place:
    """An empty place whose other side has a broken tool."""
    place = places()
    effects = open_world(place)
    for tool in FAILING:
        effects.fails(tool, "500")
    effects.close()
    return place


def recover(
    nursery: Nursery, places: Places, reference_folder: Path, kind: str, *, first: int = 1, stride: int = 1
) -> None:
    """The whole test of one kind, with its figures printed."""
    wrong: list[str] = []
    kills = doubts = passed = 0
    alone = next(
        iter(
            reference_of(
                reference_folder, places().config, Plan((KINDS[kind]._replace(tenant="alone"),)), FAILING
            ).values()
        )
    )
    for place, plan, obituaries in killed_everywhere(nursery, places, kind, first=first, stride=stride):
        found = find(place, plan, lambda seen: dict.fromkeys(seen, alone))
        where = {
            case.tenant: f"{obituary['points']}, {obituary['point']}"
            for case, obituary in zip(plan.cases, obituaries, strict=True)
        }
        wrong += [
            f"{sentence} [killed at: {[at for tenant, at in where.items() if tenant in sentence]}]"
            for sentence in found.wrong
        ]
        wrong += (
            [f"{place.folder}: {found.incidents} incidents of {len(plan.cases)}"]
            if found.incidents != len(plan.cases)
            else []
        )
        kills += sum(1 for obituary in obituaries if obituary["ended"] != 0)
        doubts += found.doubts
        passed = obituaries[-1]["points"]
    print(f"\n{kind}: {passed} failpoints, killed at {kills} of them; {doubts} ended in doubt (class neither)")
    assert wrong == []
    assert passed > FEWEST_POINTS


@pytest.mark.parametrize("kind", ["automatic"])
def test_from_every_few_failpoints_a_kill_is_recovered(
    nursery: Nursery, places: Places, tmp_path: Path, kind: str
) -> None:
    recover(nursery, places, tmp_path / "reference", kind, first=STRIDE, stride=STRIDE)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_from_every_failpoint_a_kill_is_recovered(nursery: Nursery, places: Places, tmp_path: Path, kind: str) -> None:
    recover(nursery, places, tmp_path / "reference", kind)
