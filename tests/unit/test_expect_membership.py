"""Descriptions where a directory has gaps and mistakes: whom a departure concerns, from counts drawn here."""

import os
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.expect.descriptions import MOVES, describe_merchants, round_between
from app.expect.faults import Fault, FaultState
from app.expect.membership import Description, describe_scope

SEED = int(os.environ.get("CAUSEWAY_TEST_SEED", "20261129"))
SHOPS = 120


class Directory:
    """Shops with a scheme, a plan and a region; a fifth of the schemes is not known."""

    def __init__(self, seed: int = SEED) -> None:
        print(f"seed {seed}")
        self.draws = np.random.default_rng(seed)
        self.scheme = self.draws.choice(["http", "https"], SHOPS, p=[0.3, 0.7])
        self.plan = self.draws.choice(["starter", "growth", "plus"], SHOPS)
        self.region = self.draws.choice(["uk", "eu", "us", "latam"], SHOPS)
        self.age = self.draws.integers(0, 400, SHOPS)
        self.unknown = self.draws.uniform(size=SHOPS) < 0.2
        rows: list[dict[str, Any]] = [
            {"plan": plan, "region": region, "age": int(age), **({} if gap else {"scheme": scheme})}
            for scheme, plan, region, age, gap in zip(
                self.scheme, self.plan, self.region, self.age, self.unknown, strict=True
            )
        ]
        self.columns = describe_merchants(rows)

    def describe(
        self, sick: NDArray[np.bool_], each: float | NDArray[np.float64] = 4.0, usual: float = 0.01
    ) -> Description:
        """What is said when each of these has so many failures, and everybody the usual."""
        expected = np.full(SHOPS, usual)
        count = self.draws.poisson(expected + np.where(sick, each, 0.0)).astype(float)
        return describe_scope(count, expected, self.columns, 1.1, rises=True)


def said(description: Description) -> list[list[tuple[str, Any]]]:
    return [[(trait.attribute, trait.value) for trait in part] for part in description.rule]


def test_the_setting_is_named_though_the_directory_does_not_know_it_of_every_shop() -> None:
    town = Directory()
    found = town.describe(town.scheme == "http")
    assert said(found) == [[("scheme", "http")]] and not found.listed
    hidden = (town.scheme == "http") & town.unknown
    assert hidden.any() and (found.sharing & hidden).sum() >= 0.8 * hidden.sum()
    assert not (found.sharing & (town.scheme == "https")).any()


def test_two_attributes_that_both_must_hold_are_both_named() -> None:
    town = Directory()
    found = town.describe((town.scheme == "http") & (town.plan != "plus"), each=6.0)
    named = sorted(tuple(sorted(part)) for part in said(found))
    assert named == [(("plan", "growth"), ("plan", "starter")), (("scheme", "http"),)]


def test_what_everybody_has_is_described_by_nothing() -> None:
    town = Directory()
    found = town.describe(np.ones(SHOPS, dtype=bool))
    assert said(found) == [] and not found.listed and found.covered.all()


def test_a_few_shops_that_nothing_tells_apart_are_a_list() -> None:
    town = Directory()
    sick = np.zeros(SHOPS, dtype=bool)
    sick[[3, 50, 99]] = True
    found = town.describe(sick, each=9.0)
    assert found.listed and said(found) == []
    assert (found.sharing == sick).all()


def test_what_falls_is_described_as_well_as_what_rises() -> None:
    town = Directory()
    expected = np.full(SHOPS, 30.0)
    count = town.draws.poisson(np.where(town.region == "uk", 6.0, 30.0)).astype(float)
    found = describe_scope(count, expected, town.columns, 1.2, rises=False)
    assert said(found) == [[("region", "uk")]]


def test_the_setting_is_named_though_many_who_have_it_hardly_meet_the_fault() -> None:
    town = Directory()
    town.unknown[:] = False
    pace = town.draws.gamma(0.7, 1 / 0.7, SHOPS)
    found = town.describe(town.scheme == "http", each=2.0 * pace)
    met = (found.covered & (pace < 0.2)).sum()
    assert said(found) == [[("scheme", "http")]] and met > 0


def test_two_attributes_are_found_together_where_neither_tells_much_alone() -> None:
    town = Directory()
    town.unknown[:] = False
    both = (town.plan == "plus") & (town.region == "uk")
    found = town.describe(both, each=5.0)
    assert sorted(part[0] for part in said(found)) == [("plan", "plus"), ("region", "uk")]


def test_a_number_is_cut_where_the_broken_begin_and_at_a_round_place() -> None:
    town = Directory()
    found = town.describe(town.age > 300, each=6.0)
    ((trait,),) = found.rule
    assert (trait.attribute, trait.operator) == ("age", "above")
    assert ((town.age > trait.value) == (town.age > 300)).all()
    assert trait.words() == f"age > {trait.value:g}" and isinstance(trait.value, int)


@pytest.mark.parametrize(
    ("low", "high", "told"), [(147, 213, 200), (297, 302, 300), (299, 301, 300), (0.12, 0.31, 0.2), (5, 6, 5)]
)
def test_between_two_numbers_the_roundest_is_told(low: float, high: float, told: float) -> None:
    assert round_between(low, high) == pytest.approx(told)


def test_no_rule_is_made_up_for_what_the_directory_does_not_list() -> None:
    claimed = 0
    for seed in range(SEED, SEED + 40):
        town = Directory(seed)
        sick = town.draws.uniform(size=SHOPS) < 0.08
        claimed += bool(town.describe(sick, each=3.0).rule)
    assert claimed <= 4, f"of 40 from seed {SEED}"


def test_only_what_follows_moves_will_cover_those_who_have_still_to_move() -> None:
    town = Directory()
    rows = [{"scheme": one, MOVES: "post" if place % 2 else "pre"} for place, one in enumerate(town.scheme)]
    columns = describe_merchants(rows)
    moved = np.arange(SHOPS) % 2 == 1
    for sick, follows in (((town.scheme == "http") & moved, True), (town.scheme == "http", False)):
        expected = np.full(SHOPS, 0.01)
        count = town.draws.poisson(np.where(sick, 4.0, 0.01)).astype(float)
        found = describe_scope(count, expected, columns, 1.1, rises=True)
        fault = fault_described(found)
        assert fault.follows_moves is follows
        assert fault.will_cover({"scheme": "http", MOVES: "pre"}) is follows
        assert not fault.will_cover({"scheme": "https", MOVES: "pre"})


def fault_described(found: Description) -> Fault:
    nobody: frozenset[str] = frozenset()
    return Fault(
        id="", state=FaultState.OPEN, streams=("errors|call|/x|1",), outcomes=(), rule=found.rule, listed=found.listed,
        scope=nobody, hurt=nobody, since=0, found=0, described=0, score=0.0, seen=0.0, expected=0.0,
    )  # fmt: skip
