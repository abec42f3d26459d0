"""A world without an agent tells its signals slot by slot, a quiet history before them and its truth after them."""

from datetime import timedelta

from app.domain.base import Stage
from simulations.scenarios.generate import draw_quiet_days
from simulations.without_agent import SLOT, generate_signals
from simulations.world.world import World
from tests.worlds import MONDAY, after, bytes_of, lived, scenario, world

FAULT = [{"mode": "callback_not_https", "onset": 60, "scope": {"stage": "post_migration"}}]
MOVING = {
    "waves": [
        {"number": 1, "stage": "post_migration", "cutover_in_days": -3},
        {"number": 2, "stage": "in_progress", "cutover_in_days": 0.1},
        {"number": 3, "stage": "in_progress", "cutover_in_days": 9},
    ]
}


def test_the_slots_hold_what_the_world_says_in_them_and_end_with_it():
    run = generate_signals(scenario(merchants=6, hours=3, faults=FAULT))
    slots = list(run.slots())
    assert [slot.until for slot in slots] == [MONDAY + SLOT * (place + 1) for place in range(36)]
    twin = world(merchants=6, hours=3, faults=FAULT)
    assert bytes_of(one for slot in slots for one in slot.signals) == bytes_of(lived(twin, 0, 180))
    assert run.truth() == twin.truth(after(180))


def test_a_history_lies_before_the_beginning_in_which_nothing_planted_is_felt():
    run = generate_signals(scenario(merchants=6, hours=1, faults=[{**FAULT[0], "onset": 0}]), history_hours=10)
    slots = list(run.slots())
    before = [one for slot in slots if slot.until <= MONDAY for one in slot.signals]
    assert slots[0].until == MONDAY - timedelta(hours=10) + SLOT
    assert len(before) > 800
    assert all(MONDAY - timedelta(hours=10) <= one.occurred_at < MONDAY for one in before)
    assert not [one for one in before if one.error_code == "PAYMENT_CALLBACK_INVALID"]
    assert run.truth().began == MONDAY
    assert run.truth().faults[0].began >= MONDAY


def test_a_history_changes_nothing_of_what_happens_later_but_for_its_own_late_arrivals():
    told = generate_signals(scenario(merchants=6, hours=3, faults=FAULT), history_hours=5)
    later = [one for slot in told.slots() if slot.until > MONDAY for one in slot.signals if one.occurred_at >= MONDAY]
    without = lived(world(merchants=6, hours=3, faults=FAULT), 0, 180)
    assert {one.event_id for one in without} <= {one.event_id for one in later}


def test_a_merchant_before_a_past_cutover_is_on_the_way():
    run = generate_signals(scenario(merchants=20, platform=MOVING), history_hours=96)
    first = [one.stage for slot, _ in zip(run.slots(), range(12), strict=False) for one in slot.signals]
    assert Stage.POST not in first
    assert Stage.IN_PROGRESS in first


def test_who_moves_into_a_fault_falls_ill_at_the_move_and_who_moves_later_is_exposed():
    one = World(scenario(merchants=24, journeys=30, platform=MOVING, faults=FAULT))
    cutovers = {person.id: person for person in one.people}
    told = one.truth(after(480)).faults[0]
    moved = [key for key in told.ill if cutovers[key].wave == 2]
    assert moved
    assert all(cutovers[key].wave == 3 for key in told.ahead)
    assert set(told.ahead) == {person.id for person in one.people if person.wave == 3}
    assert set(told.exposed) == {*told.ill, *told.ahead}
    hurt_at = {
        signal.merchant_id: signal.occurred_at
        for signal in reversed(lived(one, 0, 480))
        if signal.error_code == "PAYMENT_CALLBACK_INVALID"
    }
    assert set(moved) & set(hurt_at)
    assert all(MONDAY + timedelta(days=0.1) <= hurt_at[key] for key in set(moved) & set(hurt_at))


def test_a_held_wave_is_spared_by_what_only_moving_brings():
    one = World(scenario(merchants=24, journeys=30, platform=MOVING, faults=FAULT))
    one.apply("hold_cutover_wave", {"wave": 2, "reason": "it would break"}, key="k", at=after(90))
    ill = one.truth(after(480)).faults[0].ill
    assert {person.wave for person in one.people if person.id in ill} == {1}


def test_quiet_days_have_decoys_told_by_the_world_beforehand_and_no_fault():
    drawn = draw_quiet_days(3, 0, days=1, merchants=40, decoys=2)
    told = generate_signals(drawn).truth(drawn.clock.start)
    assert (drawn.faults, len(told.decoys), drawn.platform.merchants, drawn.clock.hours) == ((), 2, 40, 24)
    assert all(decoy.merchants and decoy.began >= drawn.clock.start for decoy in told.decoys)
