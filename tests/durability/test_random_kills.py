"""Workers killed at random moments: whatever was interrupted, the next one brings it to the same end, and nothing is done twice."""

from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.durability.conftest import Places
from tests.durability.life import Place
from tests.durability.nursery import Nursery
from tests.durability.trial import find, job_of, live_unkilled, reference_of
from tests.durability.world import Plan, plan_of

SOONEST_MS, LATEST_MS = 5, 150
SEED = 20_260_302
AT_ONCE = 3
"""So many children are ready as soon as they have opened the store: they are killed while they take signals in and sweep."""
EACH_TENANT = 8
DONE_MEANWHILE = 1
"""About so many actions are sent between the word and the kill."""


def kill_at_random(nursery: Nursery, place: Place, plan: Plan, *, kills: int, seed: int) -> list[dict[str, Any]]:
    """So many children, each killed some milliseconds after it was ready; then one that is left alone.

    A child is ready when it has sent its share of the plan, so that the kills are spread over all of it.
    """
    draw, killed = Random(seed), []
    share = plan.rows // kills
    for number in range(kills):
        delay = draw.uniform(SOONEST_MS, LATEST_MS)
        sends = 0 if number < AT_ONCE else max(share - DONE_MEANWHILE, 1)
        obituary = nursery.raise_child(job_of(place, plan.cases, kill_after_ms=delay, ready_after=sends))
        if obituary["ended"] == 0:
            break
        killed.append(obituary)
    live_unkilled(nursery, place, plan.cases)
    return killed


def survive(nursery: Nursery, places: Places, reference_folder: Path, *, kills: int, actions: int) -> None:
    """The whole test, with its figures printed."""
    plan, place = plan_of(SEED, actions, each_tenant=EACH_TENANT), places()
    reference = reference_of(reference_folder, place.config, plan)
    killed = kill_at_random(nursery, place, plan, kills=kills, seed=SEED)
    found = find(place, plan, lambda _seen: reference)
    points = {obituary["point"] for obituary in killed}
    print(f"\nseed {SEED}: {len(killed)} kills at {len(points)} points, {plan.rows} actions planned in {len(plan.cases)} incidents")
    print(f"{found.effects} effects, {found.actions} rows, {found.doubts} actions in doubt (class neither, killed in flight)")
    for obituary in killed:
        what = f"signal {-obituary['ended']} after {obituary['after_ms']:.0f} ms"
        print(f"  pid {obituary['pid']} {what}, point {obituary['points']}: {obituary['point']}")
    assert found.wrong == ()
    assert len(killed) >= kills * 3 // 4, "most children were done before they could be killed: the plan is too small"


def test_random_kills_change_no_ending_and_repeat_no_effect(nursery: Nursery, places: Places, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    kills, actions = (8, 24) if "postgres" in request.node.name else (20, 40)
    survive(nursery, places, tmp_path / "reference", kills=kills, actions=actions)


@pytest.mark.long
def test_two_hundred_random_kills_over_four_thousand_actions(nursery: Nursery, places: Places, tmp_path: Path) -> None:
    survive(nursery, places, tmp_path / "reference", kills=200, actions=4_000)
