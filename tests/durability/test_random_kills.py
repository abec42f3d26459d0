"""Workers killed at random moments: whatever was interrupted, the next one brings it to the same end, and nothing is
done twice.
"""

from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from tests.durability.conftest import Places
from tests.durability.fork_server import Nursery
from tests.durability.kill_plan import find, job_of, live_unkilled, reference_of
from tests.durability.worker_driver import Place
from tests.durability.world import Plan, plan_of

SOONEST_MS = 5
SEED = 20_260_302
AT_ONCE = 3
"""So many children are ready as soon as they have opened the store: they are killed while they take signals in and
sweep.
"""


class Run(NamedTuple):
    """How much is done and how often it is cut short; about `meanwhile` actions are sent between the word
    and the kill.
    """

    kills: int
    actions: int
    each_tenant: int = 8
    latest_ms: int = 150
    meanwhile: int = 1


FEW, MANY, LONG = Run(8, 16), Run(20, 40), Run(200, 4_000, each_tenant=20, latest_ms=300, meanwhile=3)


def kill_at_random(nursery: Nursery, place: Place, plan: Plan, told: Run, *, seed: int) -> list[dict[str, Any]]:
    """So many children, each killed some milliseconds after it was ready; then one that is left alone.

    A child is ready when it has sent its share of the plan, so that the kills are spread over all of it.
    """
    draw, killed = Random(seed), []
    share = plan.rows // told.kills
    for number in range(told.kills):
        delay = draw.uniform(SOONEST_MS, told.latest_ms)
        sends = 0 if number < AT_ONCE else max(share - told.meanwhile, 1)
        obituary = nursery.raise_child(job_of(place, plan.cases, kill_after_ms=delay, ready_after=sends))
        if obituary["ended"] == 0:
            break
        killed.append(obituary)
    live_unkilled(nursery, place, plan.cases)
    return killed


def survive(nursery: Nursery, places: Places, reference_folder: Path, told: Run) -> None:
    """The whole test, with its figures printed."""
    plan, place = plan_of(SEED, told.actions, each_tenant=told.each_tenant), places()
    reference = reference_of(reference_folder, place.config, plan)
    killed = kill_at_random(nursery, place, plan, told, seed=SEED)
    found = find(place, plan, lambda _seen: reference)
    points = {obituary["point"] for obituary in killed}
    print(
        f"\nseed {SEED}: {len(killed)} kills at {len(points)} points, {plan.rows} actions planned in {len(plan.cases)}"
        " incidents"
    )
    print(
        f"{found.effects} effects, {found.actions} rows, {found.doubts} actions in doubt (class neither, killed in"
        " flight)"
    )
    for obituary in killed:
        what = f"signal {-obituary['ended']} after {obituary['after_ms']:.0f} ms"
        print(f"  pid {obituary['pid']} {what}, point {obituary['points']}: {obituary['point']}")
    assert found.wrong == ()
    assert len(killed) >= told.kills * 3 // 4, (
        "most children were done before they could be killed: the plan is too small"
    )


@pytest.mark.long
@pytest.mark.ci
def test_random_kills_change_no_ending_and_repeat_no_effect(nursery: Nursery, places: Places, tmp_path: Path) -> None:
    survive(nursery, places, tmp_path / "reference", FEW)


@pytest.mark.long
@pytest.mark.parametrize("places", ["sqlite"], indirect=True)
def test_twenty_random_kills_over_forty_actions(nursery: Nursery, places: Places, tmp_path: Path) -> None:
    survive(nursery, places, tmp_path / "reference", MANY)


@pytest.mark.long
def test_two_hundred_random_kills_over_four_thousand_actions(nursery: Nursery, places: Places, tmp_path: Path) -> None:
    survive(nursery, places, tmp_path / "reference", LONG)
