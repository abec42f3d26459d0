"""What an incident is said to cost: near the truth, nothing where no harm is shown, and nothing twice."""

import os

import pytest

from app.expect.claims import Share, Stretch, cut_stretches, divide_merchants
from tests.sales import BEGAN, Platform, claim, silent

SEED = int(os.environ.get("CAUSEWAY_TEST_SEED", "20261129"))
TEN = [f"S{number:02}" for number in range(10)]


def test_the_interval_holds_the_true_loss_about_nine_times_in_ten() -> None:
    held = found = 0
    for number in range(12):
        about = claim("INC-1", TEN)
        about = silent(about) if number % 2 else about
        town = Platform(SEED + number)
        town.live(36, [about], share=(0.3, 0.6, 0.9)[number % 3])
        orders = town.bills([about], 36)["INC-1"].orders
        held += orders.low <= town.lost["INC-1"] <= orders.high
        found += orders.middle > 0
    assert held >= 10 and found >= 11, (held, found)


def test_where_nothing_is_lost_nothing_is_billed_and_the_bound_says_what_it_may_be() -> None:
    billed = 0
    for number in range(12):
        about = claim("INC-1", TEN)
        town = Platform(SEED + 100 + number)
        town.live(24)
        bill = town.bills([silent(about) if number % 2 else about], 24)["INC-1"]
        billed += bill.shown
        if not bill.shown:
            assert bill.orders.low == bill.orders.middle == 0 < bill.orders.high
            assert all(one.money.middle.minor == 0 for one in bill.losses) and "no loss is shown" in bill.basis
    assert billed <= 2


def test_a_failure_that_its_visitors_came_through_costs_nothing() -> None:
    about = claim("INC-1", TEN)
    town = Platform(SEED + 200)
    town.live(24)
    (stream,) = about.mechanisms
    for name in TEN:
        town.cells += [
            town.cells[0]._replace(slot=BEGAN + 5, merchant=name, stream=stream, count=6, value=6),
            town.cells[0]._replace(slot=BEGAN + 5, merchant=name, stream=f"well|{stream}", count=6, value=0),
        ]
    assert town.bills([about], 24)["INC-1"].shown is False


@pytest.mark.parametrize(("usually_named", "is_billed"), [(28.0, False), (0.0, True)])
def test_failures_that_name_nobody_lose_no_shopper_where_failures_usually_name_theirs(
    usually_named: float, *, is_billed: bool
) -> None:
    about = claim("INC-1", TEN, "errors|call|/api/*/apps/orders|BROKEN")
    town = Platform(SEED + 250)
    town.live(24)
    before = town.cells[0]._replace(slot=5, merchant="S30", stream="errors|call|/api/*/carts|409")
    town.cells.append(before._replace(count=40, value=usually_named))
    (stream,) = about.mechanisms
    town.cells += [before._replace(slot=BEGAN + 5, merchant=name, stream=stream, count=8, value=0) for name in TEN]
    bill = town.bills([about], 24)["INC-1"]
    assert ("its failures" in bill.basis) is is_billed


def test_two_incidents_that_share_merchants_are_not_billed_twice_for_the_same_missing_orders() -> None:
    one, other = claim("INC-1", TEN), silent(claim("INC-2", TEN[4:]))
    town = Platform(SEED + 300)
    town.live(36, [one], share=0.7)
    alone = town.bills([one], 36)["INC-1"].orders.middle
    both = town.bills([one, other], 36)
    assert both["INC-2"].orders.middle == 0
    assert sum(bill.orders.middle for bill in both.values()) == pytest.approx(alone, rel=0.02)


def test_two_faults_that_share_merchants_are_billed_for_what_each_lost() -> None:
    one = claim("INC-1", TEN)
    other = claim("INC-2", [*TEN[5:], "S20", "S21", "S22"], "errors|call|/payments/charge|WRONG")
    town = Platform(SEED + 400)
    town.live(48, [one, other], share=0.4)
    bills = town.bills([one, other], 48)
    for name, lost in town.lost.items():
        assert bills[name].orders.low <= lost <= bills[name].orders.high, (name, lost, bills[name].orders)
    assert sum(bill.orders.middle for bill in bills.values()) == pytest.approx(sum(town.lost.values()), rel=0.25)


def test_every_moment_of_a_merchant_belongs_to_one_incident_the_one_with_the_most_failures_there() -> None:
    one, other = claim("INC-1", ["A", "B"]), claim("INC-2", ["B", "C"], "errors|call|/cart|X")
    edges = cut_stretches([one, other], BEGAN + 10)
    stretches = [Stretch(first, end, []) for first, end in edges]
    owners = divide_merchants([one, other], stretches)
    assert set(owners.values()) == {"INC-1", "INC-2"}
    assert all(owners[Share("B", stretch.first)] == "INC-1" for stretch in stretches)


def test_currencies_stay_apart_and_each_has_its_own_orders() -> None:
    about = claim("INC-1", TEN)
    town = Platform(SEED + 500)
    town.live(36, [about], share=0.8)
    bill = town.bills([about], 36)["INC-1"]
    assert [one.money.middle.currency for one in bill.losses] == ["EUR", "USD"]
    total = sum(one.money.middle.minor for one in bill.losses)
    assert total == pytest.approx(4_000 * bill.orders.middle, rel=0.02)
    assert sum(bill.by_merchant.values()) == pytest.approx(bill.orders.middle, rel=0.01)
    assert sum(one.minor for one in bill.money_by_merchant.values()) == pytest.approx(total, rel=0.02)
